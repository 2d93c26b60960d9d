/* cli/command_explain.c - what DNS answers, and for every instance in or out and why. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/moment.h"
#include "cli/output.h"
#include "cli/session.h"
#include "dns/wire.h"
#include "rollcall/explain.h"

enum { NAME_TEXT = 1280 };

struct explain_options {
    const char *type;
    const char *client;
    const char *at;
    bool tcp;
};

#define FIELD(name) offsetof(struct explain_options, name)
static const struct argument explain_arguments[] = {
    { "type", "TYPE", ARGUMENT_TEXT, FIELD(type), 0,
      "What is asked for: A (the default), AAAA, SRV, PTR, ANY, ..." },
    { "client", "ADDRESS", ARGUMENT_TEXT, FIELD(client), 0,
      "Who would ask: is it allowed to?" },
    { "tcp", NULL, ARGUMENT_FLAG, FIELD(tcp), 0,
      "Asked over TCP, where every answer has room." },
    { "at", "TIME", ARGUMENT_TEXT, FIELD(at), 0,
      "As it was then: 1h (ago), 12:03, 2026-03-01T12:03:44." },
    { 0 },
};
#undef FIELD

/* "web" and "_http._tcp" get the first zone of the daemon. */
static const char *whole_name(struct rollcall_client *client, const char *name,
                              char *room)
{
    const char *dot = strrchr(name, '.');
    struct rollcall_hello hello;

    if ((dot != NULL && dot[1] != '_') ||
        rollcall_hello(client, &hello, NULL) != ROLLCALL_OK || hello.zone[0] == '\0')
        return name;
    snprintf(room, NAME_TEXT, "%s.%s", name, hello.zone);
    return room;
}

static void print_ttl(struct columns *columns,
                      const struct rollcall_explained_instance *row)
{
    char text[64] = "";

    if (row->in)
        snprintf(text, sizeof text, "%us (%s)", (unsigned)row->ttl,
                 row->ttl_from != NULL ? row->ttl_from : "");
    columns_cell(columns, text);
}

/* Those that are in, then those that are out. */
static void print_instances(const struct rollcall_client *client)
{
    static const char *const titles[] = { "DNS", "ID", "TTL", "REASON", "WHY" };
    struct rollcall_explained_instance row;
    struct columns columns;

    columns_init(&columns, titles, sizeof titles / sizeof titles[0]);
    for (int in = 1; in >= 0; in--)
        for (size_t i = 0; rollcall_explained_instance(client, i, &row); i++) {
            if (row.in != (in != 0))
                continue;
            columns_cell(&columns, row.in ? "in" : "OUT");
            columns_cell(&columns, row.id);
            print_ttl(&columns, &row);
            columns_cell(&columns, row.reason);
            columns_cell(&columns, row.text);
        }
    columns_end(&columns, stdout);
}

static void print_records(const struct rollcall_client *client)
{
    struct rollcall_explained_record record;

    for (size_t i = 0; rollcall_explained_record(client, i, &record); i++) {
        output_plain(stdout, record.name);
        printf(" %u ", (unsigned)record.ttl);
        output_plain(stdout, record.type);
        putchar(' ');
        output_plain(stdout, record.data);
        putchar('\n');
    }
}

static int read_time(const struct invocation *invocation, int64_t *at)
{
    const struct explain_options *options = invocation->options;
    char message[400];

    *at = 0;
    if (options->at == NULL || moment_parse(options->at, clock_wall_ms(), at))
        return EXIT_OK;
    snprintf(message, sizeof message, "--at needs %s", MOMENT_FORMS);
    return command_usage(invocation, message);
}

static int run_explain(const struct invocation *invocation)
{
    const struct explain_options *options = invocation->options;
    struct rollcall_explained explained;
    struct rollcall_error error;
    char name[NAME_TEXT];
    struct rollcall_explain question = { .type = options->type,
                                         .client = options->client,
                                         .tcp = options->tcp };
    int code = read_time(invocation, &question.at);

    if (code != EXIT_OK)
        return code;
    struct rollcall_client *client = session_open(invocation);
    if (client == NULL)
        return EXIT_UNREACHABLE;
    question.name = whole_name(client, invocation->words[0], name);
    if (rollcall_explain(client, &question, &explained, &error) != ROLLCALL_OK) {
        code = session_failed(invocation, client, &error);
    } else {
        code = explained.records > 0 ? EXIT_OK : EXIT_NO;
        if (invocation->json) {
            session_print_reply(client);
        } else {
            output_plain(stdout, explained.verdict);
            putchar('\n');
            if (explained.instances > 0)
                print_instances(client);
            if (explained.total > explained.instances)
                printf("(%zu more instances are not listed)\n",
                       explained.total - explained.instances);
            print_records(client);
        }
    }
    rollcall_close(client);
    return code;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "NAME [--type TYPE] [--client ADDRESS] [--tcp] [--at TIME]",
    .summary = "Say what DNS answers, and for every instance in or out and why.",
    .details =
        "The first line is the verdict. Then every instance of the service behind the "
        "name: in the answer or out of it, and why: failing since when and with which "
        "last output, drained, overridden by whom and until when, damped, held, of "
        "another tag, port, namespace or datacenter, beyond max_answers or the packet. "
        "Then the records themselves. The code that answers queries decides, so the two "
        "cannot differ. A name without a zone gets the first zone of the daemon. Ends "
        "with 0 when there is a record, with 1 when there is none.",
    .example = "rollcall explain web --type SRV",
    .tables = (const struct argument *const[]){ explain_arguments, NULL },
    .options_size = sizeof(struct explain_options),
    .min_words = 1,
    .max_words = 1,
    .run = run_explain,
};

/* cli/command_alert.c - alert, silence. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/moment.h"
#include "cli/output.h"
#include "cli/session.h"
#include "rollcall/alert.h"

/* Whole seconds: nobody reads the rest. */
static void cell_duration(struct columns *columns, int64_t ms)
{
    char text[32];

    units_print_duration(ms <= 0 ? 0 : (uint64_t)(ms + 999) / 1000 * 1000, text,
                         sizeof text);
    columns_cell(columns, text);
}

/* What there is, of one kind. */
static int list(const struct invocation *invocation, struct rollcall_client *client,
                enum rollcall_status (*ask)(struct rollcall_client *,
                                            struct rollcall_error *),
                void (*print)(const struct rollcall_client *))
{
    struct rollcall_error error;

    if (ask(client, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    if (invocation->json)
        return session_print_reply(client);
    print(client);
    return EXIT_OK;
}

/* ---- alert ----------------------------------------------------------------------- */

static void print_alerts(const struct rollcall_client *client)
{
    static const char *const titles[] = { "RULE",    "STATE", "IS",    "NAMESPACE",
                                          "SERVICE", "ID",    "SINCE", "OUTPUT" };
    struct rollcall_alert alert;
    struct columns columns;
    int64_t wall = clock_wall_ms();
    size_t index = 0;

    columns_init(&columns, titles, sizeof titles / sizeof *titles);
    for (; rollcall_alert(client, index, &alert); index++) {
        columns_cell(&columns, alert.rule);
        columns_cell(&columns, alert.state);
        columns_cell(&columns, alert.is);
        columns_cell(&columns, alert.namespace_name);
        columns_cell(&columns, alert.service);
        columns_cell(&columns, alert.id);
        cell_duration(&columns, wall - alert.since);
        columns_cell(&columns, alert.output);
    }
    columns_end(&columns, stdout);
    output_count(stdout, index, "alert", "alerts");
    fputc('\n', stdout);
}

static int list_alerts(const struct invocation *invocation,
                       struct rollcall_client *client)
{
    return list(invocation, client, rollcall_alerts, print_alerts);
}

static int test_receiver(const struct invocation *invocation,
                         struct rollcall_client *client)
{
    const char *receiver = invocation->words[1];
    struct rollcall_error error;
    bool delivered = false;
    const char *text = "";

    rollcall_timeout(client, 0); /* the receiver has a time-out of its own */
    if (rollcall_alert_test(client, receiver, &delivered, &text, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    if (invocation->json) {
        session_print_reply(client);
        return delivered ? EXIT_OK : EXIT_NO;
    }
    printf("receiver %s ", receiver);
    output_plain(stdout, text);
    puts(delivered ? ": the test was delivered" : ": the test was NOT delivered");
    return delivered ? EXIT_OK : EXIT_NO;
}

static int run_alert(const struct invocation *invocation)
{
    bool list = strcmp(invocation->words[0], "list") == 0;
    bool test = strcmp(invocation->words[0], "test") == 0;

    if (!(list && invocation->word_count == 1) && !(test && invocation->word_count == 2))
        return command_usage(invocation, "say `alert list` or `alert test RECEIVER`");
    struct rollcall_client *client = session_open(invocation);
    if (client == NULL)
        return EXIT_UNREACHABLE;
    int code = list ? list_alerts(invocation, client) : test_receiver(invocation, client);
    rollcall_close(client);
    return code;
}

const struct command command_alert = {
    .name = "alert",
    .arguments = "list | test RECEIVER",
    .summary = "Show the alerts that are pending or firing; try a receiver.",
    .details =
        "Rules and receivers stand in the configuration (alerts). `list` shows what is "
        "pending (its time, for, is not over), firing (it was told) or silenced. `test` "
        "sends a message to the receiver now, says what it answered, and ends with 1 "
        "where it was not delivered.",
    .example = "rollcall alert test ops",
    .min_words = 1,
    .max_words = 2,
    .run = run_alert,
};

/* ---- silence --------------------------------------------------------------------- */

struct silence_options {
    const char *service;
    const char *namespace_name;
    const char *id;
    const char *tag;
    const char *until;
    const char *reason;
    struct argument_number lasts;
};

#define FIELD(name) offsetof(struct silence_options, name)
static const struct argument silence_arguments[] = {
    { "service", "SERVICE", ARGUMENT_TEXT, FIELD(service), 0,
      "Of this service; a star may end it, and alone it means all." },
    { "namespace", "NAMESPACE", ARGUMENT_TEXT, FIELD(namespace_name), 0,
      "In this namespace; a star may end it; default: in all." },
    { "id", "ID", ARGUMENT_TEXT, FIELD(id), 0, "Of this instance." },
    { "tag", "TAG", ARGUMENT_TEXT, FIELD(tag), 0, "Of instances with this tag." },
    { "for", "DURATION", ARGUMENT_DURATION, FIELD(lasts), 0,
      "It ends by itself after so long." },
    { "until", "TIME", ARGUMENT_TEXT, FIELD(until), 0,
      "Or at this time: 12:03 (today), 2026-03-01T12:03." },
    { "reason", "TEXT", ARGUMENT_TEXT, FIELD(reason), 0,
      "Why, for whoever looks at it at night." },
    { 0 },
};
#undef FIELD

static int add_silence(const struct invocation *invocation,
                       struct rollcall_client *client)
{
    const struct silence_options *options = invocation->options;
    struct rollcall_silence silence = {
        .service = options->service,
        .namespace_name = options->namespace_name,
        .id = options->id,
        .tag = options->tag,
        .reason = options->reason,
        .lasts = options->lasts.given ? options->lasts.value : 0,
    };
    struct rollcall_error error;
    uint64_t number = 0;

    if (options->until != NULL &&
        !moment_parse(options->until, clock_wall_ms(), &silence.until))
        return command_usage(invocation, "--until is no time, like 12:03");
    if (rollcall_silence_add(client, &silence, &number, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    if (invocation->json)
        return session_print_reply(client);
    printf("silence %" PRIu64 " holds; `rollcall silence remove %" PRIu64 "` ends it\n",
           number, number);
    return EXIT_OK;
}

static void print_silences(const struct rollcall_client *client)
{
    static const char *const titles[] = { "SILENCE", "SERVICE", "NAMESPACE",
                                          "ID",      "TAG",     "ENDS IN",
                                          "KEPT",    "BY",      "REASON" };
    struct rollcall_silence silence;
    struct columns columns;
    int64_t wall = clock_wall_ms();
    size_t index = 0;

    columns_init(&columns, titles, sizeof titles / sizeof *titles);
    for (; rollcall_silence(client, index, &silence); index++) {
        columns_number(&columns, silence.number);
        columns_cell(&columns, silence.service);
        columns_cell(&columns, silence.namespace_name);
        columns_cell(&columns, silence.id);
        columns_cell(&columns, silence.tag);
        cell_duration(&columns, silence.until - wall);
        columns_number(&columns, silence.silenced);
        columns_number(&columns, silence.by);
        columns_cell(&columns, silence.reason);
    }
    columns_end(&columns, stdout);
    output_count(stdout, index, "silence", "silences");
    fputc('\n', stdout);
}

static int list_silences(const struct invocation *invocation,
                         struct rollcall_client *client)
{
    return list(invocation, client, rollcall_silences, print_silences);
}

static int remove_silence(const struct invocation *invocation,
                          struct rollcall_client *client)
{
    struct rollcall_error error;
    uint64_t number = 0;

    if (!units_parse_u64(invocation->words[1], INT64_MAX, &number))
        return command_usage(invocation, "remove wants the number of a silence");
    if (rollcall_silence_remove(client, number, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    if (invocation->json)
        return session_print_reply(client);
    printf("silence %" PRIu64 " is over\n", number);
    return EXIT_OK;
}

static const struct verb {
    const char *name;
    int words;
    int (*run)(const struct invocation *invocation, struct rollcall_client *client);
} verbs[] = {
    { "add", 1, add_silence },
    { "list", 1, list_silences },
    { "remove", 2, remove_silence },
};

static int run_silence(const struct invocation *invocation)
{
    const struct verb *found = NULL;

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, invocation->words[0]) == 0 &&
            verbs[i].words == invocation->word_count)
            found = &verbs[i];
    if (found == NULL)
        return command_usage(invocation, "say `silence add`, `silence list` or `silence "
                                         "remove NUMBER`");
    struct rollcall_client *client = session_open(invocation);
    if (client == NULL)
        return EXIT_UNREACHABLE;
    int code = found->run(invocation, client);
    rollcall_close(client);
    return code;
}

const struct command command_silence = {
    .name = "silence",
    .arguments = "add [--service SERVICE] [--id ID] [--tag TAG] --for DURATION | list | "
                 "remove NUMBER",
    .summary = "Keep alerts back during maintenance.",
    .details =
        "A silence covers what fits all that it names. It holds until its time is over, "
        "over a restart too; what is still wrong then is told. What it kept back is "
        "counted. Instances stay checked, and DNS does not change by it.",
    .example = "rollcall silence add --service web --for 2h --reason 'new disks'",
    .tables = (const struct argument *const[]){ silence_arguments, NULL },
    .options_size = sizeof(struct silence_options),
    .min_words = 1,
    .max_words = 2,
    .run = run_silence,
};

/* cli/command_query.c - ask the DNS server, and say what its reply means. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/asker.h"
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/moment.h"
#include "cli/output.h"
#include "cli/session.h"
#include "dns/types.h"
#include "dns/wire.h"
#include "proto/encode.h"
#include "rollcall/past.h"

/* The default of dns.listen. */
#define DEFAULT_SERVER "127.0.0.1:8053"

enum { DNS_PORT = 53, JSON_MAX = 1 << 20, RDATA_MAX = 4096 };

struct query_options {
    const char *server;
    const char *at;
};

static const struct argument query_arguments[] = {
    { "server", "ADDRESS[:PORT]", ARGUMENT_TEXT, offsetof(struct query_options, server),
      0, "The DNS server; default " DEFAULT_SERVER ", without a port: 53." },
    { "at", "TIME", ARGUMENT_TEXT, offsetof(struct query_options, at), 0,
      "What it would have answered then: 90s (ago), 12:03, 2026-03-01T12:03:44. Asks "
      "rollcalld, not a DNS server." },
    { 0 },
};

struct question {
    const struct invocation *invocation;
    char server_text[ADDRESS_TEXT];
    int64_t at; /* wall ms; 0: now */
    struct address server;
    struct dns_name name;
    uint16_t type;
};

/* "web" and "_http._tcp" lack their zone; "web.service.local" does not. */
static bool is_bare(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot == NULL || dot[1] == '_';
}

/* The name with the first zone of the daemon behind it. */
static int complete_name(const struct invocation *invocation, const char *bare,
                         char *full, size_t size)
{
    struct rollcall_hello hello;
    struct rollcall_error error;
    struct rollcall_client *client = NULL;
    enum rollcall_status status = session_connect(invocation, &client, &error);

    if (status == ROLLCALL_OK)
        status = rollcall_hello(client, &hello, &error);
    if (status == ROLLCALL_OK) {
        snprintf(full, size, "%s.%s", bare, hello.zone);
        rollcall_close(client);
        return EXIT_OK;
    }
    fprintf(stderr,
            "rollcall: %s has no zone, and rollcalld, which could name it, does not "
            "answer (%s); give the whole name, like %s.service.local\n",
            bare, error.message, bare);
    rollcall_close(client);
    return EXIT_UNREACHABLE;
}

static int read_question(const struct invocation *invocation, struct question *question)
{
    const struct query_options *options = invocation->options;
    const char *server = options->server != NULL ? options->server : DEFAULT_SERVER;
    const char *type = invocation->word_count > 1 ? invocation->words[1] : "A";
    const char *name = invocation->words[0];
    char full[DNS_NAME_TEXT];

    question->invocation = invocation;
    if (!dns_type_parse(type, &question->type))
        return command_usage(invocation, "there is no such record type; A, AAAA, SRV, "
                                         "TXT and TYPE65280 are examples");
    if (!address_parse(server, DNS_PORT, &question->server))
        return command_usage(invocation, "--server needs an address, like 127.0.0.1:8053 "
                                         "or [::1]:53");
    address_print(&question->server, question->server_text, sizeof question->server_text);
    if (is_bare(name)) {
        int code = complete_name(invocation, name, full, sizeof full);
        if (code != EXIT_OK)
            return code;
        name = full;
    }
    if (!dns_name_parse(name, &question->name))
        return command_usage(invocation, "the name is no domain name: labels of 1 to 63 "
                                         "octets, 253 together");
    return EXIT_OK;
}

/* "web" for web.service.local. where service.local. is a zone of the daemon; false for
 * every name that is no service. */
static bool service_of(const struct rollcall_client *client, const struct dns_name *name,
                       char *service, size_t size)
{
    struct dns_name lower = { .length = name->length };
    char text[DNS_NAME_TEXT];
    const char *zone;

    dns_name_lower(name->wire, name->length, lower.wire);
    dns_name_print(lower.wire, lower.length, text, sizeof text);
    const char *dot = strchr(text, '.');
    for (size_t i = 0; (zone = rollcall_zone(client, i)) != NULL; i++) {
        if (strcmp(dot + 1, zone) != 0)
            continue;
        snprintf(service, size, "%.*s", (int)(dot - text), text);
        return true;
    }
    return false;
}

/* The other side of the answer, if the daemon is at hand; else nothing is known. The
 * caller keeps `service`, of 64 octets. */
static void look_up(const struct question *question, char *service,
                    struct registered *out)
{
    struct rollcall_client *client = NULL;
    struct rollcall_hello hello;
    struct rollcall_get get = { .service = service, .all = true };
    size_t all = 0, healthy = 0;

    if (session_connect(question->invocation, &client, NULL) != ROLLCALL_OK)
        return;
    if (rollcall_hello(client, &hello, NULL) == ROLLCALL_OK &&
        service_of(client, &question->name, service, 64) &&
        rollcall_get(client, &get, &all, NULL, NULL) == ROLLCALL_OK && all > 0) {
        get.all = false;
        if (rollcall_get(client, &get, &healthy, NULL, NULL) == ROLLCALL_OK)
            *out = (struct registered){ true, service, all, healthy };
    }
    rollcall_close(client);
}

/* ---- for people ----------------------------------------------------------------- */

static void print_records(const struct dns_message *message)
{
    static const char *const sections[] = { "", "answer", "authority", "additional" };
    struct dns_message walk = *message;
    struct dns_record record;
    char owner[DNS_NAME_TEXT];
    char data[RDATA_MAX];
    char type[16];
    unsigned section = 0;
    int more;

    while ((more = dns_message_next(&walk, &record)) == 1) {
        if (record.type == DNS_TYPE_OPT)
            continue;
        if (record.section != section)
            printf("%s:\n", sections[record.section]);
        section = record.section;
        dns_name_print(record.owner.wire, record.owner.length, owner, sizeof owner);
        dns_type_print(record.type, type, sizeof type);
        if (!dns_message_rdata(message, &record, data, sizeof data))
            snprintf(data, sizeof data, "(%u octets)", (unsigned)record.rdata_length);
        printf("  %s %" PRIu32 " %s %s\n", owner, record.ttl, type, data);
    }
    if (more < 0)
        puts("(the rest of the reply is broken)");
}

static void print_text(const struct question *question, const struct asked *asked,
                       const char *verdict, const struct buffer *sentences)
{
    char name[DNS_NAME_TEXT];
    char type[16];

    dns_name_print(question->name.wire, question->name.length, name, sizeof name);
    dns_type_print(question->type, type, sizeof type);
    printf("%s %s at %s: %s (%.1f ms%s)\n", name, type, question->server_text, verdict,
           (double)asked->microseconds / 1000.0,
           asked->truncated ? "; too long for UDP, asked again over TCP" : "");
    print_records(&asked->message);
    for (const char *at = sentences->data; at != NULL && *at != '\0'; at++)
        putchar(*at == '\n' || (unsigned char)*at >= ' ' ? *at : '?');
}

/* ---- for programs --------------------------------------------------------------- */

static void encode_record(struct buffer *out, const struct dns_message *message,
                          const struct dns_record *record)
{
    char text[RDATA_MAX];

    buffer_char(out, '{');
    dns_name_print(record->owner.wire, record->owner.length, text, sizeof text);
    buffer_text(out, "\"name\":");
    encode_text(out, text);
    dns_type_print(record->type, text, sizeof text);
    member_text(out, "type", text);
    member_number(out, "ttl", record->ttl);
    if (dns_message_rdata(message, record, text, sizeof text))
        member_text(out, "data", text);
    buffer_char(out, '}');
}

static void encode_section(struct buffer *out, const struct dns_message *message,
                           unsigned section, const char *name)
{
    struct dns_message walk = *message;
    struct dns_record record;
    const char *comma = "";

    buffer_format(out, ",\"%s\":[", name);
    while (dns_message_next(&walk, &record) == 1) {
        if (record.section != section || record.type == DNS_TYPE_OPT)
            continue;
        buffer_text(out, comma);
        encode_record(out, message, &record);
        comma = ",";
    }
    buffer_char(out, ']');
}

static void encode_sentences(struct buffer *out, const char *sentences)
{
    char line[1024];
    const char *comma = "";

    buffer_text(out, ",\"explanation\":[");
    while (sentences != NULL && *sentences != '\0') {
        size_t length = strcspn(sentences, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, sentences);
        buffer_text(out, comma);
        encode_text(out, line);
        comma = ",";
        sentences += length + (sentences[length] == '\n');
    }
    buffer_char(out, ']');
}

static void print_json(const struct question *question, const struct asked *asked,
                       const char *verdict, const struct buffer *sentences)
{
    const struct dns_message *message = &asked->message;
    struct buffer out;
    char text[DNS_NAME_TEXT];

    buffer_init(&out, JSON_MAX);
    if (question->at != 0) {
        buffer_format(&out, "{\"at\":%" PRId64, question->at);
    } else {
        buffer_text(&out, "{\"server\":");
        encode_text(&out, question->server_text);
    }
    dns_name_print(question->name.wire, question->name.length, text, sizeof text);
    member_text(&out, "name", text);
    dns_type_print(question->type, text, sizeof text);
    member_text(&out, "type", text);
    dns_rcode_print(message->rcode, text, sizeof text);
    member_text(&out, "rcode", text);
    member_text(&out, "verdict", verdict);
    member_bool(&out, "authoritative", (message->flags & DNS_FLAG_AA) != 0);
    member_bool(&out, "tcp", asked->truncated);
    member_number(&out, "microseconds", (uint64_t)asked->microseconds);
    encode_section(&out, message, 1, "answer");
    encode_section(&out, message, 2, "authority");
    encode_section(&out, message, 3, "additional");
    encode_sentences(&out, sentences->data);
    buffer_text(&out, "}");
    puts(out.failed ? "{}" : out.data);
    buffer_deinit(&out);
}

/* ---- what it would have been ---------------------------------------------------- */

static int ask_past(const struct question *question, struct asked *asked, int64_t at,
                    struct buffer *sentences)
{
    const struct invocation *invocation = question->invocation;
    struct rollcall_client *client = session_open(invocation);
    struct rollcall_error error;
    char name[DNS_NAME_TEXT], type[16];
    size_t length = 0;
    const char *note;
    int code = EXIT_OK;

    if (client == NULL)
        return EXIT_UNREACHABLE;
    dns_name_print(question->name.wire, question->name.length, name, sizeof name);
    dns_type_print(question->type, type, sizeof type);
    int64_t begin = clock_monotonic_us();
    if (rollcall_query_at(client, name, type, at, asked->bytes, &length, &error) !=
        ROLLCALL_OK)
        code = session_failed(invocation, client, &error);
    else if (!dns_message_open(&asked->message, asked->bytes, length))
        code = EXIT_NO;
    asked->microseconds = clock_monotonic_us() - begin;
    asked->truncated = false;
    for (size_t i = 0; code == EXIT_OK && (note = rollcall_note(client, i)); i++)
        buffer_format(sentences, "%s\n", note);
    rollcall_close(client);
    return code;
}

static int run_past(struct question *question, const char *when)
{
    const struct invocation *invocation = question->invocation;
    const struct registered unknown = { .known = false };
    struct asked asked;
    struct reply_sum sum;
    struct buffer sentences;
    int64_t now = clock_wall_ms(), at = 0;
    char verdict[24], time[MOMENT_TEXT];

    if (!moment_parse(when, now, &at))
        return command_usage(invocation, "--at needs " MOMENT_FORMS);
    buffer_init(&sentences, 65536);
    int code = ask_past(question, &asked, at, &sentences);
    if (code == EXIT_OK) {
        moment_print(at, now, time);
        snprintf(question->server_text, sizeof question->server_text, "%s", time);
        question->at = at;
        explain_sum(&asked.message, question->type, &sum);
        explain_verdict(&asked.message, &sum, verdict, sizeof verdict);
        explain_reply(&asked.message, question->type, &sum, &unknown, &sentences);
        if (invocation->json)
            print_json(question, &asked, verdict, &sentences);
        else
            print_text(question, &asked, verdict, &sentences);
        code = strcmp(verdict, "NOERROR") == 0 ? EXIT_OK : EXIT_NO;
    }
    buffer_deinit(&sentences);
    return code;
}

static int run_query(const struct invocation *invocation)
{
    const struct query_options *options = invocation->options;
    struct question question = { .at = 0 };
    struct asked asked;
    struct reply_sum sum;
    struct reason why = REASON_NONE;
    struct buffer sentences;
    struct registered registered = { .known = false };
    char service[64];
    char verdict[24];
    int code = read_question(invocation, &question);

    if (code != EXIT_OK)
        return code;
    if (options->at != NULL)
        return run_past(&question, options->at);
    if (!ask_server(&question.server, &question.name, question.type, &asked, &why)) {
        fprintf(stderr,
                "rollcall: %s; is rollcalld running, and does dns.listen name this "
                "address? --server names another\n",
                why.text);
        return EXIT_UNREACHABLE;
    }
    explain_sum(&asked.message, question.type, &sum);
    explain_verdict(&asked.message, &sum, verdict, sizeof verdict);
    buffer_init(&sentences, 65536);
    look_up(&question, service, &registered);
    explain_reply(&asked.message, question.type, &sum, &registered, &sentences);
    if (invocation->json)
        print_json(&question, &asked, verdict, &sentences);
    else
        print_text(&question, &asked, verdict, &sentences);
    buffer_deinit(&sentences);
    return strcmp(verdict, "NOERROR") == 0 ? EXIT_OK : EXIT_NO;
}

const struct command command_query = {
    .name = "query",
    .arguments = "NAME [TYPE] [--server ADDRESS[:PORT] | --at TIME]",
    .summary = "Ask the DNS server, and explain its reply in words.",
    .details =
        "A name without a zone (web, _http._tcp) gets the first zone of the daemon. "
        "TYPE is A unless you say otherwise. Ends with 0 when there is an answer, "
        "with 1 when the server says no, with 3 when nobody answers. With --at the "
        "history is asked: the registry of that time, today's configuration; the serial "
        "in SOA records is not that of then.",
    .example = "rollcall query web SRV",
    .tables = (const struct argument *const[]){ query_arguments, NULL },
    .options_size = sizeof(struct query_options),
    .min_words = 1,
    .max_words = 2,
    .run = run_query,
};

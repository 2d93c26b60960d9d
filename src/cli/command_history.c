/* cli/command_history.c - what happened to instances. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/moment.h"
#include "cli/output.h"
#include "cli/session.h"
#include "rollcall/past.h"

enum { PAGE = 1000 };

struct history_options {
    const char *namespace_name;
    const char *since;
    const char *until;
    const char *limit;
};

#define FIELD(name) offsetof(struct history_options, name)
static const struct argument history_arguments[] = {
    { "since", "TIME", ARGUMENT_TEXT, FIELD(since), 0,
      "Only from then on: 1h, 12:03, 2026-03-01T12:03:44. Default: a day ago." },
    { "until", "TIME", ARGUMENT_TEXT, FIELD(until), 0, "Only up to then; default: now." },
    { "limit", "NUMBER", ARGUMENT_TEXT, FIELD(limit), 0,
      "At most so many, the newest; default 200, at most 1000." },
    { "namespace", "NAME", ARGUMENT_TEXT, FIELD(namespace_name), 0,
      "Only services of this namespace." },
    { 0 },
};
#undef FIELD

static int read_time(const struct invocation *invocation, const char *option,
                     const char *text, int64_t now, int64_t *out)
{
    char message[400];

    if (text == NULL || moment_parse(text, now, out))
        return EXIT_OK;
    snprintf(message, sizeof message, "%s needs %s", option, MOMENT_FORMS);
    return command_usage(invocation, message);
}

static int read_options(const struct invocation *invocation, int64_t now,
                        struct rollcall_history *out)
{
    const struct history_options *options = invocation->options;
    const int64_t day = INT64_C(86400000);
    int code;

    *out = (struct rollcall_history){
        .name = invocation->word_count > 0 ? invocation->words[0] : NULL,
        .namespace_name = options->namespace_name,
        .since = now - day,
        .limit = 200,
    };
    code = read_time(invocation, "--since", options->since, now, &out->since);
    if (code == EXIT_OK)
        code = read_time(invocation, "--until", options->until, now, &out->until);
    if (code != EXIT_OK || options->limit == NULL)
        return code;
    long limit = strtol(options->limit, NULL, 10);
    if (limit < 1 || limit > PAGE)
        return command_usage(invocation, "--limit needs a number from 1 to 1000");
    out->limit = (unsigned)limit;
    return EXIT_OK;
}

static void print_line(const struct rollcall_transition *row, int64_t now)
{
    char time[MOMENT_TEXT];

    moment_print(row->time, now, time);
    printf("%s ", time);
    if (row->id[0] != '\0') {
        output_plain(stdout, row->id);
        putchar(' ');
    }
    output_plain(stdout, row->text);
    putchar('\n');
}

static void print_hour(const struct rollcall_transition *row, int64_t now)
{
    char time[MOMENT_TEXT];

    moment_print(row->time, now, time);
    printf("%s ", time);
    output_plain(stdout, row->id);
    fputs(" moved ", stdout);
    output_count(stdout, row->moves, "time", "times");
    fputs(" within that hour\n", stdout);
}

/* Oldest first, as logs are read. How many were of instances: starts of the daemon are
 * shown whatever is asked about. */
static size_t print_rows(const struct rollcall_client *client, int64_t now)
{
    struct rollcall_transition row;
    size_t hours = 0, rows = 0, starts = 0;

    while (rollcall_hour(client, hours, &row))
        hours++;
    for (size_t i = hours; i-- > 0;)
        if (rollcall_hour(client, i, &row))
            print_hour(&row, now);
    while (rollcall_transition(client, rows, &row))
        rows++;
    for (size_t i = rows; i-- > 0;) {
        if (!rollcall_transition(client, i, &row))
            continue;
        print_line(&row, now);
        starts += row.id[0] == '\0';
    }
    return hours + rows - starts;
}

static void print_nothing(const char *name)
{
    fputs("nothing happened ", stdout);
    if (name != NULL) {
        fputs("to ", stdout);
        output_plain(stdout, name);
        putchar(' ');
    }
    puts("in that time, as far as is known");
}

static void print_limits(const struct rollcall_history *query, int64_t before,
                         int64_t reaches, int64_t now)
{
    char time[MOMENT_TEXT];

    if (before != 0)
        fprintf(stderr,
                "(there are older ones: --until or a higher --limit shows them)\n");
    if (reaches == 0 || reaches <= query->since)
        return;
    moment_print(reaches, now, time);
    fprintf(stderr, "(single transitions are known since %s)\n", time);
}

static int run_history(const struct invocation *invocation)
{
    struct rollcall_history query;
    struct rollcall_error error;
    int64_t now = clock_wall_ms(), before = 0, reaches = 0;
    int code = read_options(invocation, now, &query);

    if (code != EXIT_OK)
        return code;
    struct rollcall_client *client = session_open(invocation);
    if (client == NULL)
        return EXIT_UNREACHABLE;
    if (rollcall_history(client, &query, &before, &reaches, &error) != ROLLCALL_OK) {
        code = session_failed(invocation, client, &error);
    } else if (invocation->json) {
        code = session_print_reply(client);
    } else {
        if (print_rows(client, now) == 0)
            print_nothing(query.name);
        print_limits(&query, before, reaches, now);
    }
    rollcall_close(client);
    return code;
}

const struct command command_history = {
    .name = "history",
    .arguments = "[SERVICE|ID] [--since TIME]",
    .summary = "What happened to instances, and why.",
    .details =
        "Every transition: registered, changed, gone; each check that moved, with its "
        "outcome; drained, overridden, damped, held. Older ones are known by the hour "
        "only (registry.history says how many are kept).",
    .example = "rollcall history web --since 1h",
    .tables = (const struct argument *const[]){ history_arguments, NULL },
    .options_size = sizeof(struct history_options),
    .max_words = 1,
    .run = run_history,
};

/* cli/command_watch.c - watch and wait. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

struct watch_options {
    const char *namespace_name;
    struct argument_number since;
};

#define FIELD(name) offsetof(struct watch_options, name)
static const struct argument watch_arguments[] = {
    { "namespace", "NAME", ARGUMENT_TEXT, FIELD(namespace_name), 0,
      "Only changes in this namespace." },
    { "since", "REVISION", ARGUMENT_NUMBER, FIELD(since), 0,
      "Begin with what came after this revision." },
    { 0 },
};
#undef FIELD

static void print_event(const struct rollcall_event *event)
{
    printf("%" PRIu64 " ", event->revision);
    if (strcmp(event->event, "resync") == 0) {
        puts("resync: changes were missed; rollcall list shows what is now");
        return;
    }
    printf("%s ", event->event);
    output_plain(stdout, event->service);
    putchar(' ');
    output_plain(stdout, event->id);
    printf(" %s", event->health);
    if (event->standing[0] != '\0' && strcmp(event->standing, "none") != 0)
        printf(", %s, so %s", event->standing, event->effective);
    printf(" (%s)\n", event->cause);
}

static int follow(const struct invocation *invocation, struct rollcall_client *client)
{
    struct rollcall_event event;
    struct rollcall_error error;

    for (;;) {
        if (rollcall_next_event(client, -1, &event, &error) != ROLLCALL_OK)
            return session_failed(invocation, client, &error);
        if (invocation->json)
            puts(rollcall_last_line(client));
        else
            print_event(&event);
        if (fflush(stdout) != 0) /* the reader has gone: so may we */
            return EXIT_OK;
    }
}

static int run_watch(const struct invocation *invocation)
{
    const struct watch_options *options = invocation->options;
    const struct rollcall_watch watch = {
        .service = invocation->word_count > 0 ? invocation->words[0] : NULL,
        .namespace_name = options->namespace_name,
        .has_since = options->since.given,
        .since = options->since.value,
    };
    struct rollcall_error error;
    struct rollcall_client *client = session_open(invocation);
    int code;

    if (client == NULL)
        return EXIT_UNREACHABLE;
    if (rollcall_watch(client, &watch, NULL, &error) != ROLLCALL_OK)
        code = session_failed(invocation, client, &error);
    else
        code = follow(invocation, client);
    rollcall_close(client);
    return code;
}

const struct command command_watch = {
    .name = "watch",
    .arguments = "[SERVICE] [--since REVISION] [--namespace NAME]",
    .summary = "Print every change as it comes.",
    .details = "A line is: revision, what happened (register, change, health, "
               "deregister), service, id, health, and the cause in brackets. With "
               "--since the changes after that revision come first.",
    .example = "rollcall watch web",
    .tables = (const struct argument *const[]){ watch_arguments, NULL },
    .options_size = sizeof(struct watch_options),
    .max_words = 1,
    .run = run_watch,
};

/* ---- wait ----------------------------------------------------------------------- */

/* Long enough for a slow start, short enough that a script that hangs is noticed. */
enum { WAIT_DEFAULT_MS = 60000 };

struct wait_options {
    const char *namespace_name;
    const char *tag;
    struct argument_number count;
    struct argument_number timeout;
};

#define FIELD(name) offsetof(struct wait_options, name)
static const struct argument wait_arguments[] = {
    { "count", "NUMBER", ARGUMENT_NUMBER, FIELD(count), 0,
      "So many healthy instances; default 1." },
    { "timeout", "DURATION", ARGUMENT_DURATION, FIELD(timeout), 0,
      "At most so long; default 1m." },
    { "namespace", "NAME", ARGUMENT_TEXT, FIELD(namespace_name), 0,
      "Its namespace; default: default." },
    { "tag", "TAG", ARGUMENT_TEXT, FIELD(tag), 0, "Only instances with this tag count." },
    { 0 },
};
#undef FIELD

struct waiting {
    struct rollcall_client *client;
    struct rollcall_get query; /* healthy ones only */
    uint64_t wanted;
    int64_t deadline; /* monotonic ms */
    size_t healthy;   /* when last looked */
};

/* How many are healthy now. A service that nobody has registered yet has none. */
static enum rollcall_status look(struct waiting *waiting, struct rollcall_error *error)
{
    enum rollcall_status status =
        rollcall_get(waiting->client, &waiting->query, &waiting->healthy, NULL, error);

    if (status != ROLLCALL_E_NOTFOUND)
        return status;
    waiting->healthy = 0;
    return ROLLCALL_OK;
}

/* The next event, then all that came with it: one look is enough for them. E_TIMEOUT at
 * the deadline. */
static enum rollcall_status next_change(struct waiting *waiting,
                                        struct rollcall_error *error)
{
    struct rollcall_event event;
    int64_t left = waiting->deadline - clock_monotonic_ms();

    if (left > INT32_MAX)
        left = INT32_MAX;
    enum rollcall_status status =
        rollcall_next_event(waiting->client, left > 0 ? (int)left : 0, &event, error);
    if (status != ROLLCALL_OK)
        return status;
    while (status == ROLLCALL_OK)
        status = rollcall_next_event(waiting->client, 0, &event, error);
    return status == ROLLCALL_E_TIMEOUT ? ROLLCALL_OK : status;
}

/* Watch first, look then: what happens in between is an event. */
static enum rollcall_status wait_until(struct waiting *waiting,
                                       struct rollcall_error *error)
{
    const struct rollcall_watch watch = { .service = waiting->query.service,
                                          .namespace_name =
                                              waiting->query.namespace_name };
    enum rollcall_status status = rollcall_watch(waiting->client, &watch, NULL, error);

    while (status == ROLLCALL_OK) {
        status = look(waiting, error);
        if (status == ROLLCALL_OK && waiting->healthy >= waiting->wanted)
            return ROLLCALL_OK;
        if (status == ROLLCALL_OK)
            status = next_change(waiting, error);
    }
    return status;
}

static void print_waited(const struct invocation *invocation,
                         const struct waiting *waiting, bool reached)
{
    const char *service = waiting->query.service;

    if (invocation->json)
        printf("{\"ok\":%s,\"healthy\":%zu,\"wanted\":%" PRIu64 "}\n",
               reached ? "true" : "false", waiting->healthy, waiting->wanted);
    else if (reached)
        printf("%s: %zu healthy\n", service, waiting->healthy);
    else
        fprintf(stderr,
                "rollcall: %s: in time only %zu of %" PRIu64
                " became healthy; rollcall show %s says why\n",
                service, waiting->healthy, waiting->wanted, service);
}

static int run_wait(const struct invocation *invocation)
{
    const struct wait_options *options = invocation->options;
    uint64_t timeout = options->timeout.given ? options->timeout.value : WAIT_DEFAULT_MS;
    struct waiting waiting = {
        .query = { .service = invocation->words[0],
                   .namespace_name = options->namespace_name,
                   .tag = options->tag },
        .wanted = options->count.given ? options->count.value : 1,
        .deadline = clock_monotonic_ms() + (int64_t)timeout,
    };
    struct rollcall_error error;

    waiting.client = session_open(invocation);
    if (waiting.client == NULL)
        return EXIT_UNREACHABLE;
    int code = EXIT_OK;
    enum rollcall_status status = wait_until(&waiting, &error);
    if (status == ROLLCALL_OK || status == ROLLCALL_E_TIMEOUT) {
        print_waited(invocation, &waiting, status == ROLLCALL_OK);
        code = status == ROLLCALL_OK ? EXIT_OK : EXIT_NO;
    } else {
        code = session_failed(invocation, waiting.client, &error);
    }
    rollcall_close(waiting.client);
    return code;
}

const struct command command_wait = {
    .name = "wait",
    .arguments = "SERVICE [--count NUMBER] [--timeout DURATION] [--tag TAG]",
    .summary = "Wait until a service has healthy instances.",
    .details = "Ends with 0 as soon as there are enough, with 1 when there are not in "
               "time. For scripts that need a service before they start.",
    .example = "rollcall wait database --count 3 --timeout 30s && start-the-shop",
    .tables = (const struct argument *const[]){ wait_arguments, NULL },
    .options_size = sizeof(struct wait_options),
    .min_words = 1,
    .max_words = 1,
    .run = run_wait,
};

/* cli/command_maintenance.c - every instance of a service, or of this node, at once. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "rollcall/drain.h"

enum { IDS_MAX = 256 * 1024 * 1024 };

struct maintenance_options {
    const char *namespace_name;
    bool all;
    struct argument_number lasts;
    const char *reason;
};

#define FIELD(name) offsetof(struct maintenance_options, name)
static const struct argument maintenance_arguments[] = {
    { "namespace", "NAME", ARGUMENT_TEXT, FIELD(namespace_name), 0,
      "Of the service; with --all: only services of this namespace." },
    { "all", NULL, ARGUMENT_FLAG, FIELD(all), 0,
      "Every instance of this node, in place of a service." },
    { "for", "DURATION", ARGUMENT_DURATION, FIELD(lasts), 0,
      "It ends by itself after so long; default: with `off`." },
    { "reason", "TEXT", ARGUMENT_TEXT, FIELD(reason), 0,
      "Why, for whoever looks at it at night; default: maintenance." },
    { 0 },
};
#undef FIELD

struct maintenance {
    const struct invocation *invocation;
    struct rollcall_client *client;
    bool on;
    struct buffer
        ids; /* each with its NUL; what is shown is borrowed for one call only */
    size_t found, done, failed;
};

static bool is_down(const struct rollcall_shown *shown)
{
    return shown->standing != NULL && shown->standing->override != NULL &&
           strcmp(shown->standing->override, "down") == 0;
}

/* Those that are not as they are to be. */
static enum rollcall_status collect(struct maintenance *work, const char *service,
                                    const char *namespace_name,
                                    struct rollcall_error *error)
{
    const struct rollcall_get query = { .service = service,
                                        .namespace_name = namespace_name,
                                        .all = true };
    struct rollcall_shown shown;
    size_t count = 0;
    enum rollcall_status status = rollcall_get(work->client, &query, &count, NULL, error);

    work->found += count;
    for (size_t i = 0; i < count && status == ROLLCALL_OK; i++) {
        status = rollcall_instance(work->client, i, &shown, error);
        if (status == ROLLCALL_OK && (work->on || is_down(&shown)))
            buffer_append(&work->ids, shown.is->id, strlen(shown.is->id) + 1);
    }
    return status;
}

/* The names first: the list is borrowed until the next call. */
static enum rollcall_status collect_all(struct maintenance *work,
                                        const char *namespace_name,
                                        struct rollcall_error *error)
{
    struct rollcall_counted service;
    struct buffer names;
    size_t count = 0;
    enum rollcall_status status =
        rollcall_list(work->client, namespace_name, NULL, &count, NULL, error);

    buffer_init(&names, IDS_MAX);
    for (size_t i = 0; i < count && status == ROLLCALL_OK &&
                       rollcall_service(work->client, i, &service);
         i++) {
        buffer_append(&names, service.name, strlen(service.name) + 1);
        buffer_append(&names, service.namespace_name, strlen(service.namespace_name) + 1);
    }
    for (size_t at = 0; at < names.length && status == ROLLCALL_OK;) {
        const char *name = names.data + at;
        const char *in = name + strlen(name) + 1;
        status = collect(work, name, in, error);
        at += strlen(name) + strlen(in) + 2;
    }
    buffer_deinit(&names);
    return status;
}

/* One that is refused does not keep the others from it. */
static int apply(struct maintenance *work)
{
    const struct maintenance_options *options = work->invocation->options;
    struct rollcall_override override = {
        .state = work->on ? "down" : "none",
        .lasts = work->on && options->lasts.given ? options->lasts.value : 0,
        .reason = options->reason != NULL ? options->reason : "maintenance",
    };
    struct rollcall_error error;
    int code = EXIT_OK;

    for (size_t at = 0; at < work->ids.length && code != EXIT_UNREACHABLE;
         at += strlen(override.id) + 1) {
        override.id = work->ids.data + at;
        if (rollcall_override(work->client, &override, NULL, &error) == ROLLCALL_OK) {
            work->done++;
        } else if (error.status != ROLLCALL_E_NOTFOUND) {
            code = session_failed(work->invocation, work->client, &error);
            work->failed++;
        }
    }
    return code;
}

static void print_result(const struct maintenance *work)
{
    const char *what = work->on ? "out of DNS for maintenance" : "back from maintenance";

    if (work->invocation->json)
        printf("{\"ok\":%s,\"changed\":%zu,\"refused\":%zu}\n",
               work->failed == 0 ? "true" : "false", work->done, work->failed);
    else
        printf("%zu instance%s %s\n", work->done, work->done == 1 ? "" : "s", what);
}

/* A service without instances is most likely a slip of the pen, and whoever is about to
 * pull a plug wants to know. */
static int change(struct maintenance *work, const char *service)
{
    const struct maintenance_options *options = work->invocation->options;
    struct rollcall_error error;
    enum rollcall_status status =
        service != NULL ? collect(work, service, options->namespace_name, &error)
                        : collect_all(work, options->namespace_name, &error);

    if (status != ROLLCALL_OK)
        return session_failed(work->invocation, work->client, &error);
    if (service != NULL && work->found == 0) {
        fprintf(stderr,
                "rollcall: no instance of %s; rollcall list shows what there is\n",
                service);
        return EXIT_NO;
    }
    int code = apply(work);
    print_result(work);
    return code;
}

static int run_maintenance(const struct invocation *invocation)
{
    const struct maintenance_options *options = invocation->options;
    const char *word = invocation->words[0];
    const char *service = invocation->word_count > 1 ? invocation->words[1] : NULL;
    struct maintenance work = { .invocation = invocation, .on = strcmp(word, "on") == 0 };

    if (!work.on && strcmp(word, "off") != 0)
        return command_usage(invocation, "on or off is needed first");
    if ((service == NULL) != options->all)
        return command_usage(invocation, "a SERVICE is needed, or --all, not both");
    work.client = session_open(invocation);
    if (work.client == NULL)
        return EXIT_UNREACHABLE;
    buffer_init(&work.ids, IDS_MAX);
    int code = change(&work, service);
    buffer_deinit(&work.ids);
    rollcall_close(work.client);
    return code;
}

const struct command command_maintenance = {
    .name = "maintenance",
    .arguments = "on|off SERVICE|--all [--for DURATION] [--reason TEXT]",
    .summary = "Take all instances of a service, or of this node, out of DNS and back.",
    .details = "Each instance that is there now is overridden `down`, and with `off` no "
               "more; what registers later is served. rollcall show says which are out, "
               "since when, for how long and why.",
    .example = "rollcall maintenance on web --for 1h --reason 'new release'\n"
               "rollcall maintenance off web",
    .tables = (const struct argument *const[]){ maintenance_arguments, NULL },
    .options_size = sizeof(struct maintenance_options),
    .min_words = 1,
    .max_words = 2,
    .run = run_maintenance,
};

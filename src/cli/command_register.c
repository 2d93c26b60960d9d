/* cli/command_register.c - register, deregister, renew. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/instance_options.h"
#include "cli/output.h"
#include "cli/session.h"
#include "model/instance.h"

struct register_options {
    struct instance_options instance; /* first: instance_arguments fills it */
    const char *lease;
    struct argument_number if_revision;
};

#define FIELD(name) offsetof(struct register_options, name)
static const struct argument register_arguments[] = {
    { "lease", "LEASE", ARGUMENT_TEXT, FIELD(lease), 0,
      "ttl=10s: gone unless renewed in time; pid=1234: gone with that process." },
    { "if-revision", "NUMBER", ARGUMENT_NUMBER, FIELD(if_revision), 0,
      "Only if it still has this revision; 0: only if it is not there." },
    { 0 },
};
#undef FIELD

static bool apply_lease(const char *text, struct rollcall_lease *lease,
                        struct reason *why)
{
    uint64_t number = 0;

    if (text == NULL)
        return true;
    if (strncmp(text, "ttl=", 4) == 0 && units_parse_duration(text + 4, &lease->ms)) {
        lease->kind = ROLLCALL_LEASE_TTL;
        return true;
    }
    if (strncmp(text, "pid=", 4) == 0 && units_parse_u64(text + 4, INT32_MAX, &number)) {
        lease->kind = ROLLCALL_LEASE_PID;
        lease->pid = (int32_t)number;
        return true;
    }
    reason_set(why,
               "--lease \"%s\": ttl=DURATION or pid=NUMBER is needed, like ttl=10s or "
               "pid=1234; for an instance that lives as long as a command, see "
               "rollcall help run",
               text);
    return false;
}

static int do_register(const struct invocation *invocation,
                       const struct rollcall_registration *registration)
{
    struct rollcall_registered registered;
    struct rollcall_error error;
    struct rollcall_client *client = session_open(invocation);

    if (client == NULL)
        return EXIT_UNREACHABLE;
    int code = EXIT_OK;
    if (rollcall_register(client, registration, &registered, &error) != ROLLCALL_OK) {
        code = session_failed(invocation, client, &error);
    } else if (invocation->json) {
        code = session_print_reply(client);
    } else {
        printf("%s %s (revision %" PRIu64 ")\n", registered.id,
               registered.created ? "registered" : "was registered; it is up to date",
               registered.revision);
        if (registered.warning != NULL)
            fprintf(stderr, "rollcall: note: %s\n", registered.warning);
    }
    rollcall_close(client);
    return code;
}

static int run_register(const struct invocation *invocation)
{
    const struct register_options *options = invocation->options;
    struct reason why = REASON_NONE;
    struct instance_draft *draft = instance_draft_create();

    if (draft == NULL)
        return command_usage(invocation, "out of memory");
    struct rollcall_registration *registration = &draft->registration;
    registration->has_if_revision = options->if_revision.given;
    registration->if_revision = options->if_revision.value;
    int code = EXIT_USAGE;
    if (instance_options_apply(&options->instance, draft, &why) &&
        apply_lease(options->lease, &registration->instance.lease, &why))
        code = do_register(invocation, registration);
    else
        command_usage(invocation, why.text);
    free(draft);
    return code;
}

const struct command command_register = {
    .name = "register",
    .arguments = "--service NAME --address ADDRESS [--port NUMBER] [OPTION...]",
    .summary = "Put an instance of a service into the registry, and into DNS.",
    .details = "When it returns, the instance is on the disk and in DNS (with a check: "
               "once that passed). Registering the same again changes nothing.",
    .example = "rollcall register --service web --address 10.0.0.1 --port 8080 \\\n"
               "    --tag v2 --check http:/health,interval=5s",
    .notes = check_option_help,
    .tables =
        (const struct argument *const[]){ instance_arguments, register_arguments, NULL },
    .options_size = sizeof(struct register_options),
    .run = run_register,
};

static int run_deregister(const struct invocation *invocation)
{
    struct rollcall_error error;
    struct rollcall_client *client = session_open(invocation);
    int code = EXIT_OK;

    if (client == NULL)
        return EXIT_UNREACHABLE;
    for (int i = 0; i < invocation->word_count && code != EXIT_UNREACHABLE; i++) {
        uint64_t revision = 0;
        const char *id = invocation->words[i];
        if (rollcall_deregister(client, id, &revision, &error) != ROLLCALL_OK)
            code = session_failed(invocation, client, &error);
        else if (invocation->json)
            session_print_reply(client);
        else
            printf("%s deregistered (revision %" PRIu64 ")\n", id, revision);
    }
    rollcall_close(client);
    return code;
}

const struct command command_deregister = {
    .name = "deregister",
    .arguments = "ID...",
    .summary = "Take instances out of DNS and out of the registry.",
    .details = "When it returns, no new answer names them; clients may remember an "
               "earlier one for its TTL.",
    .example = "rollcall deregister web-10-0-0-1-8080",
    .min_words = 1,
    .max_words = 1 << 20,
    .run = run_deregister,
};

struct renew_options {
    const char *status;
    const char *output;
    const char *check;
};

#define FIELD(name) offsetof(struct renew_options, name)
static const struct argument renew_arguments[] = {
    { "status", "STATUS", ARGUMENT_TEXT, FIELD(status), 0,
      "passing, warning or critical: how it is now." },
    { "output", "TEXT", ARGUMENT_TEXT, FIELD(output), 0, "Why, for people." },
    { "check", "NAME", ARGUMENT_TEXT, FIELD(check), 0,
      "Which of its ttl checks is meant; default: all of them." },
    { 0 },
};
#undef FIELD

static void print_renewed(const char *id, const struct rollcall_renewed *renewed)
{
    char left[32];

    printf("%s renewed (revision %" PRIu64 ")", id, renewed->revision);
    if (renewed->has_expires_in) {
        units_print_duration(renewed->expires_in, left, sizeof left);
        printf(", again within %s", left);
    }
    putchar('\n');
}

static int run_renew(const struct invocation *invocation)
{
    const struct renew_options *options = invocation->options;
    struct rollcall_renewal renewal = { .id = invocation->words[0],
                                        .has_status = options->status != NULL,
                                        .output = options->output,
                                        .check = options->check };
    struct rollcall_renewed renewed;
    struct rollcall_error error;

    if (renewal.has_status && !health_parse(options->status, &renewal.status))
        return command_usage(invocation,
                             "--status: passing, warning or critical is needed");
    struct rollcall_client *client = session_open(invocation);
    if (client == NULL)
        return EXIT_UNREACHABLE;
    int code = EXIT_OK;
    if (rollcall_renew(client, &renewal, &renewed, &error) != ROLLCALL_OK)
        code = session_failed(invocation, client, &error);
    else if (invocation->json)
        session_print_reply(client);
    else
        print_renewed(renewal.id, &renewed);
    rollcall_close(client);
    return code;
}

const struct command command_renew = {
    .name = "renew",
    .arguments = "ID [--status STATUS] [--output TEXT] [--check NAME]",
    .summary = "Extend the ttl lease of an instance, and say how it is.",
    .details = "",
    .example = "rollcall renew web-1 --status warning --output 'disk at 91 %'",
    .tables = (const struct argument *const[]){ renew_arguments, NULL },
    .options_size = sizeof(struct renew_options),
    .min_words = 1,
    .max_words = 1,
    .run = run_renew,
};

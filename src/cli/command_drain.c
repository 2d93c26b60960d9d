/* cli/command_drain.c - drain, undrain, override. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "rollcall/drain.h"

struct drain_options {
    struct argument_number longest;
    bool no_wait;
};

#define FIELD(name) offsetof(struct drain_options, name)
static const struct argument drain_arguments[] = {
    { "for", "DURATION", ARGUMENT_DURATION, FIELD(longest), 0,
      "The longest wait; default: until no cache can have it." },
    { "no-wait", NULL, ARGUMENT_FLAG, FIELD(no_wait), 0,
      "Return as soon as it is out of DNS." },
    { 0 },
};
#undef FIELD

static void print_drained(const char *id, const struct rollcall_drained *drained)
{
    char left[32];

    units_print_duration((drained->safe_in + 999) / 1000 * 1000, left, sizeof left);
    output_plain(stdout, id);
    printf(" is out of DNS (revision %" PRIu64 "), safe to stop in %s\n",
           drained->revision, left);
    fflush(stdout);
}

static int wait_for(const struct invocation *invocation, struct rollcall_client *client,
                    const char *id)
{
    struct rollcall_error error;

    if (rollcall_wait_safe(client, id, -1, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    if (invocation->json)
        puts(rollcall_last_line(client));
    else
        printf("%s is safe to stop\n", id);
    fflush(stdout);
    return EXIT_OK;
}

static int drain_one(const struct invocation *invocation, struct rollcall_client *client,
                     const char *id)
{
    const struct drain_options *options = invocation->options;
    int64_t longest = options->longest.given ? (int64_t)options->longest.value : -1;
    struct rollcall_drained drained;
    struct rollcall_error error;

    if (rollcall_drain(client, id, longest, &drained, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    if (invocation->json)
        session_print_reply(client);
    else
        print_drained(id, &drained);
    return EXIT_OK;
}

/* All are taken out first; then the longest of their waits is the wait for all. */
static int run_drain(const struct invocation *invocation)
{
    const struct drain_options *options = invocation->options;
    struct rollcall_client *client = session_open(invocation);
    int code = EXIT_OK;

    if (client == NULL)
        return EXIT_UNREACHABLE;
    for (int i = 0; i < invocation->word_count && code == EXIT_OK; i++)
        code = drain_one(invocation, client, invocation->words[i]);
    for (int i = 0; i < invocation->word_count && code == EXIT_OK && !options->no_wait;
         i++)
        code = wait_for(invocation, client, invocation->words[i]);
    rollcall_close(client);
    return code;
}

const struct command command_drain = {
    .name = "drain",
    .arguments = "ID... [--for DURATION] [--no-wait]",
    .summary = "Take instances out of DNS, and wait until they are safe to stop.",
    .details =
        "A drained instance stays registered, checked and reachable by its own name, but "
        "no answer for its service names it any more. The command returns when no cache "
        "can hold an earlier answer: its TTL has passed. A drain outlives a restart of "
        "rollcalld and ends with `rollcall undrain`, or with the instance.",
    .example = "rollcall drain web-1 && systemctl restart web",
    .tables = (const struct argument *const[]){ drain_arguments, NULL },
    .options_size = sizeof(struct drain_options),
    .min_words = 1,
    .max_words = 1 << 16,
    .run = run_drain,
};

static int run_undrain(const struct invocation *invocation)
{
    struct rollcall_client *client = session_open(invocation);
    struct rollcall_error error;
    uint64_t revision = 0;
    int code = EXIT_OK;

    if (client == NULL)
        return EXIT_UNREACHABLE;
    for (int i = 0; i < invocation->word_count && code == EXIT_OK; i++) {
        const char *id = invocation->words[i];
        if (rollcall_undrain(client, id, &revision, &error) != ROLLCALL_OK)
            code = session_failed(invocation, client, &error);
        else if (invocation->json)
            session_print_reply(client);
        else
            printf("%s drains no more (revision %" PRIu64 ")\n", id, revision);
    }
    rollcall_close(client);
    return code;
}

const struct command command_undrain = {
    .name = "undrain",
    .arguments = "ID...",
    .summary = "Put drained instances back into DNS, as their health allows.",
    .details = "",
    .example = "rollcall undrain web-1",
    .min_words = 1,
    .max_words = 1 << 16,
    .run = run_undrain,
};

struct override_options {
    struct argument_number lasts;
    const char *reason;
};

#define FIELD(name) offsetof(struct override_options, name)
static const struct argument override_arguments[] = {
    { "for", "DURATION", ARGUMENT_DURATION, FIELD(lasts), 0,
      "It ends by itself after so long; default: when it is taken back." },
    { "reason", "TEXT", ARGUMENT_TEXT, FIELD(reason), 0,
      "Why, for whoever looks at it at night." },
    { 0 },
};
#undef FIELD

static void print_overridden(const struct rollcall_override *override, uint64_t revision)
{
    char lasts[32];

    output_plain(stdout, override->id);
    if (strcmp(override->state, "none") == 0) {
        printf(" goes by its checks again (revision %" PRIu64 ")\n", revision);
        return;
    }
    printf(" is overridden %s (revision %" PRIu64 ")", override->state, revision);
    units_print_duration(override->lasts, lasts, sizeof lasts);
    if (override->lasts > 0)
        printf(" for %s\n", lasts);
    else
        printf(" until `rollcall override %s none`\n", override->id);
}

static int run_override(const struct invocation *invocation)
{
    const struct override_options *options = invocation->options;
    const struct rollcall_override override = {
        .id = invocation->words[0],
        .state = invocation->words[1],
        .lasts = options->lasts.given ? options->lasts.value : 0,
        .reason = options->reason,
    };
    struct rollcall_client *client = session_open(invocation);
    struct rollcall_error error;
    uint64_t revision = 0;
    int code = EXIT_OK;

    if (client == NULL)
        return EXIT_UNREACHABLE;
    if (rollcall_override(client, &override, &revision, &error) != ROLLCALL_OK)
        code = session_failed(invocation, client, &error);
    else if (invocation->json)
        session_print_reply(client);
    else
        print_overridden(&override, revision);
    rollcall_close(client);
    return code;
}

const struct command command_override = {
    .name = "override",
    .arguments = "ID up|down|none [--for DURATION] [--reason TEXT]",
    .summary = "Say that an instance is up or down, whatever its checks say.",
    .details = "Its checks run on, and are shown. `down` is maintenance; `up` serves it "
               "even while its checks fail; `none` lets them decide again. What is "
               "drained stays out in any case.",
    .example = "rollcall override web-1 down --for 1h --reason 'new disk'",
    .tables = (const struct argument *const[]){ override_arguments, NULL },
    .options_size = sizeof(struct override_options),
    .min_words = 2,
    .max_words = 2,
    .run = run_override,
};

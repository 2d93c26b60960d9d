/* cli/command_check.c - brake; check now, check try. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/instance_options.h"
#include "cli/output.h"
#include "cli/session.h"
#include "model/instance.h"
#include "rollcall/judge.h"

/* ---- brake ---------------------------------------------------------------------- */

struct brake_options {
    const char *namespace_name;
    bool confirm;
    bool refuse;
};

#define FIELD(name) offsetof(struct brake_options, name)
static const struct argument brake_arguments[] = {
    { "confirm", NULL, ARGUMENT_FLAG, FIELD(confirm), 0,
      "They are right to leave: they do so now, and so does who fails in the next "
      "minute." },
    { "refuse", NULL, ARGUMENT_FLAG, FIELD(refuse), 0,
      "Their checks are wrong: they stay until they pass again, and nobody else "
      "leaves." },
    { "namespace", "NAME", ARGUMENT_TEXT, FIELD(namespace_name), 0,
      "Its namespace; default: default." },
    { 0 },
};
#undef FIELD

static int run_brake(const struct invocation *invocation)
{
    const struct brake_options *options = invocation->options;
    const char *service = invocation->words[0];
    struct rollcall_error error;
    uint64_t held = 0;
    int code = EXIT_OK;

    if (options->confirm == options->refuse)
        return command_usage(invocation, "one of --confirm and --refuse is needed");
    struct rollcall_client *client = session_open(invocation);
    if (client == NULL)
        return EXIT_UNREACHABLE;
    if (rollcall_brake(client, options->namespace_name, service, options->confirm, &held,
                       &error) != ROLLCALL_OK)
        code = session_failed(invocation, client, &error);
    else if (invocation->json)
        code = session_print_reply(client);
    else
        printf("%" PRIu64 " held instances of %s %s\n", held, service,
               options->confirm ? "leave DNS" : "stay in DNS until they are well");
    rollcall_close(client);
    return code;
}

const struct command command_brake = {
    .name = "brake",
    .arguments = "SERVICE --confirm|--refuse [--namespace NAME]",
    .summary = "Decide about instances that the brake holds in DNS.",
    .details = "Where more than a share of a service (health.brake) would leave DNS "
               "within a minute by their checks, the others that fail are held: the "
               "check may be at fault, not they. `rollcall show SERVICE` has them.",
    .example = "rollcall brake web --confirm",
    .tables = (const struct argument *const[]){ brake_arguments, NULL },
    .options_size = sizeof(struct brake_options),
    .min_words = 1,
    .max_words = 1,
    .run = run_brake,
};

/* ---- check ---------------------------------------------------------------------- */

struct check_options {
    struct instance_options instance; /* first: instance_arguments fills it */
    const char *file;
};

#define FIELD(name) offsetof(struct check_options, name)
static const struct argument check_arguments[] = {
    { "file", "FILE", ARGUMENT_TEXT, FIELD(file), 0,
      "try: the definition as JSON, as it would be registered; -: standard input." },
    { 0 },
};
#undef FIELD

enum { FILE_MAX = 128 * 1024 };

/* NULL: a sentence was printed. Owned. */
static char *read_file(const struct invocation *invocation, const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *text = malloc(FILE_MAX + 1);
    char words[320];

    if (file == NULL || text == NULL) {
        snprintf(words, sizeof words, "--file %.200s cannot be read", path);
        command_usage(invocation, words);
        free(text);
        return NULL;
    }
    text[fread(text, 1, FILE_MAX, file)] = '\0';
    if (file != stdin)
        fclose(file);
    return text;
}

/* The worst of them decides: passing and warning are well enough for 0. */
static int print_results(const struct invocation *invocation,
                         const struct rollcall_client *client, size_t count)
{
    struct rollcall_result result;
    int code = EXIT_OK;

    if (invocation->json)
        session_print_reply(client);
    for (size_t i = 0; i < count && rollcall_result(client, i, &result); i++) {
        if (result.health == ROLLCALL_CRITICAL)
            code = EXIT_NO;
        if (invocation->json)
            continue;
        printf("%s (%s): %s: it ", result.check, result.kind, health_word(result.health));
        output_plain(stdout, result.message);
        printf(", after %.1f ms\n  asked: ", (double)result.latency_us / 1000);
        output_plain(stdout, result.target);
        printf("\n  outcome: %s\n", result.outcome);
    }
    return code;
}

static enum rollcall_status try_file(const struct invocation *invocation,
                                     struct rollcall_client *client, const char *path,
                                     size_t *count, struct rollcall_error *error)
{
    char *text = read_file(invocation, path);

    if (text == NULL) {
        *error = (struct rollcall_error){ .status = ROLLCALL_E_IO };
        return ROLLCALL_E_IO;
    }
    enum rollcall_status status = rollcall_check_try_json(client, text, count, error);
    free(text);
    return status;
}

/* What is to be tried need not say where it would stand. */
static enum rollcall_status try_options(struct rollcall_client *client,
                                        const struct check_options *options,
                                        size_t *count, struct rollcall_error *error)
{
    struct instance_draft *draft = instance_draft_create();
    struct instance_options given = options->instance;
    struct reason why = REASON_NONE;
    enum rollcall_status status = ROLLCALL_E_INVALID;

    if (draft == NULL)
        return ROLLCALL_E_NOMEM;
    if (given.service == NULL)
        given.service = "try";
    if (instance_options_apply(&given, draft, &why)) {
        status = rollcall_check_try(client, &draft->registration, count, error);
    } else {
        *error = (struct rollcall_error){ .status = status };
        snprintf(error->message, sizeof error->message, "%s", why.text);
    }
    free(draft);
    return status;
}

static int run_check(const struct invocation *invocation)
{
    const struct check_options *options = invocation->options;
    bool now = strcmp(invocation->words[0], "now") == 0;
    enum rollcall_status status;
    struct rollcall_error error = { .status = ROLLCALL_OK };
    size_t count = 0;

    if (!now && strcmp(invocation->words[0], "try") != 0)
        return command_usage(invocation, "it is `check now` or `check try`");
    if (now == (invocation->word_count == 1))
        return command_usage(invocation,
                             now ? "check now: the ID of an instance is needed"
                                 : "check try: takes options only");
    struct rollcall_client *client = session_open(invocation);
    if (client == NULL)
        return EXIT_UNREACHABLE;
    rollcall_timeout(client, 0); /* as long as the checks take */
    if (now)
        status = rollcall_check_now(
            client, invocation->words[1],
            invocation->word_count > 2 ? invocation->words[2] : NULL, &count, &error);
    else if (options->file != NULL)
        status = try_file(invocation, client, options->file, &count, &error);
    else
        status = try_options(client, options, &count, &error);
    int code = status == ROLLCALL_OK ? print_results(invocation, client, count)
               : error.message[0] == '\0' && status == ROLLCALL_E_IO
                   ? EXIT_USAGE
                   : session_failed(invocation, client, &error);
    rollcall_close(client);
    return code;
}

const struct command command_check = {
    .name = "check",
    .arguments = "now ID [CHECK] | try --file FILE | try OPTION...",
    .summary = "Run the checks of an instance now, or those of a definition as a trial.",
    .details =
        "`now` runs every check that asks by itself (or the one named) at once and "
        "waits; "
        "the result counts as any other. `try` runs the checks of a definition from "
        "where "
        "rollcalld stands, registers nothing and keeps nothing. Exit code 0: none is "
        "critical.",
    .example = "rollcall check now web-1\n"
               "rollcall check try --address 10.0.0.1 --port 8080 \\\n"
               "    --check http:/health,timeout=1s",
    .notes = check_option_help,
    .tables =
        (const struct argument *const[]){ check_arguments, instance_arguments, NULL },
    .options_size = sizeof(struct check_options),
    .min_words = 1,
    .max_words = 3,
    .run = run_check,
};

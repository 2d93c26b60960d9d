/* cli/command_config.c - check, show and document the configuration. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "config/config.h"
#include "rollcall/version.h"

struct config_options {
    struct argument_list set;
    bool man;
};

#define FIELD(name) offsetof(struct config_options, name)
static const struct argument config_arguments[] = {
    { "set", "KEY=VALUE", ARGUMENT_LIST, FIELD(set), 0,
      "Override one key, as rollcalld --set does; may be repeated." },
    { "man", NULL, ARGUMENT_FLAG, FIELD(man), 0,
      "With reference: as a manual page, rollcalld.conf(5)." },
    { 0 },
};
#undef FIELD

static int read_config(const struct invocation *invocation, const char *path,
                       struct config **config)
{
    const struct config_options *options = invocation->options;
    struct config_override overrides[ARGUMENT_LIST_MAX];
    struct reason why = REASON_NONE;

    for (unsigned i = 0; i < options->set.count; i++)
        overrides[i].text = options->set.items[i];
    if (config_read(path, overrides, options->set.count, stderr, config, &why) ==
        ROLLCALL_OK)
        return EXIT_OK;
    fprintf(stderr,
            "rollcall: %s is not valid; rollcall config reference has every key\n",
            path != NULL ? path : "the configuration");
    return EXIT_NO;
}

static int check(const struct invocation *invocation, const char *path)
{
    struct config *config = NULL;

    if (path == NULL)
        return command_usage(invocation, "which file? rollcall config check FILE");
    int code = read_config(invocation, path, &config);
    if (code == EXIT_OK)
        printf("%s is valid\n", path);
    config_destroy(config);
    return code;
}

static int show(const struct invocation *invocation, const char *path)
{
    struct config *config = NULL;
    int code = read_config(invocation, path, &config);

    if (code == EXIT_OK)
        config_show(config, stdout);
    config_destroy(config);
    return code;
}

static int reference(const struct invocation *invocation, const char *path)
{
    const struct config_options *options = invocation->options;

    if (path != NULL)
        return command_usage(invocation, "reference takes no file");
    if (!options->man) {
        config_reference(stdout);
        return EXIT_OK;
    }
    fputs(".TH ROLLCALLD.CONF 5 \"\" \"rollcall " ROLLCALL_VERSION "\"\n"
          ".SH NAME\nrollcalld.conf \\- configuration of rollcalld\n"
          ".SH DESCRIPTION\n"
          "A YAML file, named with \\fBrollcalld \\-c\\fR \\fIFILE\\fR; without one the "
          "defaults hold.\nA key that is not here is refused. \\fBrollcall config "
          "check\\fR \\fIFILE\\fR checks a file.\n"
          ".SH KEYS\n",
          stdout);
    config_manual(stdout);
    fputs(".SH SEE ALSO\n.BR rollcalld (8),\n.BR rollcall (1)\n", stdout);
    return EXIT_OK;
}

static const struct {
    const char *name;
    int (*run)(const struct invocation *invocation, const char *path);
} verbs[] = { { "check", check }, { "show", show }, { "reference", reference } };

static int run_config(const struct invocation *invocation)
{
    const char *path = invocation->word_count > 1 ? invocation->words[1] : NULL;

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, invocation->words[0]) == 0)
            return verbs[i].run(invocation, path);
    return command_usage(invocation, "check, show or reference is needed");
}

const struct command command_config = {
    .name = "config",
    .arguments = "check FILE | show [FILE] | reference",
    .summary = "Check, show or document the configuration of rollcalld.",
    .details =
        "check names every fault with its line and column and ends with 1 if there "
        "is one. show prints the whole configuration as it would be used, defaults "
        "included. reference prints every key, what is allowed and what it means.",
    .example = "rollcall config check /etc/rollcall/rollcall.yaml",
    .tables = (const struct argument *const[]){ config_arguments, NULL },
    .options_size = sizeof(struct config_options),
    .min_words = 1,
    .max_words = 2,
    .run = run_config,
};

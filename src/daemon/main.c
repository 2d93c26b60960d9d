/* rollcalld: arguments to actions, statuses to exit codes. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config/config.h"
#include "daemon/arguments.h"
#include "daemon/daemon.h"
#include "daemon/reload.h"
#include "daemon/resolver_check.h"
#include "rollcall/version.h"

enum { EXIT_GOOD = 0, EXIT_RUNTIME = 1, EXIT_USAGE = 2 };

static int exit_code(enum rollcall_status status)
{
    if (status == ROLLCALL_OK)
        return EXIT_GOOD;
    return status == ROLLCALL_E_CONFIG || status == ROLLCALL_E_INVALID ? EXIT_USAGE
                                                                       : EXIT_RUNTIME;
}

static void set_log(const struct config *config, const struct config_source *source)
{
    reload_set_log_level(config, source);
    if (config->log.syslog)
        log_use_syslog("rollcalld");
}

static enum rollcall_status act(const struct arguments *arguments, struct config *config,
                                struct reason *why)
{
    const struct config_source source = { .path = arguments->config_path,
                                          .overrides = arguments->overrides,
                                          .override_count = arguments->override_count,
                                          .verbose = arguments->verbose };
    enum rollcall_status status;

    switch (arguments->action) {
    case ACTION_SHOW:
        config_show(config, stdout);
        return ROLLCALL_OK;
    case ACTION_CHECK:
        status = daemon_check(config, why);
        if (status == ROLLCALL_OK)
            printf("%s: good\n",
                   arguments->config_path != NULL ? arguments->config_path : "defaults");
        return status;
    default:
        set_log(config, &source);
        resolver_check(config);
        return daemon_run(config, &source, why);
    }
}

/* The key that is at fault first, where the sentence does not name it. */
static void tell_failure(const struct reason *why, enum rollcall_status status)
{
    const char *text = reason_text(why, rollcall_status_text(status));
    bool named = why->field[0] == '\0' || strstr(text, why->field) != NULL;

    log_error("daemon", "%s%s%s", named ? "" : why->field, named ? "" : ": ", text);
}

static int run(const struct arguments *arguments)
{
    struct config *config;
    struct reason why = REASON_NONE;
    enum rollcall_status status =
        config_read(arguments->config_path, arguments->overrides,
                    arguments->override_count, stderr, &config, &why);

    if (status != ROLLCALL_OK) {
        /* The faults are on standard error already; memory is not among them. */
        if (status != ROLLCALL_E_CONFIG)
            fprintf(stderr, "rollcalld: %s\n",
                    reason_text(&why, rollcall_status_text(status)));
        return exit_code(status);
    }
    status = act(arguments, config, &why);
    if (status == ROLLCALL_E_CONFIG) /* FILE:LINE:COLUMN first, for editors */
        fprintf(stderr, "%s\n", reason_text(&why, rollcall_status_text(status)));
    else if (status != ROLLCALL_OK)
        tell_failure(&why, status);
    config_destroy(config);
    return exit_code(status);
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct reason why = REASON_NONE;

    if (arguments_parse(argc, argv, &arguments, &why) != ROLLCALL_OK) {
        fprintf(stderr, "rollcalld: %s\n", reason_text(&why, "out of memory"));
        return EXIT_USAGE;
    }
    int code = EXIT_GOOD;
    if (arguments.action == ACTION_HELP)
        arguments_help(stdout);
    else if (arguments.action == ACTION_VERSION)
        printf("rollcalld %s\n", ROLLCALL_VERSION);
    else if (arguments.action == ACTION_MANUAL)
        arguments_manual(stdout);
    else if (arguments.action == ACTION_METRICS)
        arguments_metrics(stdout);
    else if (arguments.action == ACTION_OPENAPI)
        arguments_openapi(stdout);
    else if (arguments.action == ACTION_HTTP)
        arguments_http(stdout);
    else
        code = run(&arguments);
    arguments_deinit(&arguments);
    return code;
}

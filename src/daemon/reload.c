#include "daemon/reload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/nameserver.h"
#include "http/reload.h"

static const struct counter_row count_rows[] = {
    COUNTER(struct reload_counts, reloads,
            "Times the configuration was to be read again."),
    COUNTER(struct reload_counts, reload_failures,
            "Of those, how often it was not good, and nothing changed."),
    COUNTER(struct reload_counts, reload_failed,
            "1: the last of them failed; the log says why.", IS_GAUGE),
    COUNTER_END,
};

const struct counter_group reload_counter_group = { .area = "config",
                                                    .rows = count_rows };

void reload_set_log_level(const struct config *config, const struct config_source *source)
{
    static const char *const words[] = { "error", "warning", "info", "debug" };

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(config->log.level, words[i]) == 0)
            log_set_level((enum log_level)i);
    if (source->verbose)
        log_set_level(LOG_LEVEL_DEBUG);
}

/* --- Reading. */

/* The first one is the reason why. */
static void log_more_faults(char *text)
{
    char *rest = NULL;

    strtok_r(text, "\n", &rest);
    for (char *line; (line = strtok_r(NULL, "\n", &rest)) != NULL;)
        log_error("config", "%s", line);
}

/* What is no file could keep the loop waiting: a pipe was empty at the start already. */
static enum rollcall_status require_file(const char *path, struct reason *why)
{
    struct stat about;

    if (path == NULL || stat(path, &about) != 0 || S_ISREG(about.st_mode))
        return ROLLCALL_OK;
    reason_set(why, "%s: it is no regular file, and cannot be read again; restart", path);
    return ROLLCALL_E_CONFIG;
}

/* Every fault goes to the log, the first of them to who asked. */
static enum rollcall_status read_again(const struct config_source *source,
                                       struct config **out, struct reason *why)
{
    char *text = NULL;
    size_t size;
    enum rollcall_status status = require_file(source->path, why);

    if (status != ROLLCALL_OK)
        return status;
    FILE *errors = open_memstream(&text, &size);
    status = config_read(source->path, source->overrides, source->override_count, errors,
                         out, why);
    if (errors != NULL)
        fclose(errors);
    if (text != NULL)
        log_more_faults(text);
    free(text);
    return status;
}

/* --- Telling. */

static void log_keys(const struct config_report *report, enum config_fate fate,
                     const char *words)
{
    struct buffer line;
    const char *key;

    buffer_init(&line, 400);
    for (unsigned i = 0; (key = config_report_key(report, fate, i)) != NULL; i++)
        buffer_format(&line, "%s%s", i > 0 ? ", " : "", key);
    if (report->count[fate] > 0)
        log_info("config", "%s: %s%s", words, line.data == NULL ? "" : line.data,
                 line.failed ? ", ..." : "");
    buffer_deinit(&line);
}

static void log_restarts(const struct config_report *report)
{
    const char *key;

    for (unsigned i = 0;
         (key = config_report_key(report, CONFIG_TAKES_RESTART, i)) != NULL; i++)
        log_warning("config", "%s changed; it takes a restart", key);
}

static void log_done(const struct config_report *report, const char *by)
{
    log_info("config", "reloaded (%s): %u keys taken, %u take a restart, %u unchanged",
             by, report->count[CONFIG_TAKEN], report->count[CONFIG_TAKES_RESTART],
             report->count[CONFIG_UNCHANGED]);
    log_keys(report, CONFIG_TAKEN, "taken");
    log_restarts(report);
}

/* --- Doing. */

/* Everything that may fail: on OK `fresh` holds what the running one will have. */
static enum rollcall_status prepare(struct reload *reload, struct config *fresh,
                                    struct config_report *report,
                                    struct http_reload *http, struct reason *why)
{
    enum rollcall_status status = nameserver_copy(reload->running, fresh);

    if (status == ROLLCALL_OK)
        status = config_may_take(reload->running, fresh, why);
    if (status != ROLLCALL_OK)
        return status;
    config_compare(reload->running, fresh, report);
    return http_reload_prepare(reload->http, &fresh->api, report, http, why);
}

static void take(struct reload *reload, struct config *fresh, struct http_reload *http)
{
    config_take(reload->running, fresh);
    http_reload_take(reload->http, http);
    reload_set_log_level(reload->running, reload->source);
}

static enum rollcall_status reload_all(struct reload *reload,
                                       struct config_report *report, struct reason *why)
{
    struct config *fresh = NULL;
    struct http_reload http = { 0 };
    enum rollcall_status status = read_again(reload->source, &fresh, why);

    if (status == ROLLCALL_OK)
        status = prepare(reload, fresh, report, &http, why);
    if (status == ROLLCALL_OK)
        status = tokens_replace(reload->tokens, &fresh->api, why);
    if (status == ROLLCALL_OK)
        take(reload, fresh, &http);
    http_reload_drop(&http);
    config_destroy(fresh);
    return status;
}

static enum rollcall_status run(void *owner, const char *by, struct config_report *out,
                                struct reason *why)
{
    struct reload *reload = owner;

    config_report_init(out);
    counter_add(&reload->counts.reloads, 1);
    enum rollcall_status status = reload_all(reload, out, why);
    counter_set(&reload->counts.reload_failed, status != ROLLCALL_OK);
    if (status == ROLLCALL_OK) {
        log_done(out, by);
        http_warn_certificate(reload->http, clock_wall_ms());
        return ROLLCALL_OK;
    }
    counter_add(&reload->counts.reload_failures, 1);
    config_report_deinit(out);
    log_error("config", "the reload (%s) was refused, and nothing changed: %s", by,
              reason_text(why, rollcall_status_text(status)));
    return status == ROLLCALL_E_NOMEM ? status : ROLLCALL_E_CONFIG;
}

void reload_init(struct reload *reload)
{
    reload->door = (struct config_reloader){ .run = run, .owner = reload };
    reload->blocks[0] = &reload->counts;
    reload->group = reload_counter_group;
    reload->group.blocks = reload->blocks;
    reload->group.block_count = 1;
}

void reload_by_signal(struct reload *reload)
{
    struct config_report report;
    struct reason why = REASON_NONE;

    if (run(reload, "SIGHUP", &report, &why) == ROLLCALL_OK)
        config_report_deinit(&report);
}

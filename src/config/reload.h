/* config/reload.h - a second reading of the configuration: what differs, and taking over
 * what may change while the daemon runs.
 *
 * Which keys those are, their rows say (option.h, `live`). Keys of api.tls are among them
 * only where TLS is on before and after: addresses that listen speak one of the two.
 * Threads  control; no other thread may look at what is taken.
 */
#ifndef CONFIG_RELOAD_H
#define CONFIG_RELOAD_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/reason.h"
#include "config/config.h"
#include "rollcall/status.h"

enum config_fate {
    CONFIG_TAKEN,         /* it holds from now on */
    CONFIG_TAKES_RESTART, /* it differs, and the running value goes on */
    CONFIG_UNCHANGED,     /* a reload would have taken it */
    CONFIG_FATES
};

/* Names of keys. Those of a list stand for all of it where entries came or went. */
struct config_report {
    struct buffer keys[CONFIG_FATES]; /* each ends with NUL */
    unsigned count[CONFIG_FATES];
};

void config_report_init(struct config_report *report);
void config_report_deinit(struct config_report *report);
void config_report_add(struct config_report *report, enum config_fate fate,
                       const char *key);
/* A key that is taken though its value is the same: what it names has changed. */
void config_report_took(struct config_report *report, const char *key);
/* Number `index`; NULL: that was all. */
const char *config_report_key(const struct config_report *report, enum config_fate fate,
                              unsigned index);

/* Into an empty report; values are compared, not how they were written. */
void config_compare(const struct config *running, const struct config *fresh,
                    struct config_report *report);
/* The running configuration as config_take() would make it. Borrows from both; never
 * destroyed. */
struct config config_merged(const struct config *running, const struct config *fresh);
/* E_CONFIG: with what could be taken, and without the rest, everybody from afar could
 * register. */
enum rollcall_status config_may_take(const struct config *running,
                                     const struct config *fresh, struct reason *why);
/* What may change changes places: `fresh` has the old values then. */
void config_take(struct config *running, struct config *fresh);

/* How others ask for a reload: a struct of functions, filled in by the daemon. On OK the
 * caller frees the report. */
struct config_reloader {
    /* `by` says who asks, for the log: "SIGHUP". */
    enum rollcall_status (*run)(void *owner, const char *by, struct config_report *out,
                                struct reason *why);
    void *owner;
};

#endif

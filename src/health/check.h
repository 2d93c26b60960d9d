/* health/check.h - a check of one instance, and what a kind of check must provide.
 *
 * Timeouts, spreading, repetition, thresholds, logging and counters are the engine's; a
 * kind only checks and ends every run with one check_finish().
 * Threads  control.
 */
#ifndef HEALTH_CHECK_H
#define HEALTH_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/address.h"
#include "base/heap.h"
#include "base/list.h"
#include "health/outcome.h"
#include "health/poller.h"
#include "health/verdict.h"
#include "model/check_schema.h"
#include "registry/catalogue.h"
#include "rollcall/status.h"

struct health;
struct check;
struct check_memory;
struct watched;
struct curl_bridge;
struct exec_bridge;

/* One way to ask an instance whether it is well. */
struct check_kind {
    struct check_schema schema; /* name, options, help: what people may write */
    bool derived;               /* says what is known here: no doubt, no thresholds */
    bool pushed;                /* takes results by renew; `start` means: it is overdue */
    /* Turn the options into what `start` needs, once. May set check->prepared. */
    enum rollcall_status (*prepare)(struct check *check, struct reason *why);
    void (*forget)(struct check *check); /* frees check->prepared; may be NULL */
    /* Begin one run. Must not block; ends in one check_finish(), later or from inside. */
    void (*start)(struct check *check);
    /* Give up the current run; check_finish() is not called for it. May be NULL for a
     * kind whose runs end inside start(). */
    void (*cancel)(struct check *check);
    /* What else to say of a run whose time is over, before it is cancelled. May be NULL,
     * and may return NULL. */
    const char *(*late)(const struct check *check);
};

/* Kept small: 100,000 of these live at once. */
struct check {
    const struct check_kind *kind; /* borrowed: a row of check_kinds() */
    struct health *health;         /* borrowed: the engine */
    struct entry *entry;           /* borrowed: its instance; the engine drops the check
                                    * before the entry goes */
    const struct rollcall_check *spec; /* borrowed: lives in entry->instance; replaced by
                                        * an equal one when the instance changes, so a run
                                        * keeps no pointer into it */
    void *prepared;                    /* owned by kind */
    void *run;                         /* owned by kind; NULL between two runs */
    struct watched *watched;           /* its service (watched.h); NULL: a trial */
    struct check_memory *memory;       /* owned; NULL: nothing to remember (engine.h) */
    struct heap_node due;              /* next start; or the time-out while it runs */
    struct list waiting;               /* in the runner's queue when too many run */
    int64_t started_us;                /* monotonic, of the current run */
    struct verdict verdict;
    uint16_t index; /* in the instance's checks */
    bool running : 1;
    bool fetching : 1;  /* `run` is one of libcurl's (web.c) */
    bool named : 1;     /* its target is a host name (naming.h) */
    bool fresh : 1;     /* new and not run yet: its second run is spread widely */
    uint8_t late_ms;    /* of the current run: how long it was due; 255 for longer */
    struct check *next; /* owned: the next check of the same instance */
};

/* The end of a run. `detail` is copied when it is kept; may be NULL
 * ("HTTP 503 Service Unavailable"). Latency is measured from start. */
void check_finish(struct check *check, enum check_outcome outcome, const char *detail);
/* The same, with the text that is kept of it where spec->keep_output is (copied too). */
void check_finish_said(struct check *check, enum check_outcome outcome,
                       const char *detail, const char *said);

/* The loop, and the address that this check goes to: its "target" option where that is
 * given (a name was looked up for this run), else the instance's first address and its
 * default port. */
uv_loop_t *check_loop(const struct check *check);
bool check_target(const struct check *check, struct address *out);
/* Where a run waits for its sockets. */
struct poller *check_poller(const struct check *check);
/* What runs commands; NULL: checks may not be commands here. */
struct exec_bridge *check_commands(const struct check *check);
/* What asks by libcurl. */
struct curl_bridge *check_bridge(const struct check *check);

#endif

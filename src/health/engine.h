/* health/engine.h - the engine from inside, for the files of this room.
 * Threads  control.
 */
#ifndef HEALTH_ENGINE_H
#define HEALTH_ENGINE_H

#include "base/counters.h"
#include "base/heap.h"
#include "base/histogram.h"
#include "base/log.h"
#include "health/canary.h"
#include "health/check.h"
#include "health/damping.h"
#include "health/doubt.h"
#include "health/health.h"
#include "health/kinds.h"
#include "health/median.h"
#include "health/poller.h"
#include "health/runner.h"
#include "health/watched.h"
#include "registry/notices.h"
#include "registry/registry.h"

struct curl_bridge;
struct ticker;

struct health_counts {
    counter checks, running, waiting, late, latest_ms;
    counter runs, passed, warned, failed, timed_out, not_run;
    counter reports, changes;
    counter damped, braked, held, doubts, doubting, in_doubt, canaries_failed;
    counter shadow_differs, deregistered, slower;
    counter outcomes[CHECK_KINDS_MAX][OUTCOME_COUNT];
    struct histogram took[CHECK_KINDS_MAX]; /* microseconds, of those that we ask */
};

/* counts.c: a run ended; a service reported by itself. */
void counts_take(struct health_counts *counts, const struct check *check,
                 const struct check_result *result);
void counts_take_report(struct health_counts *counts, const struct check *check,
                        enum check_outcome outcome);

/* What only some checks have to remember. */
struct check_memory {
    struct median median;   /* of its latency; with latency_factor */
    struct parked *parked;  /* owned; a failure that waits for the canaries */
    struct look *look;      /* borrowed; who waits for its next result */
    struct naming *naming;  /* owned; with a host name for a target (naming.c) */
    struct hops *hops;      /* owned; where redirects have led to (web_http.c) */
    int64_t critical_since; /* monotonic ms; INT64_MAX: it is not */
    struct heap_node reap;  /* in health->told, with deregister_after (reaper.c) */
    struct check *check;    /* whose */
    bool differs;           /* a shadow: it would have decided otherwise */
};

struct health {
    uv_loop_t *loop;           /* borrowed */
    struct registry *registry; /* borrowed; outlives us */
    struct health_settings settings;
    struct listener listener;
    struct runner runner;
    struct ticker *ticker;        /* owned */
    struct poller *poller;        /* owned */
    struct curl_bridge *bridge;   /* owned */
    struct exec_bridge *commands; /* borrowed; may be NULL */
    struct canaries *canaries;    /* owned */
    struct watched_list watched;
    struct table flaps; /* struct entry pointer -> struct flap (flaps.c) */
    struct doubt doubt;
    struct list parked;        /* of struct parked, the oldest first */
    struct list reaps;         /* of struct reap: to be deregistered (reaper.c) */
    struct heap told;          /* critical checks that nobody runs, by when they go */
    struct list looks;         /* of struct look (look.c) */
    struct table followed;     /* id -> struct followed (check_alias.c) */
    struct resolver *resolver; /* owned; NULL: no name was asked for yet */
    struct list lookups;       /* of struct naming: names that are asked for */
    unsigned resolving;        /* inside its reply */
    bool stale_resolver;       /* it failed: to be opened again */
    bool loose;                /* some are held by what is gone (judge.c) */
    int64_t next_round;        /* monotonic ms: of the canaries */
    char canary_words[160];    /* what failed in the last round */
    struct health_counts counts;
    const void *blocks[1];
    struct counter_group group;
    struct log_limit short_limit;
    struct log_limit first_limit;
    struct log_limit held_limit;
};

/* After anything that moved a due time: wake up for the earliest. */
void health_rearm(struct health *health);
/* A service reported the state of one of its checks. */
void health_report(struct health *health, struct check *check,
                   enum rollcall_health status, const char *output);

/* Made when it has none. NULL: no memory. */
struct check_memory *check_memory_of(struct check *check);

/* Monotonic ms. */
static inline int64_t health_now(const struct health *health)
{
    return health->runner.settings.clock_us() / 1000;
}

/* Of a trial: no registry has its entry, and nothing it says counts. */
static inline bool check_is_trial(const struct check *check)
{
    return check->entry->service == NULL;
}

/* Make the checks of `entry` those of its definition. One whose definition and target are
 * the same as before lives on, with its verdict and its run. */
void checks_follow(struct health *health, struct entry *entry,
                   const struct rollcall_instance *before, bool loaded);
void checks_drop(struct health *health, struct entry *entry);
/* A registry_pushed: find the checks that take the report and give it to them. */
enum rollcall_status checks_take_report(void *owner, struct entry *entry,
                                        const struct renew_request *request, int64_t now,
                                        struct reason *why);
/* Of that name among the checks of `entry`; NULL: none. */
struct check *checks_find(const struct entry *entry, const char *name);
/* "a, b" or "none". */
void checks_names(const struct entry *entry, char *out, size_t size);

/* judge.c: a run or a report ended; what it makes of the instance. `asked`: by a run of
 * ours that began at `started` (monotonic ms). */
void judge_result(struct health *health, struct check *check,
                  const struct check_result *result, bool asked, int64_t started);
/* The same once nothing doubts it. */
void judge_believed(struct health *health, struct check *check,
                    const struct check_result *result);
/* It is gone, or has no checks any more: the brake holds it no longer. */
void judge_forget(struct health *health, struct entry *entry);
/* It has a new definition; before its checks follow. */
void judge_changed(struct health *health, struct entry *entry);
/* Let go who was held by what is gone, in a turn of its own. */
void judge_release_loose(struct health *health);

/* doubting.c: may this result count? False: it waits, or says nothing. */
bool doubting_admits(struct health *health, struct check *check,
                     const struct check_result *result, int64_t started);
void doubting_forget(struct health *health, struct check *check);
void doubting_run_due(struct health *health, int64_t now);
int64_t doubting_next_due(const struct health *health);
/* Of canaries_open(). */
void doubting_on_round(void *owner, bool well, const char *words);

/* flaps.c: the instance left DNS by its checks, or came back. */
void flaps_count(struct health *health, struct entry *entry, int64_t now, int64_t wall);
void flaps_load(struct health *health, struct entry *entry, int64_t now, int64_t wall);
void flaps_forget(struct health *health, struct entry *entry);
void flaps_tidy(struct health *health, int64_t now, int64_t wall);
void flaps_deinit(struct health *health);

/* reaper.c: has the check failed for as long as deregister_after allows? */
void reaper_look(struct health *health, struct check *check, int64_t now);
void reaper_run(struct health *health, int64_t now);
int64_t reaper_next_due(const struct health *health); /* INT64_MAX: never */
void reaper_forget(struct check *check);
void reaper_deinit(struct health *health);

/* shadow.c: the verdict of a shadow changed. */
void shadow_judge(struct health *health, struct check *check,
                  const struct check_result *result, const char *output);

/* look.c: the run that somebody waits for ended; the check goes away. */
void look_take(struct check *check, const struct check_result *result);
void look_forget(struct check *check);
void look_run_due(struct health *health);
bool look_is_due(const struct health *health);
void look_deinit(struct health *health);

/* What is kept beside a state, for people who ask why; may point into `out`. */
const char *result_words(const struct check_result *result, char *out, size_t size);

#endif

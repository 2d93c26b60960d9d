/* alert/alarms.h - what is wrong now, by the rules: pending, firing, ended.
 *
 *             it is so             for long enough          not so any more
 *   (nothing) --------> PENDING ----------------> FIRING ------------------> ENDED
 *                          | not so any more         ^ so again (pends)        |
 *                          v                         +-------------------------+
 *                       (nothing) <--- its message is kept, its record gone ---+
 *
 * One alarm for each rule, state and instance (or service), so a thing is told once
 * however often it is seen. A moment (state.h) is told and forgotten. A firing alarm is
 * recorded `linger_ms` after it was told, when the message about it has been recorded: a
 * crash in between tells twice, never not at all.
 * Times    `now` monotonic, `wall` since 1970, ms.
 * Threads  control; a plain engine: no clock, no socket.
 */
#ifndef ALERT_ALARMS_H
#define ALERT_ALARMS_H

#include <stddef.h>

#include "alert/rule.h"
#include "base/heap.h"
#include "base/table.h"
#include "rollcall/status.h"

/* Records given to the store in 100 ms: at 20,000 rows a second of a good disk, half of
 * it is left for registrations, and the queue of the writer (64 k) cannot be filled. */
enum { ALARMS_SAVED_MAX = 1000, ALARMS_SAVED_MS = 100 };

enum alarm_phase { ALARM_PENDING, ALARM_FIRING, ALARM_ENDED, ALARM_PHASES };

struct alarm {
    struct heap_node due;
    enum alarm_phase phase;
    bool told;         /* its receivers heard of it; false: silenced */
    bool saved;        /* it has a record */
    bool unsaved;      /* what was told last is not in it yet */
    bool loaded;       /* from a record, and nothing was heard of it since the start */
    int64_t last_told; /* monotonic ms */
    const struct rule *rule; /* borrowed: the owner's */
    struct fact *fact;       /* one reference */
};

struct alarms_settings {
    const struct rule *rules; /* borrowed; as the next */
    uint32_t rule_count;
    uint32_t max;
    int64_t linger_ms;
    /* Tell the receivers of the rule; false: somebody silenced it. */
    bool (*tell)(void *owner, const struct rule *rule, struct fact *fact, int64_t now);
    /* Record, or (NULL) forget, what has this key. */
    void (*save)(void *owner, const char *key, const struct fact *fact);
    /* Is it known to be so? An instance whose checks have never run is not. */
    bool (*ready)(void *owner, const struct fact *fact);
    void *owner;
};

struct alarms {
    struct alarms_settings settings;
    struct table by_key;
    struct heap due;
    uint64_t refused; /* beyond `max` */
    uint64_t in_phase[ALARM_PHASES];
    int64_t saving_since; /* the window in which `saves` records were given away */
    uint32_t saves;
};

void alarms_init(struct alarms *alarms, const struct alarms_settings *settings);
void alarms_deinit(struct alarms *alarms);

/* What `about` is now: fact->state, or ALERT_STATES where all is well. The texts of
 * `fact` are borrowed for the call; its rule is filled in here. `moved`: it has just
 * become so (else it was found so, and no moment is told). */
void alarms_observe(struct alarms *alarms, enum alert_about about,
                    const struct fact *fact, bool moved, int64_t now);
/* What is due. The next due time, INT64_MAX: none. */
int64_t alarms_run_due(struct alarms *alarms, int64_t now);
int64_t alarms_next_due(const struct alarms *alarms);

/* A record of an earlier life: it fires, told and saved. Keeps a reference. False: it is
 * of no rule any more, or there is no room. */
bool alarms_load(struct alarms *alarms, struct fact *fact, int64_t now);
/* What was loaded and not seen since has ended. */
void alarms_settle(struct alarms *alarms, int64_t now, int64_t wall);
/* Tell what fires and was silenced. */
void alarms_tell_silenced(struct alarms *alarms, int64_t now);
/* Record now what waits for it: the daemon stops. */
void alarms_save_all(struct alarms *alarms);

/* Walk: start with *at = 0; NULL at the end. */
const struct alarm *alarms_next(const struct alarms *alarms, size_t *at);

#endif

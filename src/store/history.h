/* store/history.h - the history of a SQLite store, read beside the daemon that writes it.
 *
 * A reader has a read-only connection of its own, so nothing waits for it: the writer
 * goes on, and every call sees the database as it is at its beginning.
 *
 * Times    wall ms.
 * Owned    a reader belongs to one thread at a time; what `take` gets is borrowed.
 * Threads  any, not control: it reads the disk.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "model/instance.h"
#include "registry/transition.h"
#include "rollcall/status.h"

struct history;

enum rollcall_status history_open(const char *path, struct history **out,
                                  struct reason *why);
void history_close(struct history *history); /* NULL is allowed */

/* One transition. Of a row that was rolled up only part, wall, revision, id, label,
 * owner, created and bytes are known. */
struct history_row {
    int64_t seq, wall, monotonic;
    uint64_t revision; /* of a PUT: that of the definition */
    uint8_t part;      /* enum transition_part; as are the next ones of the transition */
    uint8_t before, after, effective, standing, outcome;
    bool known, quiet;
    uint32_t streak;
    const char *id, *namespace_name, *service; /* "" where nothing is said */
    const char *label, *checked, *cause, *output;
    uint32_t owner;
    uint64_t created;
    const uint8_t *bytes; /* NULL: none */
    uint32_t length;
};

struct history_filter {
    const char *name;           /* of a service or an id; NULL: every one */
    const char *namespace_name; /* of the service; NULL: every one */
    int64_t since, until;       /* both included */
    int64_t before;             /* rows older than this one; INT64_MAX: the newest */
    uint32_t limit;
};

/* The newest first. `*next`: go on with before = that; 0: that was all. */
enum rollcall_status history_list(struct history *history,
                                  const struct history_filter *filter,
                                  void (*take)(void *owner,
                                               const struct history_row *row),
                                  void *owner, int64_t *next, struct reason *why);

/* What was rolled up, by the hour, newest first; `filter.before` does not count here. */
struct history_hour {
    int64_t hour; /* its beginning */
    const char *id, *namespace_name, *service;
    uint64_t moves;
};
enum rollcall_status history_hours(struct history *history,
                                   const struct history_filter *filter,
                                   void (*take)(void *owner,
                                                const struct history_hour *hour),
                                   void *owner, struct reason *why);

/* Every row up to `at`, oldest first, after those that were rolled up: folded by id and
 * part they are the state of that time. Between begin and end all calls see one state of
 * the database. `take` returns false to stop. */
enum rollcall_status history_begin(struct history *history, struct reason *why);
enum rollcall_status history_fold(struct history *history, int64_t at,
                                  bool (*take)(void *owner,
                                               const struct history_row *row),
                                  void *owner, struct reason *why);
/* The definition of a PUT; a reference for the caller. NULL: it is not there any more, or
 * damaged. */
struct instance *history_definition(struct history *history, const char *id,
                                    uint64_t revision);
void history_end(struct history *history);

struct history_bounds {
    int64_t from;    /* the state of no time before this is known */
    bool kept;       /* is there a history at all? */
    uint64_t config; /* hash of the configuration that the last start before `at` had */
    int64_t started; /* that start; 0: not known */
    uint64_t lost;   /* transitions that could not be kept, up to `at` */
    int64_t lost_at; /* the last of them */
};
enum rollcall_status history_bounds(struct history *history, int64_t at,
                                    struct history_bounds *out, struct reason *why);

#endif

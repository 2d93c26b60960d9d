/* health/watched.h - the services that have checks: which failed lately, whose removals
 * are braked.
 *
 * Lives as long as one check of the service does.
 * Threads  control.
 */
#ifndef HEALTH_WATCHED_H
#define HEALTH_WATCHED_H

#include <stdint.h>

#include "base/list.h"
#include "base/table.h"
#include "health/brake.h"
#include "registry/catalogue.h"

struct watched {
    struct service *service; /* borrowed: it has an instance with a check */
    struct list recent;      /* in watched_list.recent while it failed lately */
    int64_t failed_at;       /* monotonic ms: a check that was well failed */
    uint32_t checks;
    uint32_t asking;     /* of them, those that ask by themselves */
    struct brake *brake; /* owned; NULL: nothing to remember */
};

struct watched_list {
    struct table table; /* struct service pointer -> struct watched */
    struct list recent; /* those that failed, the last one at the end */
    uint32_t asking;    /* services with a check that asks */
};

void watched_init(struct watched_list *list);
void watched_deinit(struct watched_list *list); /* every check must have left */

/* A check of the service begins or ends. NULL: no memory. */
struct watched *watched_join(struct watched_list *list, struct service *service,
                             bool asking);
void watched_leave(struct watched_list *list, struct watched *watched, bool asking);
/* Of the service; NULL: it has no check. */
struct watched *watched_find(const struct watched_list *list,
                             const struct service *service);

/* A check of it that was well failed. */
void watched_failed(struct watched_list *list, struct watched *watched, int64_t now);
/* How many failed since `since`; counts to `enough`. */
uint32_t watched_together(const struct watched_list *list, int64_t since,
                          uint32_t enough);
/* Made when there is none. NULL: no memory. */
struct brake *watched_brake(struct watched *watched);
/* Forget brakes that remember nothing. */
void watched_tidy(struct watched_list *list, int64_t now);

#endif

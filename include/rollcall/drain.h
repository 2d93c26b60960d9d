/* rollcall/drain.h - take an instance out of DNS in good order, or say up or down.
 *
 *     rollcall_drain(client, id, -1, &drained, &error);   out of all new answers
 *     rollcall_wait_safe(client, id, -1, &error);         no cache has it any more
 *
 * Everything else is as in rollcall/client.h.
 * Threads   one thread at a time for one client.
 */
#ifndef ROLLCALL_DRAIN_H
#define ROLLCALL_DRAIN_H

#include "rollcall/client.h"

struct rollcall_drained {
    uint64_t revision;
    uint64_t safe_in; /* ms until no cache has it any more */
};

/* On OK no DNS worker names it in a service any more, and it is on the disk: that stays
 * so until undrained or deregistered. `longest` bounds the wait for safe_to_stop (ms; -1:
 * no bound). */
ROLLCALL_API enum rollcall_status rollcall_drain(struct rollcall_client *client,
                                                 const char *id, int64_t longest,
                                                 struct rollcall_drained *out,
                                                 struct rollcall_error *error);
/* Until the event safe_to_stop for a drain of this client. E_TIMEOUT after `ms` (-1: wait
 * for ever), E_CONFLICT when somebody undrained it. Other events are skipped. */
ROLLCALL_API enum rollcall_status rollcall_wait_safe(struct rollcall_client *client,
                                                     const char *id, int64_t ms,
                                                     struct rollcall_error *error);
/* `revision` may be NULL, as in the next one. */
ROLLCALL_API enum rollcall_status rollcall_undrain(struct rollcall_client *client,
                                                   const char *id, uint64_t *revision,
                                                   struct rollcall_error *error);

struct rollcall_override {
    const char *id;
    const char *state;  /* "up", "down", or "none": its checks decide again */
    uint64_t lasts;     /* ms; 0: until it is taken back */
    const char *reason; /* why, for people; NULL: not said */
};

ROLLCALL_API enum rollcall_status rollcall_override(
    struct rollcall_client *client, const struct rollcall_override *override,
    uint64_t *revision, struct rollcall_error *error);

#endif

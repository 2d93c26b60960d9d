/* rollcall/past.h - what happened, and what DNS would have answered then.
 *
 * Owned    texts are borrowed until the next call with the same client.
 * Threads  one thread at a time for one client.
 */
#ifndef ROLLCALL_PAST_H
#define ROLLCALL_PAST_H

#include "rollcall/client.h"

struct rollcall_history {
    const char *name;           /* of a service, or an id; NULL: everything */
    const char *namespace_name; /* NULL: every one */
    int64_t since;              /* wall ms; as is `until` (0: now) */
    int64_t until;
    int64_t before; /* where the page before ended; 0: the newest */
    unsigned limit; /* 0: the daemon's default, at most 1000 */
};
/* The newest first. `*before`: for the next page; 0: that was all. `*reaches`: wall ms;
 * what was before it is known by the hour only. */
ROLLCALL_API enum rollcall_status rollcall_history(struct rollcall_client *client,
                                                   const struct rollcall_history *query,
                                                   int64_t *before, int64_t *reaches,
                                                   struct rollcall_error *error);

struct rollcall_transition {
    int64_t time;   /* wall ms; of an hour: its beginning */
    const char *id; /* "" where it is about the daemon; as are the next ones */
    const char *service;
    const char *namespace_name;
    const char *text; /* "critical: refused the connection (3 in a row)" */
    uint64_t moves;   /* of an hour: so often it moved */
};
/* Number `index` of the last history; false at the end. */
ROLLCALL_API bool rollcall_transition(const struct rollcall_client *client, size_t index,
                                      struct rollcall_transition *out);
/* The same for hours that were rolled up; they come with the last page. */
ROLLCALL_API bool rollcall_hour(const struct rollcall_client *client, size_t index,
                                struct rollcall_transition *out);

/* What DNS would have answered at `at` (wall ms): a DNS message of `*length` octets in
 * `out`, which has room for 65535. Then rollcall_note(). */
ROLLCALL_API enum rollcall_status rollcall_query_at(struct rollcall_client *client,
                                                    const char *name, const char *type,
                                                    int64_t at, uint8_t *out,
                                                    size_t *length,
                                                    struct rollcall_error *error);
/* What that answer cannot say, in words; NULL at the end. */
ROLLCALL_API const char *rollcall_note(const struct rollcall_client *client,
                                       size_t index);

#endif

/* answer/hosts.h - what the host names of instances lead to, where a zone or a service
 * wants addresses in the place of an alias (cname_mode: flatten, docs/dns.md §2.11).
 *
 * The names are held while instances have them, asked for when they are due, and keep
 * what was learnt last while nobody can be asked, for HOSTS_KEEP_MS. Nothing here waits:
 * whoever asks (loop/resolver.h) tells it later.
 * Threads  control.
 */
#ifndef ANSWER_HOSTS_H
#define ANSWER_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rollcall/service.h"

enum {
    HOSTS_ADDRESSES = 16,        /* of one name, those beyond are left out */
    HOSTS_TTL_MIN = 5,           /* seconds: not asked for more often */
    HOSTS_TTL_MAX = 3600,        /* nor more rarely */
    HOSTS_RETRY_MS = 5000,       /* doubled after each failure ... */
    HOSTS_RETRY_MAX_MS = 300000, /* ... up to this */
    HOSTS_KEEP_MS = 3600000,     /* after the last success */
    HOSTS_AT_ONCE = 64,          /* questions on their way */
    HOSTS_BUCKETS = 1024
};

/* What is known of a name; it stays as long as the name is held. */
struct host {
    struct host *next; /* in its bucket */
    uint32_t users;
    uint32_t ttl; /* seconds */
    uint32_t count;
    uint32_t failures; /* in a row */
    int64_t due;       /* monotonic ms: to be asked again */
    int64_t learnt;    /* monotonic ms; meaningful if count > 0 */
    bool asking;
    bool changed;                                       /* since hosts_take_changes() */
    struct rollcall_address addresses[HOSTS_ADDRESSES]; /* sorted */
    char name[];
};

struct hosts {
    struct host *bucket[HOSTS_BUCKETS];
    bool (*ask)(void *owner, const char *host); /* NULL: nobody can be asked */
    void *ask_owner;
    int64_t due; /* monotonic ms; INT64_MAX: nothing to do */
    uint32_t asking;
    bool changed; /* one of them */
};

void hosts_init(struct hosts *hosts);
void hosts_deinit(struct hosts *hosts);

/* One more instance has that host name, in any case of letters; false: no memory. */
bool hosts_hold(struct hosts *hosts, const char *name, int64_t now);
void hosts_release(struct hosts *hosts, const char *name);
/* NULL: nobody holds it. */
const struct host *hosts_find(const struct hosts *hosts, const char *name);

/* Ask for what is due. */
void hosts_run_due(struct hosts *hosts, int64_t now);
/* The reply: no address is a reply too. */
void hosts_learnt(struct hosts *hosts, const char *name,
                  const struct rollcall_address *addresses, uint32_t count, uint32_t ttl,
                  int64_t now);
/* No reply came; `why` is for the log. */
void hosts_failed(struct hosts *hosts, const char *name, const char *why, int64_t now);
/* Forget which ones have changed. */
void hosts_settle(struct hosts *hosts);

#endif

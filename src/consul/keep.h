/* consul/keep.h - what Consul keeps beside services: keys, sessions, events, queries.
 *
 * Built and taken down as one, because they are saved in one ledger and end with one
 * another; and the turn of their own in which sessions end.
 * Threads  control.
 */
#ifndef CONSUL_KEEP_H
#define CONSUL_KEEP_H

#include "consul/consul.h"
#include "consul/kv_watch.h"
#include "consul/ledger.h"
#include "http/exchange.h"
#include "loop/ticker.h"

struct keep_counts {
    counter keys, key_bytes, sessions, key_changes, session_changes, events, rollbacks;
};

struct keep {
    struct consul *consul; /* borrowed */
    struct keep_counts counts;
    const void *blocks[1];
    struct counter_group group;
    struct kv_watch watch;
    struct topic sessions; /* one came or went */
    struct topic events;   /* one was fired */
    struct topic queries;  /* one came, went or was edited */
    struct listener listener;
    struct ticker *ticker;
    int64_t look_at; /* when the checks of sessions are looked at; INT64_MAX: not */
};

/* With consul_create(). */
enum rollcall_status keep_create(struct consul *consul);
/* With consul_start(): reads the records. */
enum rollcall_status keep_start(struct consul *consul, struct reason *why);
/* With consul_stop(): nobody waits any more, nothing ends by itself. */
void keep_stop(struct consul *consul);
/* With consul_destroy(), after the store was drained. Harmless before keep_create(). */
void keep_destroy(struct consul *consul);

/* A TTL or a lock delay began or moved. */
void keep_rearm(struct consul *consul);
/* A check of our node, its maintenance, or a node elsewhere moved: sessions may be bound
 * to it. Harmless before keep_start(). */
void keep_node_moved(struct consul *consul);

/* Without a block, for who prints what there is; and with ours. */
extern const struct counter_group keep_counter_group;
const struct counter_group *keep_counters(const struct consul *consul);

/* --- What their endpoints share. */

/* An exchange that is answered when its bundle is on disk. */
struct wish {
    struct exchange *exchange;
    bool sending; /* from inside the call that asks for it */
    bool over;    /* it is answered */
    /* Answer with 200; what is in exchange_out() or what `text` says. */
    void (*answer)(struct wish *wish);
    char text[64];
};

/* NULL: answered with 503. */
struct wish *wish_create(struct exchange *exchange, void (*answer)(struct wish *wish));
/* Submit the bundle; the wish goes with its end. All that can go wrong is answered. */
void wish_submit(struct wish *wish, struct bundle *bundle);
/* The same for calls that submit themselves: `done` and its context for them, then what
 * became of the call. */
void wish_done(void *context, enum rollcall_status status, const struct reason *why);
void wish_sent(struct wish *wish, enum rollcall_status status, const struct reason *why);

/* 200 with `text` as JSON. */
void wish_say(struct wish *wish);

#endif

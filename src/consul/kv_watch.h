/* consul/kv_watch.h - where those wait who follow a key or a prefix.
 *
 * One topic for each key and each prefix that somebody follows; a change wakes those of
 * its key and of every beginning of it, and nobody else.
 * Threads  control.
 */
#ifndef CONSUL_KV_WATCH_H
#define CONSUL_KV_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "consul/kv.h"
#include "http/exchange.h"

struct kv_watch {
    struct table keys;                /* of places */
    struct table prefixes;            /* of places */
    uint32_t lengths[KV_KEY_MAX + 1]; /* how many prefixes are so long */
};

void kv_watch_init(struct kv_watch *watch);
/* Nobody waits any more. */
void kv_watch_deinit(struct kv_watch *watch);

/* Where to wait; gone when nobody waits there. NULL: no memory. */
struct topic *kv_watch_key(struct kv_watch *watch, const char *key, size_t length);
struct topic *kv_watch_prefix(struct kv_watch *watch, const char *prefix, size_t length);

/* That key moved. */
void kv_watch_moved(struct kv_watch *watch, const char *key, size_t length);

#endif

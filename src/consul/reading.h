/* consul/reading.h - what all reads have in common: the query of §2.1, the headers of
 * §2.3.
 *
 *     struct reading reading;
 *     if (!reading_begin(exchange, &reading))
 *         return;
 *     if (reading_wait(&reading, topic, index))
 *         return;
 *     ... write to exchange_out(exchange) ...
 *     reading_reply(&reading, 200, index);
 *
 * Threads  control.
 */
#ifndef CONSUL_READING_H
#define CONSUL_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "consul/blocking.h"
#include "consul/consul.h"
#include "consul/filter.h"
#include "consul/shapes.h"
#include "http/exchange.h"

/* Borrowed texts; for one run of a handler. */
struct reading {
    struct consul *consul;
    struct exchange *exchange;
    struct blocking blocking;
    const char *consistency;    /* "leader", "stale", "consistent": what was asked for */
    const char *datacenter;     /* that was asked for; ours when none was */
    const char *namespace_name; /* "default", or what `ns` says */
    const char *near;           /* NULL: not asked; we have no coordinates: no effect */
    bool cached;                /* `cached` was honoured: X-Cache, Age */
};

/* Reads the query; answers what is wrong with it. It also answers where another that
 * waited for the same has its reply already. False: answered. */
bool reading_begin(struct exchange *exchange, struct reading *out);
/* Has what it lists not moved since the client saw it? Where the topic must be made for
 * it, ask before. */
bool reading_is_old(const struct reading *reading, uint64_t index);
/* Has what it lists (`index`) not moved since the client saw it? True: it waits at the
 * topic, and the handler returns. */
bool reading_wait(const struct reading *reading, struct topic *topic, uint64_t index);
/* X-Consul-Index (never 0) and its kin. */
void reading_headers(const struct reading *reading, uint64_t index);
/* Headers, and the JSON that was collected. */
void reading_reply(const struct reading *reading, unsigned status, uint64_t index);

/* The parameter of the path, its octets in `out` with a final NUL. False: it is empty or
 * too long, and `missing` was the answer (400). */
bool reading_name(const struct reading *reading, const char *parameter,
                  const char *missing, char *out, size_t size);

/* Is a list of that index made in pieces: the number of what it goes on with, 0 at first
 * (exchange_resume()); the filter goes on with the steps that it has left. */
uint32_t reading_resume(const struct reading *reading, struct filter *filter,
                        uint64_t index);
/* True: return, it goes on with number `next` later (exchange_pause()). */
bool reading_pause(const struct reading *reading, const struct filter *filter,
                   uint32_t next);
/* Of what lists all instances: is that so much that it is made later? True: return. */
bool reading_put_off(const struct reading *reading);

/* Parses `filter`. False: answered with 400. *out may be NULL: everything passes; freed
 * by filter_destroy(). */
bool reading_filter(const struct reading *reading, const struct selector *selectors,
                    struct filter **out);
/* After the last object: did the filter hold out? False: answered. Destroys it. */
bool reading_filtered(const struct reading *reading, struct filter *filter);

/* Do all `node-meta=key:value` of the query hold for this node? */
bool reading_node_meta(const struct reading *reading, const struct node_view *node);
/* Does it have all of `tag`, without regard to case? */
bool reading_tags(const struct reading *reading, const struct service_shown *shown);
/* A flag with Go's words for booleans: "" and 1, t, T, true, ... are true. False: it is
 * none of them. Absent: *out is false. */
bool reading_flag(const struct reading *reading, const char *name, bool *out);

/* Of writes, and of what asks for no more: is `dc` absent, or one that we know? False:
 * answered. */
bool reading_datacenter(struct exchange *exchange);
const char *reading_namespace(const struct exchange *exchange);
/* For lists that never wait and have no datacenter: filter and namespace. */
struct reading reading_plain(struct exchange *exchange);
/* May the token see that service? False: answered. */
bool reading_may_see(struct exchange *exchange, const char *namespace_name,
                     const char *label);

#endif

/* consul/consul.h - Consul's API over our registry: the whole, and what its endpoints
 * share.
 *
 * Built before the load, started after it; from then on it hears every event. Endpoints
 * get it by exchange_owner(). It owns what only Consul knows: external nodes, keys,
 * sessions; each in a record area of its own ("consul_node", ...).
 * Threads  control.
 */
#ifndef CONSUL_CONSUL_H
#define CONSUL_CONSUL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/counters.h"
#include "base/list.h"
#include "base/random.h"
#include "base/reason.h"
#include "base/table.h"
#include "config/config.h"
#include "consul/node.h"
#include "http/exchange.h"
#include "http/server.h"
#include "model/check_schema.h"
#include "registry/look.h"
#include "registry/registry.h"
#include "registry/store.h"
#include "rollcall/status.h"

struct config_reloader;
struct keep;
struct kv;
struct ledger;
struct sessions;
struct happenings;
struct prepared;
struct check_ids;
struct node_checks;
struct externals;

struct consul_settings {
    const struct config *config;                 /* borrowed, as are all of these */
    struct store *store;                         /* for records; load_records at start */
    const struct judge *judge;                   /* may run a check now */
    const struct check_schema *const *schemas;   /* of all check kinds, ends with NULL */
    const struct counter_group *const *counters; /* of the daemon, ends with NULL */
    const struct config_reloader *reloader;      /* for agent/reload */
    int64_t started_wall;                        /* ms */
};

/* Numbers of the one sequence of the registry (X-Consul-Index): when what
 * an endpoint lists moved last. Those of one service: consul/indexes.h. */
struct indexes {
    uint64_t start;    /* at the load: nothing is older for us */
    uint64_t catalog;  /* an instance of whatever service came, went or was edited */
    uint64_t checks;   /* a check moved, or came or went with its instance */
    uint64_t nodes;    /* a node (name, address, meta) came, went or was edited */
    uint64_t own_node; /* what stands in every entry of our node: its checks */
    uint64_t version;  /* counts everything that a reply could show, outputs too */
};

struct consul {
    uv_loop_t *loop; /* borrowed */
    struct registry *registry;
    const struct config *config;
    struct store *store;
    const struct judge *judge;
    const struct check_schema *const *schemas;
    const struct counter_group *const *counters;
    const struct config_reloader *reloader;
    int64_t started_wall;

    struct listener listener; /* indexes.c hears all events */
    struct random_state random;
    struct node_view node; /* ours, as §5.2 shows it */
    struct node_texts node_texts;
    struct rollcall_address own_address; /* the same address, for instances without */

    struct indexes index;
    struct table places;    /* topics of services that somebody waits for (indexes.c) */
    struct topic catalog;   /* catalog/services */
    struct topic checks;    /* health/state, health/node, health/checks */
    struct topic nodes;     /* catalog/nodes, catalog/node */
    struct topic published; /* woken at once: what is done is in DNS (agent.c) */

    struct route *routes; /* owned; all tables in one (routes.c) */
    struct http_table table;

    struct ledger *ledger; /* owned; how records are saved */

    /* Each made and freed by the file of that noun (consul_create, consul_destroy). */
    struct externals *externals;     /* external nodes */
    struct node_checks *node_checks; /* checks and maintenance of our node */
    struct check_ids *check_ids;     /* whose a CheckID is */
    struct keep *keep;               /* keep.c: what the next four share */
    struct kv *kv;
    struct sessions *sessions;
    struct happenings *events;
    struct prepared *queries;
};

/* Before registry_load(). */
enum rollcall_status consul_create(uv_loop_t *loop, struct registry *registry,
                                   const struct consul_settings *settings,
                                   struct consul **out, struct reason *why);
/* After registry_load(), before http_start(): reads its records, listens from now on. */
enum rollcall_status consul_start(struct consul *consul, struct reason *why);
/* For http_add(). */
const struct http_table *consul_table(const struct consul *consul);
/* After http_stop(): nothing happens by itself any more; the loop must run once more.
 * NULL is allowed, as below. */
void consul_stop(struct consul *consul);
/* After the store was closed, before the registry goes. */
void consul_destroy(struct consul *consul);

#endif

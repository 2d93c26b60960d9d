#include "consul/consul.h"

#include <stdlib.h>

#include "base/random.h"
#include "consul/check_ids.h"
#include "consul/externals.h"
#include "consul/indexes.h"
#include "consul/keep.h"
#include "consul/ledger.h"
#include "consul/node_checks.h"
#include "consul/routes.h"

static uint64_t take_revision(void *owner)
{
    return registry_take_revision(owner);
}

static struct consul *allocate(uv_loop_t *loop, struct registry *registry,
                               const struct consul_settings *settings)
{
    struct consul *consul = calloc(1, sizeof *consul);

    if (consul == NULL)
        return NULL;
    consul->loop = loop;
    consul->registry = registry;
    consul->config = settings->config;
    consul->store = settings->store;
    consul->judge = settings->judge;
    consul->schemas = settings->schemas;
    consul->counters = settings->counters;
    consul->reloader = settings->reloader;
    consul->started_wall = settings->started_wall;
    random_init(&consul->random, random_seed());
    node_own(consul->config, &consul->node_texts, &consul->node);
    (void)address_parse_ip(consul->node.address, &consul->own_address);
    table_init(&consul->places);
    topic_init(&consul->catalog);
    topic_init(&consul->checks);
    topic_init(&consul->nodes);
    topic_init(&consul->published);
    return consul;
}

enum rollcall_status consul_create(uv_loop_t *loop, struct registry *registry,
                                   const struct consul_settings *settings,
                                   struct consul **out, struct reason *why)
{
    struct consul *consul = allocate(loop, registry, settings);

    if (consul == NULL)
        goto fail;
    consul->routes = routes_join();
    consul->table = (struct http_table){ .routes = consul->routes,
                                         .owner = consul,
                                         .not_found = routes_not_found };
    consul->ledger = ledger_create(consul->store, take_revision, registry);
    if (consul->routes == NULL || consul->ledger == NULL ||
        externals_create(consul) != ROLLCALL_OK ||
        node_checks_create(consul) != ROLLCALL_OK || keep_create(consul) != ROLLCALL_OK)
        goto fail;
    *out = consul;
    return ROLLCALL_OK;
fail:
    consul_destroy(consul);
    reason_set(why, "out of memory");
    return ROLLCALL_E_NOMEM;
}

enum rollcall_status consul_start(struct consul *consul, struct reason *why)
{
    indexes_start(consul);
    consul->check_ids = check_ids_create(consul->registry);
    if (consul->check_ids == NULL) {
        reason_set(why, "out of memory");
        return ROLLCALL_E_NOMEM;
    }
    enum rollcall_status status = externals_start(consul, why);
    if (status == ROLLCALL_OK)
        status = node_checks_start(consul, why);
    return status == ROLLCALL_OK ? keep_start(consul, why) : status;
}

const struct http_table *consul_table(const struct consul *consul)
{
    return &consul->table;
}

void consul_stop(struct consul *consul)
{
    if (consul == NULL)
        return;
    keep_stop(consul);
    node_checks_stop(consul);
    indexes_stop(consul);
    topic_wake(&consul->published);
}

void consul_destroy(struct consul *consul)
{
    if (consul == NULL)
        return;
    table_deinit(&consul->places);
    check_ids_destroy(consul->check_ids);
    keep_destroy(consul);
    node_checks_destroy(consul);
    externals_destroy(consul);
    ledger_destroy(consul->ledger);
    free(consul->routes);
    free(consul);
}

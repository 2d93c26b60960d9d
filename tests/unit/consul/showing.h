/* tests/unit/consul/showing.h - an entry made by hand, as Consul's API shows it.
 * Threads  the test's own.
 */
#ifndef TESTS_CONSUL_SHOWING_H
#define TESTS_CONSUL_SHOWING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"
#include "consul/externals.h"
#include "consul/shapes.h"

struct showing {
    struct config config;
    struct rollcall_address own;
    struct consul consul;
    struct rollcall_address address;
    struct rollcall_instance is; /* what show() copies */
    struct check_state states[MODEL_CHECKS_MAX];
    struct standing standing;
    struct entry *entry; /* owned */
};

static inline int showing_begin(void **state)
{
    struct showing *now = calloc(1, sizeof *now);

    address_parse_ip("10.1.2.3", &now->own);
    now->config.node = (char *)"n1";
    now->config.datacenter = (char *)"dc1";
    now->config.node_addresses = &now->own;
    now->config.node_address_count = 1;
    now->consul.config = &now->config;
    node_own(&now->config, &now->consul.node_texts, &now->consul.node);
    now->consul.node.create = 5;
    now->consul.node.modify = 6;
    assert_int_equal(externals_create(&now->consul), ROLLCALL_OK);
    address_parse_ip("10.0.0.7", &now->address);
    now->is = (struct rollcall_instance){ .id = "web-1",
                                          .service = "web",
                                          .namespace_name = "default",
                                          .version = "",
                                          .zone = "",
                                          .datacenter = "",
                                          .host = "",
                                          .addresses = &now->address,
                                          .address_count = 1,
                                          .port = 8080,
                                          .weight = 1,
                                          .status = ROLLCALL_PASSING };
    *state = now;
    return 0;
}

/* The entry of the instance as it is described now. */
static inline void show(struct showing *now, struct service_shown *out)
{
    if (now->entry != NULL)
        instance_unref(now->entry->instance);
    free(now->entry);
    now->entry = calloc(1, sizeof *now->entry + 16);
    strcpy(now->entry->id, now->is.id);
    now->entry->instance = instance_copy(&now->is);
    now->entry->revision = 41;
    now->entry->own = now->is.status;
    now->entry->health = now->is.status;
    now->entry->checks = now->is.check_count > 0 ? now->states : NULL;
    now->entry->standing = standing_holds(&now->standing) ? &now->standing : NULL;
    for (unsigned i = 0; i < now->is.check_count; i++)
        if (now->states[i].known && now->states[i].health < now->entry->health)
            now->entry->health = now->states[i].health;
    shown_service(&now->consul, now->entry, out);
}

static inline int showing_end(void **state)
{
    struct showing *now = *state;

    if (now->entry != NULL)
        instance_unref(now->entry->instance);
    free(now->entry);
    externals_destroy(&now->consul);
    free(now);
    return 0;
}

#endif

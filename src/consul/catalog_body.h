/* consul/catalog_body.h - bodies of catalog/register and catalog/deregister.
 * Threads  control.
 */
#ifndef CONSUL_CATALOG_BODY_H
#define CONSUL_CATALOG_BODY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/reason.h"
#include "consul/annex.h"
#include "consul/externals.h"

enum { CATALOG_CHECKS_MAX = 64, CATALOG_NAME_MAX = 200 };

struct catalog_check {
    struct annex_check is;
    const char *service_id; /* "": of the node */
};

/* Borrowed from the body. */
struct catalog_registration {
    const char *node;
    const char *id;
    const char *address;
    const char *datacenter;
    const json_t *tagged;
    const json_t *meta;
    const json_t *service; /* NULL: none */
    bool skip_node;
    unsigned check_count;
    struct catalog_check checks[CATALOG_CHECKS_MAX];
    unsigned drop_count; /* 0 after reading; checks of the node or its services that go */
    const char *drops[CATALOG_CHECKS_MAX];
};

/* False: `why` is the line of a 400. */
bool catalog_body_register(const json_t *body, struct catalog_registration *out,
                           struct reason *why);
/* One that only says which checks go; the caller adds them. */
void catalog_body_drops(const char *node, struct catalog_registration *out);
/* The record that the node will have (externals_set()); `latest` NULL: it is new. NULL:
 * no memory, or too many checks: then `why` says so. */
json_t *catalog_body_node(const struct catalog_registration *registration,
                          const struct external *latest, struct reason *why);
/* Those of the checks that go which are the node's own go from its record, and are no
 * longer among them. */
void catalog_body_drop(json_t *root, struct catalog_registration *registration);

struct catalog_removal {
    const char *node;
    const char *service_id;
    const char *check_id;
    const char *datacenter;
};
bool catalog_body_deregister(const json_t *body, struct catalog_removal *out,
                             struct reason *why);

#endif

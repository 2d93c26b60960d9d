/* consul/txn_catalog.h - operations of a transaction on checks of nodes that are not
 * ours, and its reads of nodes, services and checks: what a program that watches external
 * nodes sends. All conditions are looked at before anything is written. Threads  control;
 * reading an operation is a pure function.
 */
#ifndef CONSUL_TXN_CATALOG_H
#define CONSUL_TXN_CATALOG_H

#include <jansson.h>

#include "base/buffer.h"
#include "base/reason.h"

enum catalog_thing { CATALOG_NONE, CATALOG_NODE, CATALOG_SERVICE, CATALOG_CHECK, THINGS };

enum catalog_verb {
    CATALOG_GET,
    CATALOG_SET,
    CATALOG_CAS,
    CATALOG_DELETE,
    CATALOG_DELETE_CAS,
    CATALOG_VERBS
};

/* Texts are borrowed from the body. */
struct catalog_operation {
    enum catalog_thing thing; /* NONE: it is about a key */
    enum catalog_verb verb;
    const char *node, *id; /* `id` of the service or the check */
    const char *service_id;
    int64_t index;
    json_t *is; /* the object itself */
};

/* txn.c: one that is about a node, a service or a check. False: `why`. */
bool catalog_operation_read(const json_t *value, struct catalog_operation *out,
                            struct reason *why);
const char *catalog_thing_word(enum catalog_thing thing); /* "Check" */
bool catalog_operation_writes(const struct catalog_operation *operation);

struct reading;
struct writing;

/* May it be done, as things are now? False: `why` says what does not hold. */
bool txn_catalog_holds(const struct reading *reading,
                       const struct catalog_operation *asked, struct reason *why);
/* Append what it is about as a result; nothing where it is gone. */
void txn_catalog_show(const struct reading *reading,
                      const struct catalog_operation *asked, struct buffer *out);
/* Put all that is written; those of CATALOG_NONE are left out. `writing` NULL: only looks
 * whether it can be. False: `why` is the line of a 400. */
bool txn_catalog_put(const struct catalog_operation *all, size_t count,
                     struct writing *writing, struct reason *why);

#endif

/* consul/prepared.h - prepared queries: kept, found, shown.
 *
 * Queries of one service; templates by prefix without interpolation, no mesh, none bound
 * to a session. What is kept is the definition as JSON with all members, in Consul's
 * spelling. Threads  control.
 */
#ifndef CONSUL_PREPARED_H
#define CONSUL_PREPARED_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "consul/ledger.h"
#include "consul/ordered.h"
#include "consul/uuid.h"

#define PREPARED_AREA "consul_query"

enum {
    PREPARED_MAX = 4096,          /* queries */
    PREPARED_BODY_MAX = 64 * 1024 /* octets */
};

struct consul;

struct prepared_version {
    struct version is;
    uint64_t create;
    uint64_t modify;
    json_t *definition; /* owned; without ID and indexes */
    const char *name;   /* borrowed from it; may be "" */
};

struct prepared_query {
    struct cell cell;
    char id[UUID_SIZE];
};

struct prepared {
    struct consul *consul; /* borrowed */
    struct shelf shelf;
    struct ordered by_id; /* of struct prepared_query */
    uint64_t index;       /* of the last that came, went or was edited, or of the start */
};

struct prepared *prepared_create(struct consul *consul); /* NULL: no memory */
enum rollcall_status prepared_load(struct prepared *prepared, struct store *store,
                                   uint64_t start, struct reason *why);
void prepared_destroy(struct prepared *prepared); /* NULL is allowed */

/* prepared_body.c: the definition in this body, whole and in Consul's spelling; for the
 * caller to json_decref(). NULL: `why`. */
json_t *prepared_parse(const char *text, size_t length, struct reason *why);

/* On disk. NULL: none. */
const struct prepared_query *prepared_find(const struct prepared *prepared,
                                           const char *id);
/* By name, else the template with the longest name that this one begins with. */
const struct prepared_query *prepared_find_name(const struct prepared *prepared,
                                                const char *name);
const struct prepared_query *prepared_next(const struct prepared *prepared,
                                           const struct ordered_node **at);
const struct prepared_version *prepared_saved(const struct prepared_query *query);

/* Write it under a new id ("": chosen and put there), or under that of one that is there.
 * The definition is taken over. E_NOTFOUND: no such id; E_CONFLICT: another has the name;
 * E_LIMIT. */
enum rollcall_status prepared_write(struct prepared *prepared, char id[UUID_SIZE],
                                    json_t *definition, ledger_done done, void *context,
                                    struct reason *why);
/* What is not there is deleted already. */
enum rollcall_status prepared_delete(struct prepared *prepared, const char *id,
                                     ledger_done done, void *context, struct reason *why);

#endif

/* consul/listing.h - which instances a read lists, and in what order.
 *
 * Lists are borrowed from the registry or made; they hold until its next change.
 * Threads  control.
 */
#ifndef CONSUL_LISTING_H
#define CONSUL_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "consul/names.h"
#include "consul/reading.h"
#include "consul/shapes.h"
#include "consul/sight.h"

/* Instances by the name of their node, then by id. */
struct listing {
    struct entry *const *entries;
    uint32_t count;
    void *owned; /* what listing_drop() frees */
};

/* Begins a read whose path names a service: its label. False: answered; the token may not
 * see it, or the question is wrong. */
bool listing_begin(struct exchange *exchange, struct reading *reading,
                   char label[NAMES_LABEL_SIZE]);
/* reading_wait() at what moves with that service. */
bool listing_wait(const struct reading *reading, const char *label, uint64_t index);
/* exchange_put_off() by how many instances it has. */
bool listing_put_off(const struct reading *reading, const char *label);
/* Those of the service; none where there is none. False: no memory, and the exchange was
 * answered. */
bool listing_of(const struct reading *reading, const char *label, struct listing *out);
void listing_drop(struct listing *listing);
/* Of the paths that list a mesh: there is none. */
void listing_no_mesh(struct exchange *exchange);

/* Services that the question may see, in no order. NULL: no more; *at from 0. */
const struct service *listing_next_service(const struct reading *reading, size_t *at);

/* Services of the namespace that have instances, and that the token may see, by name. */
struct services_listing {
    const struct service **services; /* owned */
    uint32_t count;
};
bool listing_services(const struct reading *reading, struct services_listing *out);
void listing_services_drop(struct services_listing *listing);

/* Does it stand in the datacenter that was asked for? */
bool listing_is_here(const struct reading *reading, const struct entry *entry);
/* Is the built-in service `consul` to be shown to that question? */
bool listing_has_builtin(const struct reading *reading);

/* Is it an instance of that node? `node` NULL: of no node that we know. */
bool listing_on_node(const struct reading *reading, const struct entry *entry,
                     const struct node_view *node);
/* The node of that name or id, where the question may see it. NULL: none. */
const struct node_view *listing_node(const struct reading *reading, const char *name);
/* All nodes that the question may see, by name. */
struct nodes_listing {
    const struct reading *reading; /* borrowed */
    size_t next;                   /* of those that are not ours */
    bool own_given;
    struct sight_nodes sight;
};
/* False: no memory, and the exchange was answered. */
bool listing_nodes(const struct reading *reading, struct nodes_listing *out);
const struct node_view *listing_next_node(struct nodes_listing *listing); /* NULL: end */
void listing_nodes_drop(struct nodes_listing *listing);

#endif

/* consul/node.h - a node as Consul shows it: ours, or an external one.
 * Threads  control.
 */
#ifndef CONSUL_NODE_H
#define CONSUL_NODE_H

#include <stdint.h>

#include "base/address.h"
#include "config/config.h"
#include "rollcall/service.h"

enum {
    NODE_UUID_SIZE = 37,
    NODE_TAGGED = 4,
    NODE_META = 2,
    NODE_RPC_PORT = 8300 /* of a Consul server; nobody connects to it */
};

/* What we claim to be to clients that look. */
#define NODE_CONSUL_VERSION "1.21.0"

/* Borrowed texts. */
struct node_view {
    const char *id; /* lower-case UUID; "" for an external node that gave none */
    const char *name;
    const char *address; /* an IP address; of an external node perhaps a host name */
    const char *datacenter;
    const struct rollcall_pair *tagged; /* "lan", "wan", ...; sorted */
    const struct rollcall_pair *meta;   /* sorted */
    uint16_t tagged_count;
    uint16_t meta_count;
    uint64_t create;
    uint64_t modify;
};

/* Where the texts of our own node live. */
struct node_texts {
    char uuid[NODE_UUID_SIZE];
    char address[ADDRESS_TEXT];
    struct rollcall_pair tagged[NODE_TAGGED];
    struct rollcall_pair meta[NODE_META];
};

/* The address of this node: the first of `node_addresses`, else that of the first network
 * interface that is up and no loopback, IPv4 before IPv6, else 127.0.0.1. What an
 * instance has that was registered with an empty Address. */
void node_address(const struct config *config, struct rollcall_address *out);

/* The same UUID for the same node name and datacenter. */
void node_uuid(const char *node, const char *datacenter, char out[NODE_UUID_SIZE]);

/* Our node, but for its indexes; it borrows from `config` and `texts`. */
void node_own(const struct config *config, struct node_texts *texts,
              struct node_view *out);

#endif

/* config/registry.h - the section `registry`: where services register, and what is kept.
 * Threads  as config.h.
 */
#ifndef CONFIG_REGISTRY_H
#define CONFIG_REGISTRY_H

#include <stdint.h>

#include "base/address.h"

/* What a client without a token may do over TCP. */
enum config_tcp_anonymous { CONFIG_TCP_NONE, CONFIG_TCP_READ };

struct config_registry {
    char *socket;
    char *socket_mode;      /* "0666": file mode of the socket */
    struct address *listen; /* the same protocol over TCP; none: not served */
    uint32_t listen_count;
    enum config_tcp_anonymous anonymous;
    uint64_t auth_timeout_ms;         /* until the first request that is let in */
    uint64_t dead_after_ms;           /* a peer that acknowledges nothing is gone */
    uint32_t tcp_clients;             /* 4096 */
    uint32_t tcp_clients_per_address; /* 256 */
    char *database;
    char *store;          /* "sqlite" */
    uint32_t max_clients; /* on the Unix socket */
    uint64_t max_instances;
    uint32_t max_pending;   /* requests of one connection under way */
    uint32_t watch_history; /* events kept for `since` */
    uint64_t history;       /* transitions kept, one by one */
};

#endif

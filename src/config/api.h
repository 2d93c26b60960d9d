/* config/api.h - the section `api`: HTTP.
 * Threads  as config.h.
 */
#ifndef CONFIG_API_H
#define CONFIG_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

/* What a client without a token may do; the order is that of enum http_right. */
enum config_anonymous {
    CONFIG_ANONYMOUS_NONE,
    CONFIG_ANONYMOUS_READ,
    CONFIG_ANONYMOUS_REGISTER,
    CONFIG_ANONYMOUS_OPERATE
};

struct config_api {
    struct address *listen; /* 127.0.0.1:8500 */
    uint32_t listen_count;
    bool listen_named; /* the configuration gives `listen`: each must work */
    char *socket;      /* path of a Unix socket for HTTP; NULL: none */
    char *socket_mode; /* "0666" */
    uint32_t max_clients;
    uint32_t max_clients_per_address;
    uint32_t max_headers;        /* octets of a request's line and headers */
    uint64_t request_timeout_ms; /* for a whole request, from its first line */
    uint64_t idle_timeout_ms;    /* between requests */
    enum config_anonymous anonymous;
    bool consul_service; /* Consul's API has a service "consul" */
    uint64_t kv_max;     /* octets of the key/value store in memory */
    uint32_t kv_keys;    /* keys in it */
    uint32_t sessions;   /* sessions at once */
};

#endif

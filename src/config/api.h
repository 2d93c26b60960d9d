/* config/api.h - the section `api`: HTTP.
 * Threads  as config.h.
 */
#ifndef CONFIG_API_H
#define CONFIG_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

/* What a client without a token may do. From NONE on in the order of enum token_right.
 * AUTO: read where there are tokens, else operate on what came over HTTP. */
enum config_anonymous {
    CONFIG_ANONYMOUS_AUTO,
    CONFIG_ANONYMOUS_NONE,
    CONFIG_ANONYMOUS_READ,
    CONFIG_ANONYMOUS_REGISTER,
    CONFIG_ANONYMOUS_OPERATE
};

/* Its lists are patterns of what it may (config/token.h). */
struct config_token {
    char *name;
    char *sha256; /* 64 hex digits, of the token */
    char **read;
    uint32_t read_count;
    char **registers; /* "register"; may read, too */
    uint32_t register_count;
    char **operate; /* may register, too */
    uint32_t operate_count;
    unsigned line;
};

struct config_tls {
    char *cert; /* PEM files; NULL: no TLS */
    char *key;
    char *client_ca; /* NULL: no client is asked for a certificate */
    bool require_client_cert;
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
    uint32_t rate_limit;         /* requests a second of one address; 0: none */
    enum config_anonymous anonymous;
    struct config_token *tokens;
    uint32_t token_count;
    struct config_tls tls;
    bool allow_remote_without_auth;
    char **hosts; /* names that a request may call us by, beside our own */
    uint32_t host_count;
    bool consul_service;  /* Consul's API has a service "consul" */
    uint64_t max_pending; /* octets of answers that wait for clients; of bodies */
    uint64_t kv_max;      /* octets of the key/value store in memory */
    uint32_t kv_keys;     /* keys in it */
    uint32_t sessions;    /* sessions at once */
};

/* May a client without a token register? */
bool config_api_may_write(const struct config_api *api);
/* Where everybody from afar could register; NULL: nowhere. */
const struct address *config_api_exposed(const struct config_api *api);
/* Does only this host reach it? */
bool config_address_is_local(const struct address *address);

#endif

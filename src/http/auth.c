/* Who asks, and what they may. A token has its own rights and those of everybody. */
#include "http/auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/token.h"
#include "http/exchange.h"
#include "http/internal.h"

/* One token of the configuration. */
struct grant {
    const struct config_token *token; /* borrowed */
    uint8_t hash[TOKEN_OCTETS];
};

/* What is looked for: a service, a key, everything (both NULL), or anything (any). */
struct wanted {
    const char *namespace_name;
    const char *service;
    const char *key;
    size_t key_length;
    bool below; /* all keys that begin with it */
    bool any;
};

enum rollcall_status auth_open(struct http *http, struct reason *why)
{
    const struct config_api *config = http->config;

    http->anonymous = config->anonymous != CONFIG_ANONYMOUS_AUTO
                          ? (enum http_right)(config->anonymous - CONFIG_ANONYMOUS_NONE)
                      : config->token_count > 0 ? RIGHT_READ
                                                : RIGHT_OPERATE;
    /* Unless it is said, nobody in particular may take the whole node out, nor what
     * users of the registration socket own. */
    http->anonymous_all =
        config->anonymous == CONFIG_ANONYMOUS_AUTO && http->anonymous > RIGHT_REGISTER
            ? RIGHT_REGISTER
            : http->anonymous;
    http->grants = calloc(config->token_count + 1, sizeof *http->grants);
    if (http->grants == NULL)
        return ROLLCALL_E_NOMEM;
    for (uint32_t i = 0; i < config->token_count; i++) {
        http->grants[i].token = &config->tokens[i];
        if (token_parse_hash(config->tokens[i].sha256, http->grants[i].hash))
            continue;
        reason_set(why, "api.tokens: the hash of %s is not one", config->tokens[i].name);
        return ROLLCALL_E_CONFIG;
    }
    return ROLLCALL_OK;
}

void auth_close(struct http *http)
{
    free(http->grants);
    http->grants = NULL;
}

const char *auth_bearer(const char *header)
{
    if (header == NULL || strncasecmp(header, "Bearer", 6) != 0 || header[6] != ' ')
        return NULL;
    header += 6;
    return header + strspn(header, " ");
}

/* In the order of Consul; an empty one is none. */
static const char *token_of(const struct exchange *exchange)
{
    const char *token = exchange_query(exchange, "token", 0);

    if (token == NULL || token[0] == '\0')
        token = exchange_header(exchange, "X-Consul-Token");
    if (token == NULL || token[0] == '\0')
        token = auth_bearer(exchange_header(exchange, "Authorization"));
    return token == NULL || token[0] == '\0' ? NULL : token;
}

/* All are compared, so that the time says nothing. */
static const struct grant *find_grant(const struct http *http, const char *token)
{
    const struct grant *found = NULL;
    uint8_t hash[TOKEN_OCTETS];

    token_hash(token, strlen(token), hash);
    for (uint32_t i = 0; i < http->config->token_count; i++)
        if (token_equal(http->grants[i].hash, hash))
            found = &http->grants[i];
    return found;
}

static bool list_fits(char **patterns, uint32_t count, const struct wanted *wanted)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *pattern = patterns[i];
        if (wanted->any || pattern_is_all(pattern))
            return true;
        if (wanted->service != NULL &&
            pattern_fits_service(pattern, wanted->namespace_name, wanted->service))
            return true;
        if (wanted->key != NULL &&
            (wanted->below ? pattern_fits_keys(pattern, wanted->key, wanted->key_length)
                           : pattern_fits_key(pattern, wanted->key, wanted->key_length)))
            return true;
    }
    return false;
}

/* Who may operate may register, who may register may read. */
static bool may(const struct exchange *exchange, enum http_right right,
                const struct wanted *wanted)
{
    bool all = !wanted->any && wanted->service == NULL && wanted->key == NULL;

    if (right <= (all ? exchange->http->anonymous_all : exchange->http->anonymous))
        return true;
    if (exchange->grant == NULL)
        return false;
    const struct config_token *token = exchange->grant->token;
    return list_fits(token->operate, token->operate_count, wanted) ||
           (right <= RIGHT_REGISTER &&
            list_fits(token->registers, token->register_count, wanted)) ||
           (right <= RIGHT_READ && list_fits(token->read, token->read_count, wanted));
}

static bool has_certificate(struct exchange *exchange)
{
    const struct connection *connection = exchange->connection;

    if (!exchange->http->config->tls.require_client_cert || !connection->encrypted ||
        connection->verified)
        return true;
    counter_add(&exchange->http->counts.forbidden, 1);
    exchange_text(exchange, 403,
                  "Permission denied: a client certificate is required (api.tls)");
    return false;
}

bool auth_admit(struct exchange *exchange)
{
    const struct wanted any = { .any = true };
    const struct http *http = exchange->http;
    enum http_right right = exchange->routed->route->right;
    const char *token = http->config->token_count > 0 ? token_of(exchange) : NULL;

    if (!has_certificate(exchange))
        return false;
    if (token != NULL)
        exchange->grant = find_grant(http, token);
    if (token != NULL && exchange->grant == NULL && right > RIGHT_NONE) {
        counter_add(&exchange->http->counts.forbidden, 1);
        exchange_text(exchange, 403, "ACL not found");
        return false;
    }
    if (right == RIGHT_NONE || may(exchange, right, &any))
        return true;
    exchange_forbid(exchange, right, NULL);
    return false;
}

unsigned auth_number(const struct exchange *exchange)
{
    return exchange->grant == NULL
               ? 0
               : (unsigned)(exchange->grant - exchange->http->grants) + 1;
}

struct requester exchange_requester(const struct exchange *exchange)
{
    return (struct requester){ .uid = HTTP_UID,
                               .privileged = exchange_may_all(exchange, RIGHT_OPERATE) };
}

bool exchange_may(const struct exchange *exchange, enum http_right right,
                  const char *namespace_name, const char *service)
{
    const struct wanted wanted = { .namespace_name = namespace_name, .service = service };

    return may(exchange, right, &wanted);
}

bool exchange_may_all(const struct exchange *exchange, enum http_right right)
{
    const struct wanted all = { 0 };

    return may(exchange, right, &all);
}

bool exchange_may_key(const struct exchange *exchange, enum http_right right,
                      const char *key, size_t length)
{
    const struct wanted wanted = { .key = key, .key_length = length };

    return may(exchange, right, &wanted);
}

bool exchange_may_keys(const struct exchange *exchange, enum http_right right,
                       const char *prefix, size_t length)
{
    const struct wanted wanted = { .key = prefix, .key_length = length, .below = true };

    return may(exchange, right, &wanted);
}

const char *exchange_token_name(const struct exchange *exchange)
{
    return exchange->grant == NULL ? "" : exchange->grant->token->name;
}

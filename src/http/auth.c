/* Who asks, and what they may. A token has its own rights and those of everybody. */
#include "http/auth.h"

#include <string.h>
#include <strings.h>

#include "http/carrier.h"
#include "http/exchange.h"
#include "http/internal.h"

void auth_open(struct http *http)
{
    const struct config_api *config = http->config;

    http->anonymous = config->anonymous != CONFIG_ANONYMOUS_AUTO
                          ? (enum token_right)(config->anonymous - CONFIG_ANONYMOUS_NONE)
                      : config->token_count > 0 ? RIGHT_READ
                                                : RIGHT_OPERATE;
    /* Unless it is said, nobody in particular may take the whole node out, nor what
     * users of the registration socket own. */
    http->anonymous_all =
        config->anonymous == CONFIG_ANONYMOUS_AUTO && http->anonymous > RIGHT_REGISTER
            ? RIGHT_REGISTER
            : http->anonymous;
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

static bool may(const struct exchange *exchange, enum token_right right,
                const struct token_wish *wish)
{
    bool all = !wish->any && wish->service == NULL && wish->key == NULL;

    return right <= (all ? exchange->http->anonymous_all : exchange->http->anonymous) ||
           grant_may(exchange->grant, right, wish);
}

/* Where one is required. What the Unix socket brings is not encrypted. */
static bool has_certificate(const struct exchange *exchange)
{
    struct connection *connection = exchange->connection;

    return !exchange->http->config->tls.require_client_cert || !connection->encrypted ||
           carrier_is_verified(connection);
}

/* Nobody may go on with a token that is there no more. */
static bool is_revoked(const struct exchange *exchange)
{
    return exchange->grant != NULL && grant_is_gone(exchange->grant);
}

static bool may_any(const struct exchange *exchange)
{
    const struct token_wish any = { .any = true };
    enum token_right right = exchange->routed->route->right;

    return right == RIGHT_NONE || may(exchange, right, &any);
}

/* Another handshake may bring what this one has not. */
static void refuse_certificate(struct exchange *exchange)
{
    counter_add(&exchange->http->counts.forbidden, 1);
    exchange_set_header(exchange, "Connection", "close");
    exchange_text(exchange, 403,
                  "Permission denied: a client certificate is required (api.tls)");
}

static void refuse_token(struct exchange *exchange)
{
    counter_add(&exchange->http->counts.forbidden, 1);
    exchange_text(exchange, 403, "ACL not found");
}

bool auth_lost(const struct exchange *exchange)
{
    return is_revoked(exchange) || !may_any(exchange);
}

bool auth_stays(const struct exchange *exchange)
{
    return exchange->connection == NULL ||
           (!auth_lost(exchange) && has_certificate(exchange));
}

void auth_refuse(struct exchange *exchange)
{
    if (!has_certificate(exchange))
        refuse_certificate(exchange);
    else if (is_revoked(exchange))
        refuse_token(exchange);
    else
        exchange_forbid(exchange, exchange->routed->route->right, NULL);
}

bool auth_admit(struct exchange *exchange)
{
    const struct http *http = exchange->http;
    enum token_right right = exchange->routed->route->right;
    const char *token = tokens_count(http->tokens) > 0 ? token_of(exchange) : NULL;

    if (!has_certificate(exchange)) {
        refuse_certificate(exchange);
        return false;
    }
    if (token != NULL)
        exchange->grant = tokens_find(http->tokens, token, strlen(token));
    if (token != NULL && exchange->grant == NULL && right > RIGHT_NONE) {
        refuse_token(exchange);
        return false;
    }
    if (may_any(exchange))
        return true;
    exchange_forbid(exchange, right, NULL);
    return false;
}

unsigned auth_number(const struct exchange *exchange)
{
    return exchange->grant == NULL ? 0 : grant_number(exchange->grant);
}

struct requester exchange_requester(const struct exchange *exchange)
{
    return (struct requester){ .uid = HTTP_UID,
                               .privileged = exchange_may_all(exchange, RIGHT_OPERATE) };
}

bool exchange_may(const struct exchange *exchange, enum token_right right,
                  const char *namespace_name, const char *service)
{
    const struct token_wish wanted = { .namespace_name = namespace_name,
                                       .service = service };

    return may(exchange, right, &wanted);
}

bool exchange_may_all(const struct exchange *exchange, enum token_right right)
{
    const struct token_wish all = { 0 };

    return may(exchange, right, &all);
}

bool exchange_may_key(const struct exchange *exchange, enum token_right right,
                      const char *key, size_t length)
{
    const struct token_wish wanted = { .key = key, .key_length = length };

    return may(exchange, right, &wanted);
}

bool exchange_may_keys(const struct exchange *exchange, enum token_right right,
                       const char *prefix, size_t length)
{
    const struct token_wish wanted = { .key = prefix,
                                       .key_length = length,
                                       .below = true };

    return may(exchange, right, &wanted);
}

bool exchange_may_name(const struct exchange *exchange, enum token_right right,
                       enum pattern_kind kind, const char *name)
{
    const struct token_wish wanted = { .kind = kind,
                                       .key = name,
                                       .key_length = strlen(name) };

    return may(exchange, right, &wanted);
}

static const uint8_t nobody[TOKEN_OCTETS];

void exchange_maker(const struct exchange *exchange, uint8_t out[TOKEN_OCTETS])
{
    memcpy(out, exchange->grant == NULL ? nobody : grant_hash(exchange->grant),
           TOKEN_OCTETS);
}

bool exchange_made(const struct exchange *exchange, const uint8_t maker[TOKEN_OCTETS])
{
    return exchange->grant != NULL && token_equal(maker, grant_hash(exchange->grant));
}

bool exchange_is_owned(const struct exchange *exchange, const uint8_t maker[TOKEN_OCTETS])
{
    return tokens_count(exchange->http->tokens) > 0 && !token_equal(maker, nobody);
}

const char *exchange_token_name(const struct exchange *exchange)
{
    return exchange->grant == NULL ? "" : grant_name(exchange->grant);
}

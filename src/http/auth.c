/* Who asks, and what they may. */
#include <string.h>

#include "http/internal.h"

/* The words of both enums are in the same order. */
static enum http_right anonymous(const struct exchange *exchange)
{
    return (enum http_right)exchange->http->config->anonymous;
}

bool auth_admit(struct exchange *exchange)
{
    enum http_right right = exchange->routed->route->right;

    if (right <= anonymous(exchange))
        return true;
    exchange_forbid(exchange, right, NULL);
    return false;
}

struct requester exchange_requester(const struct exchange *exchange)
{
    return (struct requester){ .uid = HTTP_UID,
                               .privileged = exchange_may_all(exchange, RIGHT_OPERATE) };
}

bool exchange_may(const struct exchange *exchange, enum http_right right,
                  const char *namespace_name, const char *service)
{
    (void)namespace_name;
    (void)service;
    return right <= anonymous(exchange);
}

bool exchange_may_all(const struct exchange *exchange, enum http_right right)
{
    return right <= anonymous(exchange);
}

bool exchange_may_key(const struct exchange *exchange, enum http_right right,
                      const char *key, size_t length)
{
    (void)key;
    (void)length;
    return right <= anonymous(exchange);
}

const char *exchange_token_name(const struct exchange *exchange)
{
    (void)exchange;
    return "";
}

#include "http/origin.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "http/exchange.h"
#include "http/internal.h"

bool origin_is_same(const char *url, const char *authority, size_t length)
{
    const char *start = strstr(url, "://");

    if (start == NULL)
        return false; /* "null" and what is none */
    start += 3;
    return strcspn(start, "/?#") == length && strncasecmp(start, authority, length) == 0;
}

const char *origin_host(const char *authority, size_t length, size_t *host_length)
{
    const char *end;

    if (length > 0 && authority[0] == '[') {
        authority++;
        end = memchr(authority, ']', length - 1);
        *host_length = end == NULL ? length - 1 : (size_t)(end - authority);
        return authority;
    }
    end = memchr(authority, ':', length);
    *host_length = end == NULL ? length : (size_t)(end - authority);
    if (*host_length > 0 && authority[*host_length - 1] == '.')
        (*host_length)--;
    return authority;
}

static bool is_literal(const char *host, size_t length)
{
    struct rollcall_address ip;
    char text[64];

    if (length >= sizeof text)
        return false;
    memcpy(text, host, length);
    text[length] = '\0';
    text[strcspn(text, "%")] = '\0'; /* a scope is no part of it */
    return address_parse_ip(text, &ip);
}

bool origin_host_is_safe(const char *host, size_t length)
{
    return memchr(host, '.', length) == NULL || is_literal(host, length) ||
           origin_host_is_below(host, length, "localhost");
}

bool origin_host_is_below(const char *host, size_t length, const char *name)
{
    size_t wanted = strlen(name);

    if (wanted > 0 && name[wanted - 1] == '.')
        wanted--;
    return wanted > 0 && length >= wanted &&
           strncasecmp(host + length - wanted, name, wanted) == 0 &&
           (length == wanted || host[length - wanted - 1] == '.');
}

bool origin_host_fits(const char *host, size_t length, const char *pattern)
{
    if (strcmp(pattern, "*") == 0)
        return true;
    if (strncmp(pattern, "*.", 2) == 0)
        return origin_host_is_below(host, length, pattern + 2);
    return strlen(pattern) == length && strncasecmp(pattern, host, length) == 0;
}

/* Is this name ours? */
static bool is_ours(const struct http *http, const char *host, size_t length)
{
    const struct config *config = http->whole;

    if (origin_host_is_safe(host, length))
        return true;
    for (uint32_t i = 0; i < config->zone_count; i++)
        if (origin_host_is_below(host, length, config->zones[i].apex))
            return true;
    for (uint32_t i = 0; i < config->api.host_count; i++)
        if (origin_host_fits(host, length, config->api.hosts[i]))
            return true;
    return false;
}

static void note(struct exchange *exchange, const char *what)
{
    counter_add(&exchange->http->counts.foreign, 1);
    log_limited(&exchange->http->foreign_log, clock_monotonic_ms(), LOG_LEVEL_WARNING,
                "http", "a request from %s is refused: %s", exchange_peer(exchange),
                what);
}

/* Whom it thinks it speaks to; NULL: it does not say. */
static const char *authority_of(const struct exchange *exchange, size_t *length)
{
    const char *host = exchange->uri.host;

    if (host != NULL) {
        *length = exchange->uri.host_length;
        return host;
    }
    host = exchange_header(exchange, "Host");
    *length = host == NULL ? 0 : strlen(host);
    return host;
}

static bool refuse_host(struct exchange *exchange, const char *host, size_t length)
{
    note(exchange, "it calls us by a name that is not ours (api.hosts)");
    exchange_text(exchange, 403,
                  "Permission denied: \"%.*s\" is not a name of this server; if it is, "
                  "add it to api.hosts",
                  (int)(length > 255 ? 255 : length), host);
    return false;
}

static bool refuse_page(struct exchange *exchange, const char *header)
{
    note(exchange, "a page of another site wants to write");
    exchange_text(exchange, 403,
                  "Permission denied: a page of another site may not write here (%s)",
                  header);
    return false;
}

/* Of a request that writes: the page it acts for must be ours. */
static bool page_is_ours(struct exchange *exchange, const char *authority, size_t length)
{
    const char *site = exchange_header(exchange, "Sec-Fetch-Site");
    const char *origin = exchange_header(exchange, "Origin");
    const char *referer = exchange_header(exchange, "Referer");

    if (site != NULL && strcasecmp(site, "cross-site") == 0)
        return refuse_page(exchange, "Sec-Fetch-Site");
    if (origin != NULL) {
        if (authority == NULL || !origin_is_same(origin, authority, length))
            return refuse_page(exchange, "Origin");
    } else if (referer != NULL) {
        if (authority == NULL || !origin_is_same(referer, authority, length))
            return refuse_page(exchange, "Referer");
    }
    return true;
}

bool origin_admit(struct exchange *exchange)
{
    size_t length = 0;
    const char *authority = authority_of(exchange, &length);

    if (authority != NULL && exchange->connection->peer->is_limited) {
        size_t host_length;
        const char *host = origin_host(authority, length, &host_length);
        if (!is_ours(exchange->http, host, host_length))
            return refuse_host(exchange, host, host_length);
    }
    return exchange->method == HTTP_GET || page_is_ours(exchange, authority, length);
}

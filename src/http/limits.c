/* Everybody who comes from one address: how many connections, how many requests. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "http/exchange.h"
#include "http/internal.h"

enum {
    PEERS_KEPT = 4096, /* before those without connections are looked through */
    CROWD = 512        /* connections, some 5 MB */
};

#define SECOND_US INT64_C(1000000)

static bool is_idle(const struct peer *peer, int64_t now)
{
    return peer->connections == 0 && peer->paced_us <= now;
}

static void forget(struct http *http, struct peer *peer)
{
    table_remove(&http->peers, peer->text, strlen(peer->text));
    free(peer);
}

/* A client must not get a new allowance by connecting again, so peers are kept until
 * theirs is full; many addresses must not fill the memory. */
static void sweep(struct http *http)
{
    int64_t now = clock_monotonic_us();
    struct peer *peer;
    size_t at = 0;

    if (http->peers.count < PEERS_KEPT || (http->peers.count & 255) != 0)
        return;
    while ((peer = table_next(&http->peers, &at)) != NULL)
        if (is_idle(peer, now))
            forget(http, peer);
}

static struct peer *find_peer(struct http *http, const char *text, bool is_limited)
{
    struct peer *peer = table_get(&http->peers, text, strlen(text));

    if (peer != NULL)
        return peer;
    sweep(http);
    peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return NULL;
    snprintf(peer->text, sizeof peer->text, "%s", text);
    peer->is_limited = is_limited;
    if (table_set(&http->peers, peer->text, strlen(peer->text), peer) == ROLLCALL_OK)
        return peer;
    free(peer);
    return NULL;
}

struct peer *peer_take(struct http *http, const char *text, bool is_limited)
{
    struct peer *peer = find_peer(http, text, is_limited);

    if (peer == NULL)
        return NULL;
    peer->connections++;
    counter_set(&http->counts.connections, ++http->open);
    if (http->open > http->peak)
        http->peak = http->open;
    return peer;
}

void peer_release(struct http *http, struct peer *peer)
{
    counter_set(&http->counts.connections, --http->open);
    if (--peer->connections > 0)
        return;
    if (http->config->rate_limit == 0 || is_idle(peer, clock_monotonic_us()))
        forget(http, peer);
}

/* A quarter of the descriptors is for everything else: checks, DNS, the database. */
void peers_open(struct http *http)
{
    struct rlimit files;
    uint32_t wanted = http->config->max_clients;

    http->most = wanted;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur / 4 * 3 >= wanted)
        return;
    http->most = (uint32_t)(files.rlim_cur / 4 * 3);
    log_info("http", "at most %u connections, not %u: %llu files may be open", http->most,
             wanted, (unsigned long long)files.rlim_cur);
}

bool peer_is_crowded(const struct http *http, const struct peer *peer)
{
    return http->open > http->most ||
           (peer->is_limited &&
            peer->connections > http->config->max_clients_per_address);
}

/* Each request costs its share of a second; up to one second may be owed. */
bool pace_admit(struct exchange *exchange)
{
    struct http *http = exchange->http;
    struct peer *peer = exchange->connection->peer;
    int64_t now;

    if (http->config->rate_limit == 0 || !peer->is_limited)
        return true;
    now = clock_monotonic_us();
    if (peer->paced_us < now)
        peer->paced_us = now;
    if (peer->paced_us - now < SECOND_US) {
        peer->paced_us += SECOND_US / http->config->rate_limit;
        return true;
    }
    counter_add(&http->counts.limited, 1);
    log_limited(&http->pace_log, now / 1000, LOG_LEVEL_WARNING, "http",
                "too many requests from %s: refused; see api.rate_limit", peer->text);
    exchange_set_header(exchange, "Retry-After", "1");
    exchange_text(exchange, 429, "Too many requests: at most %u a second",
                  http->config->rate_limit);
    return false;
}

/* The memory of a crowd that has gone is of use to others. */
void peers_tidy(struct http *http)
{
    if (http->peak < CROWD || http->open >= http->peak / 4)
        return;
    http->peak = http->open;
    malloc_trim(0);
}

void peers_free(struct http *http)
{
    struct peer *peer;
    size_t at = 0;

    while ((peer = table_next(&http->peers, &at)) != NULL)
        free(peer);
    table_deinit(&http->peers);
}

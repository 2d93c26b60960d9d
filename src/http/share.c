/* One response for many: kept by key from the first answer until nobody is left who was
 * woken with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/auth.h"
#include "http/carrier.h"
#include "http/internal.h"

/* What differs differs by key: indented or not, and what a token may see. */
static char *key_of(const struct exchange *exchange, const char *key)
{
    char *full = NULL;

    if (asprintf(&full, "%c%u %s", exchange->pretty ? 'p' : '-', auth_number(exchange),
                 key) < 0)
        return NULL;
    return full;
}

void share_release(struct shared *shared)
{
    if (shared == NULL || --shared->holders > 0)
        return;
    carrier_release(shared->response);
    free(shared->key);
    free(shared);
}

void exchange_share(struct exchange *exchange, const char *key, uint64_t version)
{
    free(exchange->share_key);
    exchange->share_key = NULL;
    if (large_is_of(exchange, version))
        exchange->share_key = key_of(exchange, key);
    exchange->share_version = version;
}

/* Bodies that nobody may ask for again are kept no longer than they are few. */
static void make_room(struct http *http, size_t length)
{
    if (http->shares_held + length > http->config->max_pending / 4)
        shares_clear(http);
    http->shares_held += length;
}

/* The exchange has the response, and becomes the first of its holders. */
void share_keep(struct exchange *exchange)
{
    struct http *http = exchange->http;
    struct shared *shared = calloc(1, sizeof *shared);

    if (shared == NULL || exchange->response == NULL) {
        free(shared);
        return;
    }
    make_room(http, exchange->length);
    *shared = (struct shared){ .key = exchange->share_key,
                               .version = exchange->share_version,
                               .response = exchange->response,
                               .length = exchange->length,
                               .status = exchange->status,
                               .holders = 1 };
    exchange->share_key = NULL;
    exchange->response = NULL;
    exchange->shared = shared;
    struct shared *earlier =
        table_remove(&http->shares, shared->key, strlen(shared->key));
    share_release(earlier);
    if (table_set(&http->shares, shared->key, strlen(shared->key), shared) == ROLLCALL_OK)
        shared->holders++;
}

bool exchange_reply_shared(struct exchange *exchange, const char *key, uint64_t version)
{
    struct http *http = exchange->http;

    if (http->shares.count == 0)
        return false;
    char *full = key_of(exchange, key);
    if (full == NULL)
        return false;
    struct shared *shared = table_get(&http->shares, full, strlen(full));
    free(full);
    if (shared == NULL || shared->version != version)
        return false;
    shared->holders++;
    exchange->shared = shared;
    exchange->length = shared->length;
    counter_add(&http->counts.shared, 1);
    respond_answered(exchange, shared->status);
    return true;
}

void shares_clear(struct http *http)
{
    struct shared *shared;
    size_t at = 0;

    if (http->shares.count == 0)
        return;
    while ((shared = table_next(&http->shares, &at)) != NULL)
        share_release(shared);
    table_deinit(&http->shares);
    table_init(&http->shares);
    http->shares_held = 0;
}

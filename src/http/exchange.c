#include "http/exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "http/carrier.h"
#include "http/internal.h"

struct exchange *exchange_create(struct connection *connection, const char *raw)
{
    struct http *http = connection->http;
    size_t length = strlen(raw);
    size_t room = uri_room(raw, length);
    /* The target, its parameters decoded (each a NUL longer), the room of its query. */
    size_t texts = 2 * (length + 1) + ROUTE_PARAMETERS_MAX;
    struct exchange *exchange = calloc(1, sizeof *exchange + room + texts);

    if (exchange == NULL)
        return NULL;
    char *copy = (char *)exchange->memory + room;
    memcpy(copy, raw, length + 1);
    exchange->http = http;
    exchange->connection = connection;
    exchange->state = EXCHANGE_NEW;
    exchange->raw = copy;
    exchange->texts = copy + length + 1;
    exchange->refusal = uri_parse(copy, length, exchange->memory, &exchange->uri);
    exchange->pretty = uri_query(&exchange->uri, "pretty", 0) != NULL;
    list_init(&exchange->node);
    heap_node_init(&exchange->due);
    buffer_init(&exchange->out, OUT_MAX);
    buffer_init(&exchange->headers, 16 * 1024);
    return exchange;
}

void exchange_drop_body(struct exchange *exchange)
{
    exchange->http->bodies -= exchange->body_kept;
    exchange->body_kept = 0;
    buffer_deinit(&exchange->body);
}

void exchange_destroy(struct exchange *exchange)
{
    if (exchange->stream != NULL)
        stream_closed(exchange->stream);
    wait_leave(exchange);
    respond_return(exchange);
    carrier_release(exchange->response);
    share_release(exchange->shared);
    free(exchange->share_key);
    exchange_drop_body(exchange);
    buffer_deinit(&exchange->headers);
    grant_release(exchange->grant);
    free(exchange);
}

/* HEAD is GET whose body stays here; HTTP_METHODS: any other. */
static enum http_method method_of(const char *word)
{
    if (strcmp(word, "HEAD") == 0)
        return HTTP_GET;
    for (unsigned i = 0; i < HTTP_METHODS; i++)
        if (strcmp(word, http_method_word((enum http_method)i)) == 0)
            return (enum http_method)i;
    return HTTP_METHODS;
}

/* There is room for them, each with its NUL. */
static void decode_parameters(struct exchange *exchange)
{
    char *at = exchange->texts;

    for (unsigned i = 0; i < exchange->match.count; i++) {
        size_t length;
        if (!uri_decode_path(exchange->match.parameters[i].text,
                             exchange->match.parameters[i].length, at, &length)) {
            exchange->refusal = "Invalid URL path: it holds a bad escape or a control "
                                "character";
            return;
        }
        exchange->match.parameters[i].text = at;
        exchange->match.parameters[i].length = length;
        at += length + 1;
    }
}

void exchange_begin(struct exchange *exchange, const char *method)
{
    struct http *http = exchange->http;

    exchange->state = EXCHANGE_RECEIVING;
    exchange->method = method_of(method);
    snprintf(exchange->method_word, sizeof exchange->method_word, "%s", method);
    exchange->routed = &http->lost;
    exchange->options = strcmp(method, "OPTIONS") == 0;
    if (exchange->refusal != NULL)
        return;
    exchange->place = router_find(&http->router, exchange->method, exchange->uri.path,
                                  exchange->uri.path_length, &exchange->match);
    if (exchange->place == NULL || exchange->method == HTTP_METHODS)
        return;
    const struct routed *routed = &exchange->place->by_method[exchange->method];
    if (routed->route == NULL)
        return;
    exchange->routed = routed;
    decode_parameters(exchange);
    buffer_init(&exchange->body, routed->route->body_max);
}

static bool has_room(struct exchange *exchange, size_t length)
{
    struct http *http = exchange->http;

    if (http->bodies + length <= http->config->max_pending)
        return true;
    log_limited(&http->pending_log, clock_monotonic_ms(), LOG_LEVEL_WARNING, "http",
                "too many bodies are being received: %s is hung up on; see "
                "api.max_pending",
                exchange_peer(exchange));
    return false;
}

bool exchange_take_body(struct exchange *exchange, const char *bytes, size_t length)
{
    size_t wanted = exchange->routed->route->body_max;

    if (length > SIZE_MAX - exchange->body_seen)
        return false;
    exchange->body_seen += length;
    if (exchange->body_seen <= wanted && exchange->refusal == NULL) {
        if (!has_room(exchange, length))
            return false;
        exchange->http->bodies += length;
        exchange->body_kept += length;
        buffer_append(&exchange->body, bytes, length);
    }
    return exchange->body_seen <= (wanted > 0 ? wanted : IGNORED_BODY_MAX) + DRAIN_MAX;
}

void exchange_run(struct exchange *exchange)
{
    int64_t from = clock_monotonic_us();

    exchange->state = EXCHANGE_RUNNING;
    exchange->in_run = true;
    respond_lend(exchange);
    exchange->routed->route->run(exchange);
    if (exchange->state == EXCHANGE_RUNNING) {
        log_error("http", "%s %s was not answered: a mistake in its handler",
                  http_method_word(exchange->method), exchange->routed->route->path);
        exchange_text(exchange, 500, "the request was not answered");
    }
    exchange->in_run = false;
    int64_t spent = clock_monotonic_us() - from;
    counter_add(&exchange->routed->counts->microseconds, (uint64_t)spent);
}

void exchange_rerun(struct exchange *exchange)
{
    if (auth_stays(exchange))
        exchange_run(exchange);
    else
        auth_refuse(exchange);
}

void exchange_complete(struct exchange *exchange)
{
    counter_add(&exchange->http->counts.requests, 1);
    if (!pace_admit(exchange) || !origin_admit(exchange) || respond_refused(exchange) ||
        !auth_admit(exchange))
        return;
    exchange_run(exchange);
}

const struct route *exchange_route(const struct exchange *exchange)
{
    return exchange->routed->route;
}

void *exchange_owner(const struct exchange *exchange)
{
    return exchange->routed->table->owner;
}

const char *exchange_path(const struct exchange *exchange, const char *name,
                          size_t *length)
{
    size_t name_length = strlen(name);

    for (unsigned i = 0; i < exchange->match.count; i++) {
        if (exchange->match.parameters[i].name_length != name_length ||
            memcmp(exchange->match.parameters[i].name, name, name_length) != 0)
            continue;
        if (length != NULL)
            *length = exchange->match.parameters[i].length;
        return exchange->match.parameters[i].text;
    }
    return NULL;
}

const char *exchange_query(const struct exchange *exchange, const char *name,
                           unsigned nth)
{
    return uri_query(&exchange->uri, name, nth);
}

const char *exchange_uri(const struct exchange *exchange)
{
    return exchange->raw;
}

const char *exchange_header(const struct exchange *exchange, const char *name)
{
    return carrier_header(exchange, name);
}

const char *exchange_body(const struct exchange *exchange, size_t *length)
{
    if (length != NULL)
        *length = exchange->body.length;
    return exchange->body.data == NULL ? "" : exchange->body.data;
}

const char *exchange_peer(const struct exchange *exchange)
{
    return exchange->connection == NULL || exchange->connection->peer == NULL
               ? ""
               : exchange->connection->peer->text;
}

void exchange_defer(struct exchange *exchange)
{
    assert(exchange->in_run && exchange->state == EXCHANGE_RUNNING);
    exchange->state = EXCHANGE_DEFERRED;
    list_append(&exchange->http->deferred, &exchange->node);
}

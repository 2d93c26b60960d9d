/* Answers: of handlers, and those that every path has in common. */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "http/carrier.h"
#include "http/exchange.h"
#include "http/internal.h"
#include "http/pretty.h"

#define PLAIN "text/plain; charset=utf-8"

void respond_lend(struct exchange *exchange)
{
    struct buffer *spare = &exchange->http->spare;

    if (exchange->out.data != NULL || spare->data == NULL)
        return;
    exchange->out = *spare;
    buffer_init(spare, OUT_MAX);
}

void respond_return(struct exchange *exchange)
{
    struct buffer *spare = &exchange->http->spare;

    if (spare->data == NULL && exchange->out.data != NULL &&
        exchange->out.capacity <= SPARE_MAX) {
        buffer_clear(&exchange->out);
        *spare = exchange->out;
        buffer_init(&exchange->out, OUT_MAX);
    }
    buffer_deinit(&exchange->out);
}

static void count_answer(struct exchange *exchange, unsigned status)
{
    if (status >= 100 && status < 600)
        counter_add(&exchange->routed->counts->by_class[status / 100], 1);
}

/* No memory for a response: the connection is closed instead. */
static void give_up(struct exchange *exchange)
{
    log_error("http", "out of memory: a request is not answered");
    exchange->abandoned = true;
}

/* All that wait hear at once, and must not be in the way of the rest. */
static bool is_one_of_many(const struct exchange *exchange)
{
    return exchange->waited || exchange->piece.was_queued;
}

void respond_answered(struct exchange *exchange, unsigned status)
{
    struct http *http = exchange->http;

    if (exchange->response == NULL && exchange->shared == NULL)
        give_up(exchange);
    count_answer(exchange, status);
    exchange->status = status;
    exchange->state = EXCHANGE_ANSWERED;
    respond_return(exchange);
    exchange_drop_body(exchange);
    list_remove(&exchange->node);
    if (exchange->connection == NULL)
        exchange_destroy(exchange);
    else if (exchange->suspended)
        list_append(is_one_of_many(exchange) ? &http->crowd : &http->ready,
                    &exchange->node);
}

struct buffer *exchange_out(struct exchange *exchange)
{
    return &exchange->out;
}

static void remove_header(struct buffer *headers, const char *name)
{
    char *at = headers->data;

    while (at != NULL && at < headers->data + headers->length) {
        size_t length = strlen(at) + 1;
        length += strlen(at + length) + 1;
        if (strcasecmp(at, name) == 0) {
            char *end = headers->data + headers->length;
            memmove(at, at + length, (size_t)(end - at) - length);
            headers->length -= length;
            return;
        }
        at += length;
    }
}

void exchange_set_header(struct exchange *exchange, const char *name, const char *value)
{
    remove_header(&exchange->headers, name);
    buffer_append(&exchange->headers, name, strlen(name) + 1);
    buffer_append(&exchange->headers, value, strlen(value) + 1);
}

/* A second answer is a mistake of ours that must not hurt. */
static bool is_answered(const struct exchange *exchange)
{
    if (exchange->state != EXCHANGE_ANSWERED)
        return false;
    log_error("http", "%s was answered twice: a mistake in its handler",
              exchange->routed->route->path);
    assert(false && "answered twice");
    return true;
}

static void indent(struct exchange *exchange)
{
    struct buffer neat;

    buffer_init(&neat, OUT_MAX);
    pretty_print(exchange->out.data, exchange->out.length, &neat);
    buffer_deinit(&exchange->out);
    exchange->out = neat;
}

/* False: it was answered in words instead. */
static bool may_leave(struct exchange *exchange)
{
    if (exchange->out.failed) {
        exchange_text(exchange, 500, "the answer is too large, or memory is short");
        return false;
    }
    if (carrier_has_room(exchange->http, &exchange->out))
        return true;
    log_limited(&exchange->http->pending_log, clock_monotonic_ms(), LOG_LEVEL_WARNING,
                "http",
                "clients do not take their large answers: %s gets 503; see "
                "api.max_pending",
                exchange_peer(exchange));
    exchange_set_header(exchange, "Retry-After", "1");
    exchange_text(exchange, 503,
                  "too many large answers wait for their clients (api.max_pending)");
    return false;
}

void exchange_reply(struct exchange *exchange, unsigned status, const char *type)
{
    if (is_answered(exchange))
        return;
    if (exchange->pretty && type != NULL && exchange->out.length > 0 &&
        !exchange->out.failed && strcmp(type, HTTP_JSON) == 0)
        indent(exchange);
    if (!may_leave(exchange))
        return;
    counter_add(&exchange->http->counts.sent_bytes, exchange->out.length);
    exchange->length = exchange->out.length;
    exchange->response = carrier_response(exchange, type, &exchange->out);
    exchange->status = status;
    if (exchange->share_key != NULL)
        share_keep(exchange);
    respond_answered(exchange, status);
}

/* One line, whatever a request said that is repeated in it. */
static void keep_to_one_line(char *line)
{
    for (; *line != '\0'; line++)
        if ((unsigned char)*line < ' ' && !(*line == '\n' && line[1] == '\0'))
            *line = ' ';
}

void exchange_text(struct exchange *exchange, unsigned status, const char *format, ...)
{
    char line[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    keep_to_one_line(line);
    buffer_clear(&exchange->out);
    buffer_text(&exchange->out, line);
    exchange_reply(exchange, status, PLAIN);
}

/* Where the right would come from; short, because clients show 80 letters. */
static const char *what_to_do(const struct exchange *exchange)
{
    if (exchange->grant != NULL)
        return " in this token";
    return tokens_count(exchange->http->tokens) > 0 ? "; send a token"
                                                    : " (api.anonymous)";
}

void exchange_forbid(struct exchange *exchange, enum token_right right,
                     const char *service)
{
    const char *word = token_right_word(right), *hint = what_to_do(exchange);

    counter_add(&exchange->http->counts.forbidden, 1);
    if (service == NULL)
        exchange_text(exchange, 403, "Permission denied: the right \"%s\" is missing%s",
                      word, hint);
    else
        exchange_text(exchange, 403,
                      "Permission denied: the right \"%s\" for \"%s\" is missing%s", word,
                      service, hint);
}

void exchange_constant(struct exchange *exchange, unsigned status, const char *type,
                       const void *bytes, size_t length)
{
    if (is_answered(exchange))
        return;
    counter_add(&exchange->http->counts.sent_bytes, length);
    exchange->response = carrier_constant(exchange, type, bytes, length);
    respond_answered(exchange, status);
}

static void refuse_method(struct exchange *exchange)
{
    exchange_set_header(exchange, "Allow", exchange->place->allow);
    if (exchange->options)
        exchange_reply(exchange, 200, NULL);
    else
        exchange_text(exchange, 405, "method %s not allowed", exchange->method_word);
}

static bool is_too_large(const struct exchange *exchange)
{
    size_t wanted = exchange->routed->route->body_max;

    return exchange->body_seen > (wanted > 0 ? wanted : IGNORED_BODY_MAX);
}

static void refuse_body(struct exchange *exchange)
{
    size_t wanted = exchange->routed->route->body_max;

    exchange_text(exchange, 413, "Request body(%zu bytes) too large, max size: %zu bytes",
                  exchange->body_seen, wanted > 0 ? wanted : (size_t)IGNORED_BODY_MAX);
}

bool respond_refused(struct exchange *exchange)
{
    if (exchange->http->stopped)
        exchange_text(exchange, 503, "the daemon is stopping");
    else if (exchange->refusal != NULL)
        exchange_text(exchange, 400, "%s", exchange->refusal);
    else if (is_too_large(exchange))
        refuse_body(exchange);
    else if (exchange->place != NULL && exchange->routed == &exchange->http->lost)
        refuse_method(exchange);
    else if (exchange->body.failed)
        exchange_text(exchange, 503, "memory is short");
    else
        return false;
    return true;
}

/* The row of paths that no table has. */
static void run_lost(struct exchange *exchange)
{
    const struct http_table *table = exchange->routed->table;

    if (table != NULL && table->not_found != NULL)
        table->not_found(exchange);
    else
        exchange_text(exchange, 404, "there is nothing at this path");
}

const struct route respond_lost_route = { .path = "",
                                          .right = RIGHT_NONE,
                                          .run = run_lost };

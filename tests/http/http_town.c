/* http_town CONFIG: the room http on a loop of its own, with a handful of routes that do
 * what endpoints do: answer at once, with the body, later, wait, share, stream.
 *
 * The signal SIGTERM stops it in the daemon's order. "ready" goes to standard output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/exchange.h"
#include "http/server.h"
#include "token/tokens.h"

struct town {
    uv_loop_t loop;
    struct tokens *tokens;
    struct http *http;
    uv_prepare_t prepare;
    uv_signal_t stop;
    uv_timer_t later;
    struct list late; /* of struct debt */
    struct topic topic;
    uint64_t version;
    struct stream *streams[64];
    unsigned emptied; /* times that the topic lost its last one */
    unsigned closed;  /* streams */
};

/* An exchange that somebody owes an answer. */
struct debt {
    struct list node;
    struct exchange *exchange;
};

static void run_json(struct exchange *exchange)
{
    static const char text[] = "{\"Node\":\"n1\",\"List\":[1,2],\"Empty\":{}}";

    buffer_append(exchange_out(exchange), text, sizeof text - 1);
    exchange_set_header(exchange, "X-Consul-Index", "1");
    exchange_reply(exchange, 200, HTTP_JSON);
}

static void run_echo(struct exchange *exchange)
{
    size_t length;
    const char *body = exchange_body(exchange, &length);
    const char *name = exchange_query(exchange, "name", 0);

    buffer_append(exchange_out(exchange), body, length);
    if (name != NULL)
        exchange_set_header(exchange, "X-Name", name);
    exchange_reply(exchange, 200, "application/octet-stream");
}

static void run_path(struct exchange *exchange)
{
    size_t length;
    const char *key = exchange_path(exchange, "key", &length);

    buffer_append(exchange_out(exchange), key, length);
    exchange_reply(exchange, 200, "application/octet-stream");
}

static void run_late(struct exchange *exchange)
{
    struct town *town = exchange_owner(exchange);
    struct debt *debt = calloc(1, sizeof *debt);

    if (debt == NULL)
        abort();
    debt->exchange = exchange;
    list_append(&town->late, &debt->node);
    exchange_defer(exchange);
}

static void pay(struct town *town)
{
    while (!list_empty(&town->late)) {
        struct debt *debt = list_entry(town->late.next, struct debt, node);
        list_remove(&debt->node);
        exchange_text(debt->exchange, 200, "late");
        free(debt);
    }
}

static void on_later(uv_timer_t *timer)
{
    pay(timer->data);
}

static void answer_version(struct town *town, struct exchange *exchange)
{
    char key[32] = "version";

    if (exchange_reply_shared(exchange, key, town->version))
        return;
    buffer_format(exchange_out(exchange), "{\"Version\":%llu}",
                  (unsigned long long)town->version);
    exchange_share(exchange, key, town->version);
    exchange_reply(exchange, 200, HTTP_JSON);
}

/* ?index=N: until the version is another; ?wait=MS bounds it. */
static void run_wait(struct exchange *exchange)
{
    struct town *town = exchange_owner(exchange);
    const char *index = exchange_query(exchange, "index", 0);
    const char *wait = exchange_query(exchange, "wait", 0);
    int64_t now = clock_monotonic_ms();
    int64_t due;

    if (!exchange_waited(exchange, &due))
        due = now + (wait == NULL ? 60000 : atoll(wait));
    if (index != NULL && strtoull(index, NULL, 10) == town->version && now < due)
        exchange_wait(exchange, &town->topic, due);
    else
        answer_version(town, exchange);
}

static void run_change(struct exchange *exchange)
{
    struct town *town = exchange_owner(exchange);

    town->version++;
    topic_wake(&town->topic);
    exchange_text(exchange, 200, "%llu", (unsigned long long)town->version);
}

static void run_now(struct exchange *exchange)
{
    struct town *town = exchange_owner(exchange);
    struct http_now now = http_now(town->http);

    buffer_format(exchange_out(exchange),
                  "{\"connections\":%u,\"waiting\":%u,\"streams\":%u,\"emptied\":%u,"
                  "\"closed\":%u}",
                  now.connections, now.waiting, now.streams, town->emptied, town->closed);
    exchange_reply(exchange, 200, HTTP_JSON);
}

static void on_stream_closed(void *owner)
{
    struct stream **place = owner;

    *place = NULL;
}

static const struct stream_callbacks stream_callbacks = { .on_closed = on_stream_closed };

static void run_stream(struct exchange *exchange)
{
    struct town *town = exchange_owner(exchange);

    for (unsigned i = 0; i < 64; i++) {
        struct stream **place = &town->streams[i];
        if (*place != NULL)
            continue;
        *place = exchange_stream(exchange, "text/event-stream", &stream_callbacks, place);
        if (*place != NULL)
            stream_write(*place, "hello\n", 6);
        return;
    }
    exchange_text(exchange, 503, "full");
}

/* ?size=N octets to all streams; ?end ends them after that. */
static void run_say(struct exchange *exchange)
{
    struct town *town = exchange_owner(exchange);
    const char *size = exchange_query(exchange, "size", 0);
    size_t length = size == NULL ? 5 : strtoull(size, NULL, 10);
    char *text = malloc(length + 1);

    if (text == NULL)
        abort();
    memset(text, 'x', length);
    for (unsigned i = 0; i < 64; i++) {
        if (town->streams[i] == NULL)
            continue;
        stream_write(town->streams[i], text, length);
        if (exchange_query(exchange, "end", 0) != NULL)
            stream_end(town->streams[i]);
    }
    free(text);
    exchange_text(exchange, 200, "said");
}

static void run_silent(struct exchange *exchange)
{
    (void)exchange;
}

static const struct route routes[] = {
    { .path = "/json", .right = RIGHT_READ, .run = run_json },
    { .path = "/echo", .method = HTTP_PUT, .body_max = 200000, .run = run_echo },
    { .path = "/echo", .method = HTTP_POST, .body_max = 10, .run = run_echo },
    { .path = "/path/{key...}", .run = run_path },
    { .path = "/path/{key}/leaf", .run = run_path },
    { .path = "/late", .run = run_late },
    { .path = "/wait", .run = run_wait },
    { .path = "/change", .method = HTTP_PUT, .run = run_change },
    { .path = "/now", .run = run_now },
    { .path = "/stream", .run = run_stream },
    { .path = "/say", .method = HTTP_PUT, .run = run_say },
    { .path = "/silent", .run = run_silent },
    { .path = "/operate", .right = RIGHT_OPERATE, .run = run_json },
    { 0 },
};

static void on_empty(struct topic *topic, void *owner)
{
    struct town *town = owner;

    (void)topic;
    town->emptied++;
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct town *town = prepare->data;

    http_flush(town->http);
}

static void on_stop(uv_signal_t *signal, int number)
{
    (void)number;
    uv_stop(signal->loop);
}

static void open_loop(struct town *town)
{
    uv_loop_init(&town->loop);
    uv_prepare_init(&town->loop, &town->prepare);
    uv_signal_init(&town->loop, &town->stop);
    uv_timer_init(&town->loop, &town->later);
    town->prepare.data = town;
    town->later.data = town;
    uv_prepare_start(&town->prepare, on_prepare);
    uv_signal_start(&town->stop, on_stop, SIGTERM);
    uv_timer_start(&town->later, on_later, 100, 100);
    list_init(&town->late);
    topic_init(&town->topic);
    town->topic.on_empty = on_empty;
    town->topic.owner = town;
    town->version = 1;
}

static void close_loop(struct town *town)
{
    http_stop(town->http);
    pay(town);
    uv_close((uv_handle_t *)&town->prepare, NULL);
    uv_close((uv_handle_t *)&town->stop, NULL);
    uv_close((uv_handle_t *)&town->later, NULL);
    uv_run(&town->loop, UV_RUN_DEFAULT);
    http_destroy(town->http);
    tokens_destroy(town->tokens);
    uv_loop_close(&town->loop);
}

int main(int argc, char **argv)
{
    struct town town = { 0 };
    struct config *config = NULL;
    struct reason why = REASON_NONE;
    const struct http_table table = { .routes = routes, .owner = &town };

    if (argc != 2 ||
        config_read(argv[1], NULL, 0, stderr, &config, &why) != ROLLCALL_OK) {
        fprintf(stderr, "http_town: %s\n", reason_text(&why, "usage: http_town CONFIG"));
        return 2;
    }
    open_loop(&town);
    if (tokens_create(&config->api, &town.tokens, &why) != ROLLCALL_OK ||
        http_create(&town.loop, config, town.tokens, &town.http, &why) != ROLLCALL_OK) {
        fprintf(stderr, "http_town: %s\n", reason_text(&why, "no memory"));
        return 1;
    }
    http_add(town.http, &table);
    if (http_start(town.http, &why) != ROLLCALL_OK) {
        fprintf(stderr, "http_town: %s\n", reason_text(&why, "no memory"));
        return 1;
    }
    puts("ready");
    fflush(stdout);
    uv_run(&town.loop, UV_RUN_DEFAULT);
    close_loop(&town);
    config_destroy(config);
    return 0;
}

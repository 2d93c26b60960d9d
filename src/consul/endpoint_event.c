/* /v1/event: news from user to user. */
#include <string.h>

#include "base/clock.h"
#include "consul/happening.h"
#include "consul/keep.h"
#include "consul/kv_shape.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/shapes.h"
#include "consul/sight.h"
#include "http/exchange.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

static void put_event(struct buffer *out, const struct happening *event, uint64_t time)
{
    shape_next(out);
    shape_put(out, "{\"ID\":");
    encode_text(out, event->id);
    shape_text(out, "Name", event->terms.name);
    shape_put(out, ",\"Payload\":");
    shape_base64(out, event->terms.payload, event->terms.length);
    shape_text(out, "NodeFilter", event->terms.node);
    shape_text(out, "ServiceFilter", event->terms.service);
    shape_text(out, "TagFilter", event->terms.tag);
    shape_put(out, ",\"Version\":1,\"LTime\":");
    encode_number(out, time);
    buffer_char(out, '}');
}

static const char *word_of(const struct exchange *exchange, const char *name)
{
    const char *value = exchange_query(exchange, name, 0);

    return value == NULL ? "" : value;
}

static bool fits(struct exchange *exchange, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(texts[i]) <= HAPPENING_TEXT_MAX)
            continue;
        exchange_text(exchange, 400, "Name or filter is too long (limit: %d octets)",
                      HAPPENING_TEXT_MAX);
        return false;
    }
    return true;
}

static bool read_terms(struct exchange *exchange, struct happening_terms *out)
{
    size_t length = 0;
    const char *name = exchange_path(exchange, "name", &length);

    if (name == NULL || length == 0) {
        exchange_text(exchange, 400, "Missing name");
        return false;
    }
    *out = (struct happening_terms){ .name = name,
                                     .node = word_of(exchange, "node"),
                                     .service = word_of(exchange, "service"),
                                     .tag = word_of(exchange, "tag") };
    out->payload = exchange_body(exchange, &out->length);
    if (out->tag[0] != '\0' && out->service[0] == '\0') {
        exchange_text(exchange, 500, "Cannot provide tag filter without service filter");
        return false;
    }
    const char *const texts[] = { out->name, out->node, out->service, out->tag };
    return fits(exchange, texts, 4);
}

static void put_fire(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);
    struct happening_terms terms;

    if (!reading_datacenter(exchange) || !read_terms(exchange, &terms))
        return;
    exchange_maker(exchange, terms.maker);
    const struct happening *event = happenings_fire(consul->events, &terms);
    if (event == NULL) {
        exchange_text(exchange, 503, "out of memory");
        return;
    }
    put_event(exchange_out(exchange), event, 0);
    exchange_reply(exchange, 200, HTTP_JSON);
    consul->index.version++;
    counter_add(&consul->keep->counts.events, 1);
    topic_wake(&consul->keep->events);
}

/* ---- GET /v1/event/list ----------------------------------------------------------- */

static bool is_it(const char *asked, const char *is)
{
    return asked[0] == '\0' || strcmp(asked, is) == 0;
}

static bool is_listed(const struct exchange *exchange, const struct happening *event)
{
    return is_it(word_of(exchange, "name"), event->terms.name) &&
           is_it(word_of(exchange, "node"), event->terms.node) &&
           is_it(word_of(exchange, "service"), event->terms.service) &&
           is_it(word_of(exchange, "tag"), event->terms.tag) &&
           sight_event(exchange, event);
}

/* Of the newest that is listed; 1: of none. */
static uint64_t list(const struct consul *consul, struct exchange *exchange,
                     struct buffer *out)
{
    const struct happening *event;
    uint64_t index = 1;

    for (size_t nth = 0; (event = happenings_at(consul->events, nth)) != NULL; nth++) {
        if (!is_listed(exchange, event))
            continue;
        if (out != NULL)
            put_event(out, event, event->time);
        index = event->index;
    }
    return index;
}

/* Its index has no order: another one is news. */
static void get_list(struct exchange *exchange)
{
    struct reading reading;

    if (!reading_begin(exchange, &reading))
        return;
    struct consul *consul = reading.consul;
    if (exchange_query(exchange, "wait", 0) == NULL)
        reading.blocking.wait = BLOCKING_LONGEST_MS;
    if (reading.blocking.index == list(consul, exchange, NULL) &&
        blocking_wait(&reading.blocking, &consul->random, exchange, &consul->keep->events,
                      clock_monotonic_ms()))
        return;
    struct buffer *out = exchange_out(exchange);
    buffer_char(out, '[');
    uint64_t index = list(consul, exchange, out);
    buffer_char(out, ']');
    reading_reply(&reading, 200, index);
}

static const struct route_parameter fires[] = {
    { "node", "string", "for nodes of that name", false },
    { "service", "string", "for nodes with that service", false },
    { "tag", "string", "with service: that has this tag", false },
    PARAMETER_DC,
    { .name = NULL },
};

static const struct route_parameter lists[] = {
    { "name", "string", "only events of that name", false },
    { "node", "string", "only those fired with that filter", false },
    { "service", "string", "only those fired with that filter", false },
    { "tag", "string", "only those fired with that filter", false },
    { "index", "integer", "wait while the newest is this one", false },
    { "wait", "duration", "how long to wait at most: 10m", false },
    { .name = NULL },
};

const struct route consul_event_routes[] = {
    { HTTP_PUT, "/v1/event/fire/{name...}", RIGHT_REGISTER, HAPPENING_PAYLOAD_MAX,
      put_fire, "Fire an event; the body is its payload.", fires, NULL, "UserEvent",
      NULL },
    { HTTP_GET, "/v1/event/list", RIGHT_READ, 0, get_list, "The last 256 events.", lists,
      NULL, "UserEvents", NULL },
    { .path = NULL },
};

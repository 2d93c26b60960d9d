/* api/endpoint_events.c - GET /v1/rollcall/events: the registration socket's watch as
 * server-sent events. */
#include <string.h>

#include "api/line.h"
#include "api/own.h"
#include "api/routes.h"
#include "api/streams.h"

static const char *last_seen(const struct exchange *exchange)
{
    return exchange_header(exchange, "Last-Event-ID");
}

/* A browser that comes back asks the same URL again: its header knows better. */
static const char *query_of(const void *owner, const char *name, unsigned nth)
{
    const struct exchange *exchange = owner;
    const char *seen = last_seen(exchange);

    if (strcmp(name, PROTO_SINCE) == 0 && seen != NULL && seen[0] != '\0')
        return nth == 0 ? seen : NULL;
    return exchange_query(exchange, name, nth);
}

static const struct own watch = { .op = PROTO_WATCH, .scope = OWN_LISTS };

static void get_events(struct exchange *exchange)
{
    struct api *api = exchange_owner(exchange);
    struct line_subject subject;
    struct buffer line;

    if (!own_compose_by(exchange, &watch, query_of, &line, &subject))
        return;
    bool one = subject.service[0] != '\0';
    bool has_since = query_of(exchange, PROTO_SINCE, 0) != NULL;
    if (!one || own_admit(exchange, subject.namespace_name, subject.service))
        streams_open(api->streams, exchange, has_since, line.data, line.length);
    buffer_deinit(&line);
}

static const struct route_parameter parameters[] = {
    { "service", "string", "Only of that service.", false },
    { "namespace", "string",
      "Of that namespace; of a service \"default\" unless said, else all.", false },
    { "since", "integer",
      "What came after that revision first; the header Last-Event-ID goes before it.",
      false },
    { 0 },
};

const struct route api_events_routes[] = {
    { .method = HTTP_GET,
      .path = "/v1/rollcall/events",
      .right = RIGHT_READ,
      .run = get_events,
      .help = "Events as they happen, in order, none missed (text/event-stream); "
              "\"resync\" where that cannot be, then get again.",
      .parameters = parameters,
      .returns = "Event",
      .with = &watch },
    { .path = NULL },
};

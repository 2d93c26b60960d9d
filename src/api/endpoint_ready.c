/* api/endpoint_ready.c - /healthz and /readyz, with the meaning that Kubernetes gives
 * them: a daemon that is not alive is to be restarted, one that is not ready gets no
 * traffic. */
#include "api/internal.h"
#include "api/routes.h"
#include "http/exchange.h"

/* Control answers, so its loop turns. */
static void get_alive(struct exchange *exchange)
{
    exchange_text(exchange, 200, "ok");
}

static void get_ready(struct exchange *exchange)
{
    const struct api *api = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);
    struct api_part part;
    bool ready = true;

    for (size_t i = 0; api->settings.part(api->settings.part_owner, i, &part); i++) {
        buffer_format(out, "%s: %s\n", part.name, part.words == NULL ? "ok" : part.words);
        ready = ready && part.words == NULL;
    }
    exchange_set_header(exchange, "Cache-Control", "no-store");
    exchange_reply(exchange, ready ? 200 : 503, HTTP_TEXT);
}

const struct route api_ready_routes[] = {
    { .method = HTTP_GET,
      .path = "/healthz",
      .right = RIGHT_NONE,
      .run = get_alive,
      .help = "Is the daemon alive? Always 200 where it can answer." },
    { .method = HTTP_GET,
      .path = "/readyz",
      .right = RIGHT_NONE,
      .run = get_ready,
      .help = "Is it ready for traffic? 503 names the part that is not: registry, store "
              "or dns." },
    { 0 },
};

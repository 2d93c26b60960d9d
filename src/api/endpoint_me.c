/* api/endpoint_me.c - /v1/rollcall/me: what whoever asks may do, so that a program (or
 * the page) offers only that. */
#include "api/line.h"
#include "api/own.h"
#include "api/routes.h"
#include "http/exchange.h"
#include "proto/encode.h"

static const struct route_parameter me_parameters[] = {
    { "service", "string", "To that service; else to all.", false },
    { "namespace", "string", "Of that namespace; \"default\" unless said.", false },
    { NULL, NULL, NULL, false },
};

static void get_me(struct exchange *exchange)
{
    const char *service = exchange_query(exchange, "service", 0);
    const char *namespace_name = exchange_query(exchange, "namespace", 0);
    struct buffer *out = exchange_out(exchange);
    struct reason why = REASON_NONE;
    enum rollcall_status status =
        line_check_names(me_parameters, exchange_uri(exchange), &why);

    if (status != ROLLCALL_OK) {
        own_refuse(exchange, status, &why);
        return;
    }
    buffer_text(out, "{\"token\":");
    encode_text(out, exchange_token_name(exchange));
    buffer_text(out, ",\"rights\":{\"connect\":true");
    for (enum token_right right = RIGHT_READ; right < TOKEN_RIGHTS; right++)
        member_bool(out, token_right_word(right),
                    service == NULL
                        ? exchange_may_all(exchange, right)
                        : exchange_may(exchange, right, namespace_name, service));
    buffer_text(out, "}}");
    exchange_set_header(exchange, "Cache-Control", "no-store");
    exchange_reply(exchange, 200, HTTP_JSON);
}

const struct route api_me_routes[] = {
    { .method = HTTP_GET,
      .path = "/v1/rollcall/me",
      .right = RIGHT_NONE,
      .run = get_me,
      .help = "The name of the token of this request (empty without one) and what it may "
              "do: read, register, operate.",
      .parameters = me_parameters,
      .returns = "Me" },
    { 0 },
};

/* api/endpoint_document.c - GET /v1/rollcall/openapi.json. */
#include "api/document.h"
#include "api/internal.h"
#include "api/routes.h"
#include "http/exchange.h"

static void get_document(struct exchange *exchange)
{
    const struct api *api = exchange_owner(exchange);

    document_openapi(exchange_out(exchange), api->settings.schemas);
    exchange_reply(exchange, 200, HTTP_JSON);
}

const struct route api_document_routes[] = {
    { .method = HTTP_GET,
      .path = "/v1/rollcall/openapi.json",
      .right = RIGHT_NONE,
      .run = get_document,
      .help = "This API as an OpenAPI 3.1 document.",
      .returns = "OpenApi" },
    { .path = NULL },
};

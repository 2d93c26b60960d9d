/* docs/reference/http-api.md, from the tables of routes. */
#include <string.h>

#include "api/document.h"
#include "api/own.h"
#include "api/routes.h"

static const char opening[] =
    "# Our own HTTP API\n"
    "\n"
    "Printed by `rollcalld --http-reference`; do not edit. The same as OpenAPI 3.1, "
    "with\n"
    "the shapes of all bodies: [openapi.json](openapi.json), or\n"
    "`GET /v1/rollcall/openapi.json`.\n"
    "\n"
    "Everything under `/v1/rollcall/` is an operation of the registration socket: what\n"
    "its fields mean, when it is answered and what it promises is in\n"
    "[protocol.md](../protocol.md). Members of the path and of the query join those of\n"
    "the body, which is one JSON object of at most 63 KiB. The answer is the socket's,\n"
    "without `ok`; `?pretty` indents it. A query parameter that is not known is an\n"
    "error, as a field is.\n"
    "\n"
    "An error is `{\"error\":{\"code\":…,\"field\":…,\"message\":…}}`:\n"
    "\n"
    "| status | code |\n"
    "| --- | --- |\n"
    "| 400 | `bad_json`, `unknown_field`, `missing_field`, `invalid_field` |\n"
    "| 403 | `unauthorized`, or text where a right is missing altogether |\n"
    "| 404 | `not_found` |\n"
    "| 409 | `conflict` |\n"
    "| 413 | `too_long` |\n"
    "| 429 | `limit` |\n"
    "| 500 | `internal` |\n"
    "| 503 | `unavailable` |\n"
    "\n"
    "Not over HTTP: checks of kind `exec`, checks that name files (`tls.ca` and its\n"
    "kin), leases on a connection or a process.\n"
    "\n"
    "Who registers over HTTP is owner 4294967294. A right is for the service concerned:\n"
    "lists, histories, explanations and events have only what the token may read. What\n"
    "came over HTTP may be changed with `register`, what others own with `operate`.\n"
    "\n"
    "**Events** are server-sent: `id` is the revision, `event` its word, `data` the\n"
    "JSON object that a `watch` on the socket gets. The first is `hello`, with the\n"
    "revision of now. A browser resumes by itself (`Last-Event-ID`), others with\n"
    "`?since=`: nothing is missed, or `resync` says that something is; then get again.\n"
    "A comment comes every 15 seconds. Who leaves more than 256 KiB unread gets no more\n"
    "events until all is read, then one `resync`.\n"
    "\n"
    "```\n"
    "$ curl -X PUT -d '{\"service\":\"web\",\"address\":\"10.0.0.1\",\"port\":8080}' \\\n"
    "      http://127.0.0.1:8500/v1/rollcall/instances/web-1\n"
    "{\"id\":\"web-1\",\"revision\":2,\"created\":true}\n"
    "$ curl -N 'http://127.0.0.1:8500/v1/rollcall/events?service=web'\n"
    "```\n";

static void write_parameters(struct buffer *out, const struct route *row)
{
    const struct route_parameter *parameter = row->parameters;

    for (; parameter != NULL && parameter->name != NULL; parameter++)
        buffer_format(out, "- `%s`%s: %s\n", parameter->name,
                      parameter->required ? " (required)" : "", parameter->help);
}

static void write_row(struct buffer *out, const struct route *row)
{
    const struct own *own = row->run == own_run ? row->with : NULL;

    buffer_format(out, "\n### %s %s\n\n%s Right: %s.\n", http_method_word(row->method),
                  row->path, row->help,
                  row->right == RIGHT_NONE ? "none" : token_right_word(row->right));
    if (row->parameters != NULL)
        buffer_char(out, '\n');
    write_parameters(out, row);
    if (own != NULL && own->example != NULL)
        buffer_format(out, "\n```json\n%s\n```\n", own->example);
}

void document_page(struct buffer *out)
{
    const struct route *table;
    const char *chapter;

    buffer_text(out, opening);
    for (size_t i = 0; (table = api_routes_table(i, &chapter)) != NULL; i++) {
        buffer_format(out, "\n## %s\n", chapter);
        for (; table->path != NULL; table++)
            write_row(out, table);
    }
}

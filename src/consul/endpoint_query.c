/* /v1/query: prepared queries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "consul/keep.h"
#include "consul/names.h"
#include "consul/prepared.h"
#include "consul/query_run.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/shapes.h"
#include "http/exchange.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

/* ---- the shape ------------------------------------------------------------------- */

static void put_query(struct buffer *out, const struct prepared_query *query)
{
    const struct prepared_version *saved = prepared_saved(query);

    shape_put(out, "{\"ID\":");
    encode_text(out, query->id);
    buffer_char(out, ',');
    size_t at = out->length;
    shape_json(out, saved->definition); /* its braces become part of ours */
    if (out->failed)
        return;
    memmove(out->data + at, out->data + at + 1, out->length - at - 1);
    out->length -= 2;
    shape_indexes(out, saved->create, saved->modify);
    buffer_char(out, '}');
}

/* ---- writes ---------------------------------------------------------------------- */

static void refuse(struct exchange *exchange, enum rollcall_status status,
                   const struct reason *why)
{
    unsigned code = status == ROLLCALL_E_NOTFOUND   ? 404
                    : status == ROLLCALL_E_NOMEM    ? 503
                    : status == ROLLCALL_E_BAD_JSON ? 400
                                                    : 500;

    exchange_text(exchange, code, "%s", reason_text(why, "out of memory"));
}

/* A query belongs to its service; a template whose service is none, to who has all. */
static bool may(const struct exchange *exchange, enum token_right right,
                const json_t *definition)
{
    const json_t *service = json_object_get(definition, "Service");
    const char *name = json_string_value(json_object_get(service, "Service"));
    char label[NAMES_LABEL_SIZE];

    if (name == NULL || name[0] == '\0')
        return exchange_may_all(exchange, right);
    name_to_label(name, label);
    return exchange_may(exchange, right, reading_namespace(exchange), label);
}

/* False: answered. */
static bool may_write(struct exchange *exchange, const char *id, const json_t *definition)
{
    struct consul *consul = exchange_owner(exchange);
    const struct prepared_query *old = prepared_find(consul->queries, id);

    if ((definition == NULL || may(exchange, RIGHT_REGISTER, definition)) &&
        (old == NULL || may(exchange, RIGHT_REGISTER, prepared_saved(old)->definition)))
        return true;
    exchange_forbid(exchange, RIGHT_REGISTER, "the service of the query");
    return false;
}

/* NULL stays NULL; what may not be seen is not there. */
static const struct prepared_query *seen(const struct exchange *exchange,
                                         const struct prepared_query *query)
{
    return query != NULL && may(exchange, RIGHT_READ, prepared_saved(query)->definition)
               ? query
               : NULL;
}

static void say_nothing(struct wish *wish)
{
    exchange_reply(wish->exchange, 200, NULL);
}

/* `id` "": a new one. */
static void write_query(struct exchange *exchange, char id[UUID_SIZE])
{
    struct consul *consul = exchange_owner(exchange);
    struct reason why = REASON_NONE;
    size_t length;
    const char *text = exchange_body(exchange, &length);
    json_t *definition = prepared_parse(text, length, &why);
    bool fresh = id[0] == '\0';

    if (definition == NULL) {
        refuse(exchange, ROLLCALL_E_BAD_JSON, &why);
        return;
    }
    struct wish *wish = !may_write(exchange, id, definition)
                            ? NULL
                            : wish_create(exchange, fresh ? wish_say : say_nothing);
    if (wish == NULL) {
        json_decref(definition);
        return;
    }
    enum rollcall_status status =
        prepared_write(consul->queries, id, definition, wish_done, wish, &why);
    if (status == ROLLCALL_E_NOTFOUND) {
        refuse(exchange, status, &why);
        free(wish);
        return;
    }
    snprintf(wish->text, sizeof wish->text, "{\"ID\":\"%s\"}", id);
    wish_sent(wish, status, &why);
}

static void post_query(struct exchange *exchange)
{
    char id[UUID_SIZE] = "";

    if (reading_datacenter(exchange))
        write_query(exchange, id);
}

/* False: answered. No id is longer, so what is cut is not found. */
static bool read_id(struct exchange *exchange, char id[UUID_SIZE])
{
    const char *text = exchange_path(exchange, "id", NULL);

    snprintf(id, UUID_SIZE, "%s", text == NULL ? "" : text);
    if (!reading_datacenter(exchange))
        return false;
    if (id[0] != '\0' && strlen(text) < UUID_SIZE)
        return true;
    exchange_text(exchange, 404, "Query not found");
    return false;
}

static void put_one(struct exchange *exchange)
{
    char id[UUID_SIZE];

    if (read_id(exchange, id))
        write_query(exchange, id);
}

static void delete_one(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);
    struct reason why = REASON_NONE;
    char id[UUID_SIZE];

    if (!read_id(exchange, id) || !may_write(exchange, id, NULL))
        return;
    struct wish *wish = wish_create(exchange, say_nothing);
    if (wish != NULL)
        wish_sent(wish, prepared_delete(consul->queries, id, wish_done, wish, &why),
                  &why);
}

/* ---- reads ----------------------------------------------------------------------- */

static bool begin_read(struct exchange *exchange, struct reading *reading)
{
    return reading_begin(exchange, reading) &&
           !reading_wait(reading, &reading->consul->keep->queries,
                         reading->consul->queries->index);
}

static void get_all(struct exchange *exchange)
{
    struct reading reading;
    const struct ordered_node *at = NULL;
    const struct prepared_query *query;
    struct buffer *out = exchange_out(exchange);

    if (!begin_read(exchange, &reading))
        return;
    buffer_char(out, '[');
    while ((query = prepared_next(reading.consul->queries, &at)) != NULL) {
        if (seen(exchange, query) == NULL)
            continue;
        shape_next(out);
        put_query(out, query);
    }
    buffer_char(out, ']');
    reading_reply(&reading, 200, reading.consul->queries->index);
}

static void get_one(struct exchange *exchange)
{
    struct reading reading;
    char id[UUID_SIZE];

    if (!read_id(exchange, id) || !begin_read(exchange, &reading))
        return;
    const struct prepared_query *query =
        seen(exchange, prepared_find(reading.consul->queries, id));
    if (query == NULL) {
        reading_headers(&reading, reading.consul->queries->index);
        exchange_text(exchange, 404, "Query not found");
        return;
    }
    struct buffer *out = exchange_out(exchange);
    buffer_char(out, '[');
    put_query(out, query);
    buffer_char(out, ']');
    reading_reply(&reading, 200, reading.consul->queries->index);
}

/* By its id or its name. NULL: answered. */
static const struct prepared_query *find_any(const struct reading *reading)
{
    const struct prepared *queries = reading->consul->queries;
    const char *text = exchange_path(reading->exchange, "id", NULL);
    const struct prepared_query *query =
        text == NULL ? NULL : prepared_find(queries, text);

    if (query == NULL && text != NULL)
        query = prepared_find_name(queries, text);
    if (query == NULL)
        exchange_text(reading->exchange, 404, "Query not found");
    return query;
}

static void get_explained(struct exchange *exchange)
{
    struct reading reading;

    if (!reading_begin(exchange, &reading))
        return;
    const struct prepared_query *query = find_any(&reading);
    if (query == NULL)
        return;
    if (seen(exchange, query) == NULL) {
        exchange_forbid(exchange, RIGHT_READ, "the service of the query");
        return;
    }
    struct buffer *out = exchange_out(exchange);
    shape_put(out, "{\"Query\":");
    put_query(out, query);
    buffer_char(out, '}');
    reading_reply(&reading, 200, reading.consul->queries->index);
}

static void get_executed(struct exchange *exchange)
{
    struct reading reading;
    uint64_t limit = 0;

    if (!reading_begin(exchange, &reading))
        return;
    const char *text = exchange_query(exchange, "limit", 0);
    if (text != NULL && text[0] != '\0' && !units_parse_u64(text, UINT32_MAX, &limit)) {
        exchange_text(exchange, 400, "Invalid limit \"%.64s\"", text);
        return;
    }
    const struct prepared_query *query = find_any(&reading);
    if (query != NULL)
        query_run(&reading, prepared_saved(query), limit);
}

/* ---- rows ----------------------------------------------------------------------- */

static const struct route_parameter where[] = {
    PARAMETER_DC,
    { .name = NULL },
};

static const struct route_parameter executes[] = {
    { "limit", "integer", "instances at most; 0: all", false },
    PARAMETER_NEAR,
    PARAMETER_DC,
    { .name = NULL },
};

const struct route consul_query_routes[] = {
    { HTTP_POST, "/v1/query", RIGHT_REGISTER, PREPARED_BODY_MAX, post_query,
      "Make a prepared query.", where, "PreparedQueryDefinition", "PreparedQueryID",
      NULL },
    { HTTP_GET, "/v1/query", RIGHT_READ, 0, get_all, "All prepared queries.", where, NULL,
      "PreparedQueries", NULL },
    { HTTP_GET, "/v1/query/{id}", RIGHT_READ, 0, get_one, "One prepared query.", where,
      NULL, "PreparedQueries", NULL },
    { HTTP_PUT, "/v1/query/{id}", RIGHT_REGISTER, PREPARED_BODY_MAX, put_one,
      "Change a prepared query.", where, "PreparedQueryDefinition", NULL, NULL },
    { HTTP_DELETE, "/v1/query/{id}", RIGHT_REGISTER, 0, delete_one,
      "Delete a prepared query.", where, NULL, NULL, NULL },
    { HTTP_GET, "/v1/query/{id}/execute", RIGHT_READ, 0, get_executed,
      "The instances that a prepared query finds now, by its id or name.", executes, NULL,
      "PreparedQueryResult", NULL },
    { HTTP_GET, "/v1/query/{id}/explain", RIGHT_READ, 0, get_explained,
      "The prepared query that a name leads to.", where, NULL, "PreparedQueryExplanation",
      NULL },
    { .path = NULL },
};

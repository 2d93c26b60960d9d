/* /v1/session: who may hold locks. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "consul/keep.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/session_body.h"
#include "consul/shapes.h"
#include "consul/sight.h"
#include "http/exchange.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

/* ---- the shape ------------------------------------------------------------------- */

static unsigned put_checks(struct buffer *out, const struct session_terms *terms,
                           bool of_service)
{
    unsigned count = 0;

    for (unsigned i = 0; i < terms->check_count; i++) {
        if (terms->checks[i].of_service != of_service)
            continue;
        buffer_char(out, count++ == 0 ? '[' : ',');
        if (of_service)
            shape_put(out, "{\"ID\":");
        encode_text(out, terms->checks[i].id);
        if (of_service)
            shape_put(out, ",\"Namespace\":\"\"}");
    }
    if (count > 0)
        buffer_char(out, ']');
    return count;
}

static void put_session(struct buffer *out, const struct session *session)
{
    const struct session_version *saved = session_saved(session);
    const struct session_terms *terms = &saved->terms;

    shape_next(out);
    shape_put(out, "{\"ID\":");
    encode_text(out, session->id);
    shape_put(out, ",\"Name\":");
    encode_text(out, terms->name);
    shape_put(out, ",\"Node\":");
    encode_text(out, terms->node);
    shape_put(out, ",\"LockDelay\":");
    encode_number(out, (uint64_t)terms->lock_delay_ns);
    shape_put(out, ",\"Behavior\":");
    encode_text(out, terms->remove ? "delete" : "release");
    shape_put(out, ",\"TTL\":");
    encode_text(out, terms->ttl);
    shape_put(out, ",\"NodeChecks\":");
    if (put_checks(out, terms, false) == 0)
        shape_put(out, "[]");
    shape_put(out, ",\"ServiceChecks\":");
    if (put_checks(out, terms, true) == 0)
        shape_put(out, "null");
    shape_indexes(out, saved->create, saved->modify);
    buffer_char(out, '}');
}

_Static_assert((int)SESSION_MAKER_SIZE == (int)TOKEN_OCTETS, "a maker is a token");

/* ---- writes ---------------------------------------------------------------------- */

static void refuse(struct exchange *exchange, enum rollcall_status status,
                   const struct reason *why)
{
    if (status == ROLLCALL_E_NOMEM)
        exchange_text(exchange, 503, "out of memory");
    else
        exchange_text(exchange, status == ROLLCALL_E_BAD_JSON ? 400 : 500, "%s",
                      why->text);
}

static void begin_session(struct exchange *exchange, struct session_body *body)
{
    struct consul *consul = exchange_owner(exchange);
    struct reason why = REASON_NONE;
    char id[SESSION_ID_SIZE] = "";

    if (body->terms.node[0] == '\0' ||
        strcasecmp(body->terms.node, consul->node.name) == 0)
        body->terms.node = consul->node.name;
    exchange_maker(exchange, body->terms.maker);
    struct wish *wish = wish_create(exchange, wish_say);
    if (wish == NULL)
        return;
    enum rollcall_status status = sessions_begin(
        consul->sessions, &body->terms, clock_monotonic_ms(), id, wish_done, wish, &why);
    snprintf(wish->text, sizeof wish->text, "{\"ID\":\"%s\"}", id);
    wish_sent(wish, status, &why);
    keep_rearm(consul);
}

static void put_create(struct exchange *exchange)
{
    struct reason why = REASON_NONE;
    size_t length;
    const char *text = exchange_body(exchange, &length);
    struct session_body body;

    if (!reading_datacenter(exchange))
        return;
    enum rollcall_status status = session_body_parse(text, length, &body, &why);
    if (status != ROLLCALL_OK) {
        refuse(exchange, status, &why);
        return;
    }
    begin_session(exchange, &body);
    session_body_deinit(&body);
}

/* What no session can be called is none. False: answered. */
static bool read_id(struct exchange *exchange, const char **out)
{
    size_t length = 0;

    *out = exchange_path(exchange, "id", &length);
    if (*out != NULL && length > 0)
        return true;
    exchange_text(exchange, 400, "Missing session");
    return false;
}

/* What is known of it; NULL: nothing. */
static const struct session_terms *terms_of(const struct session *session)
{
    const struct session_version *version = session_latest(session) != NULL
                                                ? session_latest(session)
                                                : session_saved(session);

    return version == NULL ? NULL : &version->terms;
}

/* Who made it, and who may operate on all; one of nobody, everybody who may register. */
static bool is_theirs(const struct exchange *exchange, const struct session *session)
{
    const struct session_terms *terms = terms_of(session);

    return terms == NULL || !exchange_is_owned(exchange, terms->maker) ||
           exchange_made(exchange, terms->maker) ||
           exchange_may_all(exchange, RIGHT_OPERATE);
}

static bool may_write_all(const struct exchange *exchange, const struct session *session)
{
    list_for_each (at, &session->held) {
        const struct kv_key *key = list_entry(at, struct kv_key, holding);
        if (!exchange_may_key(exchange, RIGHT_REGISTER, key->key, key->length))
            return false;
    }
    return true;
}

static void refuse_other(struct exchange *exchange)
{
    exchange_text(exchange, 403,
                  "Permission denied: another token made this session (needs that token, "
                  "or the right operate on \"*\")");
}

/* It would free the keys that the session holds, or delete them: who may write all of
 * them may do that anyway. False: answered. */
static bool may_end(struct exchange *exchange, const struct session *session)
{
    if (session == NULL || terms_of(session) == NULL)
        return true;
    bool owned = exchange_is_owned(exchange, terms_of(session)->maker);
    if (owned && is_theirs(exchange, session))
        return true;
    if (!may_write_all(exchange, session)) {
        exchange_forbid(exchange, RIGHT_REGISTER, "keys of the session");
        return false;
    }
    if (!owned || !list_empty(&session->held))
        return true;
    refuse_other(exchange);
    return false;
}

static void put_destroy(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);
    struct reason why = REASON_NONE;
    const char *id;

    if (!reading_datacenter(exchange) || !read_id(exchange, &id) ||
        !may_end(exchange, sessions_get(consul->sessions, id)))
        return;
    struct wish *wish = wish_create(exchange, wish_say);
    if (wish == NULL)
        return;
    strcpy(wish->text, "true");
    enum rollcall_status status = sessions_end(consul->sessions, id, clock_monotonic_ms(),
                                               clock_wall_ms(), wish_done, wish, &why);
    wish_sent(wish, status, &why);
    keep_rearm(consul);
}

static void put_renew(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);
    const char *id;

    if (!reading_datacenter(exchange) || !read_id(exchange, &id))
        return;
    const struct session *session = sessions_get(consul->sessions, id);
    if (session != NULL && !is_theirs(exchange, session)) {
        refuse_other(exchange);
        return;
    }
    session = sessions_renew(consul->sessions, id, clock_monotonic_ms());
    if (session == NULL) {
        exchange_text(exchange, 404, "Session id '%.64s' not found", id);
        return;
    }
    keep_rearm(consul);
    buffer_char(out, '[');
    put_session(out, session);
    buffer_char(out, ']');
    exchange_reply(exchange, 200, HTTP_JSON);
}

/* ---- reads ----------------------------------------------------------------------- */

/* Of the sessions that it sees: who does not see all sees some by the keys they hold. */
static uint64_t index_of(const struct reading *reading)
{
    const struct sessions *sessions = reading->consul->sessions;

    return sight_is_whole(reading->exchange) || sessions->index > sessions->locks
               ? sessions->index
               : sessions->locks;
}

static bool begin_read(struct exchange *exchange, struct reading *reading)
{
    return reading_begin(exchange, reading) &&
           !reading_wait(reading, &reading->consul->keep->sessions, index_of(reading));
}

static void get_info(struct exchange *exchange)
{
    struct reading reading;
    const char *id;

    if (!read_id(exchange, &id) || !begin_read(exchange, &reading))
        return;
    const struct session *session = sessions_get(reading.consul->sessions, id);
    struct buffer *out = exchange_out(exchange);
    buffer_char(out, '[');
    if (session != NULL && session_saved(session) != NULL &&
        sight_session(exchange, session))
        put_session(out, session);
    buffer_char(out, ']');
    reading_reply(&reading, 200, index_of(&reading));
}

/* Of that node, or of all (NULL). */
static void say_list(const struct reading *reading, const char *node)
{
    const struct sessions *sessions = reading->consul->sessions;
    struct buffer *out = exchange_out(reading->exchange);
    const struct ordered_node *at = NULL;
    const struct session *session;

    buffer_char(out, '[');
    while ((session = sessions_next(sessions, &at)) != NULL)
        if ((node == NULL || strcasecmp(session_saved(session)->terms.node, node) == 0) &&
            sight_session(reading->exchange, session))
            put_session(out, session);
    buffer_char(out, ']');
    reading_reply(reading, 200, index_of(reading));
}

static void get_list(struct exchange *exchange)
{
    struct reading reading;

    if (begin_read(exchange, &reading))
        say_list(&reading, NULL);
}

static void get_node(struct exchange *exchange)
{
    struct reading reading;
    size_t length = 0;
    const char *node = exchange_path(exchange, "node", &length);

    if (node == NULL || length == 0)
        exchange_text(exchange, 400, "Missing node name");
    else if (begin_read(exchange, &reading))
        say_list(&reading, node);
}

/* ---- rows ----------------------------------------------------------------------- */

static const struct route_parameter where[] = {
    PARAMETER_DC,
    { .name = NULL },
};

static const struct route_parameter reads[] = {
    PARAMETER_DC,
    PARAMETER_INDEX,
    PARAMETER_WAIT,
    { .name = NULL },
};

const struct route consul_session_routes[] = {
    { HTTP_PUT, "/v1/session/create", RIGHT_REGISTER, SESSION_BODY_MAX, put_create,
      "Begin a session.", where, "SessionDefinition", "SessionID", NULL },
    { HTTP_PUT, "/v1/session/destroy/{id...}", RIGHT_REGISTER, 0, put_destroy,
      "End a session and with it its locks.", where, NULL, "Boolean", NULL },
    { HTTP_PUT, "/v1/session/renew/{id...}", RIGHT_REGISTER, 0, put_renew,
      "Let the TTL of a session begin anew.", where, NULL, "Sessions", NULL },
    { HTTP_GET, "/v1/session/info/{id...}", RIGHT_READ, 0, get_info, "One session.",
      reads, NULL, "Sessions", NULL },
    { HTTP_GET, "/v1/session/node/{node...}", RIGHT_READ, 0, get_node,
      "The sessions of a node.", reads, NULL, "Sessions", NULL },
    { HTTP_GET, "/v1/session/list", RIGHT_READ, 0, get_list, "All sessions.", reads, NULL,
      "Sessions", NULL },
    { .path = NULL },
};

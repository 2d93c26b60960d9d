#include "consul/agent.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "consul/annex.h"
#include "consul/body.h"
#include "consul/check_ids.h"
#include "consul/node_checks.h"
#include "consul/reading.h"
#include "http/server.h"
#include "model/check_schema.h"

/* --- What was asked. */

bool agent_path(struct exchange *exchange, const char *parameter, const char *missing,
                char out[AGENT_ID_SIZE])
{
    size_t length = 0;
    const char *text = exchange_path(exchange, parameter, &length);

    if (text == NULL || length == 0) {
        exchange_text(exchange, 400, "%s", missing);
        return false;
    }
    if (length >= AGENT_ID_SIZE) {
        exchange_text(exchange, 400, "The id is too long (limit: %d octets)",
                      AGENT_ID_SIZE - 1);
        return false;
    }
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

bool agent_enable(struct exchange *exchange, bool *out)
{
    const char *text = exchange_query(exchange, "enable", 0);

    if (text == NULL || text[0] == '\0')
        exchange_text(exchange, 400, "Missing value for enable");
    else if (!body_parse_flag(text, out))
        exchange_text(exchange, 400, "Invalid value for enable: \"%.40s\"", text);
    else
        return true;
    return false;
}

json_t *agent_body(struct exchange *exchange)
{
    struct reason why = REASON_NONE;
    size_t length = 0;
    const char *text = exchange_body(exchange, &length);
    json_t *body = body_parse(text, length, &why);

    if (body == NULL)
        exchange_text(exchange, 400, "%s", why.text);
    return body;
}

/* --- What became of it. */

static unsigned status_of(enum rollcall_status status)
{
    switch (status) {
    case ROLLCALL_E_NOTFOUND:
        return 404;
    case ROLLCALL_E_UNAUTHORIZED:
        return 403;
    case ROLLCALL_E_CONFLICT:
        return 409;
    case ROLLCALL_E_LIMIT:
    case ROLLCALL_E_UNAVAILABLE:
    case ROLLCALL_E_NOMEM:
        return 503;
    case ROLLCALL_E_INTERNAL:
        return 500;
    default:
        return 400;
    }
}

void agent_refuse(struct exchange *exchange, enum rollcall_status status,
                  const struct reason *why)
{
    const char *text = reason_text(why, rollcall_status_text(status));

    if (status == ROLLCALL_E_UNAUTHORIZED && why != NULL && strcmp(why->field, "id") == 0)
        text = "the Unix socket registered it; needs the right operate"; /* no uids */
    if (status == ROLLCALL_E_UNAUTHORIZED)
        exchange_text(exchange, 403, "Permission denied: %s", text);
    else
        exchange_text(exchange, status_of(status), "%s", text);
}

void agent_refuse_body(struct exchange *exchange, enum rollcall_status status,
                       const struct reason *why)
{
    if (status == ROLLCALL_E_UNAUTHORIZED)
        exchange_text(exchange, 500, "%s", why->text);
    else
        agent_refuse(exchange, status, why);
}

void agent_done(void *context, enum rollcall_status status,
                const struct registry_reply *reply, const struct reason *why)
{
    struct exchange *exchange = context;

    (void)reply;
    if (status == ROLLCALL_OK)
        exchange_reply(exchange, 200, NULL);
    else
        agent_refuse(exchange, status, why);
}

bool agent_answered(struct exchange *exchange)
{
    int64_t due;

    if (!exchange_waited(exchange, &due))
        return false;
    exchange_reply(exchange, 200, NULL);
    return true;
}

void agent_reply_published(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);

    exchange_wait(exchange, &consul->published, clock_monotonic_ms());
    topic_wake(&consul->published);
}

/* --- Whose it is. */

static bool is_ours(const struct rollcall_instance *is)
{
    struct annex annex;

    if (is->annex == NULL)
        return true;
    annex_read(&annex, is);
    bool ours = annex.node.name == NULL;
    annex_deinit(&annex);
    return ours;
}

struct instance *agent_latest(const struct consul *consul, const char *id)
{
    const struct instance *latest = registry_latest(consul->registry, id);

    return latest != NULL && is_ours(&latest->is) ? (struct instance *)latest : NULL;
}

struct entry *agent_entry(const struct consul *consul, const char *id)
{
    struct entry *entry = registry_find(consul->registry, id);

    return entry != NULL && is_ours(&entry->instance->is) ? entry : NULL;
}

bool agent_may(struct exchange *exchange, enum token_right right,
               const struct rollcall_instance *is)
{
    if (exchange_may(exchange, right, is->namespace_name, is->service))
        return true;
    exchange_forbid(exchange, right, is->service);
    return false;
}

bool agent_may_operate(struct exchange *exchange, const struct entry *entry)
{
    const struct rollcall_instance *is = &entry->instance->is;

    if (entry->owner == HTTP_UID &&
        exchange_may(exchange, RIGHT_REGISTER, is->namespace_name, is->service))
        return true;
    return agent_may(exchange, RIGHT_OPERATE, is);
}

/* --- Maintenance. */

bool agent_is_maintained(const struct entry *entry)
{
    return entry->standing != NULL && entry->standing->override == OVERRIDE_DOWN;
}

void agent_maintain(struct exchange *exchange, const struct entry *entry, bool on,
                    const char *reason)
{
    struct consul *consul = exchange_owner(exchange);
    const struct requester who = exchange_requester(exchange);
    const struct override_request asked = {
        .id = entry->id,
        .state = on ? OVERRIDE_DOWN : OVERRIDE_NONE,
        .note = reason == NULL || reason[0] == '\0' ? NULL : reason,
    };
    struct reason why = REASON_NONE;

    if (agent_is_maintained(entry) == on) {
        exchange_reply(exchange, 200, NULL);
        return;
    }
    exchange_defer(exchange);
    enum rollcall_status status =
        registry_override(consul->registry, &asked, &who, clock_monotonic_ms(),
                          clock_wall_ms(), agent_done, exchange, &why);
    if (status != ROLLCALL_OK)
        agent_refuse(exchange, status, &why);
}

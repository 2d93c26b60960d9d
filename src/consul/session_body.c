#include "consul/session_body.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "consul/annex.h"
#include "consul/body.h"

static const int64_t second = 1000 * 1000 * 1000;

enum {
    LOCK_DELAY_DEFAULT = 15, /* s */
    SMALL_NUMBER = 1000,     /* less is seconds, not nanoseconds */
    TTL_LEAST = 10,          /* s */
    TTL_MOST = 86400
};

/* A reader's fault is one of form. */
static enum rollcall_status read_names(struct session_body *out,
                                       struct body_reader *reader, const char **behaviour)
{
    struct session_terms *terms = &out->terms;

    (void)body_text(reader, "Name", &terms->name);
    (void)body_text(reader, "Node", &terms->node);
    (void)body_text(reader, "Behavior", behaviour);
    if (!reader->failed && strlen(terms->name) <= SESSION_TEXT_MAX)
        return ROLLCALL_OK;
    if (!reader->failed)
        reason_set(reader->why, "Session name is too long (limit: %d octets)",
                   SESSION_TEXT_MAX);
    return ROLLCALL_E_BAD_JSON;
}

static enum rollcall_status read_behaviour(struct session_body *out, const char *word,
                                           struct reason *why)
{
    out->terms.remove = strcmp(word, "delete") == 0;
    if (out->terms.remove || word[0] == '\0' || strcmp(word, "release") == 0)
        return ROLLCALL_OK;
    reason_set(why, "Invalid Behavior setting '%.64s'", word);
    return ROLLCALL_E_INVALID;
}

/* Numbers below 1000 are seconds: what "15" meant to its first users. */
static enum rollcall_status read_lock_delay(struct session_body *out, const json_t *value,
                                            struct reason *why)
{
    int64_t *delay = &out->terms.lock_delay_ns;

    *delay = LOCK_DELAY_DEFAULT * second;
    if (value == NULL)
        return ROLLCALL_OK;
    if (json_is_integer(value)) {
        *delay = json_integer_value(value);
        if (*delay < SMALL_NUMBER)
            *delay *= second;
    } else if (!json_is_string(value) ||
               !body_parse_duration(json_string_value(value), delay)) {
        reason_set(why, "Request decode failed: LockDelay is no duration");
        return ROLLCALL_E_BAD_JSON;
    }
    if (*delay < 0)
        *delay = 0;
    return ROLLCALL_OK;
}

static enum rollcall_status parse_ttl(struct session_body *out, struct reason *why)
{
    struct session_terms *terms = &out->terms;

    if (!body_parse_duration(terms->ttl, &terms->ttl_ns) || strlen(terms->ttl) > 64) {
        reason_set(why, "Session TTL '%.64s' invalid: time: invalid duration",
                   terms->ttl);
        return ROLLCALL_E_INVALID;
    }
    if (terms->ttl_ns == 0 ||
        (terms->ttl_ns >= TTL_LEAST * second && terms->ttl_ns <= TTL_MOST * second))
        return ROLLCALL_OK;
    reason_set(why, "Invalid Session TTL '%" PRId64 "', must be between [10s=24h0m0s]",
               terms->ttl_ns);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status read_ttl(struct session_body *out, const json_t *value,
                                     struct reason *why)
{
    if (value == NULL)
        return ROLLCALL_OK;
    if (json_is_integer(value)) {
        annex_print_duration(json_integer_value(value), out->ttl);
        out->terms.ttl = out->ttl;
    } else if (json_is_string(value)) {
        out->terms.ttl = json_string_value(value);
    } else {
        reason_set(why, "Request decode failed: TTL must be a string, not %s",
                   body_type_word(value));
        return ROLLCALL_E_BAD_JSON;
    }
    return out->terms.ttl[0] == '\0' ? ROLLCALL_OK : parse_ttl(out, why);
}

/* "service:web", or {"ID":"service:web"}. */
static const char *check_id(const json_t *value)
{
    const json_t *id = json_is_object(value) ? body_member(value, "ID") : value;

    return id != NULL && json_is_string(id) ? json_string_value(id) : NULL;
}

static enum rollcall_status read_checks(struct session_body *out, const json_t *list,
                                        const char *name, struct reason *why)
{
    struct session_terms *terms = &out->terms;
    bool of_service = strcmp(name, "ServiceChecks") == 0;
    const json_t *value;
    size_t index;

    if (list == NULL)
        return ROLLCALL_OK;
    if (!json_is_array(list)) {
        reason_set(why, "Request decode failed: %s must be a list", name);
        return ROLLCALL_E_BAD_JSON;
    }
    json_array_foreach((json_t *)list, index, value)
    {
        const char *id = check_id(value);
        if (id == NULL || strlen(id) > SESSION_TEXT_MAX ||
            terms->check_count == SESSION_CHECKS_MAX) {
            reason_set(why, "Request decode failed: %s: %s", name,
                       terms->check_count == SESSION_CHECKS_MAX ? "too many (limit: 64)"
                                                                : "want ids of checks");
            return ROLLCALL_E_BAD_JSON;
        }
        out->checks[terms->check_count++] =
            (struct session_check){ .id = id, .of_service = of_service };
    }
    return ROLLCALL_OK;
}

static enum rollcall_status read_all_checks(struct session_body *out, struct reason *why)
{
    const char *name = "NodeChecks";
    const json_t *of_node = body_member(out->root, name);

    if (of_node == NULL)
        of_node = body_member(out->root, name = "Checks");
    if (of_node == NULL)
        out->checks[out->terms.check_count++] =
            (struct session_check){ .id = "serfHealth" };
    enum rollcall_status status = read_checks(out, of_node, name, why);
    if (status == ROLLCALL_OK)
        status = read_checks(out, body_member(out->root, "ServiceChecks"),
                             "ServiceChecks", why);
    return status;
}

static enum rollcall_status read_all(struct session_body *out, struct reason *why)
{
    struct body_reader reader = { .object = out->root, .why = why };
    const char *behaviour = "";
    enum rollcall_status status = read_names(out, &reader, &behaviour);

    if (status == ROLLCALL_OK)
        status = read_behaviour(out, behaviour, why);
    if (status == ROLLCALL_OK)
        status = read_lock_delay(out, body_member(out->root, "LockDelay"), why);
    if (status == ROLLCALL_OK)
        status = read_ttl(out, body_member(out->root, "TTL"), why);
    return status == ROLLCALL_OK ? read_all_checks(out, why) : status;
}

enum rollcall_status session_body_parse(const char *text, size_t length,
                                        struct session_body *out, struct reason *why)
{
    *out = (struct session_body){ .terms = { .name = "", .node = "", .ttl = "" } };
    out->terms.checks = out->checks;
    out->root = length == 0 ? json_object() : body_parse(text, length, why);
    if (out->root == NULL)
        return ROLLCALL_E_BAD_JSON;
    enum rollcall_status status = read_all(out, why);
    if (status != ROLLCALL_OK)
        session_body_deinit(out);
    return status;
}

void session_body_deinit(struct session_body *body)
{
    json_decref(body->root);
    body->root = NULL;
}

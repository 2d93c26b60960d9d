/* The body of a service: read. */
#include <string.h>

#include "consul/defining.h"
#include "consul/opaque.h"

/* Strings only; null is "". */
static bool texts_only(const char *of, const char *name, const json_t *value,
                       struct reason *why)
{
    if (value == NULL || json_is_string(value) || json_is_null(value))
        return true;
    reason_set(why, "Request decode failed: %s%.40s must be a string, not %s", of, name,
               body_type_word(value));
    return false;
}

static bool decode_lists(const struct service_body *body, struct reason *why)
{
    const char *key;
    json_t *value;

    for (size_t i = 0; i < json_array_size(body->tags); i++)
        if (!texts_only("a tag", "", json_array_get(body->tags, i), why))
            return false;
    json_object_foreach((json_t *)body->meta, key,
                        value) if (!texts_only("Meta.", key, value, why)) return false;
    return true;
}

static bool decode_tagged(const json_t *tagged, struct reason *why)
{
    const char *key, *address = "";
    json_t *value;
    int64_t port = 0;

    json_object_foreach((json_t *)tagged, key, value)
    {
        struct body_reader reader = { .object = value, .why = why };
        if (!json_is_object(value)) {
            reason_set(why,
                       "Request decode failed: tagged address \"%.20s\" must be an "
                       "object",
                       key);
            return false;
        }
        (void)body_text(&reader, "Address", &address);
        (void)body_integer(&reader, "Port", &port);
        if (reader.failed)
            return false;
    }
    return true;
}

/* One of Check or Checks; an empty one or null is none. */
static enum rollcall_status decode_check(struct service_body *body, const json_t *value,
                                         struct reason *why)
{
    bool said = false;
    const char *key;
    json_t *member;

    if (value == NULL || json_is_null(value))
        return ROLLCALL_OK;
    if (!json_is_object(value)) {
        reason_set(why, "Request decode failed: a check must be an object, not %s",
                   body_type_word(value));
        return ROLLCALL_E_INVALID;
    }
    json_object_foreach((json_t *)value, key, member) said =
        said || !json_is_null(member);
    if (!said)
        return ROLLCALL_OK;
    if (body->check_count == MODEL_CHECKS_MAX) {
        reason_set(why, "Invalid check: a service has at most %d checks",
                   MODEL_CHECKS_MAX);
        return ROLLCALL_E_INVALID;
    }
    return check_body_decode(value, &body->inline_checks[body->check_count++], why);
}

static enum rollcall_status decode_checks(struct service_body *body, struct reason *why)
{
    enum rollcall_status status = decode_check(body, body->check, why);

    for (size_t i = 0; status == ROLLCALL_OK && i < json_array_size(body->checks); i++)
        status = decode_check(body, json_array_get(body->checks, i), why);
    return status;
}

static void decode_members(struct body_reader *reader, struct service_body *body,
                           const char *name)
{
    (void)body_text(reader, "ID", &body->id);
    (void)body_text(reader, name, &body->name);
    (void)body_array(reader, "Tags", &body->tags);
    (void)body_text(reader, "Address", &body->address);
    (void)body_integer(reader, "Port", &body->port);
    (void)body_text(reader, "SocketPath", &body->socket_path);
    (void)body_object(reader, "TaggedAddresses", &body->tagged);
    (void)body_object(reader, "Meta", &body->meta);
    (void)body_object(reader, "Check", &body->check);
    (void)body_array(reader, "Checks", &body->checks);
    (void)body_object(reader, "Weights", &body->weights);
    (void)body_flag(reader, "EnableTagOverride", &body->tag_override);
    (void)body_text(reader, "Kind", &body->kind);
    (void)body_object(reader, "Proxy", &body->proxy);
    (void)body_object(reader, "Connect", &body->connect);
    (void)body_object(reader, "Locality", &body->locality);
}

static bool admit_opaque(const struct service_body *body, struct reason *why)
{
    return opaque_admit(OPAQUE_PROXY, body->proxy, why) &&
           opaque_admit(OPAQUE_CONNECT, body->connect, why) &&
           opaque_admit(OPAQUE_LOCALITY, body->locality, why);
}

enum rollcall_status service_body_decode(const json_t *object, bool outside,
                                         struct service_body *body, struct reason *why)
{
    struct body_reader reader = { .object = object, .why = why };

    *body = (struct service_body){
        .id = "", .name = "", .address = "", .socket_path = "", .kind = ""
    };
    decode_members(&reader, body, outside ? "Service" : "Name");
    struct body_reader weights = { .object = body->weights, .why = why };
    if (!reader.failed) {
        (void)body_integer(&weights, "Passing", &body->passing);
        (void)body_integer(&weights, "Warning", &body->warning);
    }
    if (reader.failed || weights.failed || !decode_lists(body, why) ||
        !decode_tagged(body->tagged, why) || !admit_opaque(body, why))
        return ROLLCALL_E_INVALID;
    if (outside) /* its checks stand beside it, not in it */
        return ROLLCALL_OK;
    return decode_checks(body, why);
}

/* proto/decode_instance.c - an instance, a row per field. */
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/units.h"
#include "model/instance.h"
#include "proto/decoder.h"

enum {
    TEXT_MAX = 255,
    DNS_TTL_MAX = INT32_MAX /* RFC 2181 §8 */
};
#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* A literal into the decoder's array. False: it is none. */
static bool take_literal(struct decoder *decoder, const char *text)
{
    struct rollcall_instance *is = &decoder->draft.is;

    if (!address_parse_ip(text, &decoder->addresses[is->address_count]))
        return false;
    is->addresses = decoder->addresses;
    is->address_count++;
    return true;
}

/* What has a colon, or nothing but digits and dots, was meant to be an address. */
static bool looks_like_literal(const char *text)
{
    return strchr(text, ':') != NULL || text[strspn(text, "0123456789.")] == '\0';
}

/* The one entry of `address` or `addresses` may be a host name instead. */
static enum rollcall_status take_address(struct decoder *decoder,
                                         const struct json_field *field, json_t *value,
                                         bool host_allowed, struct reason *why)
{
    const struct json_field as_host = { field->name, NULL, 0, 1, 254, false };
    const char *allowed = host_allowed ? "an IPv4 or IPv6 literal, or a host name"
                                       : "IPv4 and IPv6 literals, or one host name alone";

    if (!json_is_string(value))
        return json_refuse(why, field->name, value, allowed);
    if (take_literal(decoder, json_string_value(value)))
        return ROLLCALL_OK;
    if (!host_allowed || looks_like_literal(json_string_value(value)))
        return json_refuse(why, field->name, value, allowed);
    return json_name(decoder, &as_host, value, &decoder->draft.is.host, why);
}

static enum rollcall_status decode_address(struct decoder *decoder,
                                           const struct json_field *field, json_t *value,
                                           void *into, struct reason *why)
{
    (void)into;
    decoder->draft.has_address = true;
    return take_address(decoder, field, value, true, why);
}

static enum rollcall_status decode_addresses(struct decoder *decoder,
                                             const struct json_field *field,
                                             json_t *value, void *into,
                                             struct reason *why)
{
    size_t count = json_array_size(value);
    char place[32];

    (void)into;
    decoder->draft.has_addresses = true;
    if (!json_is_array(value) || count == 0 || count > MODEL_ADDRESSES_MAX)
        return json_refuse(why, field->name, value, "a list of 1 to 16 addresses");
    for (size_t i = 0; i < count; i++) {
        snprintf(place, sizeof place, "%s[%zu]", field->name, i);
        const struct json_field entry = { place, NULL, 0, 0, 0, false };
        enum rollcall_status status =
            take_address(decoder, &entry, json_array_get(value, i), count == 1, why);
        if (status != ROLLCALL_OK)
            return status;
    }
    return ROLLCALL_OK;
}

static enum rollcall_status decode_protocol(struct decoder *decoder,
                                            const struct json_field *field, json_t *value,
                                            void *into, struct reason *why)
{
    const struct json_field text = { field->name, NULL, 0, 1, 8, false };
    const char *word = NULL;
    enum rollcall_status status = ROLLCALL_E_INVALID;

    if (json_is_string(value))
        status = json_name(decoder, &text, value, &word, why);
    if (status != ROLLCALL_OK || !protocol_parse(word, into))
        return json_refuse(why, field->name, value, "tcp, udp, sctp or dccp");
    return ROLLCALL_OK;
}

static const struct json_field port_fields[] = {
    { PROTO_PORT, json_u16, offsetof(struct rollcall_port, number), 0, 65535, true },
    { PROTO_PROTOCOL, decode_protocol, offsetof(struct rollcall_port, protocol), 0, 0,
      false },
    { 0 },
};

/* "http": 80, or "http": {"port": 80, "protocol": "tcp"}. */
static enum rollcall_status take_port(struct decoder *decoder, const char *name,
                                      json_t *value, struct rollcall_port *port,
                                      struct reason *why)
{
    const struct json_field *const tables[] = { port_fields, NULL };
    const struct json_field plain = { name, NULL, 0, 0, 65535, false };

    memset(port, 0, sizeof *port);
    port->name = decoder_fold(decoder, name);
    if (port->name == NULL)
        return ROLLCALL_E_TOO_LONG;
    if (json_is_integer(value))
        return json_u16(decoder, &plain, value, &port->number, why);
    if (!json_is_object(value))
        return json_refuse(why, name, value,
                           "a number from 0 to 65535, or {\"port\": 80, "
                           "\"protocol\": \"tcp\"}");
    enum rollcall_status status = json_members(decoder, value, tables, port, why);
    if (status != ROLLCALL_OK)
        reason_prefix(why, name);
    return status;
}

static enum rollcall_status decode_ports(struct decoder *decoder,
                                         const struct json_field *field, json_t *value,
                                         void *into, struct reason *why)
{
    struct rollcall_instance *is = &decoder->draft.is;
    const char *name;
    json_t *port;

    (void)into;
    if (!json_is_object(value) || json_object_size(value) > MODEL_PORTS_MAX)
        return json_refuse(why, field->name, value,
                           "an object of up to 64 names, each a number or "
                           "{\"port\": 80, \"protocol\": \"tcp\"}");
    json_object_foreach(value, name, port)
    {
        enum rollcall_status status =
            take_port(decoder, name, port, &decoder->ports[is->port_count], why);
        if (status != ROLLCALL_OK) {
            reason_prefix(why, field->name);
            return status;
        }
        is->port_count++;
    }
    is->ports = decoder->ports;
    return ROLLCALL_OK;
}

static enum rollcall_status decode_tags(struct decoder *decoder,
                                        const struct json_field *field, json_t *value,
                                        void *into, struct reason *why)
{
    struct rollcall_instance *is = &decoder->draft.is;
    size_t count = json_array_size(value);
    char place[32];

    (void)into;
    if (!json_is_array(value) || count > MODEL_TAGS_MAX)
        return json_refuse(why, field->name, value, "a list of up to 64 strings");
    for (size_t i = 0; i < count; i++) {
        json_t *tag = json_array_get(value, i);
        if (!json_is_string(tag)) {
            snprintf(place, sizeof place, "%s[%zu]", field->name, i);
            return json_refuse(why, place, tag, "a string");
        }
        decoder->tags[i] = json_string_value(tag);
    }
    is->tags = decoder->tags;
    is->tag_count = (uint16_t)count;
    return ROLLCALL_OK;
}

static enum rollcall_status decode_meta(struct decoder *decoder,
                                        const struct json_field *field, json_t *value,
                                        void *into, struct reason *why)
{
    struct rollcall_instance *is = &decoder->draft.is;
    const char *key;
    json_t *text;

    (void)into;
    if (!json_is_object(value) || json_object_size(value) > MODEL_META_MAX)
        return json_refuse(why, field->name, value, "an object of up to 64 strings");
    json_object_foreach(value, key, text)
    {
        if (!json_is_string(text)) {
            enum rollcall_status status = json_refuse(why, key, text, "a string");
            reason_prefix(why, field->name);
            return status;
        }
        unsigned at = is->meta_count++;
        for (; at > 0 && strcmp(decoder->meta[at - 1].key, key) > 0; at--)
            decoder->meta[at] = decoder->meta[at - 1];
        decoder->meta[at] = (struct rollcall_pair){ key, json_string_value(text) };
    }
    is->meta = decoder->meta;
    return ROLLCALL_OK;
}

static enum rollcall_status decode_ttl(struct decoder *decoder,
                                       const struct json_field *field, json_t *value,
                                       void *into, struct reason *why)
{
    const struct json_field range = {
        field->name, NULL, 0, 0, INT64_C(1000) * DNS_TTL_MAX, false
    };
    uint64_t ms = 0;
    enum rollcall_status status = json_ms64(decoder, &range, value, &ms, why);

    if (status != ROLLCALL_OK)
        return status;
    if (ms % 1000 != 0)
        return json_refuse(why, field->name, value,
                           "whole seconds, like \"5s\" (DNS counts TTLs in seconds)");
    *(uint32_t *)into = (uint32_t)(ms / 1000);
    return ROLLCALL_OK;
}

struct lease_draft {
    uint64_t ttl;
    uint64_t grace;
    uint32_t pid;
    bool connection;
};

static const struct json_field lease_fields[] = {
    { PROTO_TTL, json_ms64, offsetof(struct lease_draft, ttl), 100, 366 * DAY_MS, false },
    { PROTO_CONNECTION, json_flag, offsetof(struct lease_draft, connection), 0, 0,
      false },
    { PROTO_GRACE, json_ms64, offsetof(struct lease_draft, grace), 0, DAY_MS, false },
    { PROTO_PID, json_u32, offsetof(struct lease_draft, pid), 1, INT32_MAX, false },
    { 0 },
};

static enum rollcall_status decode_lease(struct decoder *decoder,
                                         const struct json_field *field, json_t *value,
                                         void *into, struct reason *why)
{
    static const char forms[] = "{\"ttl\": \"10s\"}, {\"connection\": true, "
                                "\"grace\": \"0s\"} or {\"pid\": 1234}";
    const struct json_field *const tables[] = { lease_fields, NULL };
    struct lease_draft draft = { 0 };
    struct rollcall_lease *lease = into;

    if (!json_is_object(value))
        return json_refuse(why, field->name, value, forms);
    enum rollcall_status status = json_members(decoder, value, tables, &draft, why);
    if (status != ROLLCALL_OK) {
        reason_prefix(why, field->name);
        return status;
    }
    if ((draft.ttl != 0) + draft.connection + (draft.pid != 0) != 1 ||
        (json_object_get(value, PROTO_GRACE) != NULL && !draft.connection))
        return json_refuse(why, field->name, value, forms);
    if (draft.ttl != 0)
        *lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_TTL, .ms = draft.ttl };
    else if (draft.connection)
        *lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_CONNECTION,
                                          .ms = draft.grace };
    else
        *lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_PID,
                                          .pid = (int32_t)draft.pid };
    return ROLLCALL_OK;
}

/* "all", "any", or how many. */
static enum rollcall_status decode_require(struct decoder *decoder,
                                           const struct json_field *field, json_t *value,
                                           void *into, struct reason *why)
{
    const char *word = json_string_value(value);
    uint16_t number = 0;
    enum rollcall_status status = ROLLCALL_OK;

    if (json_is_integer(value))
        status = json_u16(decoder, field, value, &number, why);
    else if (word != NULL && strcmp(word, "any") == 0)
        number = 1;
    else if (word == NULL || strcmp(word, "all") != 0)
        status = json_refuse(why, field->name, value,
                             "\"all\", \"any\", or how many checks must be well");
    *(uint8_t *)into = (uint8_t)number;
    return status;
}

static enum rollcall_status decode_status(struct decoder *decoder,
                                          const struct json_field *field, json_t *value,
                                          void *into, struct reason *why)
{
    decoder->draft.has_status = true;
    return json_health(decoder, field, value, into, why);
}

#define IS(member) offsetof(struct instance_draft, is.member)

static const struct json_field instance_fields[] = {
    { PROTO_SERVICE, json_name, IS(service), 1, 63, true },
    { PROTO_NAMESPACE, json_name, IS(namespace_name), 1, 63, false },
    { PROTO_ID, json_text, IS(id), 1, MODEL_ID_MAX, false },
    { PROTO_ADDRESS, decode_address, 0, 0, 0, false },
    { PROTO_ADDRESSES, decode_addresses, 0, 0, 0, false },
    { PROTO_PORT, json_u16, IS(port), 0, 65535, false },
    { PROTO_PORTS, decode_ports, 0, 0, 0, false },
    { PROTO_VERSION, json_text, IS(version), 0, TEXT_MAX, false },
    { PROTO_TAGS, decode_tags, 0, 0, 0, false },
    { PROTO_META, decode_meta, 0, 0, 0, false },
    { PROTO_WEIGHT, json_u16, IS(weight), 0, 65535, false },
    { PROTO_PRIORITY, json_u16, IS(priority), 0, 65535, false },
    { PROTO_ZONE, json_text, IS(zone), 0, TEXT_MAX, false },
    { PROTO_DATACENTER, json_name, IS(datacenter), 1, 63, false },
    { PROTO_TTL, decode_ttl, IS(ttl), 0, 0, false },
    { PROTO_LEASE, decode_lease, IS(lease), 0, 0, false },
    { PROTO_CHECKS, decode_checks, 0, 0, 0, false },
    { PROTO_CHECKS_REQUIRE, decode_require, IS(checks_require), 1, MODEL_CHECKS_MAX,
      false },
    { PROTO_STATUS, decode_status, IS(status), 0, 0, false },
    { 0 },
};
#undef IS

static void start_draft(struct decoder *decoder)
{
    decoder->draft = (struct instance_draft){
        .is = { .namespace_name = "default",
                .version = "",
                .zone = "",
                .datacenter = "",
                .host = "",
                .weight = 1,
                .priority = 1,
                .ttl = ROLLCALL_TTL_UNSET },
    };
}

/* Defaults that depend on other fields. */
static enum rollcall_status finish_draft(struct decoder *decoder, struct reason *why)
{
    struct instance_draft *draft = &decoder->draft;

    if (draft->has_address && draft->has_addresses) {
        reason_field(why, PROTO_ADDRESSES,
                     "addresses: given beside address; allowed: one of the two");
        return ROLLCALL_E_INVALID;
    }
    if (!draft->has_address && !draft->has_addresses && !decoder->lenient &&
        decoder->from.family != 0) {
        decoder->addresses[0] = decoder->from;
        draft->is.addresses = decoder->addresses;
        draft->is.address_count = 1;
    }
    if (!draft->has_status)
        draft->is.status =
            instance_live_checks(&draft->is) > 0 ? ROLLCALL_CRITICAL : ROLLCALL_PASSING;
    if (draft->is.id == NULL) {
        char *id = decoder_text(decoder, MODEL_ID_MAX + 1);
        if (id == NULL)
            return ROLLCALL_E_NOMEM;
        instance_auto_id(&draft->is, id, MODEL_ID_MAX + 1);
        draft->is.id = id;
    }
    return ROLLCALL_OK;
}

enum rollcall_status decode_instance(struct decoder *decoder, const json_t *object,
                                     const struct json_field *outer, struct reason *why)
{
    const struct json_field *const tables[] = { instance_fields, outer, NULL };

    start_draft(decoder);
    enum rollcall_status status =
        json_members(decoder, object, tables, &decoder->draft, why);
    if (status == ROLLCALL_OK)
        status = finish_draft(decoder, why);
    if (status == ROLLCALL_OK && !decoder->lenient)
        status = instance_validate(&decoder->draft.is, decoder->schemas, why);
    return status;
}

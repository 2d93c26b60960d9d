/* The body of a service: judged in Consul's order, and put into the terms of our
 * instance. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "consul/defining.h"
#include "consul/names.h"
#include "model/rules.h"

enum { META_KEY_MAX = 128, META_VALUE_MAX = 512, NAME_MAX_OCTETS = 255 };

static enum rollcall_status invalid(struct reason *why, const char *text)
{
    reason_set(why, "%s", text);
    return ROLLCALL_E_INVALID;
}

/* --- Names and addresses. */

static bool is_wildcard(const char *address)
{
    return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0 ||
           strcmp(address, "[::]") == 0;
}

static enum rollcall_status set_names(struct definition *definition,
                                      const struct service_body *body, struct reason *why)
{
    const struct annex_node *node = definition->home.node;
    const char *id = body->id[0] != '\0' ? body->id : body->name;

    if (body->name[0] == '\0')
        return invalid(why, node == NULL || body->id[0] == '\0'
                                ? "Missing service name"
                                : "Must provide service name (Service.Service) when "
                                  "service ID is provided");
    if (rule_text("name", body->name, 1, NAME_MAX_OCTETS, NULL) != ROLLCALL_OK)
        return invalid(why, "Invalid service name: give 1 to 255 printable characters");
    name_to_label(body->name, definition->label);
    definition->is.service = definition->label;
    definition->annex.service = body->name;
    definition->is.id = id;
    if (node != NULL) {
        definition->annex.node = *node;
        definition->annex.service_id = id;
        definition->is.id = definition_text(definition, "%s/%s", node->name, id);
        if (definition->is.id == NULL)
            return ROLLCALL_E_NOMEM;
    }
    if (rule_text("id", definition->is.id, 1, MODEL_ID_MAX, NULL) != ROLLCALL_OK)
        return invalid(why, "Invalid service ID: give 1 to 255 printable characters");
    return ROLLCALL_OK;
}

/* An address of our own spelling: "[::1]" and "::0001" are "::1". */
static bool parse_literal(const char *text, struct rollcall_address *out)
{
    char bare[ADDRESS_TEXT];
    size_t length = strlen(text);

    if (text[0] == '[' && text[length - 1] == ']' && length < sizeof bare) {
        snprintf(bare, sizeof bare, "%.*s", (int)length - 2, text + 1);
        return address_parse_ip(bare, out);
    }
    return address_parse_ip(text, out);
}

static enum rollcall_status set_address(struct definition *definition,
                                        const struct service_body *body,
                                        struct reason *why)
{
    struct rollcall_instance *is = &definition->is;

    if (is_wildcard(body->address))
        return invalid(why, "Invalid service address");
    if (body->port < 0 || body->port > UINT16_MAX)
        return invalid(why, "Invalid service port: give 0 to 65535");
    is->port = (uint16_t)body->port;
    definition->annex.address = body->address;
    is->addresses = &definition->address;
    is->address_count = 1;
    if (body->address[0] == '\0') {
        definition->address = *definition->home.address;
    } else if (!parse_literal(body->address, &definition->address)) {
        is->address_count = 0;
        is->host = body->address;
        if (rule_host("address", body->address, NULL) != ROLLCALL_OK)
            return invalid(why,
                           "Invalid service address: give an IP address or a host name");
    }
    return ROLLCALL_OK;
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static enum rollcall_status set_tagged(struct definition *definition,
                                       const struct service_body *body,
                                       struct reason *why)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)body->tagged, key, value)
    {
        struct rollcall_address literal;
        const char *text = json_string_value(body_member(value, "Address"));
        unsigned family = ends_in(key, "_ipv4") ? 4 : ends_in(key, "_ipv6") ? 6 : 0;
        text = text == NULL ? "" : text;
        if (is_wildcard(text) || (family != 0 && (!parse_literal(text, &literal) ||
                                                  literal.family != family))) {
            reason_set(why, "Invalid tagged address \"%.20s\": \"%.24s\" cannot be it",
                       key, text);
            return ROLLCALL_E_INVALID;
        }
    }
    if (json_object_size(body->tagged) > 0)
        definition->annex.tagged = body->tagged;
    return ROLLCALL_OK;
}

/* Catalog writers send 0 and 0 where they mean nothing. */
static enum rollcall_status set_weights(struct definition *definition,
                                        const struct service_body *body,
                                        struct reason *why)
{
    if (body->weights == NULL ||
        (definition->home.node != NULL && body->passing == 0 && body->warning == 0))
        return ROLLCALL_OK;
    if (body->passing < 1)
        return invalid(why, "Invalid Weights: Passing must be greater than 0");
    if (body->warning < 0)
        return invalid(why, "Invalid Weights: Warning must be greater or equal than 0");
    if (body->passing > UINT16_MAX || body->warning > UINT16_MAX)
        return invalid(why, "Invalid Weights: DNS Weight must be between 0 and 65535");
    definition->is.weight = (uint16_t)body->passing;
    definition->annex.has_warning_weight = true;
    definition->annex.warning_weight = (uint16_t)body->warning;
    return ROLLCALL_OK;
}

/* --- Tags and meta. */

static bool has_tag(const struct definition *definition, const char *tag)
{
    for (unsigned i = 0; i < definition->is.tag_count; i++)
        if (strcmp(definition->tags[i], tag) == 0)
            return true;
    return false;
}

/* Ours are a set without empty ones; a list that is not goes to the annex as it is. */
static enum rollcall_status set_tags(struct definition *definition,
                                     const struct service_body *body, struct reason *why)
{
    for (size_t i = 0; i < json_array_size(body->tags); i++) {
        const char *tag = json_string_value(json_array_get(body->tags, i));
        if (tag == NULL || tag[0] == '\0' || has_tag(definition, tag)) {
            definition->annex.tags = body->tags;
            continue;
        }
        if (definition->is.tag_count == MODEL_TAGS_MAX)
            return invalid(why, "Invalid tags: a service has at most 64");
        if (rule_text("tag", tag, 1, MODEL_TAG_LENGTH_MAX, NULL) != ROLLCALL_OK)
            return invalid(why, "Invalid tag: give 1 to 255 printable characters");
        definition->tags[definition->is.tag_count++] = tag;
    }
    return ROLLCALL_OK;
}

static const char *meta_fault(const char *key, const char *value)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    if (key[0] == '\0')
        return "Key cannot be blank";
    if (key[strspn(key, allowed)] != '\0')
        return "Key contains invalid characters";
    if (strlen(key) > META_KEY_MAX)
        return "Key is too long (limit: 128 characters)";
    if (strncmp(key, "consul-", 7) == 0)
        return "Key prefix 'consul-' is reserved for internal use";
    if (strlen(value) > META_VALUE_MAX)
        return "Value is too long (limit: 512 characters)";
    if (rule_text("meta", value, 0, META_VALUE_MAX, NULL) != ROLLCALL_OK)
        return "Value contains control characters";
    return NULL;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct rollcall_pair *)a)->key,
                  ((const struct rollcall_pair *)b)->key);
}

static enum rollcall_status set_meta(struct definition *definition,
                                     const struct service_body *body, struct reason *why)
{
    const char *key;
    json_t *value;

    if (json_object_size(body->meta) > MODEL_META_MAX)
        return invalid(why, "Invalid Service Meta: Node metadata cannot contain more "
                            "than 64 key/value pairs");
    json_object_foreach((json_t *)body->meta, key, value)
    {
        const char *text = json_is_null(value) ? "" : json_string_value(value);
        const char *fault = meta_fault(key, text);
        if (fault != NULL) {
            reason_set(why,
                       "Invalid Service Meta: Couldn't load metadata pair ('%.40s', "
                       "'%.40s'): %s",
                       key, text, fault);
            return ROLLCALL_E_INVALID;
        }
        definition->meta[definition->is.meta_count++] =
            (struct rollcall_pair){ key, text };
    }
    qsort(definition->meta, definition->is.meta_count, sizeof *definition->meta, by_key);
    return ROLLCALL_OK;
}

/* --- What is kept as it is. */

static bool is_trivial_connect(const json_t *connect)
{
    const json_t *native = body_member(connect, "Native");

    return json_object_size(connect) == 0 ||
           (json_object_size(connect) == 1 && native != NULL && json_is_false(native));
}

static void set_opaque(struct definition *definition, const struct service_body *body)
{
    struct annex *annex = &definition->annex;

    if (body->connect !=
        NULL) /* another service, which Consul does not show here either */
        body_remove((json_t *)body->connect, "SidecarService");

    annex->kind = body->kind;
    annex->socket_path = body->socket_path;
    annex->tag_override = body->tag_override;
    if (json_object_size(body->proxy) > 0)
        annex->proxy = body->proxy;
    if (!is_trivial_connect(body->connect))
        annex->connect = body->connect;
    annex->locality = body->locality;
}

/* --- Checks. */

static const char *check_id(struct definition *definition,
                            const struct service_body *body, unsigned index)
{
    const struct check_body *check = &body->inline_checks[index];

    if (check->check_id[0] != '\0')
        return check->check_id;
    if (check->id[0] != '\0')
        return check->id;
    if (body->check_count == 1)
        return definition_text(definition, "service:%s", definition->is.id);
    return definition_text(definition, "service:%s:%u", definition->is.id, index + 1);
}

static enum rollcall_status set_check(struct definition *definition,
                                      const struct service_body *body, unsigned index,
                                      struct reason *why)
{
    const char *id = check_id(definition, body, index);
    struct annex_check *annex;

    if (id == NULL)
        return ROLLCALL_E_NOMEM;
    if (definition_find(definition, id) < definition->is.check_count) {
        reason_set(why, "Invalid check: CheckID \"%.40s\" is given twice", id);
        return ROLLCALL_E_INVALID;
    }
    struct rollcall_check made = { .name = "" };
    struct annex_check said = { .id = NULL };
    enum rollcall_status status = check_body_build(
        definition, &body->inline_checks[index], id, false, &made, &said, why);
    if (status != ROLLCALL_OK)
        return status;
    struct rollcall_check *check = definition_place(definition, &annex, why);
    if (check == NULL)
        return ROLLCALL_E_INVALID;
    *check = made;
    *annex = said;
    return ROLLCALL_OK;
}

static enum rollcall_status judge_checks(const struct service_body *body,
                                         struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;
    enum rollcall_health health;

    for (unsigned i = 0; i < body->check_count && status == ROLLCALL_OK; i++)
        status = check_body_validate(&body->inline_checks[i], why);
    if (status != ROLLCALL_OK) {
        struct reason text = *why;
        reason_set(why, "Invalid check: %s", text.text);
    }
    for (unsigned i = 0; i < body->check_count && status == ROLLCALL_OK; i++)
        if (!check_status_parse(body->inline_checks[i].status, &health))
            return invalid(why, "Status for checks must 'passing', 'warning', "
                                "'critical'");
    for (unsigned i = 0; i < body->check_count && status == ROLLCALL_OK; i++)
        status = check_body_admit(&body->inline_checks[i], why);
    return status;
}

typedef enum rollcall_status (*step)(struct definition *definition,
                                     const struct service_body *body, struct reason *why);

static enum rollcall_status build(struct definition *definition,
                                  const struct service_body *body, struct reason *why)
{
    static const step steps[] = { set_names,   set_address, set_tagged,
                                  set_weights, set_meta,    set_tags };
    enum rollcall_status status = ROLLCALL_OK;

    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == ROLLCALL_OK; i++)
        status = steps[i](definition, body, why);
    set_opaque(definition, body);
    if (status == ROLLCALL_OK)
        status = judge_checks(body, why);
    for (unsigned i = 0; i < body->check_count && status == ROLLCALL_OK; i++)
        status = set_check(definition, body, i, why);
    return status;
}

enum rollcall_status definition_read_service(struct definition *definition, json_t *body,
                                             struct reason *why)
{
    struct service_body *said = definition_take(definition, sizeof *said);

    if (said == NULL || definition->body_count == DEFINITION_SOURCES)
        return ROLLCALL_E_NOMEM;
    definition->bodies[definition->body_count++] = json_incref(body);
    enum rollcall_status status =
        service_body_decode(body, definition->home.node != NULL, said, why);
    return status == ROLLCALL_OK ? build(definition, said, why) : status;
}

/* proto/encode_instance.c - an instance and its checks as members of an object. */
#include "proto/encode_instance.h"

#include <string.h>

#include "base/address.h"
#include "base/units.h"
#include "model/instance.h"
#include "proto/encode.h"
#include "proto/encode_text.h"
#include "proto/standing.h"

/* How an instance is written. */
struct style {
    const struct check_schema *const *schemas; /* NULL: options are text */
    const struct check_view *views;            /* NULL: definitions only */
    bool brief;                                /* leave defaults out */
};

void instance_defaults(struct rollcall_instance *out)
{
    *out = (struct rollcall_instance){
        .namespace_name = "default",
        .weight = 1,
        .priority = 1,
        .ttl = ROLLCALL_TTL_UNSET,
        .status = ROLLCALL_PASSING,
    };
}

static void text_unless_empty(struct buffer *out, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        member_text(out, name, value);
}

static void encode_literal(struct buffer *out, const struct rollcall_address *address)
{
    char text[ADDRESS_TEXT];

    address_print_ip(address, text, sizeof text);
    buffer_char(out, '"');
    buffer_text(out, text);
    buffer_char(out, '"');
}

static void encode_addresses(struct buffer *out, const struct rollcall_instance *instance)
{
    text_unless_empty(out, PROTO_ADDRESS, instance->host);
    if (instance->address_count == 0)
        return;
    if (instance->address_count == 1) {
        encode_name(out, PROTO_ADDRESS);
        encode_literal(out, &instance->addresses[0]);
        return;
    }
    encode_name(out, PROTO_ADDRESSES);
    buffer_char(out, '[');
    for (unsigned i = 0; i < instance->address_count; i++) {
        if (i > 0)
            buffer_char(out, ',');
        encode_literal(out, &instance->addresses[i]);
    }
    buffer_char(out, ']');
}

static void encode_ports(struct buffer *out, const struct rollcall_instance *instance)
{
    if (instance->port_count == 0)
        return;
    encode_name(out, PROTO_PORTS);
    buffer_char(out, '{');
    for (unsigned i = 0; i < instance->port_count; i++) {
        const struct rollcall_port *port = &instance->ports[i];
        if (i > 0)
            buffer_char(out, ',');
        encode_text(out, port->name);
        buffer_text(out, ":{");
        member_number(out, PROTO_PORT, port->number);
        member_text(out, PROTO_PROTOCOL, protocol_word(port->protocol));
        buffer_char(out, '}');
    }
    buffer_char(out, '}');
}

static void encode_tags(struct buffer *out, const struct rollcall_instance *instance)
{
    if (instance->tag_count == 0)
        return;
    encode_name(out, PROTO_TAGS);
    buffer_char(out, '[');
    for (unsigned i = 0; i < instance->tag_count; i++) {
        if (i > 0)
            buffer_char(out, ',');
        encode_text(out, instance->tags[i]);
    }
    buffer_char(out, ']');
}

static void encode_meta(struct buffer *out, const struct rollcall_instance *instance)
{
    if (instance->meta_count == 0)
        return;
    encode_name(out, PROTO_META);
    buffer_char(out, '{');
    for (unsigned i = 0; i < instance->meta_count; i++) {
        if (i > 0)
            buffer_char(out, ',');
        encode_text(out, instance->meta[i].key);
        buffer_char(out, ':');
        encode_text(out, instance->meta[i].value);
    }
    buffer_char(out, '}');
}

static void encode_lease(struct buffer *out, const struct rollcall_lease *lease)
{
    if (lease->kind == ROLLCALL_LEASE_NONE)
        return;
    encode_name(out, PROTO_LEASE);
    buffer_char(out, '{');
    if (lease->kind == ROLLCALL_LEASE_TTL) {
        member_duration(out, PROTO_TTL, lease->ms);
    } else if (lease->kind == ROLLCALL_LEASE_PID) {
        member_number(out, PROTO_PID, (uint64_t)lease->pid);
    } else {
        member_bool(out, PROTO_CONNECTION, true);
        member_duration(out, PROTO_GRACE, lease->ms);
    }
    buffer_char(out, '}');
}

/* The type of an option: of its own row, or of the map that it is an entry of. */
static enum check_field_type option_type(const struct check_schema *schema,
                                         const char *key)
{
    if (schema == NULL || schema->fields == NULL)
        return CHECK_FIELD_TEXT;
    for (const struct check_field *field = schema->fields; field->key != NULL; field++) {
        if (strcmp(field->key, key) == 0)
            return field->type;
    }
    return CHECK_FIELD_TEXT;
}

static bool same_key(const struct rollcall_pair *a, const struct rollcall_pair *b)
{
    return strcmp(a->key, b->key) == 0;
}

/* The option `at`, with all its repeats if it is a list. */
static void encode_option_value(struct buffer *out, const struct rollcall_check *check,
                                unsigned at, const struct check_schema *schema)
{
    const struct rollcall_pair *option = &check->options[at];
    enum check_field_type type = option_type(schema, option->key);
    unsigned repeats = 0;

    for (unsigned i = at; i < check->option_count; i++)
        repeats += same_key(option, &check->options[i]);
    if (type == CHECK_FIELD_BOOL || type == CHECK_FIELD_INT) {
        buffer_text(out, option->value);
        return;
    }
    if (type != CHECK_FIELD_LIST && repeats == 1) {
        encode_text(out, option->value);
        return;
    }
    buffer_char(out, '[');
    for (unsigned i = at; i < check->option_count; i++) {
        if (!same_key(option, &check->options[i]))
            continue;
        if (i > at)
            buffer_char(out, ',');
        encode_text(out, check->options[i].value);
    }
    buffer_char(out, ']');
}

/* Bytes of the part before the first dot, 0 where there is no dot. */
static size_t prefix_length(const char *key)
{
    const char *dot = strchr(key, '.');

    return dot == NULL ? 0 : (size_t)(dot - key);
}

static bool same_prefix(const char *a, const char *b, size_t length)
{
    return prefix_length(b) == length && memcmp(a, b, length) == 0;
}

/* Written already, with an earlier option of the same key, or inside the same object? */
static bool is_written(const struct rollcall_check *check, unsigned at, bool by_prefix)
{
    const char *key = check->options[at].key;
    size_t prefix = by_prefix ? prefix_length(key) : 0;

    for (unsigned i = 0; i < at; i++) {
        if (same_key(&check->options[at], &check->options[i]))
            return true;
        if (prefix > 0 && same_prefix(key, check->options[i].key, prefix))
            return true;
    }
    return false;
}

static void encode_nested(struct buffer *out, const struct rollcall_check *check,
                          unsigned at, const struct check_schema *schema)
{
    const char *key = check->options[at].key;
    size_t prefix = prefix_length(key);

    buffer_append(out, ",\"", 2);
    buffer_append(out, key, prefix);
    buffer_append(out, "\":{", 3);
    for (unsigned i = at; i < check->option_count; i++) {
        if (!same_prefix(key, check->options[i].key, prefix) ||
            is_written(check, i, false))
            continue;
        if (i > at)
            buffer_char(out, ',');
        encode_text(out, check->options[i].key + prefix + 1);
        buffer_char(out, ':');
        encode_option_value(out, check, i, schema);
    }
    buffer_char(out, '}');
}

static void encode_options(struct buffer *out, const struct rollcall_check *check,
                           const struct check_schema *schema)
{
    for (unsigned i = 0; i < check->option_count; i++) {
        if (is_written(check, i, true))
            continue;
        if (prefix_length(check->options[i].key) > 0) {
            encode_nested(out, check, i, schema);
        } else {
            encode_name(out, check->options[i].key);
            encode_option_value(out, check, i, schema);
        }
    }
}

static void encode_check_view(struct buffer *out, const struct check_view *view)
{
    if (view->known)
        member_text(out, PROTO_STATUS, health_word(view->health));
    if (view->output != NULL)
        member_text(out, PROTO_OUTPUT, view->output);
    if (view->known && view->since > 0)
        member_number(out, PROTO_SINCE, (uint64_t)view->since);
}

static void duration_if_set(struct buffer *out, const char *name, uint32_t ms)
{
    if (ms > 0)
        member_duration(out, name, ms);
}

static void number_if_set(struct buffer *out, const char *name, uint32_t number)
{
    if (number > 0)
        member_number(out, name, number);
}

static void factor_if_set(struct buffer *out, const char *name, uint32_t thousandths)
{
    char text[32];

    if (thousandths == 0)
        return;
    units_print_thousandths(thousandths, text, sizeof text);
    encode_name(out, name);
    buffer_text(out, text);
}

static void encode_check(struct buffer *out, const struct rollcall_check *check,
                         const struct check_schema *schema, const struct check_view *view)
{
    buffer_char(out, '{');
    member_text(out, PROTO_KIND, check->kind);
    text_unless_empty(out, PROTO_NAME, check->name);
    duration_if_set(out, PROTO_INTERVAL, check->interval_ms);
    duration_if_set(out, PROTO_TIMEOUT, check->timeout_ms);
    duration_if_set(out, PROTO_INITIAL_DELAY, check->initial_delay_ms);
    number_if_set(out, PROTO_SUCCESS_THRESHOLD, check->success_threshold);
    number_if_set(out, PROTO_FAILURE_THRESHOLD, check->failure_threshold);
    number_if_set(out, PROTO_WARNING_THRESHOLD, check->warning_threshold);
    duration_if_set(out, PROTO_MAX_LATENCY, check->max_latency_ms);
    factor_if_set(out, PROTO_LATENCY_FACTOR, check->latency_factor);
    duration_if_set(out, PROTO_DEREGISTER_AFTER, check->deregister_after_ms);
    if (check->initial > 0)
        member_text(out, PROTO_INITIAL_STATUS,
                    health_word((enum rollcall_health)(check->initial - 1)));
    if (check->keep_output)
        member_bool(out, PROTO_KEEP_OUTPUT, true);
    if (check->shadow)
        member_bool(out, PROTO_SHADOW, true);
    text_unless_empty(out, PROTO_NOTES, check->notes);
    encode_options(out, check, schema);
    if (view != NULL)
        encode_check_view(out, view);
    buffer_char(out, '}');
}

static void encode_checks(struct buffer *out, const struct rollcall_instance *instance,
                          const struct style *style)
{
    if (instance->check_count == 0)
        return;
    encode_name(out, PROTO_CHECKS);
    buffer_char(out, '[');
    for (unsigned i = 0; i < instance->check_count; i++) {
        const struct rollcall_check *check = &instance->checks[i];
        const struct check_schema *schema =
            style->schemas == NULL ? NULL
                                   : check_schema_find(style->schemas, check->kind);
        if (i > 0)
            buffer_char(out, ',');
        encode_check(out, check, schema, style->views == NULL ? NULL : &style->views[i]);
    }
    buffer_char(out, ']');
}

static void encode_numbers(struct buffer *out, const struct rollcall_instance *instance,
                           bool brief)
{
    if (!brief || instance->weight != 1)
        member_number(out, PROTO_WEIGHT, instance->weight);
    if (!brief || instance->priority != 1)
        member_number(out, PROTO_PRIORITY, instance->priority);
    if (instance->ttl != ROLLCALL_TTL_UNSET)
        member_duration(out, PROTO_TTL, (uint64_t)instance->ttl * 1000);
}

static void encode_members(struct buffer *out, const struct rollcall_instance *instance,
                           const struct style *style)
{
    text_unless_empty(out, PROTO_SERVICE, instance->service);
    if (!style->brief || (instance->namespace_name != NULL &&
                          strcmp(instance->namespace_name, "default") != 0))
        text_unless_empty(out, PROTO_NAMESPACE, instance->namespace_name);
    text_unless_empty(out, PROTO_ID, instance->id);
    encode_addresses(out, instance);
    number_if_set(out, PROTO_PORT, instance->port);
    encode_ports(out, instance);
    text_unless_empty(out, PROTO_VERSION, instance->version);
    encode_tags(out, instance);
    encode_meta(out, instance);
    encode_numbers(out, instance, style->brief);
    text_unless_empty(out, PROTO_ZONE, instance->zone);
    text_unless_empty(out, PROTO_DATACENTER, instance->datacenter);
    encode_lease(out, &instance->lease);
    encode_checks(out, instance, style);
    if (instance->checks_require == 1)
        member_text(out, PROTO_CHECKS_REQUIRE, "any");
    else
        number_if_set(out, PROTO_CHECKS_REQUIRE, instance->checks_require);
}

void encode_instance_members(struct buffer *out, const struct rollcall_instance *instance,
                             const struct check_schema *const *schemas)
{
    const struct style style = { .schemas = schemas };

    encode_members(out, instance, &style);
    member_text(out, PROTO_STATUS, health_word(instance->status));
}

void encode_instance_brief(struct buffer *out, const struct rollcall_instance *instance)
{
    const struct style style = { .brief = true };

    encode_members(out, instance, &style);
}

void encode_instance_view(struct buffer *out, const struct instance_view *view,
                          const struct check_schema *const *schemas)
{
    const struct style style = { .schemas = schemas, .views = view->checks };

    buffer_char(out, '{');
    encode_members(out, view->is, &style);
    member_text(out, PROTO_STATUS, health_word(view->is->status));
    member_text(out, PROTO_HEALTH, health_word(view->health));
    text_unless_empty(out, PROTO_STATE, view->state);
    text_unless_empty(out, PROTO_LABEL, view->label);
    member_number(out, PROTO_OWNER, view->owner);
    if (view->standing != NULL)
        encode_standing(out, view->standing);
    if (view->created > 0)
        member_number(out, PROTO_CREATED, (uint64_t)view->created);
    member_number(out, PROTO_REVISION, view->revision);
    buffer_char(out, '}');
}

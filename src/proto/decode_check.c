/* proto/decode_check.c - the list of checks: common fields by a table of ours, those of a
 * kind by the kind's own table (decode_option.c).
 */
#include <stdio.h>
#include <string.h>

#include "proto/decoder.h"

enum { DAY_MS = 24 * 3600 * 1000, NOTES_MAX = 512, KIND_FIELDS_MAX = 48 };

struct check_draft {
    struct rollcall_check is;
    struct check_view view;
};

static enum rollcall_status decode_initial(struct decoder *decoder,
                                           const struct json_field *field, json_t *value,
                                           void *into, struct reason *why)
{
    enum rollcall_health health;
    enum rollcall_status status = json_health(decoder, field, value, &health, why);

    if (status == ROLLCALL_OK)
        *(uint8_t *)into = (uint8_t)(1 + health);
    return status;
}

#define IS(member) offsetof(struct check_draft, is.member)

static const struct json_field check_fields[] = {
    { PROTO_KIND, json_text, IS(kind), 1, 32, true },
    { PROTO_NAME, json_text, IS(name), 1, 64, false },
    { PROTO_INTERVAL, json_ms32, IS(interval_ms), MODEL_INTERVAL_MIN_MS, DAY_MS, false },
    { PROTO_TIMEOUT, json_ms32, IS(timeout_ms), 1, DAY_MS, false },
    { PROTO_INITIAL_DELAY, json_ms32, IS(initial_delay_ms), 0, DAY_MS, false },
    { PROTO_SUCCESS_THRESHOLD, json_u16, IS(success_threshold), 1, 1000, false },
    { PROTO_FAILURE_THRESHOLD, json_u16, IS(failure_threshold), 1, 1000, false },
    { PROTO_WARNING_THRESHOLD, json_u16, IS(warning_threshold), 1, 1000, false },
    { PROTO_INITIAL_STATUS, decode_initial, IS(initial), 0, 0, false },
    { PROTO_KEEP_OUTPUT, json_flag, IS(keep_output), 0, 0, false },
    { PROTO_MAX_LATENCY, json_ms32, IS(max_latency_ms), 0, DAY_MS, false },
    { PROTO_LATENCY_FACTOR, json_thousandths, IS(latency_factor), MODEL_FACTOR_MIN,
      MODEL_FACTOR_MAX, false },
    { PROTO_DEREGISTER_AFTER, json_ms32, IS(deregister_after_ms), MODEL_DEREGISTER_MIN_MS,
      MODEL_DEREGISTER_MAX_MS, false },
    { PROTO_SHADOW, json_flag, IS(shadow), 0, 0, false },
    { PROTO_NOTES, json_text, IS(notes), 0, NOTES_MAX, false },
    { 0 },
};
#undef IS

static enum rollcall_status decode_known(struct decoder *decoder,
                                         const struct json_field *field, json_t *value,
                                         void *into, struct reason *why)
{
    struct check_view *view = into;

    view->known = true;
    return json_health(decoder, field, value, &view->health, why);
}

/* Beside the definition, as shown by the daemon. */
static const struct json_field view_fields[] = {
    { PROTO_STATUS, decode_known, offsetof(struct check_draft, view), 0, 0, false },
    { PROTO_OUTPUT, json_text, offsetof(struct check_draft, view.output), 0, INT32_MAX,
      false },
    { PROTO_SINCE, json_i64, offsetof(struct check_draft, view.since), 0, INT64_MAX,
      false },
    { 0 },
};

/* The names that may stand in a check of this kind, for a suggestion. */
static enum rollcall_status unknown_option(const struct check_schema *schema,
                                           struct reason *why)
{
    char key[sizeof why->field];
    struct json_field names[KIND_FIELDS_MAX] = { 0 };
    const struct json_field *const tables[] = { check_fields, names, NULL };
    const struct check_field *field = schema->fields;

    for (unsigned i = 0; i < KIND_FIELDS_MAX - 1 && field != NULL && field->key != NULL;
         i++)
        names[i].name = field++->key;
    snprintf(key, sizeof key, "%s", why->field);
    return json_unknown(why, key, tables);
}

static enum rollcall_status unknown_kind(const struct decoder *decoder,
                                         const json_t *kind, struct reason *why)
{
    char allowed[PROTO_WORDS_MAX / 2];
    size_t used = 0;

    allowed[0] = '\0';
    for (const struct check_schema *const *at = decoder->schemas; *at != NULL; at++) {
        int wrote = snprintf(allowed + used, sizeof allowed - used, "%s%s",
                             used == 0 ? "" : ", ", (*at)->kind);
        used += wrote > 0 ? (size_t)wrote : 0;
        if (used >= sizeof allowed)
            break;
    }
    return json_refuse(why, PROTO_KIND, kind, allowed);
}

static enum rollcall_status find_kind(const struct decoder *decoder, const json_t *value,
                                      const struct check_schema **out, struct reason *why)
{
    const json_t *kind = json_object_get(value, PROTO_KIND);

    *out = NULL;
    if (kind == NULL || decoder->schemas == NULL)
        return ROLLCALL_OK; /* the table of common fields says that it is required */
    if (json_is_string(kind))
        *out = check_schema_find(decoder->schemas, json_string_value(kind));
    return *out != NULL ? ROLLCALL_OK : unknown_kind(decoder, kind, why);
}

/* Stable, so that the entries of a list stay in their order. */
static void sort_options(struct rollcall_pair *options, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        struct rollcall_pair moved = options[i];
        unsigned at = i;
        for (; at > 0 && strcmp(options[at - 1].key, moved.key) > 0; at--)
            options[at] = options[at - 1];
        options[at] = moved;
    }
}

static const struct json_field *find_row(const struct json_field *table, const char *name)
{
    for (; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}

static enum rollcall_status decode_members(struct decoder *decoder, json_t *value,
                                           const struct check_schema *schema,
                                           struct check_draft *draft, struct reason *why)
{
    enum rollcall_status status;
    const char *name;
    json_t *member;

    if (json_object_get(value, PROTO_KIND) == NULL) {
        reason_field(why, PROTO_KIND, "kind: this field is required and missing");
        return ROLLCALL_E_MISSING_FIELD;
    }
    json_object_foreach(value, name, member)
    {
        const struct json_field *row = find_row(check_fields, name);
        if (row == NULL && decoder->lenient)
            row = find_row(view_fields, name);
        if (row != NULL)
            status = row->decode(decoder, row, member, (char *)draft + row->offset, why);
        else
            status = decode_option(decoder, schema, name, member, why);
        if (status == ROLLCALL_E_UNKNOWN_FIELD)
            return unknown_option(schema, why);
        if (status != ROLLCALL_OK)
            return status;
    }
    return ROLLCALL_OK;
}

/* "http-1", "tcp-1", "http-2": counted within the kind. */
static const char *default_name(struct decoder *decoder, unsigned index, const char *kind)
{
    char name[64];
    unsigned number = 1;

    for (unsigned i = 0; i < index; i++)
        number += strcmp(decoder->checks[i].kind, kind) == 0;
    snprintf(name, sizeof name, "%s-%u", kind, number);
    return decoder_keep(decoder, name);
}

static enum rollcall_status decode_check(struct decoder *decoder, unsigned index,
                                         json_t *value, struct reason *why)
{
    const struct check_schema *schema;
    struct check_draft draft = { .is = { .notes = "",
                                         .interval_ms = 10 * 1000,
                                         .timeout_ms = 3 * 1000,
                                         .success_threshold = 1 } };
    unsigned first_option = decoder->option_count;

    enum rollcall_status status = find_kind(decoder, value, &schema, why);
    if (status == ROLLCALL_OK)
        status = decode_members(decoder, value, schema, &draft, why);
    if (status != ROLLCALL_OK)
        return status;
    if (draft.is.failure_threshold == 0)
        draft.is.failure_threshold =
            schema != NULL && schema->default_failure_threshold > 0
                ? schema->default_failure_threshold
                : 3;
    if (draft.is.name == NULL)
        draft.is.name = default_name(decoder, index, draft.is.kind);
    if (draft.is.name == NULL)
        return ROLLCALL_E_TOO_LONG;
    draft.is.options = &decoder->options[first_option];
    draft.is.option_count = (uint16_t)(decoder->option_count - first_option);
    sort_options(&decoder->options[first_option], draft.is.option_count);
    decoder->checks[index] = draft.is;
    decoder->check_views[index] = draft.view;
    return ROLLCALL_OK;
}

enum rollcall_status decode_checks(struct decoder *decoder,
                                   const struct json_field *field, json_t *value,
                                   void *into, struct reason *why)
{
    size_t count = json_array_size(value);
    char place[32];

    (void)into;
    if (!json_is_array(value) || count > MODEL_CHECKS_MAX)
        return json_refuse(why, field->name, value, "a list of up to 16 checks");
    for (unsigned i = 0; i < count; i++) {
        json_t *check = json_array_get(value, i);
        enum rollcall_status status = ROLLCALL_E_INVALID;
        if (json_is_object(check))
            status = decode_check(decoder, i, check, why);
        if (status != ROLLCALL_OK) {
            snprintf(place, sizeof place, "%s[%u]", field->name, i);
            if (!json_is_object(check))
                return json_refuse(why, place, check, "an object with a kind");
            reason_prefix(why, place);
            return status;
        }
    }
    decoder->draft.is.checks = decoder->checks;
    decoder->draft.is.check_count = (uint8_t)count;
    return ROLLCALL_OK;
}

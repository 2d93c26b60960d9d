#include "proto/standing.h"

#include <string.h>

#include "base/units.h"
#include "model/instance.h"
#include "proto/decoder.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

/* --- Writing. */

static void open_part(struct buffer *out, const char *name)
{
    encode_name(out, name);
    buffer_char(out, '{');
}

static void time_if_set(struct buffer *out, const char *name, int64_t wall)
{
    if (wall > 0)
        member_number(out, name, (uint64_t)wall);
}

static void encode_drain(struct buffer *out, const struct rollcall_standing *standing)
{
    if (standing->drain_since == 0)
        return;
    open_part(out, PROTO_DRAIN_);
    time_if_set(out, PROTO_SINCE, standing->drain_since);
    member_duration(out, PROTO_SAFE_IN, standing->drain_safe_in);
    member_number(out, PROTO_BY, standing->drain_by);
    buffer_char(out, '}');
}

static void encode_override(struct buffer *out, const struct rollcall_standing *standing)
{
    if (standing->override == NULL)
        return;
    open_part(out, PROTO_OVERRIDE_);
    member_text(out, PROTO_STATE, standing->override);
    time_if_set(out, PROTO_SINCE, standing->override_since);
    time_if_set(out, PROTO_UNTIL, standing->override_until);
    if (standing->override_reason != NULL)
        member_text(out, PROTO_REASON, standing->override_reason);
    member_number(out, PROTO_BY, standing->override_by);
    buffer_char(out, '}');
}

static void encode_damped(struct buffer *out, const struct rollcall_standing *standing)
{
    char penalty[32];

    if (standing->damped_until == 0)
        return;
    open_part(out, PROTO_DAMPED);
    time_if_set(out, PROTO_SINCE, standing->damped_since);
    time_if_set(out, PROTO_UNTIL, standing->damped_until);
    units_print_thousandths(standing->penalty, penalty, sizeof penalty);
    encode_name(out, PROTO_PENALTY);
    buffer_text(out, penalty);
    buffer_char(out, '}');
}

static void encode_since(struct buffer *out, const char *name, int64_t since)
{
    if (since == 0)
        return;
    open_part(out, name);
    time_if_set(out, PROTO_SINCE, since);
    buffer_char(out, '}');
}

void encode_standing(struct buffer *out, const struct rollcall_standing *standing)
{
    open_part(out, PROTO_STANDING);
    member_text(out, PROTO_IS, standing->word);
    member_text(out, PROTO_EFFECTIVE, health_word(standing->effective));
    encode_drain(out, standing);
    encode_override(out, standing);
    encode_damped(out, standing);
    encode_since(out, PROTO_HELD, standing->held_since);
    encode_since(out, PROTO_FROZEN, standing->frozen_since);
    buffer_char(out, '}');
}

/* --- Reading, on the client's side: what is not known is skipped. */

#define NUMBER       0, INT64_MAX, false
#define ANY          0, INT32_MAX, false
#define INTO(member) offsetof(struct rollcall_standing, member)

static enum rollcall_status decode_part(struct decoder *decoder,
                                        const struct json_field *rows, json_t *value,
                                        void *into, struct reason *why)
{
    const struct json_field *const tables[] = { rows, NULL };

    return json_is_object(value) ? json_members(decoder, value, tables, into, why)
                                 : ROLLCALL_OK;
}

static enum rollcall_status decode_drain(struct decoder *decoder,
                                         const struct json_field *field, json_t *value,
                                         void *into, struct reason *why)
{
    static const struct json_field rows[] = {
        { PROTO_SINCE, json_i64, INTO(drain_since), NUMBER },
        { PROTO_SAFE_IN, json_ms64, INTO(drain_safe_in), NUMBER },
        { PROTO_BY, json_u32, INTO(drain_by), 0, UINT32_MAX, false },
        { 0 },
    };
    (void)field;
    return decode_part(decoder, rows, value, into, why);
}

static enum rollcall_status decode_override(struct decoder *decoder,
                                            const struct json_field *field, json_t *value,
                                            void *into, struct reason *why)
{
    static const struct json_field rows[] = {
        { PROTO_STATE, json_text, INTO(override), ANY },
        { PROTO_SINCE, json_i64, INTO(override_since), NUMBER },
        { PROTO_UNTIL, json_i64, INTO(override_until), NUMBER },
        { PROTO_REASON, json_text, INTO(override_reason), ANY },
        { PROTO_BY, json_u32, INTO(override_by), 0, UINT32_MAX, false },
        { 0 },
    };
    (void)field;
    return decode_part(decoder, rows, value, into, why);
}

static enum rollcall_status decode_damped(struct decoder *decoder,
                                          const struct json_field *field, json_t *value,
                                          void *into, struct reason *why)
{
    static const struct json_field rows[] = {
        { PROTO_SINCE, json_i64, INTO(damped_since), NUMBER },
        { PROTO_UNTIL, json_i64, INTO(damped_until), NUMBER },
        { PROTO_PENALTY, json_thousandths, INTO(penalty), 0, UINT32_MAX - 1, false },
        { 0 },
    };
    (void)field;
    return decode_part(decoder, rows, value, into, why);
}

/* The row's offset is that of the moment itself. */
static enum rollcall_status decode_since(struct decoder *decoder,
                                         const struct json_field *field, json_t *value,
                                         void *into, struct reason *why)
{
    static const struct json_field rows[] = {
        { PROTO_SINCE, json_i64, 0, NUMBER },
        { 0 },
    };
    (void)field;
    return decode_part(decoder, rows, value, into, why);
}

static const struct json_field standing_fields[] = {
    { PROTO_IS, json_text, INTO(word), ANY },
    { PROTO_EFFECTIVE, json_health, INTO(effective), ANY },
    { PROTO_DRAIN_, decode_drain, 0, ANY },
    { PROTO_OVERRIDE_, decode_override, 0, ANY },
    { PROTO_DAMPED, decode_damped, 0, ANY },
    { PROTO_HELD, decode_since, INTO(held_since), ANY },
    { PROTO_FROZEN, decode_since, INTO(frozen_since), ANY },
    { 0 },
};

enum rollcall_status decode_standing(struct decoder *decoder,
                                     const struct json_field *field, json_t *value,
                                     void *into, struct reason *why)
{
    struct rollcall_standing *standing = &decoder->draft.standing;

    (void)field;
    (void)into;
    *standing = (struct rollcall_standing){ .word = "" };
    decoder->draft.has_standing = true;
    return decode_part(decoder, standing_fields, value, standing, why);
}

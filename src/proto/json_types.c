/* proto/json_types.c - the decoders of plain types, for rows of tables. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "model/instance.h"
#include "proto/decoder.h"
#include "proto/json.h"

enum rollcall_status json_skip(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into, struct reason *why)
{
    (void)decoder;
    (void)field;
    (void)value;
    (void)into;
    (void)why;
    return ROLLCALL_OK;
}

static enum rollcall_status refuse_text(const struct json_field *field,
                                        const json_t *value, struct reason *why)
{
    char allowed[64];

    snprintf(allowed, sizeof allowed, "a string of %lld to %lld bytes",
             (long long)field->min, (long long)field->max);
    return json_refuse(why, field->name, value, allowed);
}

enum rollcall_status json_text(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into, struct reason *why)
{
    (void)decoder;
    if (!json_is_string(value))
        return refuse_text(field, value, why);
    size_t length = json_string_length(value);
    if (length < (size_t)field->min || length > (size_t)field->max)
        return refuse_text(field, value, why);
    *(const char **)into = json_string_value(value);
    return ROLLCALL_OK;
}

enum rollcall_status json_name(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into, struct reason *why)
{
    const char *name;
    enum rollcall_status status = json_text(decoder, field, value, &name, why);

    if (status != ROLLCALL_OK)
        return status;
    name = decoder_fold(decoder, name);
    if (name == NULL)
        return json_refuse(why, field->name, value, "less text in one request");
    *(const char **)into = name;
    return ROLLCALL_OK;
}

enum rollcall_status json_flag(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into, struct reason *why)
{
    (void)decoder;
    if (!json_is_boolean(value))
        return json_refuse(why, field->name, value, "true or false");
    *(bool *)into = json_is_true(value);
    return ROLLCALL_OK;
}

static enum rollcall_status take_number(const struct json_field *field,
                                        const json_t *value, int64_t *out,
                                        struct reason *why)
{
    char allowed[96];

    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        if (*out >= field->min && *out <= field->max)
            return ROLLCALL_OK;
    }
    snprintf(allowed, sizeof allowed, "a whole number from %lld to %lld",
             (long long)field->min, (long long)field->max);
    return json_refuse(why, field->name, value, allowed);
}

enum rollcall_status json_u16(struct decoder *decoder, const struct json_field *field,
                              json_t *value, void *into, struct reason *why)
{
    int64_t number = 0;
    enum rollcall_status status = take_number(field, value, &number, why);

    (void)decoder;
    if (status == ROLLCALL_OK)
        *(uint16_t *)into = (uint16_t)number;
    return status;
}

enum rollcall_status json_u32(struct decoder *decoder, const struct json_field *field,
                              json_t *value, void *into, struct reason *why)
{
    int64_t number = 0;
    enum rollcall_status status = take_number(field, value, &number, why);

    (void)decoder;
    if (status == ROLLCALL_OK)
        *(uint32_t *)into = (uint32_t)number;
    return status;
}

enum rollcall_status json_u64(struct decoder *decoder, const struct json_field *field,
                              json_t *value, void *into, struct reason *why)
{
    int64_t number = 0;
    enum rollcall_status status = take_number(field, value, &number, why);

    (void)decoder;
    if (status == ROLLCALL_OK)
        *(uint64_t *)into = (uint64_t)number;
    return status;
}

enum rollcall_status json_i64(struct decoder *decoder, const struct json_field *field,
                              json_t *value, void *into, struct reason *why)
{
    int64_t number = 0;
    enum rollcall_status status = take_number(field, value, &number, why);

    (void)decoder;
    if (status == ROLLCALL_OK)
        *(int64_t *)into = number;
    return status;
}

static enum rollcall_status take_duration(const struct json_field *field,
                                          const json_t *value, uint64_t *out,
                                          struct reason *why)
{
    char min[32];
    char max[32];
    char allowed[160];

    bool good =
        json_is_string(value) && units_parse_duration(json_string_value(value), out);
    if (good && *out >= (uint64_t)field->min && *out <= (uint64_t)field->max)
        return ROLLCALL_OK;
    units_print_duration((uint64_t)field->min, min, sizeof min);
    units_print_duration((uint64_t)field->max, max, sizeof max);
    snprintf(allowed, sizeof allowed, "a duration from %s to %s%s", min, max,
             good ? "" : ", a string with its unit like \"10s\" or \"250ms\"");
    return json_refuse(why, field->name, value, allowed);
}

enum rollcall_status json_ms32(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into, struct reason *why)
{
    uint64_t ms = 0;
    enum rollcall_status status = take_duration(field, value, &ms, why);

    (void)decoder;
    if (status == ROLLCALL_OK)
        *(uint32_t *)into = (uint32_t)ms;
    return status;
}

enum rollcall_status json_ms64(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into, struct reason *why)
{
    uint64_t ms = 0;
    enum rollcall_status status = take_duration(field, value, &ms, why);

    (void)decoder;
    if (status == ROLLCALL_OK)
        *(uint64_t *)into = ms;
    return status;
}

enum rollcall_status json_thousandths(struct decoder *decoder,
                                      const struct json_field *field, json_t *value,
                                      void *into, struct reason *why)
{
    char min[32], max[32], allowed[96];

    (void)decoder;
    if (json_is_number(value)) {
        double number = json_number_value(value) * 1000 + 0.5;
        if (number >= (double)field->min && number < (double)field->max + 1) {
            *(uint32_t *)into = (uint32_t)number;
            return ROLLCALL_OK;
        }
    }
    units_print_thousandths((uint64_t)field->min, min, sizeof min);
    units_print_thousandths((uint64_t)field->max, max, sizeof max);
    snprintf(allowed, sizeof allowed, "a number from %s to %s", min, max);
    return json_refuse(why, field->name, value, allowed);
}

enum rollcall_status json_health(struct decoder *decoder, const struct json_field *field,
                                 json_t *value, void *into, struct reason *why)
{
    enum rollcall_health health;

    (void)decoder;
    if (!json_is_string(value) || !health_parse(json_string_value(value), &health))
        return json_refuse(why, field->name, value, "passing, warning or critical");
    *(enum rollcall_health *)into = health;
    return ROLLCALL_OK;
}

/* The rules of docs/protocol.md "The check": the common fields, then the options of the
 * kind against the kind's own table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/instance.h"
#include "model/rules.h"
#include "model/validate.h"

enum {
    NAME_MAX_LENGTH = 64,
    NOTES_MAX = 512,
    THRESHOLD_MAX = 1000,
    DAY_MS = 24 * 3600 * 1000,
    FIELD_SIZE = 96
};

static enum rollcall_status check_common(const struct rollcall_check *check,
                                         struct reason *why)
{
    const struct {
        const char *field;
        uint64_t number, min, max;
        const char *unit;
    } rules[] = {
        { "interval", check->interval_ms, MODEL_INTERVAL_MIN_MS, DAY_MS, " ms" },
        { "timeout", check->timeout_ms, 1, DAY_MS, " ms" },
        { "initial_delay", check->initial_delay_ms, 0, DAY_MS, " ms" },
        { "max_latency", check->max_latency_ms, 0, DAY_MS, " ms" },
        { "deregister_after", check->deregister_after_ms,
          check->deregister_after_ms == 0 ? 0 : MODEL_DEREGISTER_MIN_MS,
          MODEL_DEREGISTER_MAX_MS, " ms" },
        { "success_threshold", check->success_threshold, 1, THRESHOLD_MAX, "" },
        { "failure_threshold", check->failure_threshold, 1, THRESHOLD_MAX, "" },
        { "warning_threshold", check->warning_threshold, 0, check->failure_threshold,
          " (failure_threshold)" },
        { "initial_status", check->initial, 0, ROLLCALL_PASSING + 1, "" },
    };
    enum rollcall_status status = rule_text("name", check->name, 1, NAME_MAX_LENGTH, why);

    if (status == ROLLCALL_OK)
        status = rule_text("notes", check->notes, 0, NOTES_MAX, why);
    for (size_t i = 0; i < sizeof rules / sizeof *rules && status == ROLLCALL_OK; i++)
        status = rule_number(rules[i].field, rules[i].number, rules[i].min, rules[i].max,
                             rules[i].unit, why);
    if (status == ROLLCALL_OK && check->latency_factor != 0 &&
        (check->latency_factor < MODEL_FACTOR_MIN ||
         check->latency_factor > MODEL_FACTOR_MAX)) {
        reason_field(why, "latency_factor",
                     "latency_factor %u.%03u is out of range; give 1.1 to 1000 times the "
                     "usual time",
                     check->latency_factor / 1000, check->latency_factor % 1000);
        status = ROLLCALL_E_INVALID;
    }
    return status;
}

static enum rollcall_status check_name_is_own(const struct rollcall_instance *instance,
                                              unsigned index, struct reason *why)
{
    const char *name = instance->checks[index].name;

    for (unsigned i = 0; i < index; i++) {
        if (strcmp(instance->checks[i].name, name) == 0) {
            reason_field(why, "name",
                         "two checks are called \"%s\"; each needs a name "
                         "of its own",
                         name);
            return ROLLCALL_E_INVALID;
        }
    }
    return ROLLCALL_OK;
}

/* "200", "200-399", and a list of those with commas. */
static bool status_list_fits(const char *text)
{
    do {
        char *end;
        unsigned long low = strtoul(text, &end, 10), high = low;
        if (end != text + 3)
            return false;
        if (*end == '-') {
            text = end + 1;
            high = strtoul(text, &end, 10);
            if (end != text + 3)
                return false;
        }
        if (low < 100 || high > 999 || low > high)
            return false;
        text = end + 1;
        if (*end == '\0')
            return true;
        if (*end != ',')
            return false;
    } while (true);
}

static enum rollcall_status option_wrong(const char *key, const char *value,
                                         const char *allowed, struct reason *why)
{
    reason_field(why, key, "%s \"%.80s\" is not allowed; give %s", key, value, allowed);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status check_integer(const struct check_field *field,
                                          const char *value, struct reason *why)
{
    char *end, allowed[80];
    long long number = strtoll(value, &end, 10);

    if (end != value && *end == '\0' && number >= field->min && number <= field->max)
        return ROLLCALL_OK;
    snprintf(allowed, sizeof allowed, "a number from %lld to %lld", (long long)field->min,
             (long long)field->max);
    return option_wrong(field->key, value, allowed, why);
}

static enum rollcall_status check_option_value(const struct check_field *field,
                                               const struct rollcall_pair *option,
                                               struct reason *why)
{
    const char *value = option->value;

    switch (field->type) {
    case CHECK_FIELD_INT:
        return check_integer(field, value, why);
    case CHECK_FIELD_BOOL:
        if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
            return ROLLCALL_OK;
        return option_wrong(field->key, value, "true or false", why);
    case CHECK_FIELD_STATUS:
        if (status_list_fits(value))
            return ROLLCALL_OK;
        return option_wrong(field->key, value,
                            "an HTTP status such as 200, a range such as \"200-399\", or "
                            "a list of those",
                            why);
    case CHECK_FIELD_LINES:
        return rule_lines(option->key, value, (size_t)field->min, (size_t)field->max,
                          why);
    case CHECK_FIELD_TEXT:
    case CHECK_FIELD_LIST:
    case CHECK_FIELD_MAP:
        break;
    }
    return rule_text(option->key, value, (size_t)field->min, (size_t)field->max, why);
}

static bool field_has_key(const struct check_field *field, const char *key)
{
    size_t length = strlen(field->key);

    if (field->type == CHECK_FIELD_MAP)
        return strncmp(field->key, key, length) == 0 && key[length] == '.' &&
               key[length + 1] != '\0';
    return strcmp(field->key, key) == 0;
}

static enum rollcall_status check_one_option(const struct rollcall_check *check,
                                             unsigned index,
                                             const struct check_schema *schema,
                                             struct reason *why)
{
    const struct rollcall_pair *option = &check->options[index];
    const struct check_field *field = schema->fields;

    while (field->key != NULL && !field_has_key(field, option->key))
        field++;
    if (field->key == NULL) {
        reason_field(why, option->key, "a check of kind %s has no field \"%.80s\"",
                     schema->kind, option->key);
        return ROLLCALL_E_UNKNOWN_FIELD;
    }
    if (field->type != CHECK_FIELD_LIST && check_option(check, option->key, 1) != NULL) {
        reason_field(why, option->key, "%.80s is given twice", option->key);
        return ROLLCALL_E_INVALID;
    }
    return check_option_value(field, option, why);
}

static enum rollcall_status check_options(const struct rollcall_check *check,
                                          const struct check_schema *schema,
                                          struct reason *why)
{
    enum rollcall_status status = rule_number(schema->kind, check->option_count, 0,
                                              MODEL_OPTIONS_MAX, " options", why);
    for (unsigned i = 0; i < check->option_count && status == ROLLCALL_OK; i++)
        status = check_one_option(check, i, schema, why);
    return status;
}

static enum rollcall_status check_has_target(const struct rollcall_check *check,
                                             const struct rollcall_instance *instance,
                                             struct reason *why)
{
    uint16_t port = 0;
    uint8_t protocol;

    if (check_option(check, "target", 0) != NULL)
        return ROLLCALL_OK;
    (void)instance_default_port(instance, &port, &protocol);
    if (instance->address_count > 0 && port != 0)
        return ROLLCALL_OK;
    reason_field(why, "target",
                 "the check has no target, and the instance has no %s to check instead; "
                 "give \"target\":\"HOST:PORT\"",
                 instance->address_count == 0 ? "address" : "port");
    return ROLLCALL_E_MISSING_FIELD;
}

static enum rollcall_status check_kind(const struct rollcall_instance *instance,
                                       const struct rollcall_check *check,
                                       const struct check_schema *const *schemas,
                                       struct reason *why)
{
    if (check->kind[0] == '\0') {
        reason_field(why, "kind", "kind is missing; give the kind of the check");
        return ROLLCALL_E_MISSING_FIELD;
    }
    const struct check_schema *schema = check_schema_find(schemas, check->kind);
    if (schema == NULL) {
        char known[160] = "";
        for (size_t used = 0; *schemas != NULL && used < sizeof known - 1; schemas++)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
                                     used == 0 ? "" : ", ", (*schemas)->kind);
        reason_field(why, "kind", "there is no check of kind \"%.80s\"; there are %s",
                     check->kind, known[0] == '\0' ? "none" : known);
        return ROLLCALL_E_INVALID;
    }
    enum rollcall_status status = check_options(check, schema, why);
    if (status == ROLLCALL_OK && schema->needs_target)
        status = check_has_target(check, instance, why);
    if (status == ROLLCALL_OK && schema->validate != NULL)
        status = schema->validate(check, instance, why);
    return status;
}

enum rollcall_status rule_check(const struct rollcall_instance *instance, unsigned index,
                                const struct check_schema *const *schemas,
                                struct reason *why)
{
    const struct rollcall_check *check = &instance->checks[index];
    char prefix[FIELD_SIZE];

    enum rollcall_status status = check_common(check, why);
    if (status == ROLLCALL_OK)
        status = check_name_is_own(instance, index, why);
    if (status == ROLLCALL_OK)
        status = check_kind(instance, check, schemas, why);
    if (status != ROLLCALL_OK) {
        snprintf(prefix, sizeof prefix, "checks[%u]", index);
        reason_prefix(why, prefix);
    }
    return status;
}

/* Maps of a zone: TTLs by service, numbers of answers by type. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/units.h"
#include "config/checks.h"
#include "config/config.h"
#include "config/option.h"

enum { TTL_MOST = 86400, ANSWERS_MOST = 1000 };

/* As everywhere: a number alone is seconds. */
static bool parse_ttl(const char *text, uint32_t *ttl)
{
    uint64_t number;

    if (units_parse_u64(text, TTL_MOST, &number)) {
        *ttl = (uint32_t)number;
        return true;
    }
    if (!units_parse_duration(text, &number) || number % 1000 != 0 ||
        number / 1000 > TTL_MOST)
        return false;
    *ttl = (uint32_t)(number / 1000);
    return true;
}

static bool parse_answers(const char *text, uint32_t *count)
{
    uint64_t number;

    if (!units_parse_u64(text, ANSWERS_MOST, &number))
        return false;
    *count = (uint32_t)number;
    return true;
}

/* How well `pattern` fits: 0 not at all, more the longer it is, most the name itself. */
static size_t fit(const char *pattern, const char *service)
{
    size_t length = strlen(pattern);

    if (length > 0 && pattern[length - 1] == '*')
        return strncasecmp(pattern, service, length - 1) == 0 ? length : 0;
    return strcasecmp(pattern, service) == 0 ? SIZE_MAX : 0;
}

bool config_zone_ttl(const struct config_zone *zone, const char *service, uint32_t *ttl)
{
    size_t best = 0;

    for (uint32_t i = 0; i < zone->ttls_count; i++) {
        size_t here = fit(zone->ttls[i].key, service);
        if (here > best && parse_ttl(zone->ttls[i].value, ttl))
            best = here;
    }
    return best > 0;
}

bool config_zone_answers(const struct config_zone *zone, const char *type,
                         uint32_t *count)
{
    for (uint32_t i = 0; i < zone->type_answer_count; i++)
        if (strcasecmp(zone->type_answers[i].key, type) == 0)
            return parse_answers(zone->type_answers[i].value, count);
    return false;
}

static bool is_pattern(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-";
    size_t length = strspn(text, letters);

    if (text[length] == '*')
        return text[length + 1] == '\0';
    return length > 0 && text[length] == '\0';
}

static bool is_type(const char *text)
{
    static const char *const types[] = { "A", "AAAA", "SRV", "SVCB", "HTTPS", "PTR" };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(types[i], text) == 0)
            return true;
    return false;
}

/* One pair of a map of a zone: where it stands, and how faults name it. */
struct pair_place {
    struct place key_place;
    struct place place;
    char key[OPTION_KEY_TEXT];
};

static struct pair_place place_of(const struct yaml *map, const char *prefix,
                                  const char *key)
{
    const struct yaml *node = map == NULL ? NULL : yaml_find(map, key);
    struct pair_place at = { .key_place = { .source = "default" },
                             .place = { .source = "default" } };

    option_key(prefix, key, at.key);
    if (node != NULL) {
        at.key_place = node->key_place;
        at.place = node->place;
    }
    return at;
}

/* Does an entry of the same name, but for case, stand before the one at `index`? */
static bool is_repeated(const struct rollcall_pair *pairs, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (strcasecmp(pairs[i].key, pairs[index].key) == 0)
            return true;
    return false;
}

/* How the entries of one map are judged. */
struct map_rule {
    bool (*is_key)(const char *text);
    bool (*is_value)(const char *text, uint32_t *number);
    const char *bad_key;
    const char *allowed;
};

static const struct map_rule ttl_rule = {
    .is_key = is_pattern,
    .is_value = parse_ttl,
    .bad_key = "no name of a service, nor the beginning of names with a star behind it, "
               "like \"db*\"",
    .allowed = "a duration from 0s to 1d in whole seconds",
};

static const struct map_rule answer_rule = {
    .is_key = is_type,
    .is_value = parse_answers,
    .bad_key = "no such type here; must be one of A, AAAA, SRV, SVCB, HTTPS and PTR",
    .allowed = "a number from 0 to 1000",
};

static void check_map(const struct map_rule *rule, const struct rollcall_pair *pairs,
                      uint32_t count, const struct yaml *map, const char *prefix,
                      struct faults *faults)
{
    uint32_t number;

    for (uint32_t i = 0; i < count; i++) {
        struct pair_place at = place_of(map, prefix, pairs[i].key);
        if (!rule->is_key(pairs[i].key))
            fault_add(faults, &at.key_place, at.key, "%s", rule->bad_key);
        else if (is_repeated(pairs, i))
            fault_add(faults, &at.key_place, at.key, "given twice; case does not matter");
        else if (!rule->is_value(pairs[i].value, &number))
            fault_add(faults, &at.place, at.key, "\"%.64s\" is not allowed; must be %s",
                      pairs[i].value, rule->allowed);
    }
}

void config_check_rules(const struct config *config, const struct yaml *root, uint32_t i,
                        struct faults *faults)
{
    const struct config_zone *zone = &config->zones[i];
    char key[64];

    snprintf(key, sizeof key, "zones.%u.ttls", i);
    check_map(&ttl_rule, zone->ttls, zone->ttls_count,
              config_node(root, "zones", i, "ttls"), key, faults);
    snprintf(key, sizeof key, "zones.%u.type_answers", i);
    check_map(&answer_rule, zone->type_answers, zone->type_answer_count,
              config_node(root, "zones", i, "type_answers"), key, faults);
}

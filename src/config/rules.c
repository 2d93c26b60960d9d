/* Maps of a zone: TTLs by service, numbers of answers by type. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/units.h"
#include "config/checks.h"
#include "config/config.h"

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

static void check_ttls(const struct config_zone *zone, const char *key,
                       const struct place *place, struct faults *faults)
{
    uint32_t number;

    for (uint32_t i = 0; i < zone->ttls_count; i++) {
        const struct rollcall_pair *pair = &zone->ttls[i];
        if (!is_pattern(pair->key))
            fault_add(faults, place, key,
                      "\"%s\" is no name of a service, nor the beginning of names with a "
                      "star behind it",
                      pair->key);
        else if (!parse_ttl(pair->value, &number))
            fault_add(faults, place, key,
                      "\"%s\" of %s is not a duration from 0s to 1d in whole seconds",
                      pair->value, pair->key);
    }
}

static void check_answers(const struct config_zone *zone, const char *key,
                          const struct place *place, struct faults *faults)
{
    uint32_t number;

    for (uint32_t i = 0; i < zone->type_answer_count; i++) {
        const struct rollcall_pair *pair = &zone->type_answers[i];
        if (!is_type(pair->key))
            fault_add(faults, place, key,
                      "\"%s\" is none of A, AAAA, SRV, SVCB, HTTPS and PTR", pair->key);
        else if (!parse_answers(pair->value, &number))
            fault_add(faults, place, key, "\"%s\" of %s is not a number from 0 to %d",
                      pair->value, pair->key, ANSWERS_MOST);
    }
}

void config_check_rules(const struct config_zone *zone, uint32_t index,
                        const struct place *ttls, const struct place *answers,
                        struct faults *faults)
{
    char key[64];

    snprintf(key, sizeof key, "zones.%u.ttls", index);
    check_ttls(zone, key, ttls, faults);
    snprintf(key, sizeof key, "zones.%u.type_answers", index);
    check_answers(zone, key, answers, faults);
}

#include "base/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    uint64_t factor;
};

/* Largest first: the order in which they may follow one another. */
static const struct unit duration_units[] = {
    { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 },
};
enum { DURATION_UNITS = sizeof duration_units / sizeof duration_units[0] };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_number(const char **at, uint64_t *number)
{
    uint64_t value = 0;

    if (!is_digit(**at))
        return false;
    for (; is_digit(**at); (*at)++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(**at - '0'), &value))
            return false;
    *number = value;
    return true;
}

/* Digits after a point, as a fraction with three places; more places must be zero. */
static bool read_thousandths(const char **at, uint64_t *thousandths)
{
    uint64_t value = 0;
    uint64_t place = 100;

    if (!is_digit(**at))
        return false;
    for (; is_digit(**at); (*at)++, place /= 10) {
        if (place == 0 && **at != '0')
            return false;
        value += place * (uint64_t)(**at - '0');
    }
    *thousandths = value;
    return true;
}

static int read_unit(const char **at)
{
    size_t length = 0;

    while (isalpha((unsigned char)(*at)[length]))
        length++;
    for (int i = 0; i < DURATION_UNITS; i++) {
        const char *name = duration_units[i].name;
        if (strlen(name) == length && strncasecmp(*at, name, length) == 0) {
            *at += length;
            return i;
        }
    }
    return -1;
}

/* One "1.5s" or "90m". `*last` is the unit before it, -1 for the first. */
static bool read_part(const char **at, int *last, uint64_t *total, bool *fraction)
{
    uint64_t number;
    uint64_t thousandths = 0;

    if (!read_number(at, &number))
        return false;
    *fraction = **at == '.';
    if (*fraction) {
        (*at)++;
        if (!read_thousandths(at, &thousandths))
            return false;
    }
    int unit = read_unit(at);
    if (unit <= *last)
        return false;
    *last = unit;
    uint64_t factor = duration_units[unit].factor;
    if (thousandths * factor % 1000 != 0)
        return false;
    return !__builtin_mul_overflow(number, factor, &number) &&
           !__builtin_add_overflow(number, thousandths * factor / 1000, &number) &&
           !__builtin_add_overflow(*total, number, total);
}

bool units_parse_duration(const char *text, uint64_t *milliseconds)
{
    uint64_t total = 0;
    int last = -1;
    bool fraction;
    int parts = 0;

    do {
        if (!read_part(&text, &last, &total, &fraction))
            return false;
        parts++;
        if (fraction && (parts > 1 || *text != '\0'))
            return false;
    } while (*text != '\0');
    *milliseconds = total;
    return true;
}

void units_print_duration(uint64_t milliseconds, char *out, size_t size)
{
    size_t used = 0;

    if (milliseconds == 0) {
        snprintf(out, size, "0s");
        return;
    }
    for (int i = 0; i < DURATION_UNITS; i++) {
        uint64_t count = milliseconds / duration_units[i].factor;
        if (count == 0 || used >= size)
            continue;
        milliseconds %= duration_units[i].factor;
        int length = snprintf(out + used, size - used, "%" PRIu64 "%s", count,
                              duration_units[i].name);
        used += length > 0 ? (size_t)length : 0;
    }
}

enum { WHOLE = 1000 };

bool units_parse_thousandths(const char *text, uint64_t max, uint64_t *thousandths)
{
    uint64_t total = 0, worth = WHOLE;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(total, 10, &total) ||
            __builtin_add_overflow(total, (uint64_t)(*at - '0'), &total))
            return false;
    if (at == text || __builtin_mul_overflow(total, WHOLE, &total))
        return false;
    if (*at == '.' && at[1] == '\0')
        return false;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9' && worth > 1; at++)
            total += (uint64_t)(*at - '0') * (worth /= 10);
    if (*at != '\0' || total > max)
        return false;
    *thousandths = total;
    return true;
}

void units_print_thousandths(uint64_t thousandths, char *out, size_t size)
{
    uint64_t rest = thousandths % WHOLE;
    int digits = 3;

    for (; rest > 0 && rest % 10 == 0; digits--)
        rest /= 10;
    if (rest > 0)
        snprintf(out, size, "%" PRIu64 ".%0*" PRIu64, thousandths / WHOLE, digits, rest);
    else
        snprintf(out, size, "%" PRIu64, thousandths / WHOLE);
}

static int size_shift(const char *unit)
{
    static const char *const names[3][3] = { { "k", "kb", "kib" },
                                             { "m", "mb", "mib" },
                                             { "g", "gb", "gib" } };

    if (*unit == '\0' || strcasecmp(unit, "b") == 0)
        return 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            if (strcasecmp(unit, names[i][j]) == 0)
                return 10 * (i + 1);
    return -1;
}

bool units_parse_size(const char *text, uint64_t *bytes)
{
    uint64_t number;

    if (!read_number(&text, &number))
        return false;
    int shift = size_shift(text);
    if (shift < 0 || number > UINT64_MAX >> shift)
        return false;
    *bytes = number << shift;
    return true;
}

void units_print_size(uint64_t bytes, char *out, size_t size)
{
    static const char *const suffixes[] = { "", "k", "m", "g" };
    int i = 0;

    while (i < 3 && bytes != 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        i++;
    }
    snprintf(out, size, "%" PRIu64 "%s", bytes, suffixes[i]);
}

bool units_parse_u64(const char *text, uint64_t max, uint64_t *number)
{
    uint64_t value;

    if (!read_number(&text, &value) || *text != '\0' || value > max)
        return false;
    *number = value;
    return true;
}

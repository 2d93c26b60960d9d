#include "cli/moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/units.h"

enum { SECOND_MS = 1000 };

static struct tm local_of(int64_t wall)
{
    time_t seconds = (time_t)(wall / SECOND_MS);
    struct tm broken = { .tm_year = 70 };

    localtime_r(&seconds, &broken);
    return broken;
}

/* "@1772366624.25" */
static bool parse_epoch(const char *text, int64_t *out)
{
    uint64_t thousandths;

    if (text[0] != '@' ||
        !units_parse_thousandths(text + 1, (uint64_t)INT64_MAX, &thousandths))
        return false;
    *out = (int64_t)thousandths;
    return true;
}

/* What strptime() leaves: ".25", "Z", both or nothing. */
static bool parse_rest(const char *rest, int64_t *ms, bool *utc)
{
    char fraction[8] = "0";
    uint64_t thousandths = 0;
    size_t digits = 0;

    if (*rest == '.') {
        digits = strspn(rest + 1, "0123456789");
        if (digits == 0 || digits > 3)
            return false;
        snprintf(fraction, sizeof fraction, "0.%.*s", (int)digits, rest + 1);
        rest += digits + 1;
        if (!units_parse_thousandths(fraction, 1000, &thousandths))
            return false;
    }
    *ms = (int64_t)thousandths;
    *utc = *rest == 'Z';
    return strcmp(rest, "") == 0 || strcmp(rest, "Z") == 0;
}

static bool parse_form(const char *text, const char *form, struct tm day, int64_t *out)
{
    bool utc = false;
    int64_t ms = 0;

    day.tm_hour = day.tm_min = day.tm_sec = 0;
    day.tm_isdst = -1;
    const char *rest = strptime(text, form, &day);
    if (rest == NULL || !parse_rest(rest, &ms, &utc))
        return false;
    time_t seconds = utc ? timegm(&day) : mktime(&day);
    *out = (int64_t)seconds * SECOND_MS + ms;
    return seconds >= 0;
}

bool moment_parse(const char *text, int64_t now, int64_t *out)
{
    static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
                                         "%Y-%m-%dT%H:%M",    "%Y-%m-%d %H:%M",
                                         "%H:%M:%S",          "%H:%M",
                                         "%Y-%m-%d" };
    uint64_t ago;

    if (units_parse_duration(text, &ago)) {
        *out = ago < (uint64_t)now ? now - (int64_t)ago : 0;
        return true;
    }
    if (parse_epoch(text, out))
        return true;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (parse_form(text, forms[i], local_of(now), out))
            return true;
    return false;
}

void moment_print(int64_t wall, int64_t now, char out[MOMENT_TEXT])
{
    const struct tm then = local_of(wall), today = local_of(now);
    bool same = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;

    strftime(out, MOMENT_TEXT, same ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &then);
}

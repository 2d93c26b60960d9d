#include "alert/backoff.h"

#include <string.h>
#include <time.h>

#include "base/units.h"

int64_t backoff_wait(struct random_state *random, unsigned failures, int64_t asked)
{
    int64_t wait = BACKOFF_FIRST_MS;

    while (failures-- > 1 && wait < BACKOFF_MOST_MS)
        wait *= 2;
    if (wait > BACKOFF_MOST_MS)
        wait = BACKOFF_MOST_MS;
    wait -= (int64_t)random_below(random, (uint64_t)wait / 2 + 1);
    if (asked > BACKOFF_ASKED_MOST_MS)
        asked = BACKOFF_ASKED_MOST_MS;
    return wait > asked ? wait : asked;
}

int64_t backoff_asked(const char *value, int64_t wall)
{
    struct tm date = { .tm_sec = 0 };
    uint64_t seconds;

    if (units_parse_u64(value, UINT32_MAX, &seconds))
        return (int64_t)seconds * 1000;
    const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (end == NULL || *end != '\0')
        return 0;
    int64_t until = (int64_t)timegm(&date) * 1000;
    return until > wall ? until - wall : 0;
}

/* A check of kind "ttl": the service itself reports, by renew, within each interval. The
 * engine takes the reports; a "run" of this kind means that none came in time. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "health/check.h"
#include "health/check_rows.h"

#define EXPIRED "TTL expired"

/* With what it said last, once: it is overdue again and again. */
static void say_expired(const struct check *check, char *out, size_t size)
{
    const struct check_state *states = check->entry->checks;
    const char *last = states == NULL ? NULL : states[check->index].output;

    if (last == NULL)
        snprintf(out, size, EXPIRED);
    else if (strncmp(last, EXPIRED, sizeof EXPIRED - 1) == 0)
        snprintf(out, size, "%s", last);
    else
        snprintf(out, size, EXPIRED " (last output before timeout follows): %s", last);
}

static void ttl_start(struct check *check)
{
    char detail[64], said[CHECK_OUTPUT_MAX + 1];
    char interval[32];

    units_print_duration(check->spec->interval_ms, interval, sizeof interval);
    snprintf(detail, sizeof detail, "no report within %s", interval);
    say_expired(check, said, sizeof said);
    check_finish_said(check, OUTCOME_OVERDUE, detail, said);
}

static const struct check_field ttl_fields[] = { { 0 } };

const struct check_kind check_ttl = {
    .schema = { .kind = "ttl",
                .summary = "the service reports its own status by renew, in time",
                .fields = ttl_fields,
                .default_failure_threshold = 1 },
    .pushed = true,
    .start = ttl_start,
};

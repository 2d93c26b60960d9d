/* A check of kind "ttl": the service itself reports, by renew, within each interval. The
 * engine takes the reports; a "run" of this kind means that none came in time. */
#include <stdio.h>

#include "base/units.h"
#include "health/check.h"
#include "health/check_rows.h"

static void ttl_start(struct check *check)
{
    char detail[64];
    char interval[32];

    units_print_duration(check->spec->interval_ms, interval, sizeof interval);
    snprintf(detail, sizeof detail, "no report within %s", interval);
    check_finish(check, OUTCOME_OVERDUE, detail);
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

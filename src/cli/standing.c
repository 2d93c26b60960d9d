#include "cli/standing.h"

#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "cli/output.h"

/* Whole seconds: nobody reads the rest. */
static void print_duration(FILE *out, int64_t ms)
{
    char text[32];

    units_print_duration(ms <= 0 ? 0 : (uint64_t)(ms + 999) / 1000 * 1000, text,
                         sizeof text);
    fputs(text, out);
}

static void begin(FILE *out, const char *id, const char *what, int64_t since,
                  int64_t wall)
{
    output_plain(out, id);
    fprintf(out, ": %s since ", what);
    print_duration(out, wall - since);
}

static void print_until(FILE *out, int64_t until, int64_t wall)
{
    if (until == 0) {
        fputs(", until it is taken back", out);
        return;
    }
    fputs(", for ", out);
    print_duration(out, until - wall);
    fputs(" more", out);
}

static void print_drain(FILE *out, const char *id,
                        const struct rollcall_standing *standing, int64_t wall)
{
    begin(out, id, "draining", standing->drain_since, wall);
    if (standing->drain_safe_in == 0) {
        fputs(", safe to stop\n", out);
        return;
    }
    fputs(", safe to stop in ", out);
    print_duration(out, (int64_t)standing->drain_safe_in);
    fputc('\n', out);
}

static void print_override(FILE *out, const char *id,
                           const struct rollcall_standing *standing, int64_t wall)
{
    bool up = strcmp(standing->override, "up") == 0;

    begin(out, id, up ? "overridden up" : "overridden down", standing->override_since,
          wall);
    fprintf(out, " by uid %" PRIu32, standing->override_by);
    print_until(out, standing->override_until, wall);
    if (standing->override_reason != NULL) {
        fputs(": ", out);
        output_plain(out, standing->override_reason);
    }
    fputc('\n', out);
}

void standing_print(FILE *out, const char *id, const struct rollcall_standing *standing,
                    int64_t wall)
{
    if (strcmp(standing->word, "node down") == 0) {
        output_plain(out, id);
        fputs(": out with its whole node, which is down\n", out);
    }
    if (standing->drain_since != 0)
        print_drain(out, id, standing, wall);
    if (standing->override != NULL)
        print_override(out, id, standing, wall);
    if (standing->frozen_since != 0) {
        begin(out, id, "frozen", standing->frozen_since, wall);
        fputs(", served as before: the checks doubt themselves\n", out);
    }
    if (standing->held_since != 0) {
        begin(out, id, "held", standing->held_since, wall);
        fputs(", served as before: too many would leave with it\n", out);
    }
    if (standing->damped_until != 0) {
        begin(out, id, "damped", standing->damped_since, wall);
        print_until(out, standing->damped_until, wall);
        fputs(": it came and went too often\n", out);
    }
}

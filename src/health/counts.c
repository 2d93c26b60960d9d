/* What the checks of all instances did, in numbers. */
#include "health/engine.h"

#define ROW(member, ...) COUNTER(struct health_counts, member, __VA_ARGS__)

static const struct counter_row rows[] = {
    ROW(checks, "Checks that are defined.", IS_GAUGE),
    ROW(running, "Checks under way.", IS_GAUGE),
    ROW(waiting, "Checks that are due and wait because too many run.", IS_GAUGE),
    ROW(late, "Runs that began more than a second behind their due time."),
    ROW(latest_ms, "The longest that a run began behind its due time.",
        .metric = "health_latest_seconds", .per = 1000, IS_GAUGE),
    ROW(runs, "Runs that ended.", IS_UNSHOWN),
    ROW(passed, "Runs that ended well.", IS_UNSHOWN),
    ROW(warned, "Runs that ended with a warning.", IS_UNSHOWN),
    ROW(failed, "Runs that failed, time-outs included.", IS_UNSHOWN),
    ROW(timed_out, "Runs that were not answered in time.", IS_UNSHOWN),
    ROW(not_run, "Runs given up because the daemon is short of sockets or memory.",
        IS_UNSHOWN),
    ROW(reports, "States reported by services."),
    ROW(changes, "Verdicts that changed."),
    ROW(slower, "Runs that took much longer than usual (latency_factor).", IS_UNSHOWN),
    ROW(damped, "Instances that were taken out because they flapped."),
    ROW(braked, "Instances that were held in DNS by the brake."),
    ROW(held, "Instances that are held now.", IS_GAUGE),
    ROW(doubts, "Times that the checker doubted itself."),
    ROW(doubting, "1 while it does.", IS_GAUGE),
    ROW(in_doubt, "Results that did not count because it did."),
    ROW(canaries_failed, "Rounds of the canaries that failed."),
    ROW(shadow_differs, "Times that a shadow check would have decided otherwise."),
    ROW(deregistered, "Instances that were critical for too long."),
    COUNTER_END,
};

static const char *outcome_word(unsigned index)
{
    return outcome_name((enum check_outcome)index);
}

static const struct counter_table tables[] = {
    { .metric = "check_runs",
      .help = "Runs and reports of checks that ended, by kind and outcome; those that "
              "were never seen are left out.",
      .sparse = true,
      .labels = { "kind", "outcome" },
      .words = { check_kind_word, outcome_word },
      .counts = { CHECK_KINDS_MAX, OUTCOME_COUNT },
      .offset = offsetof(struct health_counts, outcomes) },
    { .metric = NULL },
};

/* From a connection on this host to a check that is given a minute. */
static const struct histogram_bounds took_bounds = {
    .per = 1000000,
    .count = 12,
    .upper = { 250, 1000, 2500, 5000, 10000, 25000, 100000, 250000, 1000000, 2500000,
               10000000, 60000000 },
};

static const struct histogram_table histograms[] = {
    { .metric = "check_duration_seconds",
      .help = "Time that a run of a check took, by kind, however it ended.",
      .bounds = &took_bounds,
      .offset = offsetof(struct health_counts, took),
      .sparse = true,
      .label = "kind",
      .word = check_kind_word,
      .count = CHECK_KINDS_MAX },
    { .metric = NULL },
};

const struct counter_group health_counter_group = {
    .area = "health", .rows = rows, .tables = tables, .histograms = histograms
};

static void take_grade(struct health_counts *counts, enum outcome_grade grade)
{
    counter *const grades[] = { [GRADE_FAIL] = &counts->failed,
                                [GRADE_WARNING] = &counts->warned,
                                [GRADE_PASS] = &counts->passed,
                                [GRADE_NONE] = &counts->not_run };

    counter_add(grades[grade], 1);
}

void counts_take(struct health_counts *counts, const struct check *check,
                 const struct check_result *result)
{
    unsigned kind = check_kind_place(check->kind);
    uint64_t us = result->latency_us > 0 ? (uint64_t)result->latency_us : 0;

    counter_add(&counts->runs, 1);
    if (result->outcome == OUTCOME_SLOWER)
        counter_add(&counts->slower, 1);
    if (result->outcome == OUTCOME_TIMED_OUT)
        counter_add(&counts->timed_out, 1);
    take_grade(counts, outcome_grade(result->outcome));
    counter_add(&counts->outcomes[kind][result->outcome], 1);
    if (!check->kind->pushed)
        histogram_add(&counts->took[kind], &took_bounds, us, 1);
}

void counts_take_report(struct health_counts *counts, const struct check *check,
                        enum check_outcome outcome)
{
    counter_add(&counts->reports, 1);
    counter_add(&counts->outcomes[check_kind_place(check->kind)][outcome], 1);
}

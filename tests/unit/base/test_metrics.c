/* base/metrics.h: what Prometheus reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/metrics.h"

struct block {
    counter hits, open, noerror, nxdomain, hidden, spent_us;
    counter places[2][2];
    struct histogram took;
};

#define ROW(member, ...) COUNTER(struct block, member, __VA_ARGS__)

static const struct counter_row rows[] = {
    ROW(hits, "Found."),
    ROW(noerror, "Replies with data.", IS_OF("replies", "rcode=\"NOERROR\"")),
    ROW(open, "Open now.", IS_GAUGE),
    ROW(nxdomain, "No such name.", IS_OF("replies", "rcode=\"NXDOMAIN\"")),
    ROW(hidden, "Shown by another.", IS_UNSHOWN),
    ROW(spent_us, "Time spent.", .per = 1000000, .metric = "spent_seconds"),
    COUNTER_END,
};
static const struct counter_family families[] = { { "replies", "Replies by rcode." },
                                                  { NULL, NULL } };

static const char *word(unsigned index)
{
    return index == 0 ? "zero" : "one";
}

static const struct counter_table tables[] = {
    { .metric = "places",
      .help = "Places.",
      .sparse = true,
      .labels = { "row", "column" },
      .words = { word, word },
      .counts = { 2, 2 },
      .offset = offsetof(struct block, places) },
    { .metric = NULL },
};
static const struct histogram_bounds bounds = { .per = 1000000,
                                                .count = 2,
                                                .upper = { 250, 1000000 } };
static const struct histogram_table histograms[] = {
    { .metric = "took_seconds",
      .help = "Time taken.",
      .bounds = &bounds,
      .offset = offsetof(struct block, took),
      .count = 1 },
    { .metric = NULL },
};

static void more(void *owner, struct metrics *metrics)
{
    static const struct metric zones = { "zones", "A \"zone\" of\nus\\.", METRIC_GAUGE,
                                         "apex" };

    metrics_family(metrics, &zones);
    if (owner == NULL)
        return;
    metrics_sample(metrics, NULL);
    metrics_label(metrics, "apex", owner);
    metrics_real(metrics, 0.5);
}

struct shown {
    struct buffer out;
    struct block block;
};

static const char *show(struct shown *shown, bool openmetrics, const char *zone)
{
    const void *const blocks[] = { &shown->block };
    char owner[32];
    const struct counter_group group = { .area = "test",
                                         .rows = rows,
                                         .families = families,
                                         .tables = tables,
                                         .histograms = histograms,
                                         .blocks = blocks,
                                         .block_count = 1,
                                         .more = more,
                                         .owner = strcpy(owner, zone) };
    const struct counter_group *const groups[] = { &group, NULL };

    buffer_init(&shown->out, 65536);
    metrics_write(&shown->out, groups, openmetrics);
    assert_false(shown->out.failed);
    return shown->out.data;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static void hasnt(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" in:\n%s", part, text);
}

static void a_counter_ends_in_total_and_a_gauge_does_not(void **state)
{
    struct shown shown = { .block = { .hits = 3, .open = 2 } };
    (void)state;

    const char *text = show(&shown, false, "a");
    has(text, "# HELP rollcall_test_hits_total Found.\n"
              "# TYPE rollcall_test_hits_total counter\nrollcall_test_hits_total 3\n");
    has(text, "# TYPE rollcall_test_open gauge\nrollcall_test_open 2\n");
    hasnt(text, "hidden");
    hasnt(text, "# EOF");
    buffer_deinit(&shown.out);
}

static void rows_of_one_metric_stand_together_under_one_heading(void **state)
{
    struct shown shown = { .block = { .noerror = 7, .nxdomain = 1 } };
    (void)state;

    has(show(&shown, false, "a"), "# HELP rollcall_replies_total Replies by rcode.\n"
                                  "# TYPE rollcall_replies_total counter\n"
                                  "rollcall_replies_total{rcode=\"NOERROR\"} 7\n"
                                  "rollcall_replies_total{rcode=\"NXDOMAIN\"} 1\n#");
    buffer_deinit(&shown.out);
}

static void microseconds_are_shown_as_seconds(void **state)
{
    struct shown shown = { .block = { .spent_us = 1500000 } };
    (void)state;

    has(show(&shown, false, "a"), "\nrollcall_spent_seconds_total 1.5\n");
    buffer_deinit(&shown.out);
}

static void a_sparse_table_shows_what_was_counted(void **state)
{
    struct shown shown = { .block = { .places = { { 0, 4 }, { 0, 0 } } } };
    (void)state;

    const char *text = show(&shown, false, "a");
    has(text, "\nrollcall_places_total{row=\"zero\",column=\"one\"} 4\n");
    hasnt(text, "row=\"one\"");
    buffer_deinit(&shown.out);
}

static void buckets_of_a_histogram_are_cumulative(void **state)
{
    struct shown shown = { .block = { .hits = 0 } };
    (void)state;

    histogram_add(&shown.block.took, &bounds, 100, 2);
    histogram_add(&shown.block.took, &bounds, 300, 1);
    histogram_add(&shown.block.took, &bounds, 2000000, 1);
    has(show(&shown, false, "a"), "# TYPE rollcall_took_seconds histogram\n"
                                  "rollcall_took_seconds_bucket{le=\"0.00025\"} 2\n"
                                  "rollcall_took_seconds_bucket{le=\"1.0\"} 3\n"
                                  "rollcall_took_seconds_bucket{le=\"+Inf\"} 4\n"
                                  "rollcall_took_seconds_sum 2.0005\n"
                                  "rollcall_took_seconds_count 4\n");
    buffer_deinit(&shown.out);
}

static void openmetrics_names_the_family_without_total_and_ends_with_eof(void **state)
{
    struct shown shown = { .block = { .hits = 3 } };
    (void)state;

    const char *text = show(&shown, true, "a");
    has(text, "# HELP rollcall_test_hits Found.\n# TYPE rollcall_test_hits counter\n"
              "rollcall_test_hits_total 3\n");
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    buffer_deinit(&shown.out);
}

static void values_of_labels_are_escaped(void **state)
{
    struct shown shown = { .block = { .hits = 0 } };
    (void)state;

    has(show(&shown, false, "a\"b\\c\nd"),
        "rollcall_zones{apex=\"a\\\"b\\\\c\\nd\"} 0.5\n");
    buffer_deinit(&shown.out);
}

static void quotes_in_help_are_escaped_for_openmetrics_alone(void **state)
{
    struct shown shown = { .block = { .hits = 0 } };
    (void)state;

    has(show(&shown, false, "a"), "# HELP rollcall_zones A \"zone\" of\\nus\\\\.\n");
    buffer_deinit(&shown.out);
    has(show(&shown, true, "a"), "# HELP rollcall_zones A \\\"zone\\\" of\\nus\\\\.\n");
    buffer_deinit(&shown.out);
}

static void the_page_has_every_metric_once_and_no_value(void **state)
{
    const struct counter_group group = { .area = "test",
                                         .rows = rows,
                                         .families = families,
                                         .tables = tables,
                                         .histograms = histograms,
                                         .more = more };
    const struct counter_group *const groups[] = { &group, NULL };
    struct buffer out;
    (void)state;

    buffer_init(&out, 65536);
    metrics_page(&out, groups);
    has(out.data, "| `rollcall_test_hits_total` | counter |  | Found. |\n");
    has(out.data, "| `rollcall_replies_total` | counter | rcode | Replies by rcode. |\n");
    has(out.data, "| `rollcall_places_total` | counter | row, column | Places. |\n");
    has(out.data, "| `rollcall_took_seconds` | histogram |  | Time taken. |\n");
    has(out.data, "| `rollcall_zones` | gauge | apex |");
    assert_null(strstr(strstr(out.data, "rollcall_replies") + 1, "rollcall_replies"));
    buffer_deinit(&out);
}

static void a_scraper_that_prefers_openmetrics_gets_it(void **state)
{
    (void)state;

    assert_true(metrics_accept("application/openmetrics-text;version=1.0.0;q=0.5,"
                               "application/openmetrics-text;version=0.0.1;q=0.4,"
                               "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"));
    assert_true(metrics_accept("application/openmetrics-text; version=1.0.0"));
    assert_true(metrics_accept("text/plain;q=0.1, Application/OpenMetrics-Text"));
}

static void everybody_else_gets_text(void **state)
{
    (void)state;

    assert_false(metrics_accept(NULL));
    assert_false(metrics_accept(""));
    assert_false(metrics_accept("*/*"));
    assert_false(metrics_accept("text/html, text/plain;q=0.5"));
    assert_false(metrics_accept("application/openmetrics-text;q=0"));
    assert_false(metrics_accept("application/openmetrics-text;version=0.0.1"));
    assert_false(metrics_accept("application/openmetrics-text;q=0.3, text/plain;q=0.9"));
    assert_false(metrics_accept(";;;,,;q,=,"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_ends_in_total_and_a_gauge_does_not),
        cmocka_unit_test(rows_of_one_metric_stand_together_under_one_heading),
        cmocka_unit_test(microseconds_are_shown_as_seconds),
        cmocka_unit_test(a_sparse_table_shows_what_was_counted),
        cmocka_unit_test(buckets_of_a_histogram_are_cumulative),
        cmocka_unit_test(openmetrics_names_the_family_without_total_and_ends_with_eof),
        cmocka_unit_test(values_of_labels_are_escaped),
        cmocka_unit_test(quotes_in_help_are_escaped_for_openmetrics_alone),
        cmocka_unit_test(the_page_has_every_metric_once_and_no_value),
        cmocka_unit_test(a_scraper_that_prefers_openmetrics_gets_it),
        cmocka_unit_test(everybody_else_gets_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

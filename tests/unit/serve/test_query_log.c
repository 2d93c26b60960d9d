#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "serve/query_log.h"
#include "serve/query_ring.h"

struct box {
    char folder[64];
    char path[96];
    struct config_dns dns;
    struct query_log *log;
};

static int open_box(void **state)
{
    struct box *box = calloc(1, sizeof *box);
    struct reason why = REASON_NONE;

    assert_non_null(box);
    snprintf(box->folder, sizeof box->folder, "/tmp/query-log.XXXXXX");
    assert_non_null(mkdtemp(box->folder));
    snprintf(box->path, sizeof box->path, "%s/log", box->folder);
    box->dns = (struct config_dns){ .workers = 2,
                                    .query_log = box->path,
                                    .query_log_sample = 1,
                                    .query_log_rate = 20000 };
    assert_int_equal(query_log_open(&box->dns, &box->log, &why), ROLLCALL_OK);
    *state = box;
    return 0;
}

static int close_box(void **state)
{
    struct box *box = *state;

    query_log_destroy(box->log);
    unlink(box->path);
    rmdir(box->folder);
    free(box);
    return 0;
}

/* A query for x\"y.service.local. whose reply stands in `message`. */
static bool note(struct query_ring *ring, uint64_t now_ms)
{
    static const uint8_t name[] = "\3x\"y\7service\5local";
    uint8_t message[12] = { 0, 1, 0x86, 0, 0, 1, 0, 3 };
    struct dns_query query = { .type = DNS_TYPE_A,
                               .class_ = DNS_CLASS_IN,
                               .name_length = sizeof name };
    struct address from;
    struct exchange exchange = { .message = message, .query = &query, .from = &from.any };

    memcpy(query.name, name, sizeof name);
    assert_true(address_parse("192.0.2.1:4321", 0, &from));
    return query_ring_note(ring, &exchange, DNS_RCODE_NOERROR, 100, now_ms);
}

static unsigned lines_of(const struct box *box, char *first, int size)
{
    FILE *file = fopen(box->path, "r");
    char line[QUERY_LINE_MAX];
    unsigned count = 0;

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (count++ == 0 && first != NULL)
            snprintf(first, (size_t)size, "%s", line);
    fclose(file);
    return count;
}

static void a_line_says_who_asked_what_and_got_what(void **state)
{
    struct box *box = *state;
    struct query_record record;
    char line[QUERY_LINE_MAX];

    assert_true(note(query_log_ring(box->log, 0), 7));
    assert_true(query_ring_take(query_log_ring(box->log, 0), &record));
    assert_int_equal(record.now_ms, 7);
    size_t length = query_line_print(&record, INT64_C(1559731985123), line);
    assert_string_equal(
        line,
        "{\"time\":\"2019-06-05T10:53:05.123Z\",\"client\":\"192.0.2.1\","
        "\"port\":4321,\"transport\":\"udp\",\"name\":\"x\\\\\\\"y.service.local.\","
        "\"type\":\"A\",\"class\":\"IN\",\"rcode\":\"NOERROR\",\"answers\":3,"
        "\"size\":100,\"truncated\":true,\"sent\":true}\n");
    assert_int_equal(length, strlen(line));
}

static void the_longest_and_oddest_name_fits_a_line(void **state)
{
    struct query_record record = { .client = { 6, { 0xfd } },
                                   .name_length = DNS_NAME_MAX,
                                   .type = 65280,
                                   .class_ = 65535 };
    char line[QUERY_LINE_MAX];
    (void)state;

    for (unsigned at = 0; at < 255; at++)
        record.name[at] = (uint8_t)(at % 64 == 0 ? 63 : 1);
    record.name[192] = 61;
    record.name[254] = 0;
    assert_true(query_line_print(&record, 0, line) > 1000);
    assert_non_null(strstr(line, "\"class\":\"CLASS65535\""));
    assert_non_null(strstr(line, "\"sent\":false}\n"));
}

static void what_was_noted_is_in_the_file_at_the_end(void **state)
{
    struct box *box = *state;
    struct reason why = REASON_NONE;
    char first[QUERY_LINE_MAX];

    assert_int_equal(query_log_start(box->log, &why), ROLLCALL_OK);
    for (unsigned i = 0; i < 500; i++)
        assert_true(note(query_log_ring(box->log, i % 2), i));
    query_log_destroy(box->log);
    box->log = NULL;
    assert_int_equal(lines_of(box, first, sizeof first), 500);
    assert_non_null(strstr(first, "\"name\":\"x\\\\\\\"y.service.local.\""));
}

/* A line a query, until the file may not grow; then without that bound once more. */
static void half_a_line_is_never_left_in_a_full_file(void **state)
{
    struct box *box = *state;
    struct reason why = REASON_NONE;
    struct rlimit before, small;
    char first[QUERY_LINE_MAX];

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){ 1000, before.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (unsigned i = 0; i < 10; i++)
        assert_true(note(query_log_ring(box->log, 0), i));
    assert_int_equal(query_log_start(box->log, &why), ROLLCALL_OK);
    query_log_destroy(box->log);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

    unsigned kept = lines_of(box, first, sizeof first);
    assert_int_equal(query_log_open(&box->dns, &box->log, &why), ROLLCALL_OK);
    assert_true(note(query_log_ring(box->log, 0), 11));
    assert_int_equal(query_log_start(box->log, &why), ROLLCALL_OK);
    query_log_destroy(box->log);
    box->log = NULL;
    assert_int_equal(lines_of(box, NULL, 0), kept + 1);
    assert_int_equal(kept, 1000 / strlen(first));
}

static void lines_that_a_full_disk_did_not_take_are_counted(void **state)
{
    struct box *box = *state;
    struct reason why = REASON_NONE;
    uint64_t failed = 0;

    query_log_destroy(box->log);
    box->dns.query_log = "/dev/full";
    assert_int_equal(query_log_open(&box->dns, &box->log, &why), ROLLCALL_OK);
    const struct counter_group *group = query_log_counters(box->log);
    for (unsigned i = 0; i < 500; i++)
        assert_true(note(query_log_ring(box->log, 0), i));
    assert_int_equal(query_log_start(box->log, &why), ROLLCALL_OK);
    while (failed < 500) { /* the log's thread looks ten times a second */
        sched_yield();
        failed = counter_sum(group, &group->rows[1]);
    }
    assert_int_equal(failed, 500);
    assert_int_equal(counter_sum(group, &group->rows[0]), 0);
}

static void a_full_ring_takes_no_more_and_keeps_what_it_has(void **state)
{
    struct box *box = *state;
    struct query_ring *ring = query_log_ring(box->log, 0);
    struct query_record record;

    for (unsigned i = 0; i < QUERY_RING_RECORDS; i++)
        assert_true(note(ring, i));
    assert_false(note(ring, 99999));
    for (unsigned i = 0; i < QUERY_RING_RECORDS; i++) {
        assert_true(query_ring_take(ring, &record));
        assert_int_equal(record.now_ms, i);
    }
    assert_false(query_ring_take(ring, &record));
    assert_true(note(ring, 1));
}

static unsigned wanted_of(struct query_ring *ring, unsigned queries, uint64_t now_ms,
                          unsigned *lost)
{
    unsigned count = 0;

    *lost = 0;
    for (unsigned i = 0; i < queries; i++) {
        bool over;
        count += query_ring_wants(ring, now_ms, &over);
        *lost += over;
    }
    return count;
}

static void a_worker_has_its_share_of_the_rate_each_second(void **state)
{
    struct box *box = *state;
    struct query_ring *ring = query_log_ring(box->log, 0);
    unsigned lost;

    assert_int_equal(wanted_of(ring, 15000, 5000, &lost), 10000);
    assert_int_equal(lost, 5000);
    assert_int_equal(wanted_of(ring, 100, 5999, &lost), 0);
    assert_int_equal(wanted_of(ring, 100, 6000, &lost), 100);
    assert_int_equal(lost, 0);
}

static void a_sample_is_every_nth_and_the_others_are_not_lost(void **state)
{
    struct box *box = *state;
    struct reason why = REASON_NONE;
    unsigned lost;

    query_log_destroy(box->log);
    box->dns.query_log_sample = 10;
    assert_int_equal(query_log_open(&box->dns, &box->log, &why), ROLLCALL_OK);
    assert_int_equal(wanted_of(query_log_ring(box->log, 0), 1000, 5000, &lost), 100);
    assert_int_equal(lost, 0);
}

static void a_file_that_cannot_be_written_is_named_with_what_to_do(void **state)
{
    struct config_dns dns = { .workers = 1, .query_log = (char *)"/nowhere/log" };
    struct query_log *log;
    struct reason why = REASON_NONE;
    (void)state;

    assert_int_equal(query_log_open(&dns, &log, &why), ROLLCALL_E_IO);
    assert_null(log);
    assert_string_equal(why.field, "dns.query_log");
    assert_non_null(strstr(why.text, "/nowhere/log: No such file or directory; make"));
}

static void a_pipe_that_nobody_reads_is_an_error_and_no_wait(void **state)
{
    struct box *box = *state;
    struct reason why = REASON_NONE;

    query_log_destroy(box->log);
    unlink(box->path);
    assert_int_equal(mkfifo(box->path, 0600), 0);
    assert_int_equal(query_log_open(&box->dns, &box->log, &why), ROLLCALL_E_IO);
    assert_null(box->log);
    assert_non_null(strstr(why.text, "cannot write"));
}

static void without_the_setting_there_is_no_log(void **state)
{
    struct config_dns dns = { .workers = 1 };
    struct query_log *log;
    struct reason why = REASON_NONE;
    (void)state;

    assert_int_equal(query_log_open(&dns, &log, &why), ROLLCALL_OK);
    assert_null(log);
    assert_null(query_log_ring(log, 0));
    assert_int_equal(query_log_start(log, &why), ROLLCALL_OK);
    query_log_destroy(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_box, close_box)
        TEST(a_line_says_who_asked_what_and_got_what),
        TEST(the_longest_and_oddest_name_fits_a_line),
        TEST(what_was_noted_is_in_the_file_at_the_end),
        TEST(half_a_line_is_never_left_in_a_full_file),
        TEST(lines_that_a_full_disk_did_not_take_are_counted),
        TEST(a_full_ring_takes_no_more_and_keeps_what_it_has),
        TEST(a_worker_has_its_share_of_the_rate_each_second),
        TEST(a_sample_is_every_nth_and_the_others_are_not_lost),
        TEST(a_file_that_cannot_be_written_is_named_with_what_to_do),
        TEST(a_pipe_that_nobody_reads_is_an_error_and_no_wait),
        TEST(without_the_setting_there_is_no_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

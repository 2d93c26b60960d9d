/* What fits, what is cut, and in which order (docs/dns.md §2.3, §2.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/pipeline_fixture.h"

/* `count` members with ids of five characters, like web-1. */
static void put_many(struct fixture *f, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char id[16], address[32];
        snprintf(id, sizeof id, "w%04u", i);
        snprintf(address, sizeof address, "10.1.%u.%u", i >> 8, i & 255);
        struct spec spec = { .service = "web",
                             .id = id,
                             .v4 = address,
                             .port = "http",
                             .number = 80,
                             .weight = 1,
                             .priority = 1,
                             .health = ROLLCALL_PASSING };
        put(&f->town, &spec);
    }
    answer_flush(f->town.answer);
}

struct counts {
    unsigned answers, additional, flags;
    size_t length;
};

static struct counts measure(struct fixture *f, const char *type, bool edns, bool tcp)
{
    static uint8_t message[65536];
    struct dns_name name;
    uint16_t number;

    dns_name_parse("web." Z, &name);
    dns_type_parse(type, &number);
    size_t length = dns_message_ask(message, 512, 7, &name, number, false, edns);
    answer_reader_online();
    length = pipeline_answer(f->pipeline, message, length, tcp ? 65535 : 4096, NULL, tcp);
    answer_reader_offline();
    struct counts counts = { (unsigned)(message[6] << 8 | message[7]),
                             (unsigned)(message[10] << 8 | message[11]),
                             (unsigned)(message[2] << 8 | message[3]), length };
    static char text[1 << 20];
    assert_string_not_equal(spoken(message, length, text, sizeof text), "broken");
    return counts;
}

static void an_answer_is_cut_to_whole_records(void **state)
{
    put_many(*state, 100);
    struct counts small = measure(*state, "A", false, false);
    assert_int_equal(small.answers, 29);
    assert_true((small.flags & DNS_FLAG_TC) != 0 && small.length <= 512);
    struct counts large = measure(*state, "A", true, false);
    assert_int_equal(large.answers, 74);
    assert_int_equal(large.additional, 1);
    assert_true((large.flags & DNS_FLAG_TC) != 0 && large.length <= 1232);
    struct counts srv = measure(*state, "SRV", false, false);
    assert_int_equal(srv.answers, 11);
    assert_int_equal(srv.additional, 0);
    srv = measure(*state, "SRV", true, false);
    assert_int_equal(srv.answers, 27);
    assert_int_equal(srv.additional, 1);
    struct counts tcp = measure(*state, "SRV", true, true);
    assert_int_equal(tcp.answers, 100);
    assert_int_equal(tcp.additional, 101);
    assert_int_equal(tcp.flags & DNS_FLAG_TC, 0);
}

static void additional_records_are_dropped_without_a_mark(void **state)
{
    put_many(*state, 25);
    struct counts srv = measure(*state, "SRV", true, false);
    assert_int_equal(srv.answers, 25);
    assert_in_range(srv.additional, 5, 8);
    assert_int_equal(srv.flags & DNS_FLAG_TC, 0);
    assert_in_range(srv.length, 1232 - 16, 1232);
}

static void over_tcp_too_many_records_are_a_moving_window(void **state)
{
    put_many(*state, 4500);
    struct counts tcp = measure(*state, "A", true, true);
    assert_int_equal(tcp.flags & DNS_FLAG_TC, 0);
    assert_in_range(tcp.length, 59000, 60100);
    struct counts srv = measure(*state, "SRV", true, true);
    assert_int_equal(srv.flags & DNS_FLAG_TC, 0);
    assert_in_range(srv.length, 59000, 65535);
}

/* Whatever the size asked for: within it, readable, and as many records as fit. */
static void every_size_is_kept(void **state)
{
    struct fixture *f = *state;

    put_many(f, 60);
    for (unsigned size = 512; size <= 1232; size += 7) {
        char opt[12] = OPT_1232;
        opt[3] = (char)(size >> 8);
        opt[4] = (char)size;
        const char *text = raw(f, 0, "web." Z, 33, 1, opt, 11, false);
        unsigned records = 0;
        for (const char *at = text; (at = strstr(at, " SRV ")) != NULL; at++)
            records++;
        assert_int_equal(records,
                         (size - 11 - 35) / 43 < 60 ? (size - 11 - 35) / 43 : 60);
    }
}

static void rotation_makes_each_member_first_equally_often(void **state)
{
    unsigned first[3] = { 0 };

    put_many(*state, 3);
    for (unsigned i = 0; i < 30; i++) {
        const char *text = ask(*state, "web.", "A", false);
        ask(*state, "web.", "AAAA", false); /* pairs must not shift the order */
        ask(*state, "web.", "SRV", false);
        const char *member = strstr(text, "10.1.0.");
        first[member[7] - '0']++;
        assert_non_null(strstr(text, "10.1.0.0"));
        assert_non_null(strstr(text, "10.1.0.1"));
        assert_non_null(strstr(text, "10.1.0.2"));
    }
    assert_int_equal(first[0], 10);
    assert_int_equal(first[1], 10);
    assert_int_equal(first[2], 10);
}

static void additional_addresses_follow_the_rotation(void **state)
{
    put_many(*state, 3);
    for (unsigned i = 0; i < 6; i++) {
        const char *text = ask(*state, "web.", "SRV", false);
        const char *target = strstr(text, " 80 w");
        char expected[64];
        snprintf(expected, sizeof expected, "| - | %.5s.web." Z " 30 A 10.1.0.%c;",
                 target + 4, target[8]);
        assert_non_null(strstr(text, expected));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
#define EMPTY(name) cmocka_unit_test_setup_teardown(name, setup_empty, teardown)
        EMPTY(an_answer_is_cut_to_whole_records),
        EMPTY(additional_records_are_dropped_without_a_mark),
        EMPTY(over_tcp_too_many_records_are_a_moving_window),
        EMPTY(every_size_is_kept),
        EMPTY(rotation_makes_each_member_first_equally_often),
        EMPTY(additional_addresses_follow_the_rotation),
    };
    return cmocka_run_group_tests_name("serve/pipeline_sizes", tests, NULL, NULL);
}

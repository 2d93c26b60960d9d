/* A batch answers as its queries would be answered one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/pipeline_fixture.h"

enum { ROOM = 4096 };

struct asked {
    const char *name;
    const char *type;
};

static const struct asked all_kinds[] = {
    { "web." Z, "A" },       { "web." Z, "SRV" },
    { "web." Z, "TXT" },     { "WEB." Z, "AAAA" },
    { "web-1.web." Z, "A" }, { "nosuch." Z, "A" },
    { "example.com.", "A" }, { Z, "SOA" },
    { "web." Z, "MX" },      { "void." Z, "A" },
    { "web." Z, "SRV" },     { "nosuch.web." Z, "SRV" },
    { "ext." Z, "A" },       { "_http._tcp.web-1.web." Z, "SRV" },
};

enum { KINDS = sizeof all_kinds / sizeof *all_kinds };

static void one_by_one(struct fixture *f, uint8_t messages[][ROOM], size_t *lengths,
                       unsigned count)
{
    answer_reader_online();
    for (unsigned i = 0; i < count; i++)
        lengths[i] =
            pipeline_answer(f->pipeline, messages[i], lengths[i], ROOM, NULL, false);
    answer_reader_offline();
}

static void at_once(struct fixture *f, uint8_t messages[][ROOM], size_t *lengths,
                    unsigned count)
{
    struct pipeline_message batch[32];

    for (unsigned i = 0; i < count; i++)
        batch[i] = (struct pipeline_message){ messages[i], lengths[i], NULL };
    answer_reader_online();
    pipeline_answer_batch(f->pipeline, batch, count);
    answer_reader_offline();
    for (unsigned i = 0; i < count; i++)
        lengths[i] = batch[i].length;
}

static void every_kind_of_answer_is_the_same_in_a_batch(void **state)
{
    static uint8_t single[KINDS][ROOM], batch[KINDS][ROOM];
    size_t single_lengths[KINDS], batch_lengths[KINDS];

    for (unsigned i = 0; i < KINDS; i++) {
        single_lengths[i] = put_question(single[i], all_kinds[i].name, all_kinds[i].type);
        batch_lengths[i] = put_question(batch[i], all_kinds[i].name, all_kinds[i].type);
    }
    one_by_one(*state, single, single_lengths, KINDS);
    at_once(*state, batch, batch_lengths, KINDS);
    for (unsigned i = 0; i < KINDS; i++) {
        assert_int_equal(batch_lengths[i], single_lengths[i]);
        assert_true(single_lengths[i] > 12);
        assert_memory_equal(batch[i], single[i], single_lengths[i]);
    }
}

static void a_broken_query_spoils_only_its_own_reply(void **state)
{
    static uint8_t messages[3][ROOM];
    size_t lengths[3];
    char text[4096];

    for (unsigned i = 0; i < 3; i++)
        lengths[i] = put_question(messages[i], "web-1.web." Z, "A");
    lengths[1] -= 3; /* cut inside the question */
    at_once(*state, messages, lengths, 3);
    assert_int_equal(lengths[1], 12);
    for (unsigned i = 0; i < 3; i += 2)
        assert_string_equal(spoken(messages[i], lengths[i], text, sizeof text),
                            "NOERROR aa | web-1.web." Z " 30 A 10.0.0.1 | - | -");
}

static void what_is_no_query_gets_silence_in_a_batch_too(void **state)
{
    static uint8_t messages[2][ROOM];
    size_t lengths[2];

    lengths[0] = put_question(messages[0], "web." Z, "A");
    messages[0][2] |= 0x80; /* a reply */
    lengths[1] = put_question(messages[1], "web." Z, "A");
    at_once(*state, messages, lengths, 2);
    assert_int_equal(lengths[0], 0);
    assert_true(lengths[1] > 12);
}

static void before_the_load_a_batch_says_servfail(void **state)
{
    static uint8_t messages[1][ROOM];
    size_t lengths[1];

    lengths[0] = put_question(messages[0], "web." Z, "A");
    at_once(*state, messages, lengths, 1);
    assert_int_equal(messages[0][3] & 15, DNS_RCODE_SERVFAIL);
}

static void a_batch_counts_its_queries(void **state)
{
    static uint8_t messages[4][ROOM];
    struct fixture *f = *state;
    size_t lengths[4];
    const struct pipeline_counters *counters = pipeline_counters(f->pipeline);

    for (unsigned i = 0; i < 4; i++)
        lengths[i] = put_question(messages[i], i == 0 ? "nosuch." Z : "web." Z, "A");
    at_once(f, messages, lengths, 4);
    assert_int_equal(counter_read(&counters->udp_queries), 4);
    assert_int_equal(counter_read(&counters->noerror), 3);
    assert_int_equal(counter_read(&counters->nxdomain), 1);
}

static void queries_are_counted_by_their_type(void **state)
{
    static const char *const types[] = { "A", "SRV", "SRV", "CAA", "HTTPS" };
    static uint8_t messages[6][ROOM];
    struct fixture *f = *state;
    size_t lengths[6];
    const counter *udp = pipeline_counters(f->pipeline)->types[0];

    for (unsigned i = 0; i < 5; i++)
        lengths[i] = put_question(messages[i], "web." Z, types[i]);
    lengths[5] = put_question(messages[5], "web." Z, "A") - 1; /* broken */
    at_once(f, messages, lengths, 6);
    assert_int_equal(counter_read(&udp[PIPELINE_A]), 1);
    assert_int_equal(counter_read(&udp[PIPELINE_SRV]), 2);
    assert_int_equal(counter_read(&udp[PIPELINE_HTTPS]), 1);
    assert_int_equal(counter_read(&udp[PIPELINE_OTHER]), 1);
    assert_int_equal(counter_read(&udp[PIPELINE_NONE]), 1);
}

#define TEST(name, before) cmocka_unit_test_setup_teardown(name, before, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_answer_is_the_same_in_a_batch, setup),
        TEST(a_broken_query_spoils_only_its_own_reply, setup),
        TEST(what_is_no_query_gets_silence_in_a_batch_too, setup),
        TEST(before_the_load_a_batch_says_servfail, setup_empty),
        TEST(a_batch_counts_its_queries, setup),
        TEST(queries_are_counted_by_their_type, setup),
    };
    return cmocka_run_group_tests_name("serve/pipeline_batch", tests, NULL, NULL);
}

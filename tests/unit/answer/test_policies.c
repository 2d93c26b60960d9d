/* Who is chosen how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "answer/block.h"
#include "answer/chooser.h"
#include "answer/policies.h"
#include "base/bytes.h"
#include "config/config.h"
#include "dns/wire.h"

static void rotate_starts_with_each_one_in_turn(void **state)
{
    unsigned first[7] = { 0 };

    (void)state;
    for (uint32_t turn = 1000; turn < 1070; turn++)
        first[policies[CONFIG_ORDER_ROTATE]->choose(turn, 7)]++;
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(first[i], 10);
}

static void fixed_always_starts_with_the_first(void **state)
{
    (void)state;
    for (uint32_t turn = 0; turn < 10; turn++)
        assert_int_equal(policies[CONFIG_ORDER_FIXED]->choose(turn, 7), 0);
}

static void all_keep_members_sorted_by_id(void **state)
{
    struct rollcall_instance c = { .id = "c" }, a = { .id = "a" }, b = { .id = "b" };

    (void)state;
    for (size_t i = 0; i < POLICY_COUNT; i++) {
        struct member members[] = { { .is = &c }, { .is = &a }, { .is = &b } };
        policies[i]->compile(members, 3);
        assert_ptr_equal(members[0].is, &a);
        assert_ptr_equal(members[1].is, &b);
        assert_ptr_equal(members[2].is, &c);
    }
}

/* An RRset of A records 0.0.0.0 and on, with these weights, in a block. */
static struct answer_block *weighted(const uint32_t *weights, uint32_t count,
                                     const struct answer_rrset **out)
{
    struct block_builder builder;

    block_builder_init(&builder);
    block_begin(&builder);
    block_rrset_begin(&builder, DNS_TYPE_A, 0, CONFIG_ORDER_WEIGHTED, 0);
    for (uint32_t i = 0; i < count; i++) {
        struct record_writer writer = block_rr_writer(&builder, 16);
        bytes_put32(record_begin(&writer, DNS_TYPE_A, 5, 4), i);
        block_rr_take(&builder, &writer, weights == NULL ? 1 : weights[i]);
    }
    uint32_t at = block_rrset_finish(&builder);
    struct answer_block *block = block_finish(&builder);
    block_builder_deinit(&builder);
    assert_non_null(block);
    *out = (const void *)(block->content + at);
    return block;
}

static struct chooser *chooser_of(uint64_t seed)
{
    struct chooser *chooser = calloc(1, sizeof *chooser);

    assert_non_null(chooser);
    chooser_init(chooser, seed);
    return chooser;
}

/* Seeds are fixed, so these counts are the same in every run. Three standard deviations
 * of 200,000 draws of one in eleven are 386. */
static void the_first_place_goes_by_weight(void **state)
{
    static const uint32_t weights[] = { 1, 10, 100, 1000, 10000 };
    const struct answer_rrset *rrset;
    struct answer_block *block = weighted(weights, 5, &rrset);
    struct chooser *chooser = chooser_of(1);
    unsigned first[5] = { 0 };

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        assert_int_equal(chooser_permute(chooser, rrset, 5), 5);
        first[chooser->order[0]]++;
    }
    assert_in_range(first[4], 180000 - 420, 180000 + 420);
    assert_in_range(first[3], 18000 - 420, 18000 + 420);
    assert_in_range(first[2], 1800 - 130, 1800 + 130);
    assert_in_range(first[1], 180 - 42, 180 + 42);
    assert_in_range(first[0], 18 - 14, 18 + 14);
    free(chooser);
    free(block);
}

static void weight_zero_comes_behind_all_others_in_any_order(void **state)
{
    static const uint32_t weights[] = { 0, 1, 0, 65535 };
    const struct answer_rrset *rrset;
    struct answer_block *block = weighted(weights, 4, &rrset);
    struct chooser *chooser = chooser_of(2);
    unsigned third[4] = { 0 };

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        chooser_permute(chooser, rrset, 4);
        assert_true(weights[chooser->order[0]] > 0 && weights[chooser->order[1]] > 0);
        third[chooser->order[2]]++;
    }
    assert_in_range(third[0], 400, 600);
    assert_int_equal(third[0] + third[2], 1000);
    free(chooser);
    free(block);
}

static void equal_records_have_the_weight_of_all_that_they_stand_for(void **state)
{
    struct block_builder builder;

    (void)state;
    block_builder_init(&builder);
    block_begin(&builder);
    block_rrset_begin(&builder, DNS_TYPE_A, 0, CONFIG_ORDER_WEIGHTED, 0);
    for (uint32_t i = 0; i < 4; i++) {
        struct record_writer writer = block_rr_writer(&builder, 16);
        bytes_put32(record_begin(&writer, DNS_TYPE_A, 5, 4), i % 2);
        assert_int_equal(block_rr_take(&builder, &writer, i + 1), i < 2);
    }
    uint32_t at = block_rrset_finish(&builder);
    struct answer_block *block = block_finish(&builder);
    const struct answer_rrset *rrset = (const void *)(block->content + at);
    assert_int_equal(rrset->count, 2);
    assert_int_equal(answer_rrset_pace(rrset, 0), UINT32_MAX / (1 + 3));
    assert_int_equal(answer_rrset_pace(rrset, 1), UINT32_MAX / (2 + 4));
    block_builder_deinit(&builder);
    free(block);
}

static void of_more_than_fit_a_random_stretch_takes_part(void **state)
{
    enum { COUNT = 3 * CHOOSER_MAX };
    const struct answer_rrset *rrset;
    struct answer_block *block = weighted(NULL, COUNT, &rrset);
    struct chooser *chooser = chooser_of(3);
    unsigned thirds[3] = { 0 };

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(chooser_permute(chooser, rrset, COUNT), CHOOSER_MAX);
        assert_true(chooser->order[0] < COUNT);
        thirds[chooser->order[0] / CHOOSER_MAX]++;
    }
    for (unsigned i = 0; i < 3; i++)
        assert_in_range(thirds[i], 65, 135);
    free(chooser);
    free(block);
}

static void every_order_of_three_is_as_likely_as_any_other(void **state)
{
    const struct answer_rrset *rrset;
    struct answer_block *block = weighted(NULL, 3, &rrset);
    struct answer_rrset shuffled = *rrset;
    struct chooser *chooser = chooser_of(4);
    unsigned orders[27] = { 0 };

    (void)state;
    shuffled.policy = CONFIG_ORDER_SHUFFLE;
    for (unsigned i = 0; i < 60000; i++) {
        chooser_permute(chooser, &shuffled, 3);
        orders[chooser->order[0] * 9 + chooser->order[1] * 3 + chooser->order[2]]++;
    }
    static const unsigned six[] = { 5, 7, 11, 15, 19, 21 };
    for (unsigned i = 0; i < 6; i++)
        assert_in_range(orders[six[i]], 10000 - 300, 10000 + 300);
    free(chooser);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotate_starts_with_each_one_in_turn),
        cmocka_unit_test(fixed_always_starts_with_the_first),
        cmocka_unit_test(all_keep_members_sorted_by_id),
        cmocka_unit_test(the_first_place_goes_by_weight),
        cmocka_unit_test(weight_zero_comes_behind_all_others_in_any_order),
        cmocka_unit_test(equal_records_have_the_weight_of_all_that_they_stand_for),
        cmocka_unit_test(of_more_than_fit_a_random_stretch_takes_part),
        cmocka_unit_test(every_order_of_three_is_as_likely_as_any_other),
    };
    return cmocka_run_group_tests_name("answer/policies", tests, NULL, NULL);
}

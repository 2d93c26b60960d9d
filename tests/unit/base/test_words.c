/* base/bytes.h, hash.h, random.h, counters.h, list.h, thread_role.h: small words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/counters.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/random.h"
#include "base/thread_role.h"
#include <cmocka.h>

static void numbers_are_written_and_read_big_endian(void **state)
{
    uint8_t bytes[6];

    (void)state;
    bytes_put16(bytes, 0x0102);
    bytes_put32(bytes + 2, 0xfffefdfc);
    assert_memory_equal(bytes, "\x01\x02\xff\xfe\xfd\xfc", 6);
    assert_int_equal(bytes_get16(bytes), 0x0102);
    assert_int_equal(bytes_get32(bytes + 2), 0xfffefdfc);
}

static void a_reader_gives_zero_from_its_first_short_read_on(void **state)
{
    const uint8_t bytes[17] = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
    };
    struct byte_reader reader = { bytes, bytes + sizeof bytes, false };

    (void)state;
    assert_int_equal(byte_reader_u8(&reader), 1);
    assert_int_equal(byte_reader_u16(&reader), 0x0203);
    assert_int_equal(byte_reader_u32(&reader), 0x04050607);
    assert_true(byte_reader_u64(&reader) == 0x08090a0b0c0d0e0fu);
    assert_int_equal(byte_reader_u32(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(byte_reader_u8(&reader), 0);
    assert_null(byte_reader_take(&reader, 0));
}

static void the_stable_hash_is_fnv_1a(void **state)
{
    (void)state;
    assert_true(hash_stable("", 0) == 0xcbf29ce484222325u);
    assert_true(hash_stable("a", 1) == 0xaf63dc4c8601ec8cu);
    assert_true(hash_stable("foobar", 6) == 0x85944171f73967e8u);
}

static void the_fast_hash_sees_every_byte_the_length_and_the_seed(void **state)
{
    uint8_t bytes[40] = { 0 };

    (void)state;
    for (size_t length = 1; length <= sizeof bytes; length++) {
        uint64_t hash = hash_bytes(bytes, length, 1);
        assert_true(hash != hash_bytes(bytes, length - 1, 1));
        assert_true(hash != hash_bytes(bytes, length, 2));
        for (size_t i = 0; i < length; i++) {
            bytes[i] ^= 0x40;
            assert_true(hash != hash_bytes(bytes, length, 1));
            bytes[i] ^= 0x40;
        }
    }
}

static void random_numbers_stay_below_their_bound_and_reach_all(void **state)
{
    struct random_state random;
    int met[7] = { 0 };

    (void)state;
    random_init(&random, 42);
    assert_int_equal(random_below(&random, 0), 0);
    assert_int_equal(random_below(&random, 1), 0);
    for (int i = 0; i < 7000; i++)
        met[random_below(&random, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(met[i], 850, 1150);
    assert_true(random_seed() != random_seed());
}

static void the_same_seed_gives_the_same_numbers(void **state)
{
    struct random_state a;
    struct random_state b;

    (void)state;
    random_init(&a, 7);
    random_init(&b, 7);
    for (int i = 0; i < 10; i++)
        assert_true(random_u64(&a) == random_u64(&b));
}

static void a_counter_is_summed_over_its_blocks(void **state)
{
    struct block {
        counter hits;
        counter misses;
    } one = { 0 }, two = { 0 };
    const struct counter_row rows[] = {
        COUNTER(struct block, hits, "Found."),
        COUNTER(struct block, misses, "Not found."),
        COUNTER_END,
    };
    const void *const blocks[] = { &one, &two };
    const struct counter_group group = {
        .area = "test", .rows = rows, .blocks = blocks, .block_count = 2
    };

    (void)state;
    counter_add(&one.hits, 2);
    counter_add(&two.hits, 3);
    counter_set(&two.misses, 9);
    assert_int_equal(counter_sum(&group, &rows[0]), 5);
    assert_int_equal(counter_sum(&group, &rows[1]), 9);
}

struct item {
    int number;
    struct list node;
};

static void a_list_keeps_order_and_lets_go_of_any_node(void **state)
{
    struct list head;
    struct item items[4];
    int sum = 0;

    (void)state;
    list_init(&head);
    assert_true(list_empty(&head));
    for (int i = 0; i < 4; i++) {
        items[i].number = i + 1;
        list_append(&head, &items[i].node);
    }
    list_remove(&items[1].node);
    list_remove(&items[1].node);
    list_for_each (at, &head)
        sum = sum * 10 + list_entry(at, struct item, node)->number;
    assert_int_equal(sum, 134);
    list_for_each_safe (at, keep, &head)
        list_remove(at);
    assert_true(list_empty(&head));
}

static void a_thread_keeps_the_role_it_was_given(void **state)
{
    (void)state;
    assert_int_equal(thread_role_get(), ROLE_NONE);
    thread_role_assert(ROLE_WORKER);
    thread_role_set(ROLE_CONTROL);
    assert_int_equal(thread_role_get(), ROLE_CONTROL);
    thread_role_assert(ROLE_CONTROL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_and_read_big_endian),
        cmocka_unit_test(a_reader_gives_zero_from_its_first_short_read_on),
        cmocka_unit_test(the_stable_hash_is_fnv_1a),
        cmocka_unit_test(the_fast_hash_sees_every_byte_the_length_and_the_seed),
        cmocka_unit_test(random_numbers_stay_below_their_bound_and_reach_all),
        cmocka_unit_test(the_same_seed_gives_the_same_numbers),
        cmocka_unit_test(a_counter_is_summed_over_its_blocks),
        cmocka_unit_test(a_list_keeps_order_and_lets_go_of_any_node),
        cmocka_unit_test(a_thread_keeps_the_role_it_was_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* base/buffer.h: bytes that grow up to a stated bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buffer.h"

static void what_is_appended_stands_in_order_and_ends_with_nul(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 1000);
    buffer_text(&buffer, "ab");
    buffer_char(&buffer, 'c');
    buffer_append(&buffer, "d\0e", 3);
    buffer_format(&buffer, "%d-%s", 42, "x");
    assert_false(buffer.failed);
    assert_int_equal(buffer.length, 10);
    assert_memory_equal(buffer.data, "abcd\0e42-x", 11);
    buffer_deinit(&buffer);
    assert_null(buffer.data);
}

static void the_bound_can_be_filled_to_its_last_byte(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 4);
    buffer_text(&buffer, "1234");
    assert_false(buffer.failed);
    buffer_char(&buffer, '5');
    assert_true(buffer.failed);
    assert_int_equal(buffer.length, 4);
    assert_string_equal(buffer.data, "1234");
    buffer_deinit(&buffer);
}

static void after_a_failure_nothing_more_is_added_until_cleared(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 4);
    buffer_text(&buffer, "12345");
    buffer_char(&buffer, '1');
    assert_true(buffer.failed);
    assert_int_equal(buffer.length, 0);
    buffer_clear(&buffer);
    buffer_char(&buffer, '1');
    assert_false(buffer.failed);
    assert_int_equal(buffer.length, 1);
    buffer_deinit(&buffer);
}

static void a_formatted_text_longer_than_the_room_is_whole(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 10000);
    for (int i = 0; i < 20; i++)
        buffer_format(&buffer, "%0100d", i);
    assert_false(buffer.failed);
    assert_int_equal(buffer.length, 2000);
    assert_int_equal(strlen(buffer.data), 2000);
    buffer_format(&buffer, "%09000d", 1);
    assert_true(buffer.failed);
    assert_int_equal(strlen(buffer.data), 2000);
    buffer_deinit(&buffer);
}

static void consuming_moves_the_rest_to_the_front(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 100);
    buffer_consume(&buffer, 0);
    buffer_text(&buffer, "onetwo");
    buffer_consume(&buffer, 3);
    assert_string_equal(buffer.data, "two");
    buffer_consume(&buffer, 99);
    assert_int_equal(buffer.length, 0);
    buffer_deinit(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_stands_in_order_and_ends_with_nul),
        cmocka_unit_test(the_bound_can_be_filled_to_its_last_byte),
        cmocka_unit_test(after_a_failure_nothing_more_is_added_until_cleared),
        cmocka_unit_test(a_formatted_text_longer_than_the_room_is_whole),
        cmocka_unit_test(consuming_moves_the_rest_to_the_front),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Compact JSON, indented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/pretty.h"

static void assert_pretty(const char *json, const char *expected)
{
    struct buffer out;

    buffer_init(&out, 4096);
    pretty_print(json, strlen(json), &out);
    assert_string_equal(out.data, expected);
    buffer_deinit(&out);
}

static void levels_are_four_spaces_and_a_newline_ends_it(void **state)
{
    (void)state;
    assert_pretty("{\"a\":[1,{\"b\":null}],\"c\":true}",
                  "{\n    \"a\": [\n        1,\n        {\n            \"b\": null\n"
                  "        }\n    ],\n    \"c\": true\n}\n");
}

static void empty_ones_stay_on_their_line(void **state)
{
    (void)state;
    assert_pretty("[]", "[]\n");
    assert_pretty("{\"a\":{},\"b\":[]}", "{\n    \"a\": {},\n    \"b\": []\n}\n");
    assert_pretty("[[ ], { }]", "[\n    [],\n    {}\n]\n");
}

static void texts_are_not_touched(void **state)
{
    (void)state;
    assert_pretty("[\"a,b:{}[]\\\"c\\\\\"]", "[\n    \"a,b:{}[]\\\"c\\\\\"\n]\n");
}

static void a_value_alone_is_a_line(void **state)
{
    (void)state;
    assert_pretty("true", "true\n");
    assert_pretty("\"x\"", "\"x\"\n");
}

static void deep_ones_are_indented_all_the_way(void **state)
{
    char json[64];
    struct buffer out;

    (void)state;
    memset(json, '[', 30);
    json[30] = '1';
    memset(json + 31, ']', 30);
    json[61] = '\0';
    buffer_init(&out, 65536);
    pretty_print(json, 61, &out);
    char *one = strchr(out.data, '1');
    assert_int_equal(strspn(one - 120, " "), 120);
    assert_int_equal(one[-121], '\n');
    buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_four_spaces_and_a_newline_ends_it),
        cmocka_unit_test(empty_ones_stay_on_their_line),
        cmocka_unit_test(texts_are_not_touched),
        cmocka_unit_test(a_value_alone_is_a_line),
        cmocka_unit_test(deep_ones_are_indented_all_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

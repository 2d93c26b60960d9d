/* The sentences about faults: they show what was given, whole or cut, and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/decode.h"

static struct reason sentence_for(const char *line)
{
    struct decoder *decoder = decoder_create(NULL);
    struct request request;
    struct reason why = REASON_NONE;
    char copy[1024];

    assert_non_null(decoder);
    snprintf(copy, sizeof copy, "%s", line);
    request_scan(copy, strlen(copy), &request);
    assert_int_not_equal(request_decode(decoder, copy, strlen(copy), &request, &why),
                         ROLLCALL_OK);
    decoder_destroy(decoder);
    return why;
}

#define S10 "0123456789"
#define S60 S10 S10 S10 S10 S10 S10
#define E10                                                                              \
    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"

static void assert_says(const char *line, const char *text)
{
    struct reason why = sentence_for(line);

    if (strstr(why.text, text) == NULL)
        fail_msg("%s\n  says: %s\n  not:  %s", line, why.text, text);
}

static void a_short_value_is_shown_whole(void **state)
{
    (void)state;
    assert_says("{\"op\":\"" S60 "\"}", "operation \"" S60 "\"; known");
}

static void a_long_text_is_shown_as_far_as_it_fits(void **state)
{
    (void)state;
    assert_says("{\"op\":\"" S60 S60 "\"}", "operation \"" S60 "0123456...; known");
}

static void a_long_text_inside_a_list_is_cut_too(void **state)
{
    (void)state;
    assert_says("{\"op\":[1,\"" S60 S60 "\"]}", "op: [1,\"" S60 "0123... is not allowed");
}

static void a_cut_is_never_inside_a_character(void **state)
{
    (void)state;
    assert_says("{\"op\":\"" E10 E10 E10 E10 "\"}",
                "operation \"" E10 E10 E10 "\xc3\xa9\xc3\xa9\xc3\xa9...; known");
    assert_says("{\"op\":\"a" E10 E10 E10 E10 "\"}",
                "operation \"a" E10 E10 E10 "\xc3\xa9\xc3\xa9\xc3\xa9...; known");
}

static void a_duration_without_its_unit_is_told_of_units(void **state)
{
    static const char line[] =
        "{\"op\":\"register\",\"service\":\"a\",\"address\":\"10.0.0.1\",\"ttl\":%s}";
    char text[128];

    (void)state;
    snprintf(text, sizeof text, line, "\"5\"");
    assert_says(text, "with its unit like \"10s\"");
    snprintf(text, sizeof text, line, "5");
    assert_says(text, "with its unit like \"10s\"");
}

static void only_a_likely_name_is_suggested(void **state)
{
    (void)state;
    assert_says("{\"op\":\"hello\",\"clint\":\"x\"}", "did you mean \"client\"?");
    assert_says("{\"op\":\"hello\",\"foo\":\"x\"}", "known here: op, seq");
}

static void a_zero_character_is_named_in_plain_words(void **state)
{
    (void)state;
    assert_says("{\"op\":\"a\\u0000b\"}", "\\u0000 is not allowed in a string (byte");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_value_is_shown_whole),
        cmocka_unit_test(a_long_text_is_shown_as_far_as_it_fits),
        cmocka_unit_test(a_long_text_inside_a_list_is_cut_too),
        cmocka_unit_test(a_cut_is_never_inside_a_character),
        cmocka_unit_test(a_duration_without_its_unit_is_told_of_units),
        cmocka_unit_test(only_a_likely_name_is_suggested),
        cmocka_unit_test(a_zero_character_is_named_in_plain_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

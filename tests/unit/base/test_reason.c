/* base/reason.h and rollcall/status.h: words for what went wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/reason.h"
#include "rollcall/status.h"

static void a_reason_names_its_field_with_every_prefix(void **state)
{
    struct reason why = REASON_NONE;

    (void)state;
    reason_field(&why, "path", "must start with \"%c\"", '/');
    reason_prefix(&why, "checks[2]");
    assert_string_equal(why.field, "checks[2].path");
    assert_string_equal(why.text, "must start with \"/\"");
    reason_prefix(&why, "instance");
    assert_string_equal(why.field, "instance.checks[2].path");
}

static void a_prefix_alone_or_before_an_index_has_no_dot(void **state)
{
    struct reason why = REASON_NONE;

    (void)state;
    reason_set(&why, "wrong");
    reason_prefix(&why, "checks");
    assert_string_equal(why.field, "checks");
    reason_field(&why, "[2]", "wrong");
    reason_prefix(&why, "checks");
    assert_string_equal(why.field, "checks[2]");
}

static void too_long_texts_are_cut_and_end_with_nul(void **state)
{
    struct reason why = REASON_NONE;
    char longer[2000];

    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    reason_field(&why, longer, "%s", longer);
    reason_prefix(&why, longer);
    assert_int_equal(strlen(why.field), sizeof why.field - 1);
    assert_int_equal(strlen(why.text), sizeof why.text - 1);
}

static void no_reason_is_no_crash_and_gives_the_other_sentence(void **state)
{
    struct reason why = REASON_NONE;

    (void)state;
    reason_set(NULL, "x");
    reason_field(NULL, "x", "y");
    reason_prefix(NULL, "x");
    assert_string_equal(reason_text(NULL, "otherwise"), "otherwise");
    assert_string_equal(reason_text(&why, "otherwise"), "otherwise");
    reason_set(&why, "because");
    assert_string_equal(reason_text(&why, "otherwise"), "because");
}

static void every_status_has_its_word_and_sentence(void **state)
{
    (void)state;
#define X(name, code, word, text)                                                        \
    assert_int_equal(ROLLCALL_##name, code);                                             \
    assert_string_equal(rollcall_status_word(ROLLCALL_##name), word);                    \
    assert_string_equal(rollcall_status_text(ROLLCALL_##name), text);
    ROLLCALL_STATUS_LIST(X)
#undef X
    assert_string_equal(rollcall_status_word((enum rollcall_status)99), "internal");
    assert_non_null(rollcall_status_text((enum rollcall_status)99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_names_its_field_with_every_prefix),
        cmocka_unit_test(a_prefix_alone_or_before_an_index_has_no_dot),
        cmocka_unit_test(too_long_texts_are_cut_and_end_with_nul),
        cmocka_unit_test(no_reason_is_no_crash_and_gives_the_other_sentence),
        cmocka_unit_test(every_status_has_its_word_and_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

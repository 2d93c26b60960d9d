/* health/command_text.h: what a command wrote, as one line that a terminal can take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "health/command_text.h"

static const char *line(const char *ending, const char *output, bool cut)
{
    static char out[32];

    command_text(ending, output, strlen(output), cut, out, sizeof out);
    return out;
}

static void ending_and_output_stand_on_one_line(void **state)
{
    (void)state;
    assert_string_equal(line("exited with 2", " disk\n\n full\r\n", false),
                        "exited with 2: disk full");
    assert_string_equal(line("exited with 2", "\n", false), "exited with 2");
    assert_string_equal(line("", "well", false), "well");
    assert_string_equal(line("", "", false), "");
}

static void no_control_character_comes_through(void **state)
{
    (void)state;
    assert_string_equal(line("",
                             "a\033[2Jb\177c\xc2\x9b"
                             "1md",
                             false),
                        "a [2Jb c 1md");
}

static void characters_beyond_ascii_stay(void **state)
{
    (void)state;
    assert_string_equal(line("", "gr\xc3\xbc\xc3\x9f", false), "gr\xc3\xbc\xc3\x9f");
}

static void what_is_left_out_is_marked(void **state)
{
    (void)state;
    assert_string_equal(line("", "some", true), "some...");
    assert_string_equal(line("", "0123456789012345678901234567890123456789", false),
                        "0123456789012345678901234567...");
}

static void no_character_is_cut_in_two(void **state)
{
    const char *text = "012345678901234567890123456\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";

    (void)state;
    assert_string_equal(line("", text, false), "012345678901234567890123456...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ending_and_output_stand_on_one_line),
        cmocka_unit_test(no_control_character_comes_through),
        cmocka_unit_test(characters_beyond_ascii_stay),
        cmocka_unit_test(what_is_left_out_is_marked),
        cmocka_unit_test(no_character_is_cut_in_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

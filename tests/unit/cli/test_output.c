/* Tables for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/output.h"

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    const char *const titles[] = { "ID", "PORT" };
    struct columns columns;
    char *text = NULL;
    size_t length = 0;
    (void)state;

    columns_init(&columns, titles, 2);
    columns_cell(&columns, "caf\xc3\xa9-1"); /* six places, seven octets */
    columns_number(&columns, 80);
    columns_cell(&columns, "web");
    columns_cell(&columns, "");
    FILE *out = open_memstream(&text, &length);
    columns_end(&columns, out);
    fclose(out);
    assert_string_equal(text, "ID      PORT\n"
                              "caf\xc3\xa9-1  80\n"
                              "web     -\n");
    free(text);
}

static void what_others_registered_does_not_reach_the_terminal_as_a_command(void **state)
{
    const char *const titles[] = { "TEXT" };
    struct columns columns;
    char *text = NULL;
    size_t length = 0;
    (void)state;

    columns_init(&columns, titles, 1);
    columns_cell(&columns, "red \x1b[31m\n\x7f!");
    FILE *out = open_memstream(&text, &length);
    columns_end(&columns, out);
    output_plain(out, "\x1b]0;title\a");
    fclose(out);
    assert_string_equal(text, "TEXT\nred ?[31m?"
                              "?!\n?]0;title?");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(what_others_registered_does_not_reach_the_terminal_as_a_command),
    };
    return cmocka_run_group_tests_name("cli/output", tests, NULL, NULL);
}

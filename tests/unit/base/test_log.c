/* base/log.h: one line a message, to standard error; noisy lines are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* Standard error goes to a temporary file between these two calls. */
static int saved_stderr;
static FILE *captured;

static void capture_begin(void)
{
    captured = tmpfile();
    assert_non_null(captured);
    saved_stderr = dup(STDERR_FILENO);
    dup2(fileno(captured), STDERR_FILENO);
}

static void capture_end(char *text, size_t size)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    rewind(captured);
    text[fread(text, 1, size - 1, captured)] = '\0';
    fclose(captured);
}

static int lines_in(const char *text)
{
    int lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static void a_message_is_one_line_with_time_level_and_area(void **state)
{
    char text[4096];

    (void)state;
    capture_begin();
    log_warning("health", "check %d failed\nand \x1b[31mmore", 7);
    capture_end(text, sizeof text);
    assert_int_equal(lines_in(text), 1);
    assert_non_null(strstr(text, "Z warning health: check 7 failed?and ?[31mmore\n"));
    assert_true(text[0] == '2' && text[10] == 'T');
}

static void levels_above_the_limit_are_silent(void **state)
{
    char text[4096];

    (void)state;
    capture_begin();
    log_debug("health", "one");
    log_set_level(LOG_LEVEL_ERROR);
    log_info("health", "two");
    log_error("health", "three");
    log_set_level(LOG_LEVEL_INFO);
    capture_end(text, sizeof text);
    assert_int_equal(lines_in(text), 1);
    assert_non_null(strstr(text, "error health: three\n"));
}

static void a_long_message_is_cut_to_one_line(void **state)
{
    char text[8192];
    char longer[3000];

    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    capture_begin();
    log_error("health", "%s", longer);
    capture_end(text, sizeof text);
    assert_int_equal(strlen(text), 1024);
    assert_int_equal(lines_in(text), 1);
}

static void a_noisy_line_appears_five_times_in_ten_seconds(void **state)
{
    struct log_limit limit = { 0 };
    char text[8192];

    (void)state;
    capture_begin();
    for (int i = 0; i < 100; i++)
        log_limited(&limit, 1000 + i, LOG_LEVEL_WARNING, "dns", "bad packet %d", i);
    log_limited(&limit, 11000, LOG_LEVEL_WARNING, "dns", "bad packet again");
    capture_end(text, sizeof text);
    assert_int_equal(lines_in(text), 7);
    assert_non_null(strstr(text, "bad packet 4\n"));
    assert_null(strstr(text, "bad packet 5\n"));
    assert_non_null(strstr(text, "95 more lines"));
    assert_non_null(strstr(text, "bad packet again\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_one_line_with_time_level_and_area),
        cmocka_unit_test(levels_above_the_limit_are_silent),
        cmocka_unit_test(a_long_message_is_cut_to_one_line),
        cmocka_unit_test(a_noisy_line_appears_five_times_in_ten_seconds),
    };

    unsetenv("JOURNAL_STREAM");
    return cmocka_run_group_tests(tests, NULL, NULL);
}

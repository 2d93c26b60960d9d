/* exec/frame.h: what daemon and helper say comes out as it went in, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "exec/frame.h"

static const char *const arguments[] = { "/bin/echo", "one", "", NULL };
static const char *const environment[] = { "A=1", NULL };
static const struct exec_request request = {
    .arguments = arguments,
    .environment = environment,
    .uid = 1000,
    .timeout_ms = 3000,
    .output_max = 512,
    .input = "in\0put",
    .input_length = 6,
};

static void a_run_comes_out_as_it_went_in(void **state)
{
    uint8_t bytes[256];
    struct exec_frame frame;
    size_t length = exec_frame_run(bytes, sizeof bytes, 7, &request);

    (void)state;
    assert_true(exec_frame_read(bytes, length, &frame));
    assert_int_equal(frame.kind, EXEC_FRAME_RUN);
    assert_int_equal(frame.job, 7);
    assert_int_equal(frame.run.uid, 1000);
    assert_int_equal(frame.run.timeout_ms, 3000);
    assert_int_equal(frame.run.output_max, 512);
    assert_string_equal(frame.run.arguments[0], "/bin/echo");
    assert_string_equal(frame.run.arguments[2], "");
    assert_null(frame.run.arguments[3]);
    assert_string_equal(frame.run.environment[0], "A=1");
    assert_null(frame.run.environment[1]);
    assert_int_equal(frame.run.input_length, 6);
    assert_memory_equal(frame.run.input, "in\0put", 6);
}

static void a_result_comes_out_as_it_went_in(void **state)
{
    const struct exec_result result = { .end = EXEC_SIGNALLED,
                                        .code = 9,
                                        .cut = true,
                                        .output = "hello",
                                        .output_length = 5 };
    uint8_t bytes[64];
    struct exec_frame frame;
    size_t length = exec_frame_done(bytes, sizeof bytes, UINT32_MAX, &result);

    (void)state;
    assert_true(exec_frame_read(bytes, length, &frame));
    assert_int_equal(frame.kind, EXEC_FRAME_DONE);
    assert_int_equal(frame.job, UINT32_MAX);
    assert_int_equal(frame.done.end, EXEC_SIGNALLED);
    assert_int_equal(frame.done.code, 9);
    assert_true(frame.done.cut);
    assert_int_equal(frame.done.output_length, 5);
    assert_memory_equal(frame.done.output, "hello", 5);
}

static void a_frame_that_is_cut_anywhere_is_no_frame(void **state)
{
    uint8_t bytes[256];
    struct exec_frame frame;
    size_t length = exec_frame_run(bytes, sizeof bytes, 7, &request);

    (void)state;
    for (size_t i = 0; i < length; i++)
        assert_false(exec_frame_read(bytes, i, &frame));
    bytes[length] = 0;
    assert_false(exec_frame_read(bytes, length + 1, &frame));
}

static void what_does_not_fit_is_not_written(void **state)
{
    uint8_t bytes[256];
    size_t length = exec_frame_run(bytes, sizeof bytes, 7, &request);

    (void)state;
    for (size_t i = 0; i < length; i++)
        assert_int_equal(exec_frame_run(bytes, i, 7, &request), 0);
}

static void a_text_that_is_too_long_is_refused(void **state)
{
    static uint8_t bytes[EXEC_FRAME_MAX];
    char *text = malloc(EXEC_TEXT_MAX + 1);
    const char *long_arguments[] = { text, NULL };
    struct exec_request big = request;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', EXEC_TEXT_MAX);
    text[EXEC_TEXT_MAX] = '\0';
    big.arguments = long_arguments;
    assert_int_equal(exec_frame_run(bytes, sizeof bytes, 1, &big), 0);
    text[EXEC_TEXT_MAX - 1] = '\0';
    assert_int_not_equal(exec_frame_run(bytes, sizeof bytes, 1, &big), 0);
    free(text);
}

static void a_command_without_arguments_is_refused(void **state)
{
    const char *const none[] = { NULL };
    struct exec_request empty = request;
    uint8_t bytes[256];
    struct exec_frame frame;

    (void)state;
    empty.arguments = none;
    size_t length = exec_frame_run(bytes, sizeof bytes, 1, &empty);
    assert_false(exec_frame_read(bytes, length, &frame));
}

static void unknown_kinds_and_ends_are_refused(void **state)
{
    const struct exec_result result = { .end = EXEC_LOST };
    uint8_t bytes[64];
    struct exec_frame frame;
    size_t length = exec_frame_done(bytes, sizeof bytes, 1, &result);

    (void)state;
    assert_true(exec_frame_read(bytes, length, &frame));
    bytes[5] = EXEC_END_COUNT;
    assert_false(exec_frame_read(bytes, length, &frame));
    bytes[0] = 99;
    assert_false(exec_frame_read(bytes, length, &frame));
}

static void stop_and_reborn_have_nothing_but_a_job(void **state)
{
    uint8_t bytes[8];
    struct exec_frame frame;

    (void)state;
    assert_true(exec_frame_read(bytes, exec_frame_stop(bytes, sizeof bytes, 3), &frame));
    assert_int_equal(frame.kind, EXEC_FRAME_STOP);
    assert_int_equal(frame.job, 3);
    assert_true(exec_frame_read(bytes, exec_frame_reborn(bytes, sizeof bytes), &frame));
    assert_int_equal(frame.kind, EXEC_FRAME_REBORN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_comes_out_as_it_went_in),
        cmocka_unit_test(a_result_comes_out_as_it_went_in),
        cmocka_unit_test(a_frame_that_is_cut_anywhere_is_no_frame),
        cmocka_unit_test(what_does_not_fit_is_not_written),
        cmocka_unit_test(a_text_that_is_too_long_is_refused),
        cmocka_unit_test(a_command_without_arguments_is_refused),
        cmocka_unit_test(unknown_kinds_and_ends_are_refused),
        cmocka_unit_test(stop_and_reborn_have_nothing_but_a_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

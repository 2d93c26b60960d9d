/* A transition in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "travel/words.h"

enum { FAILED = 7 };

static bool name_outcome(uint8_t outcome, const char **word, const char **phrase)
{
    *word = "tls";
    *phrase = "failed the TLS handshake";
    return outcome == FAILED;
}

static void assert_said(uint8_t outcome, const char *output, const char *expected)
{
    const struct history_row row = { .part = TRANSITION_HEALTH,
                                     .before = ROLLCALL_PASSING,
                                     .after = ROLLCALL_CRITICAL,
                                     .outcome = outcome,
                                     .streak = 3,
                                     .id = "web-1",
                                     .checked = "door",
                                     .cause = "check",
                                     .output = output };
    struct buffer out;

    buffer_init(&out, 1000);
    words_sentence(&out, &row, name_outcome);
    buffer_char(&out, '\0');
    assert_string_equal(out.data, expected);
    buffer_deinit(&out);
}

static void how_a_check_ended_is_said_once(void **state)
{
    (void)state;
#define ENDED "critical: failed the TLS handshake (3 in a row), check door"

    assert_said(FAILED, "", ENDED);
    assert_said(FAILED, "failed the TLS handshake", ENDED);
    assert_said(FAILED, "failed the TLS handshake: wrong version",
                ENDED ", wrong version");
    assert_said(FAILED, "failed the TLS handshakes of all",
                ENDED ", failed the TLS handshakes of all");
    assert_said(FAILED, "HTTP GET /: 503", ENDED ", HTTP GET /: 503");
    assert_said(0, "failed the TLS handshake: x",
                "critical (3 in a row), check door, failed the TLS handshake: x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_a_check_ended_is_said_once),
    };

    return cmocka_run_group_tests_name("travel/words", tests, NULL, NULL);
}

/* Texts in quotes: what must be escaped, wherever it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/encode.h"

/* RFC 8259 §7, one octet at a time. */
static void escape(unsigned c, char out[8])
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (const char *at = short_forms; *at != '\0'; at += 2)
        if ((unsigned char)*at == c) {
            snprintf(out, 8, "\\%c", at[1]);
            return;
        }
    snprintf(out, 8, c < 0x20 ? "\\u%04x" : "%c", c);
}

static void every_octet_is_escaped_wherever_it_stands(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 0x80; c++)
        for (int before = 0; before < 18; before++)
            for (int after = 0; after < 10; after += 3) {
                char text[64], expected[64], escaped[8];
                struct buffer out;
                snprintf(text, sizeof text, "%.*s%c%.*s", before, "abcdefghijklmnopqr",
                         (char)c, after, "0123456789");
                escape(c, escaped);
                snprintf(expected, sizeof expected, "\"%.*s%s%.*s\"", before,
                         "abcdefghijklmnopqr", escaped, after, "0123456789");
                buffer_init(&out, 256);
                encode_text(&out, text);
                assert_string_equal(out.data, expected);
                buffer_deinit(&out);
            }
}

static void what_is_no_utf8_is_replaced_wherever_it_stands(void **state)
{
    (void)state;
    for (int before = 0; before < 18; before++) {
        char text[64], expected[64];
        struct buffer out;
        snprintf(text, sizeof text, "%.*s\xff-\xc3\xbc", before, "abcdefghijklmnopqr");
        snprintf(expected, sizeof expected, "\"%.*s\xef\xbf\xbd-\xc3\xbc\"", before,
                 "abcdefghijklmnopqr");
        buffer_init(&out, 256);
        encode_text(&out, text);
        assert_string_equal(out.data, expected);
        buffer_deinit(&out);
    }
}

static void a_text_that_does_not_fit_fails_whole(void **state)
{
    struct buffer out;

    (void)state;
    buffer_init(&out, 8);
    encode_text(&out, "0123456789");
    assert_true(out.failed);
    buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_octet_is_escaped_wherever_it_stands),
        cmocka_unit_test(what_is_no_utf8_is_replaced_wherever_it_stands),
        cmocka_unit_test(a_text_that_does_not_fit_fails_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/base64.h"

/* RFC 4648 §10 */
static void the_vectors_of_the_rfc_go_both_ways(void **state)
{
    static const char *const rows[][2] = {
        { "", "" },
        { "Zg==", "f" },
        { "Zm8=", "fo" },
        { "Zm9v", "foo" },
        { "Zm9vYg==", "foob" },
        { "Zm9vYmE=", "fooba" },
        { "Zm9vYmFy", "foobar" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[16];
        size_t length;
        assert_true(base64_decode(rows[i][0], out, sizeof out, &length));
        assert_int_equal(length, strlen(rows[i][1]));
        assert_memory_equal(out, rows[i][1], length);
        char back[16];
        assert_int_equal(base64_length(length), strlen(rows[i][0]));
        base64_encode(out, length, back);
        assert_memory_equal(back, rows[i][0], base64_length(length));
    }
}

static void what_is_not_base64_is_refused(void **state)
{
    static const char *const rows[] = { "Z",    "Zg",   "Zg=",      "Z===", "====",
                                        "Zm9 ", "Zm-_", "Zg==Zg==", "=m9v", "Zm=v" };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[16];
        size_t length;
        assert_false(base64_decode(rows[i], out, sizeof out, &length));
    }
}

static void more_than_fits_is_refused(void **state)
{
    uint8_t out[3];
    size_t length;
    (void)state;

    assert_true(base64_decode("Zm9v", out, 3, &length));
    assert_false(base64_decode("Zm9v", out, 2, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_go_both_ways),
        cmocka_unit_test(what_is_not_base64_is_refused),
        cmocka_unit_test(more_than_fits_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

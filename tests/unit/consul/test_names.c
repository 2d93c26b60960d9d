#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "consul/names.h"
#include "model/rules.h"

static void maps_to(const char *name, const char *label)
{
    char out[NAMES_LABEL_SIZE];

    name_to_label(name, out);
    assert_string_equal(out, label);
}

static void a_label_stays_what_it_is(void **state)
{
    (void)state;
    maps_to("web", "web");
    maps_to("a", "a");
    maps_to("web-2", "web-2");
    maps_to("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890",
            "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890");
}

static void capitals_alone_need_no_hash(void **state)
{
    (void)state;
    maps_to("Web", "web");
    maps_to("WEB-API", "web-api");
}

static void what_no_label_holds_becomes_hyphens_and_a_hash(void **state)
{
    (void)state;
    maps_to("my_app", "my-app-03c17aab99a8cdd7");
    maps_to("My_App", "my-app-03c17aab99a8cdd7");
    maps_to("a  b..c", "a-b-c-a7cdb172deaf96bf");
}

static void two_names_of_the_same_letters_differ(void **state)
{
    char a[NAMES_LABEL_SIZE], b[NAMES_LABEL_SIZE];

    (void)state;
    name_to_label("a.b", a);
    name_to_label("a_b", b);
    assert_string_not_equal(a, b);
}

#define LONG /* cut, and told apart by its hash */                                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                       \
    "aaaaaaaaaaaaaaaaaaaaa"

static void whatever_comes_is_a_label_of_ours(void **state)
{
    static const char *const names[] = {
        "-",
        "---",
        "_",
        ".",
        "web-",
        "-web",
        "\xe6\x97\xa5\xe6\x9c\xac",
        "a b",
        "a\tb",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_b",
        LONG,
    };
    char out[NAMES_LABEL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        name_to_label(names[i], out);
        assert_int_equal(rule_label("service", out, NULL), ROLLCALL_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_stays_what_it_is),
        cmocka_unit_test(capitals_alone_need_no_hash),
        cmocka_unit_test(what_no_label_holds_becomes_hyphens_and_a_hash),
        cmocka_unit_test(two_names_of_the_same_letters_differ),
        cmocka_unit_test(whatever_comes_is_a_label_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

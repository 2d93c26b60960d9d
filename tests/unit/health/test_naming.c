/* Which targets are host names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "health/naming.h"

static void a_name_with_a_port_is_one(void **state)
{
    char host[NAMING_HOST_MAX];
    uint16_t port;
    (void)state;
    assert_true(naming_parse("localhost:80", host, &port));
    assert_string_equal(host, "localhost");
    assert_int_equal(port, 80);
    assert_true(naming_parse("db_1.internal.example.:65535", host, &port));
    assert_string_equal(host, "db_1.internal.example.");
    assert_true(naming_parse("localhost:1", NULL, NULL));
}

static void addresses_and_nonsense_are_none(void **state)
{
    static const char *const others[] = {
        "10.0.0.1:80",   "[::1]:80",     "::1:80",          "localhost",    "localhost:",
        "localhost:0",   "localhost:+1", "localhost:65536", "a..b:80",      ":80",
        "10.0.0.300:80", "a b:80",       "http://a:80",     "user@host:80", "",
    };
    char host[300];
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (naming_parse(others[i], NULL, NULL))
            fail_msg("\"%s\" is taken for a name", others[i]);
    assert_false(naming_parse(NULL, NULL, NULL));
    memset(host, 'a', sizeof host);
    memcpy(host + 290, ":80", 4);
    assert_false(naming_parse(host, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_with_a_port_is_one),
        cmocka_unit_test(addresses_and_nonsense_are_none),
    };
    return cmocka_run_group_tests_name("health/naming", tests, NULL, NULL);
}

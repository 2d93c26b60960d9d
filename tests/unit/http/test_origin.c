/* Whom a request thinks it speaks to, and for which page; what a bearer says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/auth.h"
#include "http/origin.h"

static void assert_host(const char *authority, const char *expected)
{
    size_t length;
    const char *host = origin_host(authority, strlen(authority), &length);

    assert_int_equal(length, strlen(expected));
    assert_memory_equal(host, expected, length);
}

static void a_host_is_taken_from_its_authority(void **state)
{
    (void)state;
    assert_host("n1:8500", "n1");
    assert_host("n1", "n1");
    assert_host("n1.", "n1");
    assert_host("[::1]:8500", "::1");
    assert_host("[::1", "::1");
    assert_host("", "");
    assert_host(":80", "");
}

static bool is_safe(const char *host)
{
    return origin_host_is_safe(host, strlen(host));
}

static void only_names_that_strangers_cannot_own_are_safe(void **state)
{
    (void)state;
    assert_true(is_safe("127.0.0.1"));
    assert_true(is_safe("::1"));
    assert_true(is_safe("10.1.2.3"));
    assert_true(is_safe("localhost"));
    assert_true(is_safe("a.localhost"));
    assert_true(is_safe("consul"));
    assert_false(is_safe("example.com"));
    assert_false(is_safe("127.0.0.1.example.com"));
    assert_false(is_safe("localhost.example.com"));
    assert_false(is_safe("1.2.3"));
}

static bool is_below(const char *host, const char *name)
{
    return origin_host_is_below(host, strlen(host), name);
}

static void a_name_lies_below_a_zone_at_its_labels(void **state)
{
    (void)state;
    assert_true(is_below("n1.node.Service.local", "service.local."));
    assert_true(is_below("service.local", "service.local."));
    assert_false(is_below("xservice.local", "service.local."));
    assert_false(is_below("local", "service.local."));
    assert_false(is_below("a.b", "."));
}

static bool fits(const char *host, const char *pattern)
{
    return origin_host_fits(host, strlen(host), pattern);
}

static void a_pattern_of_hosts_is_a_name_or_those_below_one(void **state)
{
    (void)state;
    assert_true(fits("API.example.com", "api.example.com"));
    assert_true(fits("a.svc.cluster.local", "*.svc.cluster.local"));
    assert_true(fits("whatever.org", "*"));
    assert_false(fits("xapi.example.com", "api.example.com"));
    assert_false(fits("asvc.cluster.local", "*.svc.cluster.local"));
}

static bool is_same(const char *url, const char *authority)
{
    return origin_is_same(url, authority, strlen(authority));
}

static void a_page_is_ours_with_the_same_host_and_port(void **state)
{
    (void)state;
    assert_true(is_same("http://n1:8500", "n1:8500"));
    assert_true(is_same("https://N1:8500/ui/?x", "n1:8500"));
    assert_false(is_same("http://n1:8501", "n1:8500"));
    assert_false(is_same("http://n1:8500.evil.com", "n1:8500"));
    assert_false(is_same("http://evil.com/n1:8500", "n1:8500"));
    assert_false(is_same("null", "n1"));
    assert_false(is_same("", ""));
}

static void a_bearer_is_told_from_other_schemes(void **state)
{
    (void)state;
    assert_string_equal(auth_bearer("Bearer x"), "x");
    assert_string_equal(auth_bearer("bearer   x y"), "x y");
    assert_null(auth_bearer("Basic x"));
    assert_null(auth_bearer("Bearerx"));
    assert_null(auth_bearer(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_taken_from_its_authority),
        cmocka_unit_test(only_names_that_strangers_cannot_own_are_safe),
        cmocka_unit_test(a_name_lies_below_a_zone_at_its_labels),
        cmocka_unit_test(a_pattern_of_hosts_is_a_name_or_those_below_one),
        cmocka_unit_test(a_page_is_ours_with_the_same_host_and_port),
        cmocka_unit_test(a_bearer_is_told_from_other_schemes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

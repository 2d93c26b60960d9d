/* Tokens: their hashes, and what their patterns fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "config/token.h"
#include "reading.h"

#define CERT "require_client_cert: true"
#define ABC  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void a_hash_is_that_of_fips_180(void **state)
{
    uint8_t hash[TOKEN_OCTETS];
    uint8_t same[TOKEN_OCTETS];
    char text[2 * TOKEN_OCTETS + 1];

    (void)state;
    token_hash("abc", 3, hash);
    token_print_hash(hash, text);
    assert_string_equal(text, ABC);
    assert_true(token_parse_hash(ABC, same));
    assert_true(token_equal(hash, same));
    same[31] ^= 1;
    assert_false(token_equal(hash, same));
    assert_false(token_parse_hash("abc", same));
    text[5] = 'g';
    assert_false(token_parse_hash(text, same));
}

static void two_new_tokens_differ(void **state)
{
    char one[TOKEN_TEXT];
    char two[TOKEN_TEXT];

    (void)state;
    assert_true(token_make(one));
    assert_true(token_make(two));
    assert_int_equal(strlen(one), 44);
    assert_int_equal(strspn(one + 4, "abcdefghijklmnopqrstuvwxyz234567"), 40);
    assert_string_not_equal(one, two);
}

static void a_pattern_fits_services_of_its_namespace(void **state)
{
    (void)state;
    assert_true(pattern_fits_service("*", "prod", "web"));
    assert_true(pattern_fits_service("web", NULL, "web"));
    assert_true(pattern_fits_service("web", "", "Web"));
    assert_true(pattern_fits_service("web*", "default", "web-2"));
    assert_true(pattern_fits_service("prod/web*", "prod", "web"));
    assert_false(pattern_fits_service("web", NULL, "web-2"));
    assert_false(pattern_fits_service("web*", NULL, "we"));
    assert_false(pattern_fits_service("web*", "prod", "web"));
    assert_false(pattern_fits_service("prod/web", NULL, "web"));
    assert_false(pattern_fits_service("pro/web", "prod", "web"));
    assert_false(pattern_fits_service("kv/web", NULL, "web"));
    assert_false(pattern_fits_service("kv/web", "kv", "web"));
}

static void a_pattern_fits_keys_octet_by_octet(void **state)
{
    (void)state;
    assert_true(pattern_fits_name("*", PATTERN_KEY, "a", 1));
    assert_true(pattern_fits_name("kv/a/b", PATTERN_KEY, "a/b", 3));
    assert_true(pattern_fits_name("kv/a/*", PATTERN_KEY, "a/b\0c", 5));
    assert_true(pattern_fits_name("kv/*", PATTERN_KEY, "", 0));
    assert_false(pattern_fits_name("kv/a/b", PATTERN_KEY, "a/bc", 4));
    assert_false(pattern_fits_name("kv/a/*", PATTERN_KEY, "a", 1));
    assert_false(pattern_fits_name("kv/a", PATTERN_KEY, "A", 1));
    assert_false(pattern_fits_name("a*", PATTERN_KEY, "a", 1));
    assert_true(pattern_fits_keys("*", "", 0));
    assert_true(pattern_fits_keys("kv/a*", "a", 1));
    assert_true(pattern_fits_keys("kv/a*", "ab", 2));
    assert_false(pattern_fits_keys("kv/a", "a", 1)); /* one key, not those below */
    assert_false(pattern_fits_keys("kv/ab*", "a", 1));
    assert_false(pattern_fits_keys("web*", "web", 3));
}

static void a_pattern_fits_what_else_has_a_name(void **state)
{
    (void)state;
    assert_true(pattern_fits_name("event/deploy*", PATTERN_EVENT, "deploy-web", 10));
    assert_true(pattern_fits_name("event/a/b", PATTERN_EVENT, "a/b", 3));
    assert_true(pattern_fits_name("session/", PATTERN_SESSION, "", 0));
    assert_true(pattern_fits_name("node/DB*", PATTERN_NODE, "db-1", 4));
    assert_true(pattern_fits_name("*", PATTERN_NODE, "db-1", 4));
    assert_false(pattern_fits_name("event/Deploy*", PATTERN_EVENT, "deploy", 6));
    assert_false(pattern_fits_name("event/*", PATTERN_SESSION, "deploy", 6));
    assert_false(pattern_fits_name("node/db", PATTERN_NODE, "db-1", 4));
    assert_false(pattern_fits_name("db*", PATTERN_NODE, "db-1", 4));
    assert_false(pattern_fits_name("kv/*", PATTERN_EVENT, "deploy", 6));
    assert_true(pattern_fits_service("node/db*", "node", "db-1")); /* a namespace */
    assert_false(pattern_fits_service("node/db*", NULL, "db-1"));
}

static void a_pattern_that_cannot_be_is_said(void **state)
{
    (void)state;
    assert_null(pattern_fault("*"));
    assert_null(pattern_fault("prod/*"));
    assert_null(pattern_fault("kv/a/b/*"));
    assert_null(pattern_fault("event/a/b/*"));
    assert_non_null(pattern_fault(""));
    assert_non_null(pattern_fault("a*b"));
    assert_non_null(pattern_fault("**"));
    assert_non_null(pattern_fault("/web"));
    assert_non_null(pattern_fault("prod/"));
    assert_non_null(pattern_fault("a/b/c"));
}

static void assert_fault(const char *text, const char *words)
{
    struct reading reading = reading_of(text, NULL);

    assert_int_equal(reading.status, ROLLCALL_E_CONFIG);
    assert_non_null(strstr(reading.said, words));
    reading_end(&reading);
}

static void faults_of_the_section_are_said(void **state)
{
    (void)state;
    assert_fault("api: {tokens: [{name: a, sha256: " ABC "}]}", "may nothing");
    assert_fault("api: {tokens: [{name: a, sha256: " ABC ", read: '*'}, "
                 "{name: a, sha256: " ABC ", read: '*'}]}",
                 "given twice");
    assert_fault("api: {tls: {cert: a.pem}}", "api.tls.key");
    assert_fault("api: {tls: {cert: a, key: b, require_client_cert: true}}", "client_ca");
    assert_fault("api: {listen: '0.0.0.0:8500'}", "allow_remote_without_auth");
    assert_fault("api: {listen: '[::]:8500', anonymous: operate}", "api.listen");
}

static void tokens_or_less_for_everybody_open_an_address_to_others(void **state)
{
    static const char *const good[] = {
        "api: {listen: '127.0.0.2:8500'}",
        "api: {listen: '0.0.0.0:8500', anonymous: read}",
        "api: {listen: '0.0.0.0:8500', allow_remote_without_auth: true}",
        "api: {listen: '0.0.0.0:1', tokens: [{name: a, sha256: " ABC ", read: '*'}]}",
        "api: {listen: '0.0.0.0:1', tls: {cert: a, key: b, client_ca: c, " CERT "}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct reading reading = reading_of(good[i], NULL);
        assert_int_equal(reading.status, ROLLCALL_OK);
        reading_end(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_is_that_of_fips_180),
        cmocka_unit_test(two_new_tokens_differ),
        cmocka_unit_test(a_pattern_fits_services_of_its_namespace),
        cmocka_unit_test(a_pattern_fits_keys_octet_by_octet),
        cmocka_unit_test(a_pattern_fits_what_else_has_a_name),
        cmocka_unit_test(a_pattern_that_cannot_be_is_said),
        cmocka_unit_test(faults_of_the_section_are_said),
        cmocka_unit_test(tokens_or_less_for_everybody_open_an_address_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

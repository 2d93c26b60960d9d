/* The body of session/create, read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consul/session_body.h"

#define S(seconds) ((int64_t)(seconds)*1000 * 1000 * 1000)

static struct session_body body;
static struct reason why;

static enum rollcall_status parse(const char *text)
{
    return session_body_parse(text, strlen(text), &body, &why);
}

static void nothing_is_a_session_of_defaults(void **state)
{
    (void)state;
    static const char *const rows[] = { "", "{}", "null",
                                        "{\"TTL\":\"\",\"Checks\":null}" };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(parse(rows[i]), ROLLCALL_OK);
        assert_string_equal(body.terms.name, "");
        assert_string_equal(body.terms.ttl, "");
        assert_int_equal(body.terms.ttl_ns, 0);
        assert_true(body.terms.lock_delay_ns == S(15));
        assert_false(body.terms.remove);
        assert_int_equal(body.terms.check_count, 1);
        assert_string_equal(body.terms.checks[0].id, "serfHealth");
        session_body_deinit(&body);
    }
}

static void a_lock_delay_is_seconds_below_a_thousand(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t delay;
    } rows[] = { { "\"15s\"", S(15) },   { "5", S(5) },
                 { "999", S(999) },      { "1000", 1000 },
                 { "5000000000", S(5) }, { "0", 0 },
                 { "\"0s\"", 0 },        { "-5", 0 },
                 { "\"1m30s\"", S(90) } };
    char text[64];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, "{\"LockDelay\":%s}", rows[i].text);
        assert_int_equal(parse(text), ROLLCALL_OK);
        assert_true(body.terms.lock_delay_ns == rows[i].delay);
        session_body_deinit(&body);
    }
}

static void a_ttl_is_within_its_bounds(void **state)
{
    (void)state;

    assert_int_equal(parse("{\"ttl\":\"10s\"}"), ROLLCALL_OK);
    assert_true(body.terms.ttl_ns == S(10));
    session_body_deinit(&body);
    assert_int_equal(parse("{\"TTL\":\"24h\"}"), ROLLCALL_OK);
    session_body_deinit(&body);
    assert_int_equal(parse("{\"TTL\":15000000000}"), ROLLCALL_OK);
    assert_string_equal(body.terms.ttl, "15s");
    session_body_deinit(&body);
    assert_int_equal(parse("{\"TTL\":\"9.9s\"}"), ROLLCALL_E_INVALID);
    assert_string_equal(
        why.text, "Invalid Session TTL '9900000000', must be between [10s=24h0m0s]");
    assert_int_equal(parse("{\"TTL\":\"-10s\"}"), ROLLCALL_E_INVALID);
    assert_int_equal(parse("{\"TTL\":\"10\"}"), ROLLCALL_E_INVALID);
    assert_non_null(strstr(why.text, "Session TTL '10' invalid: "));
    assert_int_equal(parse("{\"TTL\":true}"), ROLLCALL_E_BAD_JSON);
}

static void checks_are_of_the_node_or_of_services(void **state)
{
    (void)state;

    assert_int_equal(
        parse("{\"NodeChecks\":[\"a\"],\"Checks\":[\"old\"],"
              "\"ServiceChecks\":[{\"ID\":\"s\",\"Namespace\":\"\"},\"t\"]}"),
        ROLLCALL_OK);
    assert_int_equal(body.terms.check_count, 3);
    assert_string_equal(body.terms.checks[0].id, "a");
    assert_false(body.terms.checks[0].of_service);
    assert_string_equal(body.terms.checks[1].id, "s");
    assert_true(body.terms.checks[1].of_service);
    assert_string_equal(body.terms.checks[2].id, "t");
    session_body_deinit(&body);
    assert_int_equal(parse("{\"NodeChecks\":[]}"), ROLLCALL_OK);
    assert_int_equal(body.terms.check_count, 0);
    session_body_deinit(&body);
    assert_int_equal(parse("{\"Checks\":[1]}"), ROLLCALL_E_BAD_JSON);
    assert_int_equal(parse("{\"ServiceChecks\":{}}"), ROLLCALL_E_BAD_JSON);
}

static void the_behaviour_is_one_of_two(void **state)
{
    (void)state;

    assert_int_equal(parse("{\"behavior\":\"delete\"}"), ROLLCALL_OK);
    assert_true(body.terms.remove);
    session_body_deinit(&body);
    assert_int_equal(parse("{\"Behavior\":\"Release\"}"), ROLLCALL_E_INVALID);
    assert_string_equal(why.text, "Invalid Behavior setting 'Release'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_a_session_of_defaults),
        cmocka_unit_test(a_lock_delay_is_seconds_below_a_thousand),
        cmocka_unit_test(a_ttl_is_within_its_bounds),
        cmocka_unit_test(checks_are_of_the_node_or_of_services),
        cmocka_unit_test(the_behaviour_is_one_of_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

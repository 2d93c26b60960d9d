/* When the checker believes that it is cut off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "health/canary.h"
#include "health/doubt.h"

static const struct doubt_rule rule = { .services = 3, .period = 15000 };

static struct doubt fresh(void)
{
    struct doubt doubt;

    doubt_init(&doubt);
    return doubt;
}

static void canaries_alone_are_no_doubt(void **state)
{
    struct doubt doubt = fresh();

    (void)state;
    assert_false(doubt_round(&doubt, &rule, false, 0, 10, 1000));
    assert_false(doubt_round(&doubt, &rule, false, 2, 10, 2000));
    assert_false(doubt.sure);
}

static void services_alone_are_no_doubt(void **state)
{
    struct doubt doubt = fresh();

    (void)state;
    assert_false(doubt_round(&doubt, &rule, true, 10, 10, 1000));
    assert_false(doubt_consider(&doubt, &rule, 10, 10, 1100));
}

static void both_together_freeze_once(void **state)
{
    struct doubt doubt = fresh();

    (void)state;
    doubt_round(&doubt, &rule, true, 0, 10, 0);
    assert_true(doubt_round(&doubt, &rule, false, 3, 10, 1000));
    assert_false(doubt_round(&doubt, &rule, false, 9, 10, 2000));
    assert_false(doubt_consider(&doubt, &rule, 10, 10, 2100));
    assert_true(doubt.sure);
}

static void the_third_service_may_come_after_the_canaries(void **state)
{
    struct doubt doubt = fresh();

    (void)state;
    doubt_round(&doubt, &rule, false, 2, 10, 1000);
    assert_true(doubt_consider(&doubt, &rule, 3, 10, 1500));
}

static void canaries_that_fail_for_long_have_no_say(void **state)
{
    struct doubt doubt = fresh();
    int64_t late = 2000 + DOUBT_CREDIBLE_MS;

    (void)state;
    doubt_round(&doubt, &rule, true, 0, 1, 0);
    doubt_round(&doubt, &rule, false, 0, 1, 1000);
    doubt_round(&doubt, &rule, false, 0, 1, late);
    assert_false(doubt_consider(&doubt, &rule, 1, 1, late));
    assert_int_equal(doubt_ask(&doubt, &rule, late, late, late), DOUBT_GO);
    /* They answered once more, and fell silent again. */
    doubt_round(&doubt, &rule, true, 0, 1, late + 1000);
    doubt_round(&doubt, &rule, false, 0, 1, late + 2000);
    assert_true(doubt_consider(&doubt, &rule, 1, 1, late + 3000));
    /* Once it is sure, it is until they are well. */
    assert_int_equal(doubt_ask(&doubt, &rule, late, late, 3 * late), DOUBT_DROP);
}

static void where_there_are_two_services_both_are_enough(void **state)
{
    struct doubt doubt = fresh();

    (void)state;
    assert_false(doubt_round(&doubt, &rule, false, 1, 2, 1000));
    assert_true(doubt_consider(&doubt, &rule, 2, 2, 1500));
}

static void one_good_round_is_not_enough_to_come_back(void **state)
{
    struct doubt doubt = fresh();

    (void)state;
    doubt_round(&doubt, &rule, false, 3, 10, 1000);
    assert_false(doubt_round(&doubt, &rule, true, 3, 10, 2000));
    assert_true(doubt.sure);
    assert_false(doubt_round(&doubt, &rule, false, 3, 10, 3000));
    assert_false(doubt_round(&doubt, &rule, true, 3, 10, 4000));
    assert_true(doubt_round(&doubt, &rule, true, 3, 10, 5000));
    assert_false(doubt.sure);
}

static void a_failure_counts_once_a_round_went_well_after_it(void **state)
{
    struct doubt doubt = fresh();

    (void)state;
    assert_int_equal(doubt_ask(&doubt, &rule, 1000, 1100, 1100), DOUBT_WAIT);
    doubt_round(&doubt, &rule, true, 1, 10, 900);
    assert_int_equal(doubt_ask(&doubt, &rule, 1000, 1100, 1100), DOUBT_WAIT);
    doubt_round(&doubt, &rule, true, 1, 10, 1110);
    assert_int_equal(doubt_ask(&doubt, &rule, 1000, 1100, 1110), DOUBT_GO);
}

static void while_canaries_fail_alone_a_failure_waits_for_the_period(void **state)
{
    struct doubt doubt = fresh();

    (void)state;
    doubt_round(&doubt, &rule, false, 1, 10, 1000);
    assert_int_equal(doubt_ask(&doubt, &rule, 1000, 1000, 15999), DOUBT_WAIT);
    assert_int_equal(doubt_ask(&doubt, &rule, 1000, 1000, 16000), DOUBT_GO);
}

static void in_doubt_a_failure_says_nothing(void **state)
{
    struct doubt doubt = fresh();

    (void)state;
    doubt_round(&doubt, &rule, false, 3, 10, 1000);
    assert_int_equal(doubt_ask(&doubt, &rule, 1000, 1000, 999999), DOUBT_DROP);
}

static void without_a_rule_everything_counts(void **state)
{
    const struct doubt_rule none = { .period = 15000 };
    struct doubt doubt = fresh();

    (void)state;
    assert_false(doubt_round(&doubt, &none, false, 10, 10, 1000));
    assert_int_equal(doubt_ask(&doubt, &none, 1000, 1000, 1000), DOUBT_GO);
}

static void the_gateway_is_read_from_the_routes(void **state)
{
    struct address gateway;
    char text[ADDRESS_TEXT];

    (void)state;
    assert_false(canary_gateway_of("Iface\tDestination\tGateway \tFlags\t\n", &gateway));
    assert_false(canary_gateway_of(
        "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n", &gateway));
    assert_false(canary_gateway_of(
        "eth0\t00000000\t0102000A\t0000\t0\t0\t0\t00000000\t0\t0\t0\n", &gateway));
    assert_true(canary_gateway_of(
        "eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n", &gateway));
    address_print(&gateway, text, sizeof text);
    assert_string_equal(text, "10.0.2.1:7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canaries_alone_are_no_doubt),
        cmocka_unit_test(services_alone_are_no_doubt),
        cmocka_unit_test(both_together_freeze_once),
        cmocka_unit_test(the_third_service_may_come_after_the_canaries),
        cmocka_unit_test(canaries_that_fail_for_long_have_no_say),
        cmocka_unit_test(where_there_are_two_services_both_are_enough),
        cmocka_unit_test(one_good_round_is_not_enough_to_come_back),
        cmocka_unit_test(a_failure_counts_once_a_round_went_well_after_it),
        cmocka_unit_test(while_canaries_fail_alone_a_failure_waits_for_the_period),
        cmocka_unit_test(in_doubt_a_failure_says_nothing),
        cmocka_unit_test(without_a_rule_everything_counts),
        cmocka_unit_test(the_gateway_is_read_from_the_routes),
    };

    return cmocka_run_group_tests_name("health/doubt", tests, NULL, NULL);
}

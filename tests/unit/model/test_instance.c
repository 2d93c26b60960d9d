/* Copies, comparison and the words of small enumerations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "random_instance.h"

static void a_copy_says_the_same_and_shares_nothing(void **state)
{
    static struct random_instance one;
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        random_instance_make(&one, seed);
        struct instance *copy = instance_copy(&one.is);
        struct instance *again = instance_copy(&copy->is);
        assert_true(instance_equal(&copy->is, &one.is));
        memset(one.texts, '!', sizeof one.texts - 1);
        memset(one.addresses, 0, sizeof one.addresses);
        memset(one.checks, 0, sizeof one.checks);
        assert_true(instance_equal(&copy->is, &again->is));
        instance_unref(copy);
        instance_unref(again);
    }
}

static void the_last_reference_frees(void **state)
{
    (void)state;
    struct instance *one = sample_instance("web-1", "web");
    assert_ptr_equal(instance_ref(one), one);
    instance_unref(one);
    assert_string_equal(one->is.id, "web-1");
    instance_unref(one); /* the leak checker sees it when this is not the end */
    instance_unref(NULL);
}

static void a_usual_instance_takes_under_three_hundred_octets(void **state)
{
    (void)state;
    struct instance *one = sample_instance("web-10-0-0-1-8080-xx", "web-frontend");
    assert_in_range(one->size, sizeof *one, 300);
    instance_unref(one);
}

static void an_annex_that_says_nothing_is_none(void **state)
{
    struct rollcall_instance is = sample_values("web-1", "web");
    (void)state;
    is.annex = "";
    struct instance *empty = instance_copy(&is);
    is.annex = NULL;
    struct instance *none = instance_copy(&is);
    assert_null(empty->is.annex);
    assert_null(none->is.annex);
    assert_true(instance_equal(&empty->is, &none->is));
    instance_unref(empty);
    instance_unref(none);
}

static void every_field_makes_a_difference(void **state)
{
    struct rollcall_instance a = sample_values("web-1", "web"), b[14];
    struct rollcall_check check = sample_check("tcp");
    const char *tag = "v1";
    (void)state;
    for (size_t i = 0; i < sizeof b / sizeof *b; i++)
        b[i] = a;
    b[0].id = "web-2";
    b[1].service = "api";
    b[2].namespace_name = "staging";
    b[3].version = "2";
    b[4].zone = "eu";
    b[5].address_count = 0;
    b[6].port = 81;
    b[7].tags = &tag, b[7].tag_count = 1;
    b[8].checks = &check, b[8].check_count = 1;
    b[9].ttl = 5;
    b[10].lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_TTL, .ms = 1000 };
    b[11].status = ROLLCALL_WARNING;
    b[12].lease.kind = ROLLCALL_LEASE_TTL;
    b[12].lease.ms = 2000;
    b[13].annex = "{}";
    for (size_t i = 0; i < sizeof b / sizeof *b; i++)
        assert_false(instance_equal(&a, &b[i]));
    assert_false(instance_equal(&b[10], &b[12]));
    assert_true(instance_equal(&a, &a));
}

static void the_default_port_is_the_plain_one_or_the_first_named_one(void **state)
{
    const struct rollcall_port ports[] = { { "dns", 53, ROLLCALL_UDP },
                                           { "http", 8080, ROLLCALL_TCP } };
    struct rollcall_instance is = sample_values("x", "y");
    uint16_t number;
    uint8_t protocol;
    (void)state;
    is.ports = ports;
    is.port_count = 2;
    assert_true(instance_default_port(&is, &number, &protocol));
    assert_int_equal(number, 8080);
    assert_int_equal(protocol, ROLLCALL_TCP);
    is.port = 53;
    assert_true(instance_default_port(&is, &number, &protocol));
    assert_int_equal(protocol, ROLLCALL_UDP);
    is.port = 0;
    assert_true(instance_default_port(&is, &number, &protocol));
    assert_int_equal(number, 53);
    is.port_count = 0;
    assert_false(instance_default_port(&is, &number, &protocol));
}

static void an_option_is_found_by_key_and_turn(void **state)
{
    const struct rollcall_pair options[] = { { "command", "a" },
                                             { "path", "/" },
                                             { "command", "b" } };
    struct rollcall_check check = sample_check("c");
    (void)state;
    check.options = options;
    check.option_count = 3;
    assert_string_equal(check_option(&check, "command", 0), "a");
    assert_string_equal(check_option(&check, "command", 1), "b");
    assert_null(check_option(&check, "command", 2));
    assert_null(check_option(&check, "target", 0));
}

static void words_read_back(void **state)
{
    enum rollcall_health health;
    uint8_t protocol;
    (void)state;
    for (int i = ROLLCALL_CRITICAL; i <= ROLLCALL_PASSING; i++) {
        assert_true(health_parse(health_word((enum rollcall_health)i), &health));
        assert_int_equal(health, i);
    }
    for (uint8_t i = ROLLCALL_TCP; i <= ROLLCALL_DCCP; i++) {
        assert_true(protocol_parse(protocol_word(i), &protocol));
        assert_int_equal(protocol, i);
    }
    assert_false(health_parse("fine", &health));
    assert_false(protocol_parse("TCP", &protocol));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_says_the_same_and_shares_nothing),
        cmocka_unit_test(the_last_reference_frees),
        cmocka_unit_test(a_usual_instance_takes_under_three_hundred_octets),
        cmocka_unit_test(an_annex_that_says_nothing_is_none),
        cmocka_unit_test(every_field_makes_a_difference),
        cmocka_unit_test(the_default_port_is_the_plain_one_or_the_first_named_one),
        cmocka_unit_test(an_option_is_found_by_key_and_turn),
        cmocka_unit_test(words_read_back),
    };
    return cmocka_run_group_tests_name("model/instance", tests, NULL, NULL);
}

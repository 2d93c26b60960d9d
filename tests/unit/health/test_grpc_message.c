/* health/grpc_message.h: the two messages of a gRPC health check, octet by octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "health/grpc_message.h"

#define READ(octets, out) grpc_read_response(octets, sizeof(octets) - 1, out)

static void a_request_about_the_server_is_an_empty_message(void **state)
{
    uint8_t out[GRPC_REQUEST_MAX];

    (void)state;
    assert_int_equal(grpc_write_request("", out), 5);
    assert_memory_equal(out, "\0\0\0\0\0", 5);
}

static void a_request_names_its_service_in_field_one(void **state)
{
    uint8_t out[GRPC_REQUEST_MAX];

    (void)state;
    assert_int_equal(grpc_write_request("web", out), 10);
    assert_memory_equal(out, "\0\0\0\0\x05\x0a\x03web", 10);
}

static void a_long_name_has_a_length_of_two_octets(void **state)
{
    uint8_t out[GRPC_REQUEST_MAX];
    char name[GRPC_SERVICE_MAX + 1];

    (void)state;
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(grpc_write_request(name, out), GRPC_REQUEST_MAX);
    assert_memory_equal(out, "\0\0\0\x01\x02\x0a\xff\x01", 8);
    assert_memory_equal(out + 8, name, GRPC_SERVICE_MAX);
}

static void serving_and_the_others_are_read(void **state)
{
    uint64_t serving;

    (void)state;
    assert_null(READ("\0\0\0\0\x02\x08\x01", &serving));
    assert_int_equal(serving, GRPC_SERVING);
    assert_null(READ("\0\0\0\0\x02\x08\x02", &serving));
    assert_int_equal(serving, GRPC_NOT_SERVING);
    assert_string_equal(grpc_serving_word(serving), "NOT_SERVING");
}

static void an_empty_message_says_unknown(void **state)
{
    uint64_t serving = 99;

    (void)state;
    assert_null(READ("\0\0\0\0\0", &serving));
    assert_int_equal(serving, GRPC_UNKNOWN);
}

static void fields_that_we_do_not_know_are_read_over(void **state)
{
    uint64_t serving;

    (void)state;
    assert_null(READ("\0\0\0\0\x18"
                     "\x10\x96\x01"            /* 2: a number */
                     "\x1a\x03xyz"             /* 3: octets */
                     "\x25\1\2\3\4"            /* 4: 32 bits */
                     "\x08\x01"                /* the status */
                     "\x29\1\2\3\4\5\6\7\x08", /* 5: 64 bits */
                     &serving));
    assert_int_equal(serving, GRPC_SERVING);
}

static void of_two_statuses_the_last_counts(void **state)
{
    uint64_t serving;

    (void)state;
    assert_null(READ("\0\0\0\0\x04\x08\x01\x08\x02", &serving));
    assert_int_equal(serving, GRPC_NOT_SERVING);
}

static void a_status_that_the_enum_does_not_have_is_a_number(void **state)
{
    uint64_t serving;

    (void)state;
    assert_null(
        READ("\0\0\0\0\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", &serving));
    assert_true(serving == UINT64_MAX);
    assert_string_equal(grpc_serving_word(serving), "a status of its own");
}

static void what_is_no_health_reply_is_refused(void **state)
{
    uint64_t serving = 77;

    (void)state;
    assert_non_null(grpc_read_response("", 0, &serving));
    assert_non_null(READ("\0\0\0\0", &serving));                       /* half a head */
    assert_non_null(READ("\1\0\0\0\x02\x08\x01", &serving));           /* compressed */
    assert_non_null(READ("\0\0\0\0\x03\x08\x01", &serving));           /* too short */
    assert_non_null(READ("\0\xff\xff\xff\xff\x08\x01", &serving));     /* far too short */
    assert_non_null(READ("\0\0\0\0\x02\x08\x01\0\0\0\0\0", &serving)); /* two of them */
    assert_non_null(READ("\0\0\0\0\x01\x08", &serving));               /* no value */
    assert_non_null(READ("\0\0\0\0\x02\x00\x01", &serving));           /* field 0 */
    assert_non_null(READ("\0\0\0\0\x02\x0b\x01", &serving));           /* a group */
    assert_non_null(READ("\0\0\0\0\x03\x12\x05x", &serving));          /* past the end */
    assert_non_null(READ("\0\0\0\0\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
                         &serving)); /* more than 64 bits */
    assert_int_equal(serving, 77);
}

static void a_grpc_status_is_a_small_number(void **state)
{
    unsigned status = 55;

    (void)state;
    assert_true(grpc_parse_status("0", &status));
    assert_int_equal(status, 0);
    assert_true(grpc_parse_status("14", &status));
    assert_string_equal(grpc_status_word(status), "UNAVAILABLE");
    assert_string_equal(grpc_status_word(17), "an unknown code");
    assert_false(grpc_parse_status("", &status));
    assert_false(grpc_parse_status("-1", &status));
    assert_false(grpc_parse_status("1 ", &status));
    assert_false(grpc_parse_status("4294967296", &status));
    assert_int_equal(status, 14);
}

static void a_grpc_message_is_decoded_made_harmless_and_cut(void **state)
{
    char out[16];

    (void)state;
    grpc_print_message("no%20disk", out, sizeof out);
    assert_string_equal(out, "no disk");
    grpc_print_message("a%0Ab%1bc%zz%4", out, sizeof out);
    assert_string_equal(out, "a?b?c%zz%4");
    grpc_print_message("0123456789abcdefgh", out, sizeof out);
    assert_string_equal(out, "0123456789abcde");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_about_the_server_is_an_empty_message),
        cmocka_unit_test(a_request_names_its_service_in_field_one),
        cmocka_unit_test(a_long_name_has_a_length_of_two_octets),
        cmocka_unit_test(serving_and_the_others_are_read),
        cmocka_unit_test(an_empty_message_says_unknown),
        cmocka_unit_test(fields_that_we_do_not_know_are_read_over),
        cmocka_unit_test(of_two_statuses_the_last_counts),
        cmocka_unit_test(a_status_that_the_enum_does_not_have_is_a_number),
        cmocka_unit_test(what_is_no_health_reply_is_refused),
        cmocka_unit_test(a_grpc_status_is_a_small_number),
        cmocka_unit_test(a_grpc_message_is_decoded_made_harmless_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

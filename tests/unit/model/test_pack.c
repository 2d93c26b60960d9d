/* Packed instances: what goes in comes out, and no bytes whatsoever do harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/pack.h"
#include "random_instance.h"

enum { ROUNDS = 300, BOUND = 1 << 20 };

static void pack(const struct rollcall_instance *is, struct buffer *out)
{
    buffer_init(out, BOUND);
    instance_pack(is, out);
    assert_false(out->failed);
}

static void what_is_packed_comes_out_equal(void **state)
{
    static struct random_instance one;
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct buffer bytes;
        struct reason why = REASON_NONE;
        random_instance_make(&one, seed);
        pack(&one.is, &bytes);
        struct instance *back = instance_unpack(bytes.data, bytes.length, &why);
        assert_non_null(back);
        assert_true(instance_equal(&back->is, &one.is));
        instance_unref(back);
        buffer_deinit(&bytes);
    }
}

static void the_same_instance_gives_the_same_bytes(void **state)
{
    static struct random_instance one;
    struct buffer first, second;
    (void)state;
    random_instance_make(&one, 7);
    pack(&one.is, &first);
    struct instance *copy = instance_copy(&one.is);
    pack(&copy->is, &second);
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.data, second.data, first.length);
    instance_unref(copy);
    buffer_deinit(&first);
    buffer_deinit(&second);
}

static void a_usual_instance_is_packed_in_sixty_octets(void **state)
{
    struct rollcall_instance is = sample_values("web-10-0-0-1-8080", "web");
    struct buffer bytes;
    (void)state;
    pack(&is, &bytes);
    assert_in_range(bytes.length, 1, 60);
    buffer_deinit(&bytes);
}

/* Exactly as long as it is, so that the sanitizer sees every octet too far. */
static void try_bytes(const char *bytes, size_t length)
{
    struct reason why = REASON_NONE;
    uint8_t *exact = malloc(length == 0 ? 1 : length);
    assert_non_null(exact);
    memcpy(exact, bytes, length);
    struct instance *instance = instance_unpack(exact, length, &why);
    if (instance == NULL)
        assert_true(why.text[0] != '\0');
    else
        assert_in_range(strlen(instance->is.id), 1, 255);
    instance_unref(instance);
    free(exact);
}

static void cut_bytes_are_refused_or_read_with_a_reason(void **state)
{
    static struct random_instance one;
    struct buffer bytes;
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        random_instance_make(&one, seed);
        pack(&one.is, &bytes);
        for (size_t length = 0; length < bytes.length; length++)
            try_bytes(bytes.data, length);
        buffer_deinit(&bytes);
    }
}

static void changed_bytes_never_do_harm(void **state)
{
    static struct random_instance one;
    struct random_state random;
    struct buffer bytes;
    (void)state;
    random_init(&random, 42);
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        random_instance_make(&one, seed);
        pack(&one.is, &bytes);
        for (int i = 0; i < 100; i++) {
            size_t at = (size_t)random_below(&random, bytes.length);
            char kept = bytes.data[at];
            bytes.data[at] = (char)random_below(&random, 256);
            try_bytes(bytes.data, bytes.length);
            if (i % 4 != 0) /* some changes stay, so that they add up */
                bytes.data[at] = kept;
        }
        buffer_deinit(&bytes);
    }
}

static void a_row_of_an_earlier_version_has_no_annex(void **state)
{
    static const char row[] = "\x01"
                              "\x01\x06web-1\0"
                              "\x02\x04web";
    struct reason why = REASON_NONE;
    (void)state;
    struct instance *back = instance_unpack(row, sizeof row, &why);
    assert_non_null(back);
    assert_string_equal(back->is.id, "web-1");
    assert_null(back->is.annex);
    instance_unref(back);
}

static void leases_of_earlier_rows_are_read_by_their_kind(void **state)
{
    static const char process[] = "\x01\x01\x02i\0\x02\x02s\0\x11\x04\x03\x00\x05\x09";
    static const char timed[] = "\x01\x01\x02i\0\x02\x02s\0\x11\x04\x01\x07\x00\x00";
    struct reason why = REASON_NONE;
    (void)state;
    struct instance *one = instance_unpack(process, sizeof process - 1, &why);
    struct instance *two = instance_unpack(timed, sizeof timed - 1, &why);
    assert_non_null(one);
    assert_non_null(two);
    assert_int_equal(one->is.lease.pid, 5);
    assert_int_equal(one->is.lease.pid_start, 9);
    assert_int_equal(two->is.lease.kind, ROLLCALL_LEASE_TTL);
    assert_int_equal(two->is.lease.ms, 7);
    instance_unref(one);
    instance_unref(two);
}

static void a_field_of_a_later_version_is_skipped(void **state)
{
    struct rollcall_instance is = sample_values("web-1", "web");
    struct buffer bytes;
    struct reason why = REASON_NONE;
    (void)state;
    pack(&is, &bytes);
    buffer_append(&bytes,
                  "\xc8\x03"
                  "new",
                  5);
    struct instance *back = instance_unpack(bytes.data, bytes.length, &why);
    assert_non_null(back);
    assert_true(instance_equal(&back->is, &is));
    instance_unref(back);
    buffer_deinit(&bytes);
}

static void a_later_format_is_refused_by_its_number(void **state)
{
    struct reason why = REASON_NONE;
    (void)state;
    assert_null(instance_unpack("\x02xyz", 4, &why));
    assert_non_null(strstr(why.text, "format 2"));
}

static void too_many_tags_are_refused(void **state)
{
    struct rollcall_instance is = sample_values("web-1", "web");
    struct buffer bytes;
    struct reason why = REASON_NONE;
    (void)state;
    pack(&is, &bytes);
    for (int i = 0; i <= MODEL_TAGS_MAX; i++)
        buffer_append(&bytes, "\x09\x02t", 4);
    assert_null(instance_unpack(bytes.data, bytes.length, &why));
    assert_non_null(strstr(why.text, "field 9"));
    buffer_deinit(&bytes);
}

static void an_instance_without_a_service_is_refused(void **state)
{
    struct reason why = REASON_NONE;
    (void)state;
    assert_null(instance_unpack("\x01\x01\x02x", 5, &why));
    assert_non_null(strstr(why.text, "no name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_comes_out_equal),
        cmocka_unit_test(the_same_instance_gives_the_same_bytes),
        cmocka_unit_test(a_usual_instance_is_packed_in_sixty_octets),
        cmocka_unit_test(cut_bytes_are_refused_or_read_with_a_reason),
        cmocka_unit_test(changed_bytes_never_do_harm),
        cmocka_unit_test(a_row_of_an_earlier_version_has_no_annex),
        cmocka_unit_test(leases_of_earlier_rows_are_read_by_their_kind),
        cmocka_unit_test(a_field_of_a_later_version_is_skipped),
        cmocka_unit_test(a_later_format_is_refused_by_its_number),
        cmocka_unit_test(too_many_tags_are_refused),
        cmocka_unit_test(an_instance_without_a_service_is_refused),
    };
    return cmocka_run_group_tests_name("model/pack", tests, NULL, NULL);
}

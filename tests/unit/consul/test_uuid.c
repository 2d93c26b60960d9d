/* UUIDs, and the number that clients make of an event's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consul/uuid.h"

static void require_uuid(const char *text)
{
    assert_int_equal(strlen(text), UUID_SIZE - 1);
    for (unsigned i = 0; i < UUID_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        assert_true(dash ? text[i] == '-' : strchr("0123456789abcdef", text[i]) != NULL);
    }
    assert_int_equal(text[14], '4');
    assert_non_null(strchr("89ab", text[19]));
}

/* As Go's client does it. */
static uint64_t mix_of(const char *text)
{
    char high[17], low[17];

    memcpy(high, text, 8);
    memcpy(high + 8, text + 9, 4);
    memcpy(high + 12, text + 14, 4);
    memcpy(low, text + 19, 4);
    memcpy(low + 4, text + 24, 12);
    high[16] = low[16] = '\0';
    return strtoull(high, NULL, 16) ^ strtoull(low, NULL, 16);
}

static void a_uuid_is_random_and_of_version_4(void **state)
{
    char first[UUID_SIZE], second[UUID_SIZE];

    (void)state;
    uuid_random(first);
    uuid_random(second);
    require_uuid(first);
    require_uuid(second);
    assert_string_not_equal(first, second);
}

static void the_mix_of_a_uuid_is_what_clients_compute(void **state)
{
    char text[UUID_SIZE];

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t mix;
        uuid_random_mixed(text, &mix);
        require_uuid(text);
        assert_int_equal(mix, mix_of(text));
        assert_true(mix > 1 && mix <= UUID_MIX_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uuid_is_random_and_of_version_4),
        cmocka_unit_test(the_mix_of_a_uuid_is_what_clients_compute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Silences: what they cover, when they end. */
#include "facts.h"

#include "alert/silence.h"

static bool covers(const struct silence *silence, const char *service, const char *id)
{
    struct silences silences;
    const struct fact fact = seen(ALERT_CRITICAL, service, id);

    silences_init(&silences);
    assert_non_null(silences_add(&silences, silence));
    bool covered = silences_cover(&silences, &fact, WALL) != NULL;
    silences_deinit(&silences);
    return covered;
}

static void it_covers_what_fits_all_that_it_names(void **state)
{
    (void)state;
    const struct silence web = { .until = WALL + 1, .service = "web*" };
    const struct silence one = { .until = WALL + 1, .service = "web", .id = "w1" };
    const struct silence tag = { .until = WALL + 1, .tag = "blue" };
    const struct silence other = { .until = WALL + 1, .tag = "green" };
    const struct silence far = { .until = WALL + 1,
                                 .service = "*",
                                 .namespace_name = "prod" };

    assert_true(covers(&web, "web2", "x"));
    assert_false(covers(&web, "db", "x"));
    assert_true(covers(&one, "web", "w1"));
    assert_false(covers(&one, "web", "w2"));
    assert_true(covers(&tag, "db", "x"));
    assert_false(covers(&other, "db", "x"));
    assert_false(covers(&far, "db", "x"));
}

static void it_ends_by_itself(void **state)
{
    (void)state;
    struct silences silences;
    const struct silence asked = { .until = WALL + 1000, .service = "web" };
    const struct fact fact = seen(ALERT_CRITICAL, "web", "w1");

    silences_init(&silences);
    struct silence *silence = silences_add(&silences, &asked);
    assert_int_equal(silence->number, 1);
    assert_int_equal(silences_next_end(&silences), WALL + 1000);
    assert_non_null(silences_cover(&silences, &fact, WALL + 999));
    assert_null(silences_over(&silences, WALL + 999));
    assert_null(silences_cover(&silences, &fact, WALL + 1000));
    assert_ptr_equal(silences_over(&silences, WALL + 1000), silence);
    silences_drop(&silences, silence);
    assert_int_equal(silences_next_end(&silences), INT64_MAX);
    assert_int_equal(silences_add(&silences, &asked)->number, 2);
    silences_deinit(&silences);
}

static void it_comes_back_from_its_bytes(void **state)
{
    (void)state;
    struct silences silences, others;
    struct buffer bytes;
    const struct silence asked = { .until = WALL + 1000,
                                   .created = WALL,
                                   .by = 1000,
                                   .service = "web",
                                   .tag = "blue",
                                   .reason = "new disks" };

    silences_init(&silences);
    silences_init(&others);
    buffer_init(&bytes, 4096);
    silence_pack(silences_add(&silences, &asked), &bytes);
    const uint8_t *data = (const uint8_t *)bytes.data;
    for (size_t length = 0; length < bytes.length; length++) {
        struct byte_reader cut = { data, data + length, false };
        assert_false(silences_unpack(&others, 5, &cut));
    }
    struct byte_reader in = { data, data + bytes.length, false };
    assert_true(silences_unpack(&others, 5, &in));
    const struct silence *back = silences_find(&others, 5);
    assert_int_equal(back->by, 1000);
    assert_int_equal(back->until, WALL + 1000);
    assert_string_equal(back->reason, "new disks");
    assert_string_equal(back->id, "");
    assert_int_equal(silences_add(&others, &asked)->number, 6);
    buffer_deinit(&bytes);
    silences_deinit(&silences);
    silences_deinit(&others);
}

static void there_are_only_so_many(void **state)
{
    (void)state;
    struct silences silences;
    const struct silence asked = { .until = WALL + 1000, .service = "web" };

    silences_init(&silences);
    for (int i = 0; i < SILENCES_MAX; i++)
        assert_non_null(silences_add(&silences, &asked));
    assert_null(silences_add(&silences, &asked));
    silences_deinit(&silences);
}

static void they_are_counted_by_who_made_them(void **state)
{
    (void)state;
    struct silences silences;
    const struct silence his = { .until = WALL + 1000, .by = 1000, .service = "web" };
    const struct silence hers = { .until = WALL + 1000, .by = 1001, .service = "web" };

    silences_init(&silences);
    assert_int_equal(silences_made(&silences, 1000), 0);
    struct silence *first = silences_add(&silences, &his);
    silences_add(&silences, &his);
    silences_add(&silences, &hers);
    assert_int_equal(silences_made(&silences, 1000), 2);
    assert_int_equal(silences_made(&silences, 1001), 1);
    silences_drop(&silences, first);
    assert_int_equal(silences_made(&silences, 1000), 1);
    silences_deinit(&silences);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_covers_what_fits_all_that_it_names),
        cmocka_unit_test(it_ends_by_itself),
        cmocka_unit_test(it_comes_back_from_its_bytes),
        cmocka_unit_test(they_are_counted_by_who_made_them),
        cmocka_unit_test(there_are_only_so_many),
    };
    return cmocka_run_group_tests_name("alert/silence", tests, NULL, NULL);
}

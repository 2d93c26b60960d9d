#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "answer/zone.h"
#include "support/test_store.h"
#include "support/town.h"

struct fixture {
    struct town town;
    struct test_store store;
    struct registry *registry;
    struct answer_zone *zone;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct registry_settings settings = { .node = "n", .datacenter = "d" };
    struct reason why = REASON_NONE;

    test_store_init(&f->store);
    f->registry = registry_create(&settings, &f->store.base);
    town_zone(&f->town, "z.");
    assert_int_equal(town_open(&f->town, &why), ROLLCALL_OK);
    answer_attach(f->town.answer, f->registry);
    f->zone = f->town.answer->index.zones[0];
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    test_store_save_all(&f->store);
    registry_destroy(f->registry);
    town_close(&f->town);
    test_store_deinit(&f->store);
    free(f);
    return 0;
}

static uint32_t serial(const struct fixture *f)
{
    return atomic_load(&f->zone->serial);
}

static void a_serial_is_the_time_or_one_more(void **state)
{
    (void)state;
    assert_int_equal(serial_next(1, 1700000000500), 1700000000);
    assert_int_equal(serial_next(1700000000, 1700000000500), 1700000001);
    assert_int_equal(serial_next(1700000005, 1700000000500), 1700000006);
    assert_int_equal(serial_next(UINT32_MAX, 1700000000500), 1700000000);
    assert_int_equal(serial_next(4294967290u, 1000 * (INT64_C(4294967296) + 3)), 3);
}

static void it_is_shown_after_it_is_saved(void **state)
{
    struct fixture *f = *state;

    answer_flush(f->town.answer);
    answer_run_serials(f->town.answer, 1000, 1700000000000);
    assert_int_equal(f->store.waiting, 1);
    assert_int_equal(serial(f), 1);
    test_store_save(&f->store);
    assert_int_equal(serial(f), 1700000000);
    assert_int_equal(f->store.serial, 1700000000);
}

static void without_a_change_it_stays(void **state)
{
    struct fixture *f = *state;

    answer_flush(f->town.answer);
    answer_run_serials(f->town.answer, 1000, 1700000000000);
    test_store_save(&f->store);
    answer_run_serials(f->town.answer, 2000, 1700000001000);
    assert_int_equal(answer_run_serials(f->town.answer, 90000, 1700000089000), INT64_MAX);
    assert_int_equal(f->store.waiting, 0);
    assert_int_equal(serial(f), 1700000000);
}

static void it_rises_at_most_once_a_second(void **state)
{
    struct fixture *f = *state;

    answer_flush(f->town.answer);
    answer_run_serials(f->town.answer, 1000, 1700000000000);
    test_store_save(&f->store);
    serial_changed(f->town.answer, f->zone);
    assert_int_equal(answer_run_serials(f->town.answer, 1500, 1700000000500), 2000);
    assert_int_equal(f->store.waiting, 0);
    answer_run_serials(f->town.answer, 2000, 1700000001000);
    assert_int_equal(f->store.waiting, 1);
    test_store_save(&f->store);
    assert_int_equal(serial(f), 1700000001);
}

static void a_refused_one_is_tried_again_and_never_shown(void **state)
{
    struct fixture *f = *state;

    answer_flush(f->town.answer);
    answer_run_serials(f->town.answer, 1000, 1700000000000);
    test_store_refuse(&f->store);
    assert_int_equal(serial(f), 1);
    answer_run_serials(f->town.answer, 1100, 1700000000100);
    assert_int_equal(f->store.waiting, 0);
    answer_run_serials(f->town.answer, 2000, 1700000001000);
    test_store_save(&f->store);
    assert_int_equal(serial(f), 1700000001);
}

static void a_change_while_one_is_saved_is_not_forgotten(void **state)
{
    struct fixture *f = *state;

    answer_flush(f->town.answer);
    answer_run_serials(f->town.answer, 1000, 1700000000000);
    serial_changed(f->town.answer, f->zone);
    test_store_save(&f->store);
    answer_run_serials(f->town.answer, 2000, 1700000001000);
    test_store_save(&f->store);
    assert_int_equal(serial(f), 1700000001);
}

static void it_never_goes_back_behind_the_stored_one(void **state)
{
    struct fixture *f = *state;

    answer_restore_serial(f->town.answer, "z.", 1800000000);
    answer_restore_serial(f->town.answer, "other.", 5);
    answer_flush(f->town.answer);
    assert_int_equal(serial(f), 1800000000);
    answer_run_serials(f->town.answer, 1000, 1700000000000);
    test_store_save(&f->store);
    assert_int_equal(serial(f), 1800000001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_serial_is_the_time_or_one_more),
        TEST(it_is_shown_after_it_is_saved),
        TEST(without_a_change_it_stays),
        TEST(it_rises_at_most_once_a_second),
        TEST(a_refused_one_is_tried_again_and_never_shown),
        TEST(a_change_while_one_is_saved_is_not_forgotten),
        TEST(it_never_goes_back_behind_the_stored_one),
    };
    return cmocka_run_group_tests_name("answer/serial", tests, NULL, NULL);
}

/* Services and their instances, in the order of ids; and the tally behind the labels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "registry/catalogue.h"
#include "registry/tally.h"

enum { MANY = 500, KEYS = 300 };

static struct entry *add(struct catalogue *catalogue, const char *service, const char *id)
{
    struct entry *entry = catalogue_entry_add(catalogue, id);
    struct service *in = catalogue_service_for(catalogue, "default", service, 1);
    assert_non_null(entry);
    assert_non_null(in);
    catalogue_put(catalogue, in, entry);
    return entry;
}

static bool is_ordered(const struct service *service)
{
    for (uint32_t i = 1; i < service->count; i++) {
        if (strcmp(service->entries[i - 1]->id, service->entries[i]->id) >= 0)
            return false;
    }
    return true;
}

static void entries_of_a_service_stand_in_order_of_their_ids(void **state)
{
    struct catalogue catalogue;
    struct random_state random;
    char id[16];
    (void)state;
    catalogue_init(&catalogue);
    random_init(&random, 3);
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "%03llu-%d",
                 (unsigned long long)random_below(&random, 1000), i);
        add(&catalogue, "web", id);
    }
    struct service *service = catalogue_service(&catalogue, "default", "web");
    assert_int_equal(service->count, MANY);
    assert_true(is_ordered(service));
    for (int i = 0; i < MANY / 2; i++) {
        struct entry *entry = service->entries[random_below(&random, service->count)];
        catalogue_take(&catalogue, entry);
        catalogue_entry_drop(&catalogue, entry);
    }
    assert_int_equal(service->count, MANY - MANY / 2);
    assert_int_equal(catalogue.instances, MANY - MANY / 2);
    assert_true(is_ordered(service));
    catalogue_deinit(&catalogue);
}

static void entries_are_found_by_id_and_services_by_name(void **state)
{
    struct catalogue catalogue;
    (void)state;
    catalogue_init(&catalogue);
    struct entry *one = add(&catalogue, "web", "web-1");
    assert_ptr_equal(catalogue_entry(&catalogue, "web-1"), one);
    assert_null(catalogue_entry(&catalogue, "web-2"));
    assert_string_equal(one->service->name, "web");
    assert_string_equal(one->service->key, "default/web");
    assert_null(catalogue_service(&catalogue, "other", "web"));
    assert_null(catalogue_service(&catalogue, "default", "api"));
    catalogue_deinit(&catalogue);
}

static void a_service_without_instances_is_seen_only_when_declared(void **state)
{
    struct catalogue catalogue;
    (void)state;
    catalogue_init(&catalogue);
    struct service *service = catalogue_service_for(&catalogue, "default", "void", 0);
    assert_null(catalogue_service(&catalogue, "default", "void"));
    service->declared = true;
    assert_ptr_equal(catalogue_service(&catalogue, "default", "void"), service);
    catalogue_deinit(&catalogue);
}

static void what_is_appended_is_sorted_once(void **state)
{
    static const char *const ids[] = { "c", "a", "b" };
    struct catalogue catalogue;
    (void)state;
    catalogue_init(&catalogue);
    for (int i = 0; i < 3; i++) {
        struct entry *entry = catalogue_entry_add(&catalogue, ids[i]);
        catalogue_append(&catalogue,
                         catalogue_service_for(&catalogue, "default", "web", 1), entry);
    }
    catalogue_sort(&catalogue);
    assert_true(is_ordered(catalogue_service(&catalogue, "default", "web")));
    assert_int_equal(catalogue.services, 1);
    catalogue_deinit(&catalogue);
}

/* Keys that collide in their low bits, counted beside a plain array. */
static void a_tally_counts_like_an_array(void **state)
{
    struct tally tally;
    struct random_state random;
    uint32_t counts[KEYS] = { 0 };
    (void)state;
    tally_init(&tally);
    random_init(&random, 9);
    for (int i = 0; i < 20000; i++) {
        uint64_t n = random_below(&random, KEYS);
        uint64_t key = n % 40 | n << 32;
        if (random_below(&random, 2) == 0) {
            assert_int_equal(tally_add(&tally, key), ROLLCALL_OK);
            counts[n]++;
        } else if (counts[n] > 0) {
            tally_drop(&tally, key);
            counts[n]--;
        }
        if (i % 97 != 0)
            continue;
        for (uint64_t k = 1; k < KEYS; k++) /* key 0 and key 1 are one to a tally */
            if (k != 1)
                assert_int_equal(tally_count(&tally, k % 40 | k << 32), counts[k]);
    }
    tally_drop(&tally, 12345678);
    tally_deinit(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_of_a_service_stand_in_order_of_their_ids),
        cmocka_unit_test(entries_are_found_by_id_and_services_by_name),
        cmocka_unit_test(a_service_without_instances_is_seen_only_when_declared),
        cmocka_unit_test(what_is_appended_is_sorted_once),
        cmocka_unit_test(a_tally_counts_like_an_array),
    };
    return cmocka_run_group_tests_name("registry/catalogue", tests, NULL, NULL);
}

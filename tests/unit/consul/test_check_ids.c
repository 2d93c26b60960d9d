/* Whose a CheckID is, as instances come, change and go. */
#include "consul/check_ids.h"

#include "../registry/world.h"
#include "consul/body.h"
#include "consul/definition.h"
#include "health/kinds.h"

static struct instance *made(const char *text)
{
    static const struct rollcall_address address = { .family = 4,
                                                     .bytes = { 10, 1, 2, 3 } };
    const struct definition_home home = { .namespace_name = "default",
                                          .address = &address,
                                          .schemas = check_schemas() };
    struct definition *definition = definition_create(&home);
    json_t *body = body_parse(text, strlen(text), NULL);
    struct instance *instance = NULL;

    assert_int_equal(definition_read_service(definition, body, NULL), ROLLCALL_OK);
    assert_int_equal(definition_finish(definition, &instance, NULL), ROLLCALL_OK);
    json_decref(body);
    definition_destroy(definition);
    return instance;
}

static void registered(struct world *world, const char *text)
{
    struct instance *instance = made(text);
    struct outcome outcome;

    world_ask(world, &instance->is, &alice, NULL, &outcome);
    test_store_save_all(&world->store);
    assert_int_equal(outcome.status, ROLLCALL_OK);
    instance_unref(instance);
}

static void gone(struct world *world, const char *id)
{
    struct outcome outcome;

    world_deregister(world, id, &alice, &outcome);
    test_store_save_all(&world->store);
    assert_int_equal(outcome.status, ROLLCALL_OK);
}

static void belongs(const struct check_ids *ids, const char *check_id, const char *id,
                    unsigned number)
{
    unsigned index = 99;
    const struct entry *entry = check_ids_find(ids, check_id, &index);

    if (id == NULL) {
        assert_null(entry);
        return;
    }
    assert_non_null(entry);
    assert_string_equal(entry->id, id);
    assert_int_equal(index, number);
}

static void ids_that_follow_from_the_service_are_taken_apart(void **state)
{
    struct world *world = *state;
    struct check_ids *ids = check_ids_create(world->registry);

    registered(world, "{\"Name\":\"web\",\"Check\":{\"TTL\":\"9s\"}}");
    registered(world, "{\"ID\":\"a:b/1\",\"Name\":\"w\",\"Checks\":[{\"TTL\":\"9s\"},"
                      "{\"TTL\":\"9s\"}]}");
    belongs(ids, "service:web", "web", 0);
    belongs(ids, "service:a:b/1:2", "a:b/1", 1);
    belongs(ids, "service:a:b/1", NULL, 0);
    belongs(ids, "service:web:1", NULL, 0);
    belongs(ids, "service:", NULL, 0);
    belongs(ids, "web", NULL, 0);
    check_ids_destroy(ids);
}

static void explicit_ids_come_and_go_with_their_instance(void **state)
{
    struct world *world = *state;

    registered(world, "{\"Name\":\"w\",\"Check\":{\"CheckID\":\"x\",\"TTL\":\"9s\"}}");
    struct check_ids *ids = check_ids_create(world->registry); /* knows what was there */
    belongs(ids, "x", "w", 0);
    registered(world, "{\"Name\":\"w\",\"Check\":{\"CheckID\":\"y\",\"TTL\":\"9s\"}}");
    belongs(ids, "x", NULL, 0);
    belongs(ids, "y", "w", 0);
    gone(world, "w");
    belongs(ids, "y", NULL, 0);
    assert_null(check_ids_owner(ids, "y"));
    check_ids_destroy(ids);
}

static void an_id_is_taken_as_soon_as_it_is_asked_for(void **state)
{
    struct world *world = *state;
    struct check_ids *ids = check_ids_create(world->registry);
    struct instance *instance =
        made("{\"Name\":\"w\",\"Check\":{\"CheckID\":\"x\",\"TTL\":\"9s\"}}");

    check_ids_reserve(ids, &instance->is);
    assert_string_equal(check_ids_owner(ids, "x"), "w");
    belongs(ids, "x", NULL, 0);
    check_ids_release(ids, &instance->is);
    assert_null(check_ids_owner(ids, "x"));
    instance_unref(instance);
    check_ids_destroy(ids);
}

static void what_is_given_back_stays_where_it_is_registered(void **state)
{
    struct world *world = *state;
    struct check_ids *ids = check_ids_create(world->registry);
    static const char text[] = "{\"Name\":\"w\",\"Check\":{\"CheckID\":\"x\",\"TTL\":"
                               "\"9s\"}}";

    registered(world, text);
    struct instance *again = made(text);
    check_ids_reserve(ids, &again->is);
    check_ids_release(ids, &again->is);
    belongs(ids, "x", "w", 0);
    instance_unref(again);
    check_ids_destroy(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(ids_that_follow_from_the_service_are_taken_apart),
        WORLD_TEST(explicit_ids_come_and_go_with_their_instance),
        WORLD_TEST(an_id_is_taken_as_soon_as_it_is_asked_for),
        WORLD_TEST(what_is_given_back_stays_where_it_is_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* DNS labels of instances (docs/dns.md §1.11). */
#include "world.h"

static const char *label(const struct world *world, const char *id)
{
    return world_entry(world, id)->label;
}

static void first_come_keeps_the_plain_label(void **state)
{
    struct world *world = *state;

    world_register_id(world, "Web-1");
    world_register_id(world, "web-1");
    world_register_id(world, "WEB-1");
    assert_string_equal(label(world, "Web-1"), "web-1");
    assert_int_equal(strlen(label(world, "web-1")), strlen("web-1-") + 16);
    assert_int_equal(strncmp(label(world, "web-1"), "web-1-", 6), 0);
    assert_string_not_equal(label(world, "web-1"), label(world, "WEB-1"));
}

static void pending_registrations_see_each_others_labels(void **state)
{
    struct world *world = *state;
    struct rollcall_instance one = sample_values("Web-1", "web");
    struct rollcall_instance two = sample_values("web-1", "web");
    struct outcome first, second;

    world_ask(world, &one, &alice, NULL, &first);
    world_ask(world, &two, &alice, NULL, &second);
    test_store_save(&world->store);
    assert_string_equal(label(world, "Web-1"), "web-1");
    assert_string_not_equal(label(world, "web-1"), "web-1");
}

static void the_same_label_is_free_in_another_service(void **state)
{
    struct world *world = *state;
    struct rollcall_instance api = sample_values("WEB-1", "api");

    world_register_id(world, "web-1");
    world_register(world, &api);
    assert_string_equal(label(world, "WEB-1"), "web-1");
}

static void an_automatic_id_goes_by_its_address(void **state)
{
    struct world *world = *state;

    world_register_id(world, "web-10-0-0-1-8080");
    assert_string_equal(label(world, "web-10-0-0-1-8080"), "10-0-0-1-8080");
}

static void an_instance_called_like_a_tag_is_hashed(void **state)
{
    struct world *world = *state;
    const char *tags[] = { "Blue" };
    struct rollcall_instance web = sample_values("web-1", "web");

    web.tags = tags;
    web.tag_count = 1;
    world_register(world, &web);
    world_register_id(world, "blue");
    assert_string_not_equal(label(world, "blue"), "blue");
    struct rollcall_instance own = sample_values("blue", "api");
    own.id = "BLUE";
    own.tags = tags;
    own.tag_count = 1;
    world_register(world, &own); /* a tag of its own counts as well */
    assert_string_not_equal(label(world, "BLUE"), "blue");
}

static void a_tag_that_is_gone_is_free_for_an_instance(void **state)
{
    struct world *world = *state;
    const char *tags[] = { "blue" };
    struct rollcall_instance web = sample_values("web-1", "web");

    web.tags = tags;
    web.tag_count = 1;
    world_register(world, &web);
    web.tag_count = 0;
    world_register(world, &web);
    world_register_id(world, "blue");
    assert_string_equal(label(world, "blue"), "blue");
}

static void a_label_stays_when_the_definition_changes(void **state)
{
    struct world *world = *state;
    const char *tags[] = { "web-1" };
    struct rollcall_instance web = sample_values("web-1", "web");

    world_register(world, &web);
    web.tags = tags;
    web.tag_count = 1;
    world_register(world, &web);
    assert_string_equal(label(world, "web-1"), "web-1");
}

static void a_label_is_free_again_when_its_instance_is_gone(void **state)
{
    struct world *world = *state;
    struct outcome gone;

    world_register_id(world, "Web-1");
    world_deregister(world, "Web-1", &alice, &gone);
    test_store_save(&world->store);
    world_register_id(world, "web-1");
    assert_string_equal(label(world, "web-1"), "web-1");
}

static void a_label_is_free_again_when_a_changed_instance_is_gone(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("Web-1", "web");
    struct outcome gone;

    world_register(world, &web);
    web.weight = 2;
    world_register(world, &web);
    world_deregister(world, "Web-1", &alice, &gone);
    test_store_save(&world->store);
    world_register_id(world, "web-1");
    assert_string_equal(label(world, "web-1"), "web-1");
}

static void a_label_of_its_own_elsewhere_is_no_claim_here(void **state)
{
    struct world *world = *state;
    struct rollcall_instance other = sample_values("WEB-1", "api");
    struct rollcall_instance moved = sample_values("web-1", "api");
    struct outcome gone, outcome;

    world_register_id(world, "web-1");
    world_register(world, &other);
    world_deregister(world, "web-1", &alice, &gone);
    world_ask(world, &moved, &alice, NULL, &outcome);
    test_store_save(&world->store);
    assert_string_equal(label(world, "WEB-1"), "web-1");
    assert_string_not_equal(label(world, "web-1"), "web-1");
}

static void the_tags_of_a_removed_instance_are_free_for_an_instance(void **state)
{
    struct world *world = *state;
    const char *tags[] = { "blue" };
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome gone;

    web.tags = tags;
    web.tag_count = 1;
    world_register(world, &web);
    world_deregister(world, "web-1", &alice, &gone);
    test_store_save(&world->store);
    world_register_id(world, "blue");
    assert_string_equal(label(world, "blue"), "blue");
}

static void a_label_is_free_again_after_a_refusal(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("Web-1", "web");
    struct outcome outcome;

    for (int i = 0; i < 3; i++) {
        world_ask(world, &web, &alice, NULL, &outcome);
        web.weight++;
    }
    test_store_refuse(&world->store);
    world_register_id(world, "web-1");
    assert_string_equal(label(world, "web-1"), "web-1");
}

/* Lives, ends and changes in disorder: no two labels are ever the same. */
static void labels_of_a_service_are_always_different(void **state)
{
    static const char *const ids[] = {
        "a", "A", "b", "B", "web-10-0-0-1-8080", "10-0-0-1-8080", "a b", "a_b"
    };
    struct world *world = *state;
    struct outcome outcome[8];

    for (unsigned turn = 0; turn < 400; turn++) {
        unsigned n = turn * 7 % 8;
        struct rollcall_instance web = sample_values(ids[n], "web");
        web.weight = (uint16_t)turn;
        if (turn % 5 == 3 && world_entry(world, ids[n]) != NULL)
            world_deregister(world, ids[n], &alice, &outcome[n]);
        else
            world_ask(world, &web, &alice, NULL, &outcome[n]);
        if (turn % 11 == 0)
            test_store_refuse(&world->store);
        else if (turn % 3 == 0)
            test_store_save(&world->store);
        struct service *service = registry_service(world->registry, "default", "web");
        for (uint32_t i = 0; service != NULL && i < service->count; i++) {
            for (uint32_t k = 0; k < i; k++)
                assert_string_not_equal(service->entries[i]->label,
                                        service->entries[k]->label);
        }
    }
    test_store_save_all(&world->store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(first_come_keeps_the_plain_label),
        WORLD_TEST(pending_registrations_see_each_others_labels),
        WORLD_TEST(the_same_label_is_free_in_another_service),
        WORLD_TEST(an_automatic_id_goes_by_its_address),
        WORLD_TEST(an_instance_called_like_a_tag_is_hashed),
        WORLD_TEST(a_tag_that_is_gone_is_free_for_an_instance),
        WORLD_TEST(a_label_stays_when_the_definition_changes),
        WORLD_TEST(a_label_is_free_again_when_its_instance_is_gone),
        WORLD_TEST(a_label_is_free_again_when_a_changed_instance_is_gone),
        WORLD_TEST(a_label_of_its_own_elsewhere_is_no_claim_here),
        WORLD_TEST(the_tags_of_a_removed_instance_are_free_for_an_instance),
        WORLD_TEST(a_label_is_free_again_after_a_refusal),
        WORLD_TEST(labels_of_a_service_are_always_different),
    };
    return cmocka_run_group_tests_name("registry/labels", tests, NULL, NULL);
}

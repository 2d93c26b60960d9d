/* Registering and removing: order, owners, revisions, refusals. */
#include "world.h"

static void a_registration_counts_once_it_is_saved(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome outcome;

    world_ask(world, &web, &alice, NULL, &outcome);
    assert_int_equal(outcome.calls, 0);
    assert_null(world_entry(world, "web-1"));
    assert_string_equal(world->heard, "");
    test_store_save(&world->store);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(outcome.status, ROLLCALL_OK);
    assert_true(outcome.created);
    assert_string_equal(world->heard, "added web-1; ");
    const struct entry *entry = world_entry(world, "web-1");
    assert_int_equal(entry->revision, outcome.revision);
    assert_int_equal(entry->state, SERVING);
    assert_int_equal(entry->owner, alice.uid);
    assert_int_equal(registry_instance_count(world->registry), 1);
}

static void the_same_definition_again_is_no_change(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome outcome;
    uint64_t first = world_register(world, &web);
    size_t puts = world->store.submitted[CHANGE_PUT];

    world_ask(world, &web, &alice, NULL, &outcome);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(outcome.revision, first);
    assert_false(outcome.created);
    assert_int_equal(world->store.submitted[CHANGE_PUT], puts);
    assert_string_equal(world->heard, "added web-1; ");
    assert_int_equal(world_count(world, "unchanged"), 1);
}

static void another_definition_is_a_change_with_a_new_revision(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    uint64_t first = world_register(world, &web);

    web.weight = 10;
    uint64_t second = world_register(world, &web);
    assert_true(second > first);
    assert_string_equal(world->heard, "added web-1; changed web-1; ");
    assert_int_equal(world_entry(world, "web-1")->instance->is.weight, 10);
}

static void pipelined_changes_of_one_id_come_true_in_order(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome first, second, gone, third;

    world_ask(world, &web, &alice, NULL, &first);
    web.weight = 2;
    world_ask(world, &web, &alice, NULL, &second);
    world_deregister(world, "web-1", &alice, &gone);
    web.weight = 3;
    world_ask(world, &web, &alice, NULL, &third);
    assert_int_equal(first.calls + second.calls + gone.calls + third.calls, 0);
    test_store_save(&world->store);
    assert_true(first.created);
    assert_false(second.created);
    assert_int_equal(gone.status, ROLLCALL_OK);
    assert_true(third.created);
    assert_true(first.revision < second.revision && second.revision < third.revision);
    assert_string_equal(world->heard,
                        "added web-1; changed web-1; removed web-1; added web-1; ");
    assert_int_equal(world_entry(world, "web-1")->instance->is.weight, 3);
    assert_string_equal(world_entry(world, "web-1")->label, "web-1");
}

static void the_same_definition_behind_a_pending_one_waits_for_the_disk(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome first, second;

    world_ask(world, &web, &alice, NULL, &first);
    world_ask(world, &web, &alice, NULL, &second);
    assert_int_equal(second.calls, 0);
    test_store_save(&world->store);
    assert_int_equal(second.calls, 1);
    assert_false(second.created);
}

static void if_revision_compares_with_the_last_submitted_state(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome outcome, other;
    uint64_t none = 0, wrong = 12345;

    world_ask(world, &web, &alice, &wrong, &outcome);
    assert_int_equal(outcome.status, ROLLCALL_E_CONFLICT);
    assert_non_null(strstr(outcome.why, "does not exist"));
    world_ask(world, &web, &alice, &none, &outcome);
    web.weight = 2;
    world_ask(world, &web, &alice, &none, &other); /* the first is only pending */
    assert_int_equal(other.status, ROLLCALL_E_CONFLICT);
    assert_non_null(strstr(other.why, "exists already"));
    test_store_save(&world->store);
    assert_int_equal(outcome.status, ROLLCALL_OK);
    world_ask(world, &web, &alice, &outcome.revision, &other);
    test_store_save(&world->store);
    assert_int_equal(other.status, ROLLCALL_OK);
    world_ask(world, &web, &alice, &outcome.revision, &other);
    assert_int_equal(other.status, ROLLCALL_E_CONFLICT);
    assert_int_equal(world_count(world, "conflicts"), 3);
}

static void a_conflict_names_the_revision_that_it_is_at(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome outcome;
    char expected[64];
    uint64_t at = world_register(world, &web), wrong = at + 5;

    world_ask(world, &web, &alice, &wrong, &outcome);
    snprintf(expected, sizeof expected, "at revision %llu, not %llu",
             (unsigned long long)at, (unsigned long long)wrong);
    assert_non_null(strstr(outcome.why, expected));
}

static void a_stranger_may_not_change_or_remove(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome outcome;

    world_register(world, &web);
    web.weight = 9;
    world_ask(world, &web, &bob, NULL, &outcome);
    assert_int_equal(outcome.status, ROLLCALL_E_UNAUTHORIZED);
    assert_non_null(strstr(outcome.why, "uid 1000"));
    world_deregister(world, "web-1", &bob, &outcome);
    assert_int_equal(outcome.status, ROLLCALL_E_UNAUTHORIZED);
    assert_int_equal(world_entry(world, "web-1")->instance->is.weight, 1);
    assert_int_equal(world_count(world, "unauthorized"), 2);
}

static void root_may_change_all_and_the_owner_stays(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome outcome;

    world_register(world, &web);
    web.weight = 9;
    world_ask(world, &web, &root, NULL, &outcome);
    test_store_save(&world->store);
    assert_int_equal(outcome.status, ROLLCALL_OK);
    assert_int_equal(world_entry(world, "web-1")->owner, alice.uid);
}

static void an_id_that_is_being_removed_is_free_for_the_next_owner(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome gone, mine, yours;

    world_register(world, &web);
    world_deregister(world, "web-1", &alice, &gone);
    world_ask(world, &web, &bob, NULL, &mine);
    world_ask(world, &web, &alice, NULL, &yours);
    assert_int_equal(yours.status, ROLLCALL_E_UNAUTHORIZED);
    test_store_save(&world->store);
    assert_int_equal(mine.status, ROLLCALL_OK);
    assert_int_equal(world_entry(world, "web-1")->owner, bob.uid);
}

static void an_id_does_not_wander_to_another_service(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct rollcall_instance api = sample_values("web-1", "api");
    struct outcome outcome, gone;

    world_register(world, &web);
    world_ask(world, &api, &alice, NULL, &outcome);
    assert_int_equal(outcome.status, ROLLCALL_E_CONFLICT);
    assert_non_null(strstr(outcome.why, "service web"));
    world_deregister(world, "web-1", &alice, &gone);
    world_ask(world, &api, &alice, NULL, &outcome);
    test_store_save(&world->store);
    assert_int_equal(outcome.status, ROLLCALL_OK);
    assert_string_equal(world_entry(world, "web-1")->service->name, "api");
    assert_null(registry_service(world->registry, "default", "web"));
}

static void a_removal_is_seen_after_it_is_saved(void **state)
{
    struct world *world = *state;
    struct outcome gone, again;

    world_register_id(world, "web-1");
    world_deregister(world, "web-1", &alice, &gone);
    assert_non_null(world_entry(world, "web-1"));
    world_deregister(world, "web-1", &alice, &again);
    assert_int_equal(again.status, ROLLCALL_E_NOTFOUND);
    test_store_save(&world->store);
    assert_int_equal(gone.calls, 1);
    assert_null(world_entry(world, "web-1"));
    assert_string_equal(world->heard, "added web-1; removed web-1; ");
    assert_int_equal(test_store_row_count(&world->store), 0);
}

static void removing_what_is_not_there_names_the_id(void **state)
{
    struct world *world = *state;
    struct outcome outcome;

    world_deregister(world, "nobody", &alice, &outcome);
    assert_int_equal(outcome.status, ROLLCALL_E_NOTFOUND);
    assert_non_null(strstr(outcome.why, "\"nobody\""));
}

static void a_refusal_leaves_the_committed_state_and_tells_everyone(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct rollcall_instance more = sample_values("web-2", "web");
    struct outcome change, added, gone;
    uint64_t at = world_register(world, &web);

    web.weight = 7;
    world_ask(world, &web, &alice, NULL, &change);
    world_deregister(world, "web-1", &alice, &gone);
    world_ask(world, &more, &alice, NULL, &added);
    test_store_refuse(&world->store);
    assert_int_equal(change.status, ROLLCALL_E_UNAVAILABLE);
    assert_int_equal(gone.status, ROLLCALL_E_UNAVAILABLE);
    assert_int_equal(added.status, ROLLCALL_E_UNAVAILABLE);
    assert_non_null(strstr(added.why, "no space left"));
    assert_int_equal(world_entry(world, "web-1")->instance->is.weight, 1);
    assert_null(world_entry(world, "web-2"));
    assert_string_equal(world->heard, "added web-1; ");
    world_ask(world, &web, &alice, &at, &change); /* the revision is the old one again */
    test_store_save(&world->store);
    assert_int_equal(change.status, ROLLCALL_OK);
    assert_int_equal(world_count(world, "refused"), 3);
}

/* A requester that asks again from inside its own refusal. */
struct stubborn {
    struct world *world;
    struct outcome again;
    bool asked;
};

static void ask_again(void *context, enum rollcall_status status,
                      const struct registry_reply *reply, const struct reason *why)
{
    struct stubborn *stubborn = context;
    struct rollcall_instance web = sample_values("web-1", "web");
    uint64_t none = 0;
    (void)status, (void)reply, (void)why;
    if (!stubborn->asked)
        world_ask(stubborn->world, &web, &alice, &none, &stubborn->again);
    stubborn->asked = true;
}

static void what_is_asked_during_a_refusal_is_judged_by_what_is_committed(void **state)
{
    struct world *world = *state;
    struct stubborn stubborn = { .world = world };
    struct rollcall_instance web = sample_values("web-1", "web");
    struct instance *instance = instance_copy(&web);
    struct register_request request = { .instance = instance };
    struct outcome second;

    registry_register(world->registry, &request, &alice, 0, WALL, ask_again, &stubborn,
                      NULL);
    web.weight = 5;
    world_ask(world, &web, &alice, NULL, &second);
    test_store_refuse(&world->store);
    assert_int_equal(second.status, ROLLCALL_E_UNAVAILABLE);
    assert_int_equal(stubborn.again.calls, 0); /* taken: it did not exist */
    test_store_save(&world->store);
    assert_int_equal(stubborn.again.status, ROLLCALL_OK);
    assert_int_equal(world_entry(world, "web-1")->instance->is.weight, 1);
    instance_unref(instance);
}

static void one_instance_too_many_is_refused(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-3", "web");
    struct outcome outcome, pending;

    registry_destroy(world->registry);
    world->settings.max_instances = 2;
    world_start(world);
    world_register_id(world, "web-1");
    struct rollcall_instance second = sample_values("web-2", "web");
    world_ask(world, &second, &alice, NULL, &pending);
    world_ask(world, &web, &alice, NULL, &outcome);
    assert_int_equal(outcome.status, ROLLCALL_E_LIMIT);
    assert_non_null(strstr(outcome.why, "2"));
    test_store_save(&world->store);
    assert_int_equal(pending.status, ROLLCALL_OK);
}

static enum rollcall_status admit(void *owner, const struct rollcall_instance *instance,
                                  const char *label, struct reason *warning,
                                  struct reason *why)
{
    (void)owner;
    assert_string_equal(label, instance->id);
    if (strcmp(instance->service, "node") == 0)
        reason_set(warning, "node is a reserved name");
    if (strcmp(instance->service, "static") != 0)
        return ROLLCALL_OK;
    reason_set(why, "a static record stands there");
    return ROLLCALL_E_CONFLICT;
}

static void admission_is_asked_and_may_warn(void **state)
{
    struct world *world = *state;
    struct rollcall_instance bad = sample_values("s-1", "static");
    struct rollcall_instance odd = sample_values("n-1", "node");
    struct outcome outcome;

    registry_destroy(world->registry);
    world->settings.admit = admit;
    world_start(world);
    world_ask(world, &bad, &alice, NULL, &outcome);
    assert_int_equal(outcome.status, ROLLCALL_E_CONFLICT);
    assert_non_null(strstr(outcome.why, "static record"));
    assert_int_equal(world->store.waiting, 0);
    world_ask(world, &odd, &alice, NULL, &outcome);
    test_store_save(&world->store);
    assert_string_equal(outcome.warning, "node is a reserved name");
}

static void an_empty_service_is_freed_when_the_answers_have_let_go(void **state)
{
    struct world *world = *state;
    struct outcome gone;
    int mark;

    world_register_id(world, "web-1");
    struct service *service = registry_service(world->registry, "default", "web");
    service->answer_mark = &mark;
    world_deregister(world, "web-1", &alice, &gone);
    test_store_save(&world->store);
    world_pass(world, 1);
    assert_string_equal(service->name, "web"); /* still ours to read */
    service->answer_mark = NULL;
    world_pass(world, 1); /* freed: the sanitizer would see another use */
    assert_null(registry_service(world->registry, "default", "web"));
    assert_int_equal(world_count(world, "services"), 0);
    world_register_id(world, "web-1");
    assert_int_equal(world_count(world, "services"), 1);
}

static void a_declared_service_exists_without_instances(void **state)
{
    struct world *world = *state;
    struct outcome gone;
    size_t at = 0;

    assert_int_equal(registry_declare(world->registry, "default", "web"), ROLLCALL_OK);
    world_register_id(world, "web-1");
    world_deregister(world, "web-1", &alice, &gone);
    test_store_save(&world->store);
    world_pass(world, 1);
    assert_non_null(registry_service(world->registry, "default", "web"));
    assert_non_null(registry_next_service(world->registry, &at));
    assert_null(registry_next_service(world->registry, &at));
}

static void serial_done(void *context, enum rollcall_status status)
{
    *(enum rollcall_status *)context = status;
}

static void a_serial_is_saved_or_refused(void **state)
{
    struct world *world = *state;
    enum rollcall_status status = ROLLCALL_E_TIMEOUT;

    registry_save_serial(world->registry, "service.local.", 42, serial_done, &status);
    test_store_refuse(&world->store);
    assert_int_equal(status, ROLLCALL_E_UNAVAILABLE);
    registry_save_serial(world->registry, "service.local.", 43, serial_done, &status);
    test_store_save(&world->store);
    assert_int_equal(status, ROLLCALL_OK);
    assert_int_equal(world->store.serial, 43);
    assert_string_equal(world->store.zone, "service.local.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_registration_counts_once_it_is_saved),
        WORLD_TEST(the_same_definition_again_is_no_change),
        WORLD_TEST(another_definition_is_a_change_with_a_new_revision),
        WORLD_TEST(pipelined_changes_of_one_id_come_true_in_order),
        WORLD_TEST(the_same_definition_behind_a_pending_one_waits_for_the_disk),
        WORLD_TEST(if_revision_compares_with_the_last_submitted_state),
        WORLD_TEST(a_conflict_names_the_revision_that_it_is_at),
        WORLD_TEST(a_stranger_may_not_change_or_remove),
        WORLD_TEST(root_may_change_all_and_the_owner_stays),
        WORLD_TEST(an_id_that_is_being_removed_is_free_for_the_next_owner),
        WORLD_TEST(an_id_does_not_wander_to_another_service),
        WORLD_TEST(a_removal_is_seen_after_it_is_saved),
        WORLD_TEST(removing_what_is_not_there_names_the_id),
        WORLD_TEST(a_refusal_leaves_the_committed_state_and_tells_everyone),
        WORLD_TEST(what_is_asked_during_a_refusal_is_judged_by_what_is_committed),
        WORLD_TEST(one_instance_too_many_is_refused),
        WORLD_TEST(admission_is_asked_and_may_warn),
        WORLD_TEST(an_empty_service_is_freed_when_the_answers_have_let_go),
        WORLD_TEST(a_declared_service_exists_without_instances),
        WORLD_TEST(a_serial_is_saved_or_refused),
    };
    return cmocka_run_group_tests_name("registry/register", tests, NULL, NULL);
}

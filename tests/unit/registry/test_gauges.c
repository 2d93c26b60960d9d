/* What the registry shows beside its counters, as a scraper reads it. */
#include "base/metrics.h"
#include "world.h"

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    assert_int_equal(registry_declare(world->registry, "default", "void"), ROLLCALL_OK);
    world_register_id(world, "web-1");
    world_register_id(world, "web-2");
    return 0;
}

static void shows(struct world *world, const char *line)
{
    const struct counter_group *const groups[] = { registry_counters(world->registry),
                                                   NULL };
    struct buffer out;

    buffer_init(&out, 65536);
    metrics_write(&out, groups, false);
    assert_false(out.failed);
    if (strstr(out.data, line) == NULL)
        fail_msg("no \"%s\" in:\n%s", line, out.data);
    buffer_deinit(&out);
}

static void override(struct world *world, const char *id, enum standing_override state)
{
    const struct override_request request = { .id = id, .state = state };
    struct outcome outcome = { .calls = 0 };
    struct reason why = REASON_NONE;

    assert_int_equal(registry_override(world->registry, &request, &alice, world->now,
                                       WALL + world->now, world_done, &outcome, &why),
                     ROLLCALL_OK);
    test_store_save(&world->store);
    assert_int_equal(outcome.status, ROLLCALL_OK);
}

static void instances_are_counted_by_their_health(void **state)
{
    struct world *world = *state;

    shows(world, "\nrollcall_instances{state=\"passing\"} 2\n");
    shows(world, "\nrollcall_instances_in_dns 2\n");
    shows(world, "\nrollcall_services{state=\"all_in_dns\"} 1\n");
    shows(world, "\nrollcall_services{state=\"empty\"} 1\n");
}

static void what_decides_before_health_is_the_state(void **state)
{
    struct world *world = *state;

    override(world, "web-1", OVERRIDE_DOWN);
    shows(world, "\nrollcall_instances{state=\"passing\"} 1\n");
    shows(world, "\nrollcall_instances{state=\"overridden down\"} 1\n");
    shows(world, "\nrollcall_instances_in_dns 1\n");
    shows(world, "\nrollcall_services{state=\"some_in_dns\"} 1\n");
}

static void a_service_with_nothing_in_dns_stands_out(void **state)
{
    struct world *world = *state;

    override(world, "web-1", OVERRIDE_DOWN);
    override(world, "web-2", OVERRIDE_DOWN);
    shows(world, "\nrollcall_services{state=\"none_in_dns\"} 1\n");
    shows(world, "\nrollcall_services{state=\"all_in_dns\"} 0\n");
}

static void a_lease_is_granted_renewed_and_expires(void **state)
{
    struct world *world = *state;
    struct rollcall_instance leased = sample_values("leased", "web");

    leased.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_TTL, .ms = 10000 };
    world_register(world, &leased);
    shows(world, "\nrollcall_leases_total{kind=\"ttl\",outcome=\"granted\"} 1\n");
    struct outcome again;
    world_ask(world, &leased, &alice, NULL, &again);
    shows(world, "\nrollcall_leases_total{kind=\"ttl\",outcome=\"renewed\"} 1\n");
    world_pass(world, 10000);
    shows(world, "\nrollcall_leases_total{kind=\"ttl\",outcome=\"expired\"} 1\n");
    shows(world, "\nrollcall_leases_total{kind=\"pid\",outcome=\"granted\"} 0\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(instances_are_counted_by_their_health),
        TEST(what_decides_before_health_is_the_state),
        TEST(a_service_with_nothing_in_dns_stands_out),
        TEST(a_lease_is_granted_renewed_and_expires),
    };
    return cmocka_run_group_tests_name("registry/gauges", tests, NULL, NULL);
}

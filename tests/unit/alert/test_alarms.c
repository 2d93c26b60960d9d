/* What is told when: pending, firing, ended, once. Each test replays a history and reads
 * the diary: '+' told, '-' told that it ended, 's' recorded, 'f' forgotten. */
#include "facts.h"

#include "alert/alarms.h"

enum { LINGER = 6000 };

struct world {
    struct config_alert_rule is;
    struct config_alerts alerts;
    struct rule rule;
    struct alarms alarms;
    char diary[256];
    bool silenced;
    bool not_ready;
    unsigned saved;
    int64_t now;
};

static void note(struct world *world, const char *mark, const char *what)
{
    size_t used = strlen(world->diary);

    if (used + 16 < sizeof world->diary)
        snprintf(world->diary + used, sizeof world->diary - used, "%s%s ", mark, what);
}

static bool tell(void *owner, const struct rule *rule, struct fact *fact, int64_t now)
{
    struct world *world = owner;

    assert_ptr_equal(rule, &world->rule);
    assert_int_equal(now, world->now);
    if (world->silenced && !fact->resolved)
        return false;
    note(world, fact->resolved ? "-" : "+", alert_state_word(fact->state));
    return true;
}

static void save(void *owner, const char *key, const struct fact *fact)
{
    assert_non_null(strstr(key, "down\n"));
    ((struct world *)owner)->saved++;
    note(owner, fact == NULL ? "f" : "s", "");
}

static bool ready(void *owner, const struct fact *fact)
{
    (void)fact;
    return !((struct world *)owner)->not_ready;
}

static char *states_all[] = { (char *)"critical", (char *)"warning", (char *)"passing",
                              (char *)"removed" };

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world->is = (struct config_alert_rule){ .name = (char *)"down",
                                            .service = (char *)"*",
                                            .namespace_name = (char *)"*",
                                            .tag = (char *)"",
                                            .states = states_all,
                                            .state_count = 1 };
    world->now = 1000000;
    *state = world;
    return 0;
}

/* The rule is complete: begin. */
static void begin(struct world *world)
{
    world->rule = rule_of(&world->alerts, &world->is);
    alarms_init(&world->alarms, &(struct alarms_settings){ .rules = &world->rule,
                                                           .rule_count = 1,
                                                           .max = 3,
                                                           .linger_ms = LINGER,
                                                           .tell = tell,
                                                           .save = save,
                                                           .ready = ready,
                                                           .owner = world });
}

static int tear_down(void **state)
{
    struct world *world = *state;

    alarms_deinit(&world->alarms);
    free(world);
    return 0;
}

static void is(struct world *world, enum alert_state state)
{
    const struct fact fact = seen(state, "web", "w1");

    alarms_observe(&world->alarms, ALERT_ABOUT_HEALTH, &fact, true, world->now);
}

static void later(struct world *world, int64_t ms)
{
    world->now += ms;
    alarms_run_due(&world->alarms, world->now);
}

static void says(struct world *world, const char *diary)
{
    assert_string_equal(world->diary, diary);
    world->diary[0] = '\0';
}

static void what_is_seen_a_thousand_times_is_told_once_and_so_is_its_end(void **state)
{
    struct world *world = *state;

    begin(world);
    for (int i = 0; i < 1000; i++)
        is(world, ALERT_CRITICAL);
    says(world, "+critical ");
    for (int i = 0; i < 1000; i++)
        is(world, ALERT_PASSING);
    says(world, "-critical ");
}

static void it_is_recorded_after_its_message_and_forgotten_after_its_end(void **state)
{
    struct world *world = *state;

    begin(world);
    is(world, ALERT_CRITICAL);
    later(world, LINGER - 1);
    says(world, "+critical ");
    later(world, 1);
    says(world, "s ");
    is(world, ALERT_PASSING);
    later(world, LINGER - 1);
    says(world, "-critical ");
    later(world, 1);
    says(world, "f ");
    assert_int_equal(alarms_next_due(&world->alarms), INT64_MAX);
}

static void what_comes_back_before_its_time_is_never_told(void **state)
{
    struct world *world = *state;

    world->is.for_ms = 30000;
    begin(world);
    is(world, ALERT_CRITICAL);
    later(world, 29999);
    is(world, ALERT_PASSING);
    later(world, 100000);
    says(world, "");
    is(world, ALERT_CRITICAL);
    later(world, 30000);
    says(world, "+critical ");
}

static void what_is_so_again_at_once_waits_its_time_again(void **state)
{
    struct world *world = *state;

    world->is.for_ms = 1000;
    begin(world);
    is(world, ALERT_CRITICAL);
    later(world, 1000);
    later(world, LINGER);
    is(world, ALERT_PASSING);
    is(world, ALERT_CRITICAL);
    says(world, "+critical s -critical ");
    later(world, 1000);
    says(world, "+critical ");
    later(world, LINGER);
    says(world, "s ");
}

static void one_state_ends_where_the_other_begins(void **state)
{
    struct world *world = *state;

    world->is.state_count = 2;
    begin(world);
    is(world, ALERT_WARNING);
    is(world, ALERT_CRITICAL);
    is(world, ALERT_PASSING);
    says(world, "+warning -warning +critical -critical ");
}

static void a_moment_is_told_and_forgotten(void **state)
{
    struct world *world = *state;

    world->is.state_count = 4;
    begin(world);
    is(world, ALERT_PASSING);
    is(world, ALERT_REMOVED);
    says(world, "+passing +removed ");
    is(world, ALERT_CRITICAL);
    is(world, ALERT_PASSING); /* its end says that already */
    says(world, "+critical -critical ");
}

static void what_is_found_so_is_no_moment(void **state)
{
    struct world *world = *state;
    const struct fact fact = seen(ALERT_PASSING, "web", "w1");

    world->is.state_count = 4;
    begin(world);
    alarms_observe(&world->alarms, ALERT_ABOUT_HEALTH, &fact, false, world->now);
    says(world, "");
}

static void a_removal_is_no_news_when_it_comes_back_in_time(void **state)
{
    struct world *world = *state;

    world->is.states = states_all + 3;
    world->is.for_ms = 5000;
    begin(world);
    is(world, ALERT_REMOVED);
    later(world, 4000);
    is(world, ALERT_STATES);
    later(world, 10000);
    says(world, "");
    is(world, ALERT_REMOVED);
    later(world, 5000);
    says(world, "+removed ");
}

static void before_the_first_verdict_nothing_is_told(void **state)
{
    struct world *world = *state;

    world->not_ready = true;
    begin(world);
    is(world, ALERT_CRITICAL);
    later(world, 60000);
    says(world, "");
    world->not_ready = false;
    later(world, 1000);
    says(world, "+critical ");
}

static void while_it_lasts_it_is_said_again(void **state)
{
    struct world *world = *state;

    world->is.repeat_ms = 100000;
    begin(world);
    is(world, ALERT_CRITICAL);
    later(world, LINGER);
    says(world, "+critical s ");
    later(world, 100000 - LINGER);
    later(world, 100000);
    says(world, "+critical +critical ");
}

static void a_silenced_one_is_told_when_the_silence_ends(void **state)
{
    struct world *world = *state;

    begin(world);
    world->silenced = true;
    is(world, ALERT_CRITICAL);
    later(world, LINGER);
    says(world, "");
    world->silenced = false;
    alarms_tell_silenced(&world->alarms, world->now);
    alarms_tell_silenced(&world->alarms, world->now);
    says(world, "+critical ");
}

static void who_never_heard_of_it_does_not_hear_that_it_ended(void **state)
{
    struct world *world = *state;

    begin(world);
    world->silenced = true;
    is(world, ALERT_CRITICAL);
    is(world, ALERT_PASSING);
    world->silenced = false;
    alarms_tell_silenced(&world->alarms, world->now);
    says(world, "");
}

static void load(struct world *world)
{
    struct fact *fact = made(ALERT_CRITICAL, "web", "w1");

    assert_true(alarms_load(&world->alarms, fact, world->now));
    fact_unref(fact);
}

static void what_was_told_before_a_restart_is_not_told_again(void **state)
{
    struct world *world = *state;

    begin(world);
    load(world);
    is(world, ALERT_CRITICAL);
    alarms_settle(&world->alarms, world->now, WALL);
    later(world, 100000);
    says(world, "");
    is(world, ALERT_PASSING);
    says(world, "-critical ");
}

static void what_is_gone_after_a_restart_has_ended(void **state)
{
    struct world *world = *state;

    begin(world);
    load(world);
    alarms_settle(&world->alarms, world->now, WALL);
    later(world, LINGER);
    says(world, "-critical f ");
}

static void there_are_only_so_many_at_once(void **state)
{
    struct world *world = *state;
    static const char *const ids[] = { "a", "b", "c", "d", "e" };

    begin(world);
    for (int i = 0; i < 5; i++) {
        const struct fact fact = seen(ALERT_CRITICAL, "web", ids[i]);
        alarms_observe(&world->alarms, ALERT_ABOUT_HEALTH, &fact, true, world->now);
    }
    says(world, "+critical +critical +critical ");
    assert_int_equal(world->alarms.refused, 2);
}

static void records_go_to_the_store_in_small_parts(void **state)
{
    struct world *world = *state;
    char id[16];

    begin(world);
    world->alarms.settings.max = 5000;
    for (int i = 0; i < 2500; i++) {
        snprintf(id, sizeof id, "w%d", i);
        const struct fact fact = seen(ALERT_CRITICAL, "web", id);
        alarms_observe(&world->alarms, ALERT_ABOUT_HEALTH, &fact, true, world->now);
    }
    later(world, LINGER);
    assert_int_equal(world->saved, ALARMS_SAVED_MAX);
    later(world, ALARMS_SAVED_MS - 1);
    assert_int_equal(world->saved, ALARMS_SAVED_MAX);
    later(world, 1);
    assert_int_equal(world->saved, 2 * ALARMS_SAVED_MAX);
    later(world, ALARMS_SAVED_MS);
    assert_int_equal(world->saved, 2500);
    assert_int_equal(alarms_next_due(&world->alarms), INT64_MAX);
}

static void a_daemon_that_stops_records_what_it_told(void **state)
{
    struct world *world = *state;

    begin(world);
    is(world, ALERT_CRITICAL);
    alarms_save_all(&world->alarms);
    alarms_save_all(&world->alarms);
    says(world, "+critical s ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_seen_a_thousand_times_is_told_once_and_so_is_its_end),
        TEST(it_is_recorded_after_its_message_and_forgotten_after_its_end),
        TEST(what_comes_back_before_its_time_is_never_told),
        TEST(what_is_so_again_at_once_waits_its_time_again),
        TEST(one_state_ends_where_the_other_begins),
        TEST(a_moment_is_told_and_forgotten),
        TEST(what_is_found_so_is_no_moment),
        TEST(a_removal_is_no_news_when_it_comes_back_in_time),
        TEST(before_the_first_verdict_nothing_is_told),
        TEST(while_it_lasts_it_is_said_again),
        TEST(a_silenced_one_is_told_when_the_silence_ends),
        TEST(who_never_heard_of_it_does_not_hear_that_it_ended),
        TEST(what_was_told_before_a_restart_is_not_told_again),
        TEST(what_is_gone_after_a_restart_has_ended),
        TEST(there_are_only_so_many_at_once),
        TEST(records_go_to_the_store_in_small_parts),
        TEST(a_daemon_that_stops_records_what_it_told),
    };
    return cmocka_run_group_tests_name("alert/alarms", tests, NULL, NULL);
}

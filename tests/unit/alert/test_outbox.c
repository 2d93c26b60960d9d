/* Messages: grouped, in order, tried again, bounded. */
#include "facts.h"

#include "alert/backoff.h"
#include "alert/outbox.h"

enum { WAIT = 5000 };

struct world {
    struct config_receiver receivers[2];
    struct config_alerts alerts;
    struct outbox_counts counts;
    struct outbox outbox;
    struct lane *lane; /* of the attempt under way */
    uint32_t count;    /* of its message */
    unsigned attempts;
    unsigned saved, forgotten;
    bool refuse_to_start;
    int64_t now;
};

static enum rollcall_status send(void *owner, struct lane *lane,
                                 const struct message *message, struct reason *why)
{
    struct world *world = owner;

    world->attempts++;
    if (world->refuse_to_start) {
        reason_set(why, "cannot read /secret");
        return ROLLCALL_E_IO;
    }
    world->lane = lane;
    world->count = message->count;
    return ROLLCALL_OK;
}

static void save(void *owner, const struct message *message)
{
    assert_true(message->number > 0);
    ((struct world *)owner)->saved++;
}

static void forget(void *owner, uint64_t number)
{
    assert_true(number > 0);
    ((struct world *)owner)->forgotten++;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world->receivers[0].name = (char *)"ops";
    world->receivers[1].name = (char *)"page";
    world->alerts = (struct config_alerts){ .receivers = world->receivers,
                                            .receiver_count = 2,
                                            .group_wait_ms = WAIT,
                                            .queue = 5000,
                                            .retry_for_ms = 3600000 };
    assert_int_equal(
        outbox_init(&world->outbox, &(struct outbox_settings){ .alerts = &world->alerts,
                                                               .counts = &world->counts,
                                                               .send = send,
                                                               .save = save,
                                                               .forget = forget,
                                                               .owner = world,
                                                               .seed = 7 }),
        ROLLCALL_OK);
    world->now = 1000;
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    outbox_deinit(&world->outbox);
    free(world);
    return 0;
}

static void add(struct world *world, uint64_t receivers, unsigned number)
{
    char id[16];

    snprintf(id, sizeof id, "w%u", number);
    struct fact *fact = made(ALERT_CRITICAL, "web", id);
    outbox_add(&world->outbox, receivers, fact, world->now, WALL);
    fact_unref(fact);
}

static void later(struct world *world, int64_t ms)
{
    world->now += ms;
    outbox_run_due(&world->outbox, world->now, WALL + world->now);
}

static void ends(struct world *world, enum post_end end, int64_t asked)
{
    struct lane *lane = world->lane;
    const struct post_result result = { end, asked, "answered 500" };

    assert_non_null(lane);
    world->lane = NULL;
    outbox_ended(lane, &result, world->now, WALL + world->now);
}

static void a_thousand_transitions_are_one_message(void **state)
{
    struct world *world = *state;

    for (unsigned i = 0; i < 1000; i++)
        add(world, 1, i);
    assert_int_equal(outbox_next_due(&world->outbox), world->now + WAIT);
    later(world, WAIT - 1);
    assert_int_equal(world->attempts, 0);
    later(world, 1);
    assert_int_equal(world->attempts, 1);
    assert_int_equal(world->count, 1000);
    assert_int_equal(world->saved, 1);
    ends(world, POST_DELIVERED, 0);
    assert_int_equal(world->forgotten, 1);
    assert_int_equal(world->outbox.queued, 0);
    assert_int_equal(outbox_next_due(&world->outbox), INT64_MAX);
}

static void the_same_thing_is_one_line_of_it(void **state)
{
    struct world *world = *state;

    for (unsigned i = 0; i < 1000; i++)
        add(world, 1, i % 10);
    later(world, WAIT);
    assert_int_equal(world->count, 10);
    assert_int_equal(counter_read(&world->counts.grouped), 990);
}

static void ten_thousand_are_five_messages(void **state)
{
    struct world *world = *state;

    world->alerts.queue = 20000;
    for (unsigned i = 0; i < 10000; i++)
        add(world, 1, i);
    for (int i = 0; i < 5; i++) {
        later(world, WAIT);
        assert_int_equal(world->count, MESSAGE_FACTS_MAX);
        ends(world, POST_DELIVERED, 0);
    }
    assert_int_equal(world->attempts, 5);
    assert_int_equal(outbox_next_due(&world->outbox), INT64_MAX);
}

static void a_failure_is_tried_again_later_and_later(void **state)
{
    struct world *world = *state;
    int64_t longest = 0;

    add(world, 1, 1);
    later(world, WAIT);
    for (int i = 0; i < 10; i++) {
        ends(world, POST_TRY_AGAIN, 0);
        int64_t due = outbox_next_due(&world->outbox);
        int64_t full = (int64_t)BACKOFF_FIRST_MS << i;
        full = full > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : full;
        assert_in_range(due - world->now, full / 2, full);
        longest = due - world->now > longest ? due - world->now : longest;
        later(world, due - world->now);
    }
    assert_int_equal(world->attempts, 11);
    assert_true(longest >= BACKOFF_MOST_MS / 2);
    ends(world, POST_DELIVERED, 0);
    assert_int_equal(world->forgotten, 1);
}

static void what_the_receiver_asked_for_is_the_least(void **state)
{
    struct world *world = *state;

    add(world, 1, 1);
    later(world, WAIT);
    ends(world, POST_TRY_AGAIN, 120000);
    assert_int_equal(outbox_next_due(&world->outbox), world->now + 120000);
    later(world, 120000);
    ends(world, POST_TRY_AGAIN, INT64_C(86400000));
    assert_int_equal(outbox_next_due(&world->outbox), world->now + BACKOFF_ASKED_MOST_MS);
}

static void what_is_refused_is_dropped_and_the_next_goes(void **state)
{
    struct world *world = *state;

    add(world, 1, 1);
    later(world, WAIT);
    add(world, 1, 2);
    later(world, WAIT);
    assert_int_equal(world->attempts, 1); /* one at a time */
    ends(world, POST_REFUSED, 0);
    assert_int_equal(counter_read(&world->counts.refused), 1);
    later(world, 0);
    assert_int_equal(world->attempts, 2);
}

static void after_retry_for_it_is_given_up(void **state)
{
    struct world *world = *state;

    add(world, 1, 1);
    later(world, WAIT);
    world->now += 3600000;
    ends(world, POST_TRY_AGAIN, 0);
    assert_int_equal(counter_read(&world->counts.given_up), 1);
    assert_int_equal(world->outbox.queued, 0);
    assert_int_equal(world->forgotten, 1);
}

static void a_receiver_that_hangs_holds_up_no_other(void **state)
{
    struct world *world = *state;

    add(world, 3, 1);
    later(world, WAIT);
    assert_int_equal(world->attempts, 2); /* both under way, the second in `lane` */
    assert_string_equal(world->lane->receiver->name, "page");
    ends(world, POST_DELIVERED, 0);
    add(world, 2, 2);
    later(world, WAIT);
    ends(world, POST_DELIVERED, 0);
    assert_int_equal(world->attempts, 3);
    assert_int_equal(counter_read(&world->counts.delivered), 2);
}

static void beyond_the_bound_the_oldest_are_dropped(void **state)
{
    struct world *world = *state;

    world->refuse_to_start = true;
    for (unsigned i = 0; i < 3 * MESSAGE_FACTS_MAX; i++)
        add(world, 1, i);
    assert_int_equal(world->saved, 3);
    assert_int_equal(world->forgotten, 1);
    assert_int_equal(world->outbox.queued, 2 * MESSAGE_FACTS_MAX);
    assert_int_equal(counter_read(&world->counts.dropped), MESSAGE_FACTS_MAX);
}

static void a_start_that_fails_is_a_failed_attempt(void **state)
{
    struct world *world = *state;

    world->refuse_to_start = true;
    add(world, 1, 1);
    later(world, WAIT);
    assert_int_equal(counter_read(&world->counts.retries), 1);
    assert_in_range(outbox_next_due(&world->outbox) - world->now, 500, 1000);
}

static void a_message_comes_back_from_its_bytes(void **state)
{
    struct world *world = *state;
    struct fact **facts = calloc(2, sizeof *facts);
    struct buffer bytes;

    facts[0] = made(ALERT_CRITICAL, "web", "w1");
    facts[1] = made(ALERT_PANIC, "web", "");
    struct message *message = message_create(&world->receivers[1], facts, 2, WALL);
    buffer_init(&bytes, 4096);
    message_pack(message, &bytes);
    const uint8_t *data = (const uint8_t *)bytes.data;
    for (size_t length = 0; length < bytes.length; length++) {
        struct byte_reader cut = { data, data + length, false };
        assert_null(message_unpack(&world->alerts, 9, &cut));
    }
    struct byte_reader in = { data, data + bytes.length, false };
    struct message *back = message_unpack(&world->alerts, 9, &in);
    assert_ptr_equal(back->receiver, &world->receivers[1]);
    assert_int_equal(back->count, 2);
    assert_int_equal(back->created, WALL);
    assert_string_equal(back->facts[1]->key, message->facts[1]->key);
    outbox_load(&world->outbox, back);
    later(world, 0);
    assert_int_equal(world->count, 2);
    world->alerts.receiver_count = 1; /* not in the configuration any more */
    in = (struct byte_reader){ data, data + bytes.length, false };
    assert_null(message_unpack(&world->alerts, 9, &in));
    message_destroy(message);
    buffer_deinit(&bytes);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    assert_int_equal(backoff_asked("120", WALL), 120000);
    assert_int_equal(backoff_asked("Wed, 04 Mar 2026 05:27:07 GMT", WALL), 59911);
    assert_int_equal(backoff_asked("Wed, 04 Mar 2020 05:27:07 GMT", WALL), 0);
    assert_int_equal(backoff_asked("soon", WALL), 0);
    assert_int_equal(backoff_asked("-5", WALL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_thousand_transitions_are_one_message),
        TEST(the_same_thing_is_one_line_of_it),
        TEST(ten_thousand_are_five_messages),
        TEST(a_failure_is_tried_again_later_and_later),
        TEST(what_the_receiver_asked_for_is_the_least),
        TEST(what_is_refused_is_dropped_and_the_next_goes),
        TEST(after_retry_for_it_is_given_up),
        TEST(a_receiver_that_hangs_holds_up_no_other),
        TEST(beyond_the_bound_the_oldest_are_dropped),
        TEST(a_start_that_fails_is_a_failed_attempt),
        TEST(a_message_comes_back_from_its_bytes),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
    };
    return cmocka_run_group_tests_name("alert/outbox", tests, NULL, NULL);
}

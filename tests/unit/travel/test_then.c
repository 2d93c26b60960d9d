/* What was answered is answered again: a simulated day, with a real store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "base/log.h"
#include "base/random.h"
#include "serve/pipeline.h"
#include "store/history.h"
#include "store/stores.h"
#include "support/sample.h"
#include "support/scratch.h"
#include "support/spoken.h"
#include "support/town.h"
#include "travel/then.h"

#define Z "service.local."

enum { IDS = 12, STEPS = 500, SAMPLES = 120, CHECKS = 2 };

/* What the wall shows when the fake clock shows 0: a history begins at the real time, and
 * this is later. */
#define WALL_MS INT64_C(4000000000000)

/* One answer as it was given. */
struct given {
    int64_t wall;
    char name[80], type[8];
    char *text; /* owned */
};

struct day {
    struct town town; /* for its zones only */
    struct config_dns dns;
    struct scratch scratch;
    char path[128];
    uv_loop_t loop;
    struct store *store;
    struct registry *registry;
    struct answer *answer;
    struct pipeline *pipeline;
    struct holder holder;
    struct random_state random;
    int64_t now;
    uint64_t history;
    struct given given[SAMPLES];
    size_t given_count;
};

static int64_t wall_of(const struct day *day)
{
    return WALL_MS + day->now;
}

static uint32_t below(struct day *day, uint32_t bound)
{
    return (uint32_t)random_below(&day->random, bound);
}

static void begin(struct day *day)
{
    struct reason why = REASON_NONE;
    const struct store_settings kept = { .kind = "sqlite",
                                         .path = day->path,
                                         .history = day->history };

    assert_int_equal(uv_loop_init(&day->loop), 0);
    assert_int_equal(store_open(&day->loop, &kept, &day->store, &why), ROLLCALL_OK);
    assert_int_equal(answer_create(&day->town.config, &day->answer, &why), ROLLCALL_OK);
    const struct registry_settings settings = { .node = "n1",
                                                .datacenter = "dc1",
                                                .max_instances = 1000,
                                                .longest_ttl = answer_longest_ttl,
                                                .admit_owner = day->answer,
                                                .history = true };
    day->registry = registry_create(&settings, day->store);
    assert_non_null(day->registry);
    answer_attach(day->answer, day->registry);
    assert_int_equal(
        registry_load(day->registry, day->now, wall_of(day), NULL, NULL, &why),
        ROLLCALL_OK);
    registry_note_start(day->registry, 7);
    day->store->drain(day->store);
    answer_flush(day->answer);
    day->pipeline = pipeline_create(answer_index(day->answer), &day->dns);
    assert_non_null(day->pipeline);
}

static void end(struct day *day)
{
    registry_holder_detach(day->registry, &day->holder);
    memset(&day->holder, 0, sizeof day->holder);
    pipeline_destroy(day->pipeline);
    day->store->close(day->store);
    uv_run(&day->loop, UV_RUN_DEFAULT);
    registry_destroy(day->registry);
    answer_destroy(day->answer);
    assert_int_equal(uv_loop_close(&day->loop), 0);
}

/* ROLLCALL_TEST_SEED: another day than that of every run. */
static uint64_t seed_of_day(void)
{
    const char *asked = getenv("ROLLCALL_TEST_SEED");

    return asked != NULL ? strtoull(asked, NULL, 10) : 7;
}

static int setup(void **state)
{
    struct day *day = calloc(1, sizeof *day);

    assert_non_null(day);
    log_set_level(LOG_LEVEL_ERROR);
    scratch_make(&day->scratch);
    scratch_path(&day->scratch, "registry.db", day->path, sizeof day->path);
    town_zone(&day->town, Z);
    day->dns = (struct config_dns){ .udp_max = 1232,
                                    .batch = 32,
                                    .version = (char *)"rollcall",
                                    .identity = (char *)"",
                                    .tcp_idle_ms = 10000 };
    day->town.config.dns = day->dns;
    day->town.config.node = (char *)"n1";
    day->town.config.datacenter = (char *)"dc1";
    day->history = 1000000;
    day->now = 1000;
    random_init(&day->random, seed_of_day());
    begin(day);
    *state = day;
    return 0;
}

static int teardown(void **state)
{
    struct day *day = *state;

    for (size_t i = 0; i < day->given_count; i++)
        free(day->given[i].text);
    scratch_remove(&day->scratch);
    free(day);
    return 0;
}

/* ---- what may happen ------------------------------------------------------------ */

static void done(void *context, enum rollcall_status status,
                 const struct registry_reply *reply, const struct reason *why)
{
    (void)context;
    (void)status;
    (void)reply;
    (void)why;
}

static const char *id_of(uint32_t number)
{
    static char text[16];

    snprintf(text, sizeof text, "i-%u", (unsigned)number);
    return text;
}

static const struct requester root = { .uid = 0, .privileged = true };

static void do_register(struct day *day, uint32_t number)
{
    static const char *const services[] = { "web", "db", "mail" };
    static const char *const tags[] = { "blue", "green" };
    struct requester who = { .uid = 0, .privileged = true, .holder = &day->holder };
    struct rollcall_instance is = sample_values(id_of(number), services[number % 3]);
    struct rollcall_check checks[CHECKS] = { sample_check("one"), sample_check("two") };
    struct rollcall_address address = { 4, { 10, 1, 0, 0 } };
    const char *tag = tags[below(day, 2)];

    address.bytes[3] = (uint8_t)number;
    address.bytes[2] = (uint8_t)below(day, 3);
    is.addresses = &address;
    is.tags = &tag;
    is.tag_count = 1;
    is.checks = checks;
    is.check_count = (uint8_t)(number % (CHECKS + 1));
    is.status = below(day, 4) == 0 ? ROLLCALL_WARNING : ROLLCALL_PASSING;
    if (number % 4 == 1)
        is.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_TTL, .ms = 3600000 };
    if (number % 4 == 2)
        is.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_CONNECTION };
    struct instance *instance = instance_copy(&is);
    const struct register_request request = { .instance = instance };
    struct reason why = REASON_NONE;
    assert_int_equal(registry_register(day->registry, &request, &who, day->now,
                                       wall_of(day), done, NULL, &why),
                     ROLLCALL_OK);
    instance_unref(instance);
}

static void do_verdict(struct day *day, struct entry *entry)
{
    unsigned count = entry->instance->is.check_count;
    struct renew_request renew = { .id = entry->id,
                                   .has_status = true,
                                   .status = below(day, ROLLCALL_PASSING + 1) };
    int64_t expires;
    uint64_t revision;

    if (count > 0)
        registry_set_check(day->registry, entry, below(day, count),
                           below(day, ROLLCALL_PASSING + 1), 2, "it said so",
                           wall_of(day));
    else
        registry_renew(day->registry, &renew, &root, day->now, wall_of(day), &expires,
                       &revision, NULL);
}

static void do_override(struct day *day, const char *id)
{
    const struct override_request request = {
        .id = id,
        .state = below(day, OVERRIDES),
        .lasts = below(day, 2) == 0 ? 0 : 1 + below(day, 7200000),
        .note = "by hand",
    };

    registry_override(day->registry, &request, &root, day->now, wall_of(day), done, NULL,
                      NULL);
}

static void do_judge(struct day *day, struct entry *entry)
{
    switch (below(day, 3)) {
    case 0:
        registry_set_damped(day->registry, entry, 100,
                            below(day, 2) ? wall_of(day) + 1 + below(day, 3600000) : 0,
                            wall_of(day));
        return;
    case 1:
        registry_set_held(day->registry, entry, below(day, 2), wall_of(day));
        return;
    default:
        registry_set_frozen(day->registry, entry, below(day, 2), wall_of(day));
    }
}

static void do_something(struct day *day)
{
    uint32_t number = below(day, IDS);
    const char *id = id_of(number);
    struct entry *entry = registry_find(day->registry, id);
    uint32_t what = below(day, 100);

    if (below(day, 25) == 0)
        registry_set_node(day->registry, registry_node_since(day->registry) == 0,
                          wall_of(day));
    if (entry == NULL || what < 8)
        do_register(day, number);
    else if (what < 12)
        registry_deregister(day->registry, id, &root, day->now, wall_of(day), done, NULL,
                            NULL);
    else if (what < 20)
        registry_drain(day->registry, id, -1, &root, day->now, wall_of(day), done, NULL,
                       NULL);
    else if (what < 30)
        registry_undrain(day->registry, id, &root, day->now, wall_of(day), done, NULL,
                         NULL);
    else if (what < 42)
        do_override(day, id);
    else if (what < 55)
        do_judge(day, entry);
    else
        do_verdict(day, entry);
    /* A second one at once: what is under way meets what is told meanwhile. */
    if (below(day, 4) == 0 && (entry = registry_find(day->registry, id)) != NULL)
        do_verdict(day, entry);
}

/* Everything that is due until now is done, saved and published. */
static void settle(struct day *day)
{
    registry_set_time(day->registry, day->now, wall_of(day));
    registry_run_due(day->registry, day->now);
    day->store->drain(day->store);
    registry_run_due(day->registry, day->now);
    day->store->drain(day->store);
    answer_run_due(day->answer, day->now);
    answer_flush(day->answer);
}

static const char *hear(uint8_t *message, size_t length)
{
    static char text[65536];

    assert_true(length > 0);
    return spoken(message, length, text, sizeof text);
}

static size_t put_question(uint8_t *message, const char *name, const char *type)
{
    struct dns_name wire;
    uint16_t number;

    assert_true(dns_name_parse(name, &wire));
    assert_true(dns_type_parse(type, &number));
    return dns_message_ask(message, 512, 7, &wire, number, true, true);
}

static void sample(struct day *day)
{
    static const char *const names[] = { "web." Z,      "db." Z,       "mail." Z,
                                         "blue.web." Z, "green.db." Z, "i-4.db." Z,
                                         "nosuch." Z,   "i-6.web." Z };
    static const char *const types[] = { "A", "SRV", "TXT", "AAAA" };
    static uint8_t message[65535];
    struct given *given = &day->given[day->given_count++];

    given->wall = wall_of(day);
    snprintf(given->name, sizeof given->name, "%s", names[below(day, 8)]);
    snprintf(given->type, sizeof given->type, "%s", types[below(day, 4)]);
    size_t length = put_question(message, given->name, given->type);
    answer_reader_online();
    length = pipeline_answer(day->pipeline, message, length, sizeof message, NULL, true);
    answer_reader_offline();
    given->text = strdup(hear(message, length));
}

static void live(struct day *day, unsigned steps, size_t samples)
{
    for (unsigned step = 0; step < steps; step++) {
        day->now += 1 + below(day, 172 * 1000);
        if (below(day, 60) == 0) {
            end(day);
            day->now += below(day, 600000);
            begin(day);
        }
        settle(day);
        do_something(day);
        settle(day);
        day->now++;
        settle(day);
        if (step * samples / steps >= day->given_count)
            sample(day);
    }
}

static char *then_says(const struct day *day, struct then *then, const char *name,
                       const char *type)
{
    static uint8_t message[65535];
    size_t length = put_question(message, name, type);

    (void)day;
    return strdup(hear(message, then_ask(then, message, length, sizeof message)));
}

static void expect_again(struct day *day, struct history *history,
                         const struct given *given)
{
    struct reason why = REASON_NONE;
    struct then *then = NULL;

    if (then_create(&day->town.config, history, given->wall, &then, &why) != ROLLCALL_OK)
        fail_msg("%s", why.text);
    char *text = then_says(day, then, given->name, given->type);
    if (strcmp(text, given->text) != 0)
        fail_msg("%s %s at %lld:\n was %s\n now %s", given->name, given->type,
                 (long long)given->wall, given->text, text);
    free(text);
    assert_int_equal(then_missing(then), 0);
    then_destroy(then);
}

/* The day is over: a thread has one answer room at a time. */
static struct history *open_history(struct day *day)
{
    struct reason why = REASON_NONE;
    struct history *history = NULL;

    end(day);
    assert_int_equal(history_open(day->path, &history, &why), ROLLCALL_OK);
    return history;
}

static void every_answer_of_a_day_is_given_again(void **state)
{
    struct day *day = *state;

    live(day, STEPS, SAMPLES);
    struct history *history = open_history(day);
    for (size_t i = 0; i < day->given_count; i++)
        expect_again(day, history, &day->given[i]);
    history_close(history);
}

/* With a bound that the day passes many times over, what is still known is still right.
 */
static void what_was_rolled_up_still_adds_up(void **state)
{
    struct day *day = *state;
    struct history_bounds bounds;
    size_t known = 0;

    end(day);
    day->history = 100;
    begin(day);
    live(day, STEPS, SAMPLES);
    struct history *history = open_history(day);
    assert_int_equal(history_bounds(history, INT64_MAX, &bounds, NULL), ROLLCALL_OK);
    for (size_t i = 0; i < day->given_count; i++)
        if (day->given[i].wall >= bounds.from) {
            expect_again(day, history, &day->given[i]);
            known++;
        }
    assert_true(known > 2 && known < SAMPLES / 2);
    history_close(history);
}

static void a_time_before_the_history_is_refused_in_words(void **state)
{
    struct day *day = *state;
    struct reason why = REASON_NONE;
    struct then *then = NULL;
    struct history *history = open_history(day);

    assert_int_equal(then_create(&day->town.config, history, 1000, &then, &why),
                     ROLLCALL_E_NOTFOUND);
    assert_non_null(strstr(why.text, "does not reach back that far"));
    history_close(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_answer_of_a_day_is_given_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_rolled_up_still_adds_up, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_time_before_the_history_is_refused_in_words,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

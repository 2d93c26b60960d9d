/* What becomes of transitions in the SQLite store. */
#include <sqlite3.h>
#include <uv.h>

#include "support/scratch.h"
#include "unit/store/stored.h"

#include "base/clock.h"
#include "store/history.h"
#include "store/stores.h"

struct world {
    uv_loop_t loop;
    struct scratch scratch;
    char path[128];
    struct store *store;
    struct diary diary;
    unsigned dropped;
};

static void open_store(struct world *world, uint64_t history)
{
    struct reason why = REASON_NONE;
    const struct store_settings settings = { .kind = "sqlite",
                                             .path = world->path,
                                             .history = history };

    if (store_open(&world->loop, &settings, &world->store, &why) != ROLLCALL_OK)
        fail_msg("%s", why.text);
}

static void close_store(struct world *world)
{
    world->store->close(world->store);
    uv_run(&world->loop, UV_RUN_DEFAULT);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    scratch_make(&world->scratch);
    scratch_path(&world->scratch, "a.db", world->path, sizeof world->path);
    uv_loop_init(&world->loop);
    open_store(world, 1000);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    close_store(world);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    scratch_remove(&world->scratch);
    free(world);
    return 0;
}

static struct world *of_diary(struct diary *diary)
{
    return (struct world *)((char *)diary - offsetof(struct world, diary));
}

static void done(struct change *change, const struct reason *why)
{
    of_diary(change->context)->dropped += change->said != NULL && change->said->dropped;
    diary_write(change, why);
}

static struct change *change_of(struct world *world, enum change_kind kind,
                                const char *id, uint64_t revision,
                                enum transition_part part)
{
    struct change *change = make_change(kind, id, revision, &world->diary);

    change->done = done;
    change->said = calloc(1, sizeof *change->said);
    *change->said = (struct transition){ .wall = (int64_t)revision * 1000,
                                         .part = (uint8_t)part,
                                         .before = TRANSITION_NONE,
                                         .after = ROLLCALL_PASSING,
                                         .effective = ROLLCALL_PASSING,
                                         .cause = "request" };
    return change;
}

static void save(struct world *world, struct change *change)
{
    world->store->submit(world->store, change);
    world->store->drain(world->store);
}

/* As a person with the sqlite3 shell would. */
static void shell(struct world *world, const char *sql)
{
    sqlite3 *db = NULL;
    char *error = NULL;

    assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 2000);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
    sqlite3_close(db);
}

struct read {
    char text[4096];
};

static void read_row(void *owner, const struct history_row *row)
{
    struct read *read = owner;
    size_t used = strlen(read->text);

    snprintf(read->text + used, sizeof read->text - used, "%s%u:%s*%u ",
             row->known ? "+" : "", (unsigned)row->part, row->id, (unsigned)row->streak);
}

static void read_history(struct world *world, struct read *read)
{
    const struct history_filter all = { .until = INT64_MAX,
                                        .before = INT64_MAX,
                                        .limit = 100 };
    struct history *history = NULL;
    struct reason why = REASON_NONE;
    int64_t next = 0;

    *read = (struct read){ .text = "" };
    assert_int_equal(history_open(world->path, &history, &why), ROLLCALL_OK);
    assert_int_equal(history_list(history, &all, read_row, read, &next, &why),
                     ROLLCALL_OK);
    history_close(history);
}

static void a_transition_is_saved_with_its_change(void **state)
{
    struct world *world = *state;
    struct read read;

    save(world, change_of(world, CHANGE_PUT, "web-1", 1, TRANSITION_PUT));
    save(world, change_of(world, CHANGE_REMOVE, "web-1", 2, TRANSITION_REMOVE));
    read_history(world, &read);
    assert_string_equal(read.text, "2:web-1*0 1:web-1*0 ");
}

static void without_room_for_a_transition_its_registration_is_saved(void **state)
{
    struct world *world = *state;
    struct read read;

    shell(world, "CREATE TRIGGER full BEFORE INSERT ON history "
                 "BEGIN SELECT RAISE(ABORT, 'no room'); END");
    save(world, change_of(world, CHANGE_PUT, "web-1", 1, TRANSITION_PUT));
    assert_int_equal(world->diary.count, 1);
    assert_int_equal(world->diary.statuses[0], ROLLCALL_OK);
    assert_int_equal(world->dropped, 1);
    read_history(world, &read);
    assert_string_equal(read.text, "");

    shell(world, "DROP TRIGGER full");
    struct change *next = change_of(world, CHANGE_PUT, "web-2", 2, TRANSITION_PUT);
    next->said->lost = 1;
    next->said->lost_since = 1000;
    save(world, next);
    assert_int_equal(world->dropped, 1);
    read_history(world, &read);
    assert_string_equal(read.text, "1:web-2*0 9:*1 ");
}

static void a_definition_is_kept_when_it_is_no_more(void **state)
{
    struct world *world = *state;
    struct history *history = NULL;
    struct reason why = REASON_NONE;

    save(world, change_of(world, CHANGE_PUT, "web-1", 1, TRANSITION_PUT));
    struct change *second = change_of(world, CHANGE_PUT, "web-1", 2, TRANSITION_PUT);
    second->known = true;
    save(world, second);
    save(world, change_of(world, CHANGE_REMOVE, "web-1", 3, TRANSITION_REMOVE));
    assert_int_equal(history_open(world->path, &history, &why), ROLLCALL_OK);
    for (uint64_t revision = 1; revision <= 2; revision++) {
        struct instance *instance = history_definition(history, "web-1", revision);
        assert_non_null(instance);
        assert_string_equal(instance->is.id, "web-1");
        instance_unref(instance);
    }
    assert_null(history_definition(history, "web-1", 3));
    history_close(history);
}

static void a_history_that_is_not_wanted_any_more_is_removed(void **state)
{
    struct world *world = *state;
    struct history *history = NULL;
    struct history_bounds bounds;
    struct reason why = REASON_NONE;
    struct read read;

    save(world, change_of(world, CHANGE_PUT, "web-1", 1, TRANSITION_PUT));
    close_store(world);
    open_store(world, 0);
    read_history(world, &read);
    assert_string_equal(read.text, "");
    assert_int_equal(history_open(world->path, &history, &why), ROLLCALL_OK);
    assert_int_equal(history_bounds(history, INT64_MAX, &bounds, &why), ROLLCALL_OK);
    assert_false(bounds.kept);
    history_close(history);
}

static void save_at(struct world *world, uint64_t revision, int64_t wall)
{
    struct change *change =
        change_of(world, CHANGE_PUT, "web-1", revision, TRANSITION_PUT);

    change->known = revision > 1;
    change->said->wall = wall;
    save(world, change);
}

/* A clock that once showed 2100 does not end questions about earlier times until then. */
static void rows_of_a_clock_that_was_ahead_do_not_say_how_far_back_it_reaches(
    void **state)
{
    struct world *world = *state;
    const int64_t ahead = INT64_C(4102444800000), now = clock_wall_ms();
    struct history *history = NULL;
    struct history_bounds bounds;
    struct reason why = REASON_NONE;

    close_store(world);
    open_store(world, 3);
    for (uint64_t revision = 1; revision <= 3; revision++)
        save_at(world, revision, ahead);
    for (uint64_t revision = 4; revision <= 6; revision++)
        save_at(world, revision, now);
    close_store(world);
    open_store(world, 3);
    assert_int_equal(history_open(world->path, &history, &why), ROLLCALL_OK);
    assert_int_equal(history_bounds(history, INT64_MAX, &bounds, &why), ROLLCALL_OK);
    assert_true(bounds.from < now + 3600000);
    history_close(history);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_transition_is_saved_with_its_change),
        TEST(without_room_for_a_transition_its_registration_is_saved),
        TEST(a_definition_is_kept_when_it_is_no_more),
        TEST(a_history_that_is_not_wanted_any_more_is_removed),
        TEST(rows_of_a_clock_that_was_ahead_do_not_say_how_far_back_it_reaches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

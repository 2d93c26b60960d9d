/* One list of promises that every store keeps (registry/store.h); it is run on every row
 * of store/stores.c, so a new store is tested by its row. */
#include <uv.h>

#include "support/scratch.h"
#include "unit/store/stored.h"

#include "store/stores.h"

struct world {
    uv_loop_t loop;
    struct scratch scratch;
    struct store *store;
    struct diary diary;
};

static int set_up(void **state)
{
    const struct store_kind *kind = *state;
    struct world *world = calloc(1, sizeof *world);
    struct reason why = REASON_NONE;
    char path[128];

    scratch_make(&world->scratch);
    scratch_path(&world->scratch, "a.db", path, sizeof path);
    uv_loop_init(&world->loop);
    struct store_settings settings = { .kind = kind->name, .path = path };
    if (store_open(&world->loop, &settings, &world->store, &why) != ROLLCALL_OK)
        fail_msg("%s", why.text);
    *state = world;
    return 0;
}

static void close_store(struct world *world)
{
    if (world->store != NULL)
        world->store->close(world->store);
    world->store = NULL;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    close_store(world);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    scratch_remove(&world->scratch);
    free(world);
    return 0;
}

static void submit(struct world *world, enum change_kind kind, uint64_t revision)
{
    const char *id = kind == CHANGE_SERIAL ? "service.local." : "web-1";
    world->store->submit(world->store, make_change(kind, id, revision, &world->diary));
}

static void run_until(struct world *world, size_t count)
{
    while (world->diary.count < count)
        uv_run(&world->loop, UV_RUN_ONCE);
}

static void a_fresh_store_knows_nothing(void **state)
{
    struct world *world = *state;
    struct told told;

    load_told(world->store, &told);
    assert_string_equal(told.text, "revision 0; ");
}

static void a_change_is_done_once_and_never_inside_submit(void **state)
{
    struct world *world = *state;

    submit(world, CHANGE_PUT, 1);
    assert_int_equal(world->diary.count, 0);
    run_until(world, 1);
    world->store->drain(world->store);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(world->diary.count, 1);
    assert_int_equal(world->diary.statuses[0], ROLLCALL_OK);
}

static void changes_of_every_kind_are_done_in_the_order_of_submission(void **state)
{
    struct world *world = *state;
    const enum change_kind kinds[] = { CHANGE_PUT, CHANGE_HEALTH, CHANGE_LEASE,
                                       CHANGE_SERIAL, CHANGE_REMOVE };

    for (uint64_t i = 0; i < 3000; i++) {
        submit(world, kinds[i % 5], i + 1);
        if (i % 700 == 0)
            uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    run_until(world, 3000);
    for (uint64_t i = 0; i < 3000; i++) {
        assert_int_equal(world->diary.revisions[i], i + 1);
        assert_int_equal(world->diary.statuses[i], ROLLCALL_OK);
    }
}

static void drain_finishes_all_without_the_loop(void **state)
{
    struct world *world = *state;

    for (uint64_t i = 0; i < 50; i++)
        submit(world, CHANGE_PUT, i + 1);
    world->store->drain(world->store);
    assert_int_equal(world->diary.count, 50);
}

static void close_finishes_all_too(void **state)
{
    struct world *world = *state;

    for (uint64_t i = 0; i < 50; i++)
        submit(world, CHANGE_PUT, i + 1);
    close_store(world);
    assert_int_equal(world->diary.count, 50);
}

static void submit_next(struct change *change, const struct reason *why)
{
    struct world *world = change->owner_of_done;
    uint64_t revision = change->revision;

    change->done = diary_write;
    change->done(change, why);
    if (revision == 3)
        return;
    struct change *next = make_change(CHANGE_PUT, "web-1", revision + 1, &world->diary);
    next->done = submit_next;
    next->owner_of_done = world;
    world->store->submit(world->store, next);
}

static void a_finished_change_may_submit_the_next_one(void **state)
{
    struct world *world = *state;
    struct change *first = make_change(CHANGE_PUT, "web-1", 1, &world->diary);

    first->done = submit_next;
    first->owner_of_done = world;
    world->store->submit(world->store, first);
    run_until(world, 3);
    assert_int_equal(world->diary.revisions[2], 3);
}

static void submit_from_prepare(uv_prepare_t *prepare)
{
    submit(prepare->data, CHANGE_PUT, 1);
    uv_prepare_stop(prepare);
}

/* The last thing before the loop sleeps: it must not sleep on the change. */
static void a_change_submitted_late_in_a_turn_is_not_left_behind(void **state)
{
    struct world *world = *state;
    uv_prepare_t prepare;

    uv_prepare_init(&world->loop, &prepare);
    prepare.data = world;
    uv_prepare_start(&prepare, submit_from_prepare);
    run_until(world, 1);
    uv_close((uv_handle_t *)&prepare, NULL);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(world->diary.statuses[0], ROLLCALL_OK);
}

static void its_counters_name_what_it_saved(void **state)
{
    struct world *world = *state;
    const struct counter_group *group = &world->store->counters;
    uint64_t rows = 0;

    for (uint64_t i = 0; i < 7; i++)
        submit(world, CHANGE_PUT, i + 1);
    world->store->drain(world->store);
    assert_string_equal(group->area, "store");
    for (const struct counter_row *row = group->rows; row->name != NULL; row++)
        if (strcmp(row->name, "rows") == 0)
            rows = counter_sum(group, row);
    assert_int_equal(rows, 7);
}

int main(void)
{
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    struct CMUnitTest promises[] = {
        PROMISE(a_fresh_store_knows_nothing),
        PROMISE(a_change_is_done_once_and_never_inside_submit),
        PROMISE(changes_of_every_kind_are_done_in_the_order_of_submission),
        PROMISE(drain_finishes_all_without_the_loop),
        PROMISE(close_finishes_all_too),
        PROMISE(a_finished_change_may_submit_the_next_one),
        PROMISE(a_change_submitted_late_in_a_turn_is_not_left_behind),
        PROMISE(its_counters_name_what_it_saved),
    };
    int failed = 0;

    for (size_t k = 0; store_kinds()[k] != NULL; k++) {
        for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++)
            promises[i].initial_state = (void *)(uintptr_t)store_kinds()[k];
        failed +=
            cmocka_run_group_tests_name(store_kinds()[k]->name, promises, NULL, NULL);
    }
    return failed;
}

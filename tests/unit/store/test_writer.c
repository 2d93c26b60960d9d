/* The writer with a disk that the test holds in its hand. */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <uv.h>

#include "unit/store/stored.h"

#include "store/writer.h"

struct disk {
    pthread_mutex_t gate; /* held by the test: the disk is busy */
    int failures;         /* so many of the next batches and probes fail */
    int probes;           /* that were asked */
    size_t batches;
    size_t rows[64]; /* of the first batches that were tried */
};

struct world {
    uv_loop_t loop;
    struct disk disk;
    struct writer *writer;
    struct diary diary;
};

static enum rollcall_status disk_save(void *owner, const struct change *first,
                                      struct reason *why)
{
    struct disk *disk = owner;
    size_t rows = 0;

    for (const struct change *at = first; at != NULL; at = at->next)
        rows += at->status == ROLLCALL_OK;
    pthread_mutex_lock(&disk->gate);
    if (disk->batches < 64)
        disk->rows[disk->batches] = rows;
    disk->batches++;
    bool fails = disk->failures > 0;
    if (fails)
        disk->failures--;
    pthread_mutex_unlock(&disk->gate);
    if (!fails)
        return ROLLCALL_OK;
    reason_set(why, "the disk is on fire");
    return ROLLCALL_E_UNAVAILABLE;
}

static enum rollcall_status disk_probe(void *owner)
{
    struct disk *disk = owner;

    pthread_mutex_lock(&disk->gate);
    disk->probes++;
    bool fails = disk->failures > 0;
    if (fails)
        disk->failures--;
    pthread_mutex_unlock(&disk->gate);
    return fails ? ROLLCALL_E_UNAVAILABLE : ROLLCALL_OK;
}

static const struct writer_backend backend = { .save = disk_save };
static const struct writer_backend probing = { .save = disk_save,
                                               .probe = disk_probe,
                                               .probe_ms = 1 };

static int set_up_with(const struct writer_backend *saves, void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct reason why = REASON_NONE;

    uv_loop_init(&world->loop);
    pthread_mutex_init(&world->disk.gate, NULL);
    assert_int_equal(writer_open(&world->loop, saves, &world->disk, &world->writer, &why),
                     ROLLCALL_OK);
    *state = world;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(&backend, state);
}

static int set_up_probing(void **state)
{
    return set_up_with(&probing, state);
}

static int tear_down(void **state)
{
    struct world *world = *state;

    writer_close(world->writer);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    pthread_mutex_destroy(&world->disk.gate);
    free(world);
    return 0;
}

static void submit(struct world *world, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i <= to; i++)
        writer_submit(world->writer,
                      make_change(CHANGE_HEALTH, "web-1", i, &world->diary));
}

static void changes_of_one_turn_are_one_batch(void **state)
{
    struct world *world = *state;

    submit(world, 1, 64);
    while (world->diary.count < 64)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(world->disk.batches, 1);
    assert_int_equal(world->disk.rows[0], 64);
}

static void what_arrives_while_the_disk_is_busy_is_the_next_batch(void **state)
{
    struct world *world = *state;

    pthread_mutex_lock(&world->disk.gate);
    submit(world, 1, 1);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    for (uint64_t i = 2; i <= 100; i++) {
        submit(world, i, i);
        uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    pthread_mutex_unlock(&world->disk.gate);
    writer_drain(world->writer);
    /* The writer may have been slow to take the first one; never more than two. */
    assert_in_range(world->disk.batches, 1, 2);
    assert_int_equal(world->diary.count, 100);
}

static void a_batch_has_at_most_1024_rows(void **state)
{
    struct world *world = *state;

    submit(world, 1, 3000);
    writer_drain(world->writer);
    assert_int_equal(world->disk.batches, 3);
    assert_int_equal(world->disk.rows[0], 1024);
    assert_int_equal(world->disk.rows[2], 3000 - 2048);
}

static void submit_joined(struct world *world, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i <= to; i++) {
        struct change *change = make_change(CHANGE_HEALTH, "web-1", i, &world->diary);
        change->joined = i > from;
        writer_submit(world->writer, change);
    }
}

static void joined_changes_are_in_one_batch(void **state)
{
    struct world *world = *state;

    submit(world, 1, 1000);
    submit_joined(world, 1001, 1100);
    submit(world, 1101, 1200);
    submit_joined(world, 1201, 3200);
    writer_drain(world->writer);
    assert_int_equal(world->disk.batches, 2);
    assert_int_equal(world->disk.rows[0], 1100);
    assert_int_equal(world->disk.rows[1], 100 + 2000);
    assert_int_equal(world->diary.count, 3200);
}

static void a_failure_refuses_all_that_was_submitted_before_it_was_heard_of(void **state)
{
    struct world *world = *state;

    world->disk.failures = 1;
    pthread_mutex_lock(&world->disk.gate);
    submit(world, 1, 10);
    uv_run(&world->loop, UV_RUN_NOWAIT); /* handed over: the disk has them */
    uv_run(&world->loop, UV_RUN_NOWAIT);
    submit(world, 11, 20);
    uv_run(&world->loop, UV_RUN_NOWAIT); /* these wait behind the disk */
    submit(world, 21, 30);               /* these were not even handed over */
    pthread_mutex_unlock(&world->disk.gate);
    writer_drain(world->writer);

    assert_int_equal(world->diary.count, 30);
    for (uint64_t i = 0; i < 30; i++) {
        assert_int_equal(world->diary.revisions[i], i + 1);
        assert_int_equal(world->diary.statuses[i], ROLLCALL_E_UNAVAILABLE);
    }
    assert_int_equal(world->disk.batches, 1);
    assert_string_equal(world->diary.last_reason, "the disk is on fire");
}

static void writing_is_tried_again_by_itself(void **state)
{
    struct world *world = *state;

    world->disk.failures = 2;
    submit(world, 1, 1);
    writer_drain(world->writer);
    submit(world, 2, 2);
    writer_drain(world->writer);
    submit(world, 3, 3);
    writer_drain(world->writer);
    assert_int_equal(world->diary.statuses[0], ROLLCALL_E_UNAVAILABLE);
    assert_int_equal(world->diary.statuses[1], ROLLCALL_E_UNAVAILABLE);
    assert_int_equal(world->diary.statuses[2], ROLLCALL_OK);
}

static bool is_failing(const struct world *world)
{
    struct counter_group group = writer_counters(world->writer);
    const struct counter_row *row = group.rows;

    while (strcmp(row->name, "failing") != 0)
        row++;
    return counter_sum(&group, row) > 0;
}

static int probes_of(struct world *world)
{
    pthread_mutex_lock(&world->disk.gate);
    int probes = world->disk.probes;
    pthread_mutex_unlock(&world->disk.gate);
    return probes;
}

static void a_failure_is_over_when_the_disk_is_well_though_nobody_saves(void **state)
{
    struct world *world = *state;

    submit(world, 1, 1);
    writer_drain(world->writer);
    world->disk.failures = 3;
    submit(world, 2, 2);
    writer_drain(world->writer);
    assert_int_equal(world->diary.statuses[1], ROLLCALL_E_UNAVAILABLE);
    while (is_failing(world))
        sched_yield();
    assert_int_equal(probes_of(world), 3); /* none while all was well, two in vain */
    submit(world, 3, 3);
    writer_drain(world->writer);
    assert_int_equal(world->diary.statuses[2], ROLLCALL_OK);
    assert_int_equal(probes_of(world), 3);
}

struct tally {
    uint64_t done, refused, next;
    bool ordered;
};

static void count_done(struct change *change, const struct reason *why)
{
    struct tally *tally = change->context;

    tally->ordered = tally->ordered && change->revision == tally->next++;
    tally->done++;
    if (change->status != ROLLCALL_OK) {
        tally->refused++;
        assert_non_null(strstr(why->text, "does not keep up"));
    }
    change_destroy(change);
}

static void submit_counted(struct world *world, struct tally *tally, uint64_t revision)
{
    struct change *change = change_create(CHANGE_SERIAL);

    change->id = "service.local.";
    change->revision = revision;
    change->done = count_done;
    change->context = tally;
    writer_submit(world->writer, change);
}

static void beyond_65536_under_way_changes_are_refused_in_their_order(void **state)
{
    struct world *world = *state;
    struct tally tally = { .next = 1, .ordered = true };

    for (uint64_t i = 1; i <= 65536 + 5; i++)
        submit_counted(world, &tally, i);
    assert_int_equal(tally.done, 0);
    writer_drain(world->writer);
    assert_int_equal(tally.done, 65536 + 5);
    assert_int_equal(tally.refused, 5);
    submit_counted(world, &tally, 65536 + 6);
    writer_drain(world->writer);
    assert_int_equal(tally.refused, 5);
    assert_true(tally.ordered);
}

static void what_is_joined_is_refused_together_when_too_much_waits(void **state)
{
    struct world *world = *state;
    struct tally tally = { .next = 1, .ordered = true };

    for (uint64_t i = 1; i <= 65536 - 2; i++)
        submit_counted(world, &tally, i);
    submit_joined(world, 65535, 65535 + 9); /* the third of them is one too many */
    submit_joined(world, 65545, 65545 + 9);
    writer_drain(world->writer);
    assert_int_equal(tally.refused, 0);
    assert_int_equal(world->diary.count, 20);
    for (uint64_t i = 0; i < 20; i++)
        assert_int_equal(world->diary.statuses[i],
                         i < 10 ? ROLLCALL_OK : ROLLCALL_E_UNAVAILABLE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(changes_of_one_turn_are_one_batch),
        TEST(what_arrives_while_the_disk_is_busy_is_the_next_batch),
        TEST(a_batch_has_at_most_1024_rows),
        TEST(joined_changes_are_in_one_batch),
        TEST(a_failure_refuses_all_that_was_submitted_before_it_was_heard_of),
        TEST(writing_is_tried_again_by_itself),
        cmocka_unit_test_setup_teardown(
            a_failure_is_over_when_the_disk_is_well_though_nobody_saves, set_up_probing,
            tear_down),
        TEST(beyond_65536_under_way_changes_are_refused_in_their_order),
        TEST(what_is_joined_is_refused_together_when_too_much_waits),
    };
    return cmocka_run_group_tests_name("store/writer", tests, NULL, NULL);
}

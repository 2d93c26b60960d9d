#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/thread_role.h"
#include "loop/mailbox.h"
#include "store/change_queue.h"

/* Rows of one commit. Larger batches save nothing any more (a sync is paid once for 64
 * rows or for 1,000), but the first row of a batch waits for the last one, and what is
 * written before the commit has to fit in SQLite's page cache. At 10 us a row this bounds
 * the wait to some 10 ms. */
enum { BATCH_ROWS_MAX = 1024 };

/* Changes under way. Beyond that the disk has lost the race: at the 20,000 rows a second
 * of a good disk the last one would wait more than three seconds. Refusing is kinder to
 * the caller than a queue that only grows. */
enum { PENDING_MAX = 64 * 1024 };

struct writer_block {
    counter commits, rows, largest_batch, failures, failing, refused, commit_us, queue;
    struct histogram took; /* microseconds, of saved batches */
    struct histogram size; /* changes, of the same */
};

#define ROW(member, ...) COUNTER(struct writer_block, member, __VA_ARGS__)

static const struct counter_row writer_rows[] = {
    ROW(commits, "Batches saved with one commit each.", IS_UNSHOWN),
    ROW(rows, "Changes saved."),
    ROW(largest_batch, "Changes in the largest batch.", IS_GAUGE),
    ROW(failures, "Batches that could not be saved."),
    ROW(failing, "1 from a batch that could not be saved until saving works again.",
        IS_GAUGE),
    ROW(refused, "Changes refused because of a failure or a full queue."),
    ROW(commit_us, "Microseconds spent saving batches, commit and sync included.",
        IS_UNSHOWN),
    ROW(queue, "Changes under way now.", IS_GAUGE),
    COUNTER_END,
};

/* From a file on a fast disk to a disk that is overloaded. */
static const struct histogram_bounds took_bounds = {
    .per = 1000000,
    .count = 13,
    .upper = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
               1000000, 5000000 },
};
static const struct histogram_bounds size_bounds = {
    .per = 1, .count = 7, .upper = { 1, 4, 16, 64, 256, 512, BATCH_ROWS_MAX }
};

static const struct histogram_table writer_histograms[] = {
    { .metric = "store_commit_duration_seconds",
      .help = "Time to save one batch of changes, commit and sync included.",
      .bounds = &took_bounds,
      .offset = offsetof(struct writer_block, took),
      .count = 1 },
    { .metric = "store_commit_changes",
      .help = "Changes in one batch.",
      .bounds = &size_bounds,
      .offset = offsetof(struct writer_block, size),
      .count = 1 },
    { .metric = NULL },
};

const struct counter_group writer_counter_group = { .area = "store",
                                                    .rows = writer_rows,
                                                    .histograms = writer_histograms };

struct writer {
    const struct writer_backend *backend; /* borrowed */
    void *owner;                          /* borrowed */

    /* Control thread only. */
    uv_idle_t *turn;          /* owned, until libuv has closed it */
    struct mailbox *mailbox;  /* owned */
    struct change_queue open; /* submitted in this turn of the loop */
    uint64_t pending;         /* submitted and not yet done */
    bool overloaded;          /* refuse until control has heard of a refusal */
    struct writer_block control_block;

    /* Writer thread only. */
    struct writer_block writer_block;
    bool in_trouble; /* the last batch or probe was not saved */

    /* Both, under `lock`. */
    pthread_mutex_t lock;
    pthread_cond_t work; /* something for the writer */
    pthread_cond_t rest; /* something for writer_drain() */
    struct change_queue waiting;
    struct change_queue finished;
    struct mail mail; /* with the mailbox while `mail_posted` */
    bool mail_posted;
    bool sleeping; /* the writer waits for `work` */
    bool draining; /* control waits for `rest` */
    bool failed;   /* the last of `finished` were refused; writing waits until heard */
    bool stopping;
    struct reason failure;

    pthread_t thread;
    bool has_lock;
    bool has_thread;
    const void *blocks[2];
};

/* ---- the writer thread ---------------------------------------------------------- */

static void pause_end(unsigned ms, struct timespec *end)
{
    int64_t at = clock_monotonic_ms() + ms;

    *end = (struct timespec){ .tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000 };
}

/* Until there is work. False: the pause before the next probe is over, without any. */
static bool wait_for_work(struct writer *writer)
{
    struct timespec end;
    int error = 0;

    writer->sleeping = true;
    if (writer->in_trouble && writer->backend->probe != NULL) {
        pause_end(writer->backend->probe_ms, &end);
        error = pthread_cond_timedwait(&writer->work, &writer->lock, &end);
    } else {
        pthread_cond_wait(&writer->work, &writer->lock);
    }
    writer->sleeping = false;
    return error != ETIMEDOUT;
}

/* False: the thread is to end. After a failure it waits until control has heard, so
 * nothing that was submitted in ignorance of the failure is ever tried. An empty batch:
 * it is time to probe. */
static bool take_batch(struct writer *writer, struct change_queue *batch)
{
    pthread_mutex_lock(&writer->lock);
    while (!writer->stopping && (writer->waiting.count == 0 || writer->failed))
        if (!wait_for_work(writer) && writer->waiting.count == 0)
            break;
    bool more = !writer->stopping;
    if (more)
        *batch = change_queue_take(&writer->waiting, BATCH_ROWS_MAX);
    pthread_mutex_unlock(&writer->lock);
    return more;
}

static void set_trouble(struct writer *writer, bool in_trouble)
{
    writer->in_trouble = in_trouble;
    counter_set(&writer->writer_block.failing, in_trouble);
}

static enum rollcall_status save_batch(struct writer *writer,
                                       const struct change_queue *batch,
                                       struct reason *why)
{
    struct writer_block *block = &writer->writer_block;
    uint64_t rows = change_queue_live(batch);

    if (rows == 0) /* all were refused by the full queue */
        return ROLLCALL_OK;
    int64_t begin = clock_monotonic_us();
    enum rollcall_status status = writer->backend->save(writer->owner, batch->first, why);
    uint64_t took = (uint64_t)(clock_monotonic_us() - begin);
    counter_add(&block->commit_us, took);
    if (status != ROLLCALL_OK) {
        counter_add(&block->failures, 1);
        set_trouble(writer, true);
        return status;
    }
    set_trouble(writer, false);
    counter_add(&block->commits, 1);
    counter_add(&block->rows, rows);
    histogram_add(&block->took, &took_bounds, took, 1);
    histogram_add(&block->size, &size_bounds, rows, 1);
    if (rows > counter_read(&block->largest_batch))
        counter_set(&block->largest_batch, rows);
    return ROLLCALL_OK;
}

static void report_batch(struct writer *writer, struct change_queue *batch,
                         enum rollcall_status status, const struct reason *why)
{
    if (status != ROLLCALL_OK)
        change_queue_refuse(batch);

    pthread_mutex_lock(&writer->lock);
    if (status != ROLLCALL_OK) {
        writer->failed = true;
        writer->failure = *why;
    }
    change_queue_move(&writer->finished, batch);
    bool post = !writer->mail_posted;
    writer->mail_posted = true;
    if (writer->draining)
        pthread_cond_signal(&writer->rest);
    pthread_mutex_unlock(&writer->lock);
    if (post)
        mailbox_post(writer->mailbox, &writer->mail);
}

static void work_off(struct writer *writer, struct change_queue *batch)
{
    struct reason why = REASON_NONE;
    enum rollcall_status status = save_batch(writer, batch, &why);

    report_batch(writer, batch, status, &why);
}

static void *writer_main(void *argument)
{
    struct writer *writer = argument;
    struct change_queue batch;

    thread_role_set(ROLE_WRITER);
    while (take_batch(writer, &batch)) {
        if (batch.count > 0)
            work_off(writer, &batch);
        else
            set_trouble(writer, writer->backend->probe(writer->owner) != ROLLCALL_OK);
        if (writer->backend->tidy != NULL)
            writer->backend->tidy(writer->owner);
    }
    return NULL;
}

/* ---- control -------------------------------------------------------------------- */

static void hand_over(struct writer *writer)
{
    if (writer->open.count == 0)
        return;
    pthread_mutex_lock(&writer->lock);
    change_queue_move(&writer->waiting, &writer->open);
    bool wake = writer->sleeping;
    pthread_mutex_unlock(&writer->lock);
    if (wake)
        pthread_cond_signal(&writer->work);
}

/* Runs once, in the turn after a submit. One wake-up for all changes of a turn: on a
 * shared processor the writer would otherwise start with the first change alone, and the
 * others would wait for a whole sync. */
static void on_turn(uv_idle_t *turn)
{
    struct writer *writer = turn->data;

    uv_idle_stop(turn);
    hand_over(writer);
}

/* What is to be told now. After a failure also what was submitted in the meantime. */
static struct change_queue collect_finished(struct writer *writer, struct reason *why)
{
    struct change_queue finished;

    pthread_mutex_lock(&writer->lock);
    finished = change_queue_take_all(&writer->finished);
    if (writer->failed) {
        change_queue_move(&writer->waiting, &writer->open);
        change_queue_refuse(&writer->waiting);
        change_queue_move(&finished, &writer->waiting);
        *why = writer->failure;
        writer->failed = false;
    } else {
        reason_set(why,
                   "%d changes already wait for the disk, which does not keep up; try "
                   "again later, or send changes more slowly",
                   (int)PENDING_MAX);
    }
    pthread_mutex_unlock(&writer->lock);
    return finished;
}

static void deliver(struct writer *writer)
{
    struct reason why = REASON_NONE;
    struct change_queue finished = collect_finished(writer, &why);
    struct change *next;

    for (struct change *change = finished.first; change != NULL; change = next) {
        bool saved = change->status == ROLLCALL_OK;
        next = change->next;
        change->next = NULL;
        counter_set(&writer->control_block.queue, --writer->pending);
        if (!saved) {
            counter_add(&writer->control_block.refused, 1);
            writer->overloaded = false;
        }
        change->done(change, saved ? NULL : &why);
    }
}

static void on_mail(void *owner, struct mail *mail)
{
    struct writer *writer = owner;
    (void)mail;

    pthread_mutex_lock(&writer->lock);
    writer->mail_posted = false;
    pthread_mutex_unlock(&writer->lock);
    deliver(writer);
}

void writer_submit(struct writer *writer, struct change *change)
{
    thread_role_assert(ROLE_CONTROL);
    change->status = ROLLCALL_OK;
    assert(!change->joined || writer->open.last != NULL);
    if (writer->pending >= PENDING_MAX && !change->joined)
        writer->overloaded = true;
    if (writer->overloaded)
        change->status = ROLLCALL_E_UNAVAILABLE; /* passes through, so order is kept */

    counter_set(&writer->control_block.queue, ++writer->pending);
    if (writer->open.count == 0)
        uv_idle_start(writer->turn, on_turn);
    change_queue_append(&writer->open, change);
}

void writer_drain(struct writer *writer)
{
    thread_role_assert(ROLE_CONTROL);
    while (writer->pending > 0) {
        hand_over(writer);
        pthread_mutex_lock(&writer->lock);
        writer->draining = true;
        while (writer->finished.count == 0)
            pthread_cond_wait(&writer->rest, &writer->lock);
        writer->draining = false;
        pthread_mutex_unlock(&writer->lock);
        deliver(writer);
    }
}

/* Signals belong to the control loop. */
static int start_thread(struct writer *writer)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int error = pthread_create(&writer->thread, NULL, writer_main, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        return error;
    writer->has_thread = true;
    pthread_setname_np(writer->thread, "rollcall-writer");
    return 0;
}

static enum rollcall_status open_turn(struct writer *writer, uv_loop_t *loop)
{
    writer->turn = calloc(1, sizeof *writer->turn);
    if (writer->turn == NULL)
        return ROLLCALL_E_NOMEM;
    uv_idle_init(loop, writer->turn); /* cannot fail */
    writer->turn->data = writer;
    return ROLLCALL_OK;
}

/* Waited for by the clock that nobody sets. */
static void init_work(pthread_cond_t *work)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(work, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

enum rollcall_status writer_open(uv_loop_t *loop, const struct writer_backend *backend,
                                 void *owner, struct writer **out, struct reason *why)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return ROLLCALL_E_NOMEM;
    writer->backend = backend;
    writer->owner = owner;
    writer->blocks[0] = &writer->control_block;
    writer->blocks[1] = &writer->writer_block;
    pthread_mutex_init(&writer->lock, NULL);
    init_work(&writer->work);
    pthread_cond_init(&writer->rest, NULL);

    enum rollcall_status status = open_turn(writer, loop);
    if (status != ROLLCALL_OK)
        goto fail;
    status = mailbox_open(loop, on_mail, writer, &writer->mailbox);
    if (status != ROLLCALL_OK)
        goto fail;
    int error = start_thread(writer);
    if (error != 0) {
        reason_set(why, "cannot start the writer thread: %s", strerror(error));
        status = ROLLCALL_E_INTERNAL;
        goto fail;
    }
    *out = writer;
    return ROLLCALL_OK;

fail:
    writer_close(writer);
    return status;
}

static void stop_thread(struct writer *writer)
{
    writer_drain(writer);
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
}

static void on_turn_closed(uv_handle_t *handle)
{
    free(handle);
}

void writer_close(struct writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->has_thread)
        stop_thread(writer);
    mailbox_close(writer->mailbox);
    if (writer->turn != NULL)
        uv_close((uv_handle_t *)writer->turn, on_turn_closed);
    pthread_cond_destroy(&writer->rest);
    pthread_cond_destroy(&writer->work);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}

struct counter_group writer_counters(const struct writer *writer)
{
    struct counter_group group = writer_counter_group;

    group.blocks = writer->blocks;
    group.block_count = 2;
    return group;
}

/* loop/watch.h, ticker.h, mailbox.h: waiting for descriptors, times and threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/mailbox.h"
#include "loop/ticker.h"
#include "loop/watch.h"

struct seen {
    int ready;
    int events;
    int timeouts;
    int closed;
};

static void on_ready(void *owner, int events)
{
    struct seen *seen = owner;

    seen->ready++;
    seen->events = events;
}

static void on_timeout(void *owner)
{
    ((struct seen *)owner)->timeouts++;
}

static void on_closed(void *owner)
{
    ((struct seen *)owner)->closed++;
}

static const struct watch_callbacks watch_all = { on_ready, on_timeout, on_closed };
static const struct watch_callbacks watch_quiet = { on_ready, NULL, NULL };

static int open_loop(void **state)
{
    static uv_loop_t loop;

    *state = &loop;
    return uv_loop_init(&loop);
}

/* Closing must leave nothing behind in the loop. */
static int close_loop(void **state)
{
    uv_run(*state, UV_RUN_NOWAIT);
    uv_run(*state, UV_RUN_NOWAIT);
    return uv_loop_close(*state);
}

static void a_watch_tells_what_it_was_asked_for_and_only_that(void **state)
{
    struct watch *watch;
    struct seen seen = { 0 };
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(watch_open(*state, ends[0], &watch_all, &seen, &watch), ROLLCALL_OK);
    assert_int_equal(watch_fd(watch), ends[0]);
    assert_int_equal(write(ends[1], "x", 1), 1);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(seen.ready, 0);
    watch_events(watch, UV_READABLE);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(seen.ready, 1);
    assert_int_equal(seen.events, UV_READABLE);
    watch_events(watch, 0);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(seen.ready, 1);
    watch_close(watch);
    assert_int_equal(seen.closed, 0);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(seen.closed, 1);
    assert_int_equal(close(ends[0]), -1); /* the watch has closed it */
    close(ends[1]);
}

static void a_watch_without_timer_or_closed_callback_closes_too(void **state)
{
    struct watch *watch;
    struct seen seen = { 0 };
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(watch_open(*state, ends[0], &watch_quiet, &seen, &watch),
                     ROLLCALL_OK);
    watch_close(watch);
    close(ends[1]);
}

static void a_descriptor_that_cannot_be_watched_stays_with_its_owner(void **state)
{
    struct watch *watch = NULL;
    FILE *file = tmpfile();

    assert_int_equal(watch_open(*state, fileno(file), &watch_quiet, NULL, &watch),
                     ROLLCALL_E_IO);
    assert_null(watch);
    assert_int_equal(fclose(file), 0);
}

static void the_timer_of_a_watch_fires_once(void **state)
{
    struct watch *watch;
    struct seen seen = { 0 };
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(watch_open(*state, ends[0], &watch_all, &seen, &watch), ROLLCALL_OK);
    watch_timeout(watch, 60000);
    watch_timeout(watch, 1);
    uv_run(*state, UV_RUN_ONCE);
    for (int i = 0; i < 100 && seen.timeouts == 0; i++)
        uv_run(*state, UV_RUN_ONCE);
    assert_int_equal(seen.timeouts, 1);
    watch_timeout(watch, 1);
    watch_timeout(watch, 0);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(seen.timeouts, 1);
    watch_close(watch);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(seen.closed, 1);
    close(ends[1]);
}

static int64_t fired_at;

static void on_due(void *owner, int64_t now)
{
    (*(int *)owner)++;
    fired_at = now;
}

static void a_ticker_fires_once_and_not_before_its_time(void **state)
{
    struct ticker *ticker;
    int fired = 0;
    int64_t due;

    assert_int_equal(ticker_open(*state, on_due, &fired, &ticker), ROLLCALL_OK);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(fired, 0);
    due = clock_monotonic_ms() + 3;
    ticker_set(ticker, due);
    while (fired == 0)
        uv_run(*state, UV_RUN_ONCE);
    assert_true(fired_at >= due);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(fired, 1);
    ticker_close(ticker);
}

static void a_ticker_set_to_the_past_fires_in_the_next_turn(void **state)
{
    struct ticker *ticker;
    int fired = 0;

    assert_int_equal(ticker_open(*state, on_due, &fired, &ticker), ROLLCALL_OK);
    ticker_set(ticker, 0);
    assert_int_equal(fired, 0);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(fired, 1);
    ticker_set(ticker, 0);
    ticker_set(ticker, INT64_MAX);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(fired, 1);
    ticker_close(ticker);
    ticker_close(NULL);
}

enum { THREADS = 4, EACH = 2000 };

struct letter {
    struct mail mail;
    int thread;
    int number;
};

struct receiver {
    int next[THREADS];
    int total;
};

static struct letter letters[THREADS][EACH];

static void on_mail(void *owner, struct mail *mail)
{
    struct receiver *receiver = owner;
    struct letter *letter = (struct letter *)(void *)mail;

    assert_int_equal(letter->number, receiver->next[letter->thread]++);
    receiver->total++;
}

struct sender {
    struct mailbox *mailbox;
    int thread;
};

static void *send_all(void *argument)
{
    struct sender *sender = argument;

    for (int i = 0; i < EACH; i++) {
        letters[sender->thread][i].thread = sender->thread;
        letters[sender->thread][i].number = i;
        mailbox_post(sender->mailbox, &letters[sender->thread][i].mail);
    }
    return NULL;
}

static void mail_of_many_threads_arrives_whole_and_in_order(void **state)
{
    struct receiver receiver = { 0 };
    struct sender senders[THREADS];
    pthread_t threads[THREADS];
    struct mailbox *mailbox;

    assert_int_equal(mailbox_open(*state, on_mail, &receiver, &mailbox), ROLLCALL_OK);
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){ mailbox, i };
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    while (receiver.total < THREADS * EACH)
        uv_run(*state, UV_RUN_ONCE);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(receiver.total, THREADS * EACH);
    mailbox_close(mailbox);
}

static void draining_delivers_without_the_loop(void **state)
{
    struct receiver receiver = { 0 };
    struct letter letter = { .number = 0 };
    struct mailbox *mailbox;

    assert_int_equal(mailbox_open(*state, on_mail, &receiver, &mailbox), ROLLCALL_OK);
    mailbox_drain(mailbox);
    mailbox_post(mailbox, &letter.mail);
    assert_int_equal(receiver.total, 0);
    mailbox_drain(mailbox);
    assert_int_equal(receiver.total, 1);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(receiver.total, 1);
    mailbox_close(mailbox);
    mailbox_close(NULL);
}

#define LOOP_TEST(name) cmocka_unit_test_setup_teardown(name, open_loop, close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(a_watch_tells_what_it_was_asked_for_and_only_that),
        LOOP_TEST(a_watch_without_timer_or_closed_callback_closes_too),
        LOOP_TEST(a_descriptor_that_cannot_be_watched_stays_with_its_owner),
        LOOP_TEST(the_timer_of_a_watch_fires_once),
        LOOP_TEST(a_ticker_fires_once_and_not_before_its_time),
        LOOP_TEST(a_ticker_set_to_the_past_fires_in_the_next_turn),
        LOOP_TEST(mail_of_many_threads_arrives_whole_and_in_order),
        LOOP_TEST(draining_delivers_without_the_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* exec/helper.h: the real processes, asked by frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exec/frame.h"
#include "exec/helper.h"

enum { NOBODY = 65534, PATIENCE = 500 /* times 10 ms; it takes some 60 */ };

struct room {
    int channel;
    int its; /* the other end, until the keeper has it */
    pid_t keeper;
    uint8_t frame[EXEC_FRAME_MAX];
};

static const struct exec_settings settings = {
    .max_running = 1, .processes = 64, .memory = 512 << 20, .grace_ms = 50
};

static int open_room(void **state)
{
    struct room *room = malloc(sizeof *room);
    int ends[2];

    assert_non_null(room);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    room->channel = ends[0];
    room->its = ends[1];
    *state = room;
    return 0;
}

static void start_keeper(struct room *room)
{
    room->keeper = fork();
    assert_true(room->keeper >= 0);
    if (room->keeper == 0) {
        close(room->channel);
        helper_keep(&settings, room->its);
    }
    close(room->its);
}

static int close_room(void **state)
{
    struct room *room = *state;

    close(room->channel);
    waitpid(room->keeper, NULL, 0);
    free(room);
    return 0;
}

static void say_run(struct room *room, uint32_t job, const char *const *arguments)
{
    static const char *const none[] = { NULL };
    const struct exec_request request = { .arguments = arguments,
                                          .environment = none,
                                          .uid = geteuid() == 0 ? NOBODY : geteuid(),
                                          .timeout_ms = 60000 };
    size_t length = exec_frame_run(room->frame, sizeof room->frame, job, &request);

    assert_int_equal(send(room->channel, room->frame, length, 0), length);
}

static void say_stop(struct room *room, uint32_t job)
{
    size_t length = exec_frame_stop(room->frame, sizeof room->frame, job);

    assert_int_equal(send(room->channel, room->frame, length, 0), length);
}

/* What the next DONE says; the processes may take a while. */
static struct exec_frame next_done(struct room *room)
{
    struct exec_frame frame;
    ssize_t got = recv(room->channel, room->frame, sizeof room->frame, 0);

    assert_true(got > 0 && exec_frame_read(room->frame, (size_t)got, &frame));
    assert_int_equal(frame.kind, EXEC_FRAME_DONE);
    return frame;
}

/* With one command at once the helper has two places: one may be dying meanwhile. */
static void a_stop_right_behind_its_run_is_heard(void **state)
{
    static const char *const sleeps[] = { "/bin/sleep", "3600", NULL };
    static const char *const ends[] = { "/bin/true", NULL };
    const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
    struct room *room = *state;
    struct exec_frame done = { .done.end = EXEC_NOT_STARTED };

    for (uint32_t job = 1; job <= 2; job++) {
        say_run(room, job, sleeps);
        say_stop(room, job);
    }
    start_keeper(room); /* it finds them one behind the other */
    for (int i = 0; i < PATIENCE && done.done.end == EXEC_NOT_STARTED; i++) {
        say_run(room, 3, ends);
        done = next_done(room);
        nanosleep(&pause, NULL);
    }
    assert_int_equal(done.done.end, EXEC_EXITED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stop_right_behind_its_run_is_heard, open_room,
                                        close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

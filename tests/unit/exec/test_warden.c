/* exec/warden.h: what a warden exits with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/kin.h"
#include "exec/warden.h"

enum { NOBODY = 65534 };

static const struct exec_settings settings = { .max_running = 1,
                                               .processes = 64,
                                               .memory = 512 << 20,
                                               .grace_ms = 50,
                                               .kill_patience_ms = 60 };

/* A child that only root may kill: to a warden that is not root it never dies. */
static void leave_immortal(void)
{
    if (fork() != 0)
        return;
    for (;;)
        pause();
}

/* The status of a warden of /bin/true; what it sent stays in `channel`. */
static int status_of_warden(int channel, bool immortal)
{
    static const char *const arguments[] = { "/bin/true", NULL };
    static const char *const none[] = { NULL };
    int status = -1;

    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    pid_t warden = fork();
    assert_true(warden >= 0);
    if (warden == 0) {
        if (immortal)
            leave_immortal();
        if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
            _exit(99);
        const struct exec_request request = { .arguments = arguments,
                                              .environment = none,
                                              .uid = geteuid(),
                                              .timeout_ms = 60000 };
        warden_run(&settings, channel, 7, &request);
    }
    assert_int_equal(waitpid(warden, &status, 0), warden);
    kin_kill_children(NULL, NULL); /* what it left is ours */
    while (waitpid(-1, NULL, 0) > 0) {
        /* next */
    }
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect(bool immortal, int code)
{
    uint8_t message[256];
    struct exec_frame frame;
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(status_of_warden(ends[1], immortal), code);
    ssize_t got = recv(ends[0], message, sizeof message, MSG_DONTWAIT);
    assert_true(got > 0 && exec_frame_read(message, (size_t)got, &frame));
    assert_int_equal(frame.done.end, EXEC_EXITED);
    assert_true(recv(ends[0], message, sizeof message, MSG_DONTWAIT) < 0);
    close(ends[0]);
    close(ends[1]);
}

static void it_is_done_when_nobody_is_left(void **state)
{
    (void)state;
    expect(false, WARDEN_DONE);
}

static void it_says_that_something_does_not_die(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    expect(true, WARDEN_LEFT_SOME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_done_when_nobody_is_left),
        cmocka_unit_test(it_says_that_something_does_not_die),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "exec/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "exec/child.h"
#include "exec/kin.h"
#include "exec/warden.h"

enum {
    CHANNEL_FD = 3,
    REBIRTH_PAUSE_MS =
        1000, /* a helper that dies at once must not keep a processor busy */
    STOP_PATIENCE_MS = 2000
};

/* A command under way. */
struct ward {
    uint32_t job;
    pid_t warden; /* 0: free */
};

struct helper {
    const struct exec_settings *settings; /* borrowed */
    struct ward *wards;                   /* owned */
    uint32_t capacity;
    int channel;
    int signals;
    uint8_t *message; /* owned; EXEC_FRAME_MAX octets */
    struct exec_frame frame;
};

static struct ward *find_job(const struct helper *helper, uint32_t job)
{
    for (uint32_t i = 0; i < helper->capacity; i++)
        if (helper->wards[i].warden != 0 && helper->wards[i].job == job)
            return &helper->wards[i];
    return NULL;
}

static struct ward *find_warden(const struct helper *helper, pid_t warden)
{
    for (uint32_t i = 0; i < helper->capacity; i++)
        if (helper->wards[i].warden == warden)
            return &helper->wards[i];
    return NULL;
}

static void tell_end(const struct helper *helper, uint32_t job, enum exec_end end,
                     int code)
{
    const struct exec_result result = { .end = end, .code = code };

    warden_tell(helper->channel, job, &result);
}

static void run(struct helper *helper)
{
    const struct exec_request *request = &helper->frame.run;
    uint32_t job = helper->frame.job;
    struct ward *ward = find_warden(helper, 0);
    enum exec_end judged = child_judge(helper->settings, request);

    if (judged != EXEC_EXITED || ward == NULL) {
        tell_end(helper, job, judged != EXEC_EXITED ? judged : EXEC_NOT_STARTED, EAGAIN);
        return;
    }
    pid_t self = getpid();
    pid_t warden = fork();
    if (warden == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
        if (getppid() != self)
            _exit(0);
        warden_run(helper->settings, helper->channel, job, request);
    }
    if (warden < 0)
        tell_end(helper, job, EXEC_NOT_STARTED, errno);
    else
        *ward = (struct ward){ .job = job, .warden = warden };
}

static void stop(const struct helper *helper)
{
    const struct ward *ward = find_job(helper, helper->frame.job);

    if (ward != NULL)
        kill(ward->warden, SIGTERM);
}

/* False: the daemon is gone. What is no frame of ours is passed over. */
static bool read_frames(struct helper *helper)
{
    ssize_t got;

    while ((got = recv(helper->channel, helper->message, EXEC_FRAME_MAX, MSG_DONTWAIT)) >
           0) {
        if (!exec_frame_read(helper->message, (size_t)got, &helper->frame))
            continue;
        if (helper->frame.kind == EXEC_FRAME_RUN)
            run(helper);
        else if (helper->frame.kind == EXEC_FRAME_STOP)
            stop(helper);
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool is_warden(void *owner, pid_t child)
{
    return find_warden(owner, child) != NULL;
}

/* True: what it ran, or some of it, is ours now. */
static bool bury(struct helper *helper, struct ward *ward, int status)
{
    uint32_t job = ward->job;

    ward->warden = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == WARDEN_DONE)
        return false;
    if (WIFEXITED(status) && WEXITSTATUS(status) == WARDEN_LEFT_SOME)
        return true; /* it has told the end itself */
    tell_end(helper, job, EXEC_LOST, 0);
    return true;
}

static void reap(struct helper *helper)
{
    struct signalfd_siginfo signal;
    bool orphans = false;
    int status;
    pid_t child;

    while (read(helper->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        /* all of them mean the same */
    }
    while ((child = waitpid(-1, &status, WNOHANG)) > 0) {
        struct ward *ward = find_warden(helper, child);
        orphans = ward == NULL || bury(helper, ward, status) || orphans;
    }
    /* Each of them that dies may leave more, of which we hear in the same way. */
    if (orphans)
        kin_kill_children(is_warden, helper);
}

/* Ask all wardens to end; those who do not in time hear of our death from the kernel. */
static void stop_all(struct helper *helper)
{
    int64_t until = clock_monotonic_ms() + STOP_PATIENCE_MS;

    for (uint32_t i = 0; i < helper->capacity; i++)
        if (helper->wards[i].warden != 0)
            kill(helper->wards[i].warden, SIGTERM);
    kin_kill_children(is_warden, helper);
    while (waitpid(-1, NULL, WNOHANG) >= 0 && clock_monotonic_ms() < until)
        poll(NULL, 0, 5);
}

static bool prepare(struct helper *helper)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    /* For the wardens: a STOP that comes before they listen waits for them. We ignore it
     * ourselves, and what is ignored and not blocked is lost. */
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_SETMASK, &signals, NULL) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return false;
    sigdelset(&signals, SIGTERM);
    helper->signals = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    /* A command that was told to be over may still be dying when the next one comes. */
    helper->capacity = helper->settings->max_running * 2;
    helper->wards = calloc(helper->capacity, sizeof *helper->wards);
    helper->message = malloc(EXEC_FRAME_MAX);
    return helper->signals >= 0 && helper->wards != NULL && helper->message != NULL;
}

static _Noreturn void helper_run(const struct exec_settings *settings, int channel)
{
    struct helper helper = { .settings = settings, .channel = channel };

    prctl(PR_SET_NAME, "rollcall-exec", 0, 0, 0);
    if (!prepare(&helper))
        _exit(1);
    for (;;) {
        struct pollfd ready[2] = { { .fd = channel, .events = POLLIN },
                                   { .fd = helper.signals, .events = POLLIN } };
        if (poll(ready, 2, -1) < 0)
            continue;
        if (ready[1].revents != 0)
            reap(&helper);
        if (ready[0].revents != 0 && !read_frames(&helper)) {
            stop_all(&helper);
            _exit(0);
        }
    }
}

/* Signals that people and init systems send to all of us are the daemon's business; its
 * end is ours. */
static void ignore_signals(void)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        signal(numbers[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
}

static void say_reborn(int channel)
{
    uint8_t frame[8];
    size_t length = exec_frame_reborn(frame, sizeof frame);

    if (send(channel, frame, length, MSG_NOSIGNAL) < 0) {
        /* The daemon is gone too: the next helper will see it. */
    }
}

_Noreturn void helper_keep(const struct exec_settings *settings, int channel)
{
    const struct timespec pause = { .tv_sec = REBIRTH_PAUSE_MS / 1000 };

    ignore_signals();
    prctl(PR_SET_NAME, "rollcall-keeper", 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (dup2(channel, CHANNEL_FD) < 0 || fcntl(CHANNEL_FD, F_SETFD, FD_CLOEXEC) != 0 ||
        close_range(CHANNEL_FD + 1, ~0U, 0) != 0)
        _exit(1);
    for (;;) {
        pid_t self = getpid();
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
            if (getppid() != self)
                _exit(0);
            helper_run(settings, CHANNEL_FD);
        }
        int status = -1;
        while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
            /* again */
        }
        if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            _exit(0);
        say_reborn(CHANNEL_FD);
        nanosleep(&pause, NULL);
    }
}

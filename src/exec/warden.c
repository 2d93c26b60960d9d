#include "exec/warden.h"

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
#include <unistd.h>

#include "base/clock.h"
#include "exec/child.h"
#include "exec/kin.h"

enum {
    CHUNK = 4096,
    READS_MAX = 64, /* in one turn: an endless writer must not hide the clock */
    /* What does not die of SIGKILL hangs in the kernel; it is left to the helper. */
    KILL_PATIENCE_MS = 10000,
    KILL_PAUSE_MS = 20
};

struct warden {
    const struct exec_settings *settings; /* borrowed */
    const struct exec_request *request;   /* borrowed */
    int channel;
    uint32_t job;
    int signals; /* a signalfd(2) */
    int output;  /* -1: at its end */
    int input;   /* -1: all is written */
    int report;  /* -1: the command has started */
    size_t written;
    pid_t command; /* also its process group */
    char *text;    /* its output, output_max octets */
    struct exec_result result;
    bool ended;   /* the command is a zombie */
    bool stopped; /* somebody wants it gone, nobody wants to hear of it */
};

void warden_tell(int channel, uint32_t job, const struct exec_result *result)
{
    uint8_t *frame = malloc(EXEC_FRAME_MAX);
    const struct exec_result short_of = { .end = EXEC_NOT_STARTED, .code = ENOMEM };
    uint8_t small[64];

    size_t length = frame != NULL ? exec_frame_done(frame, EXEC_FRAME_MAX, job, result)
                                  : exec_frame_done(small, sizeof small, job, &short_of);
    while (send(channel, frame != NULL ? frame : small, length, MSG_NOSIGNAL) < 0 &&
           errno == EINTR) {
        /* again */
    }
    free(frame);
}

static void close_once(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Returns false when there is nothing to read now. */
static bool read_chunk(struct warden *warden)
{
    char chunk[CHUNK];
    size_t room = warden->request->output_max - warden->result.output_length;
    ssize_t got = read(warden->output, chunk, sizeof chunk);

    if (got < 0)
        return errno == EINTR;
    if (got == 0) {
        close_once(&warden->output);
        return false;
    }
    size_t kept = (size_t)got < room ? (size_t)got : room;
    memcpy(warden->text + warden->result.output_length, chunk, kept);
    warden->result.output_length += kept;
    warden->result.cut = warden->result.cut || kept < (size_t)got;
    return true;
}

static void read_output(struct warden *warden)
{
    for (int i = 0; i < READS_MAX && warden->output >= 0; i++)
        if (!read_chunk(warden))
            return;
}

static void write_input(struct warden *warden)
{
    const struct exec_request *request = warden->request;
    ssize_t put = write(warden->input, (const char *)request->input + warden->written,
                        request->input_length - warden->written);

    if (put > 0)
        warden->written += (size_t)put;
    if ((put < 0 && errno != EAGAIN && errno != EINTR) ||
        warden->written == request->input_length)
        close_once(&warden->input);
}

/* Nothing and the end of file: it runs. */
static void read_report(struct warden *warden)
{
    struct child_report said;
    ssize_t got = read(warden->report, &said, sizeof said);

    if (got < 0)
        return;
    if (got == (ssize_t)sizeof said) {
        warden->result.end = (enum exec_end)said.end;
        warden->result.code = said.error;
    }
    close_once(&warden->report);
}

static void note_end(struct warden *warden, const siginfo_t *info)
{
    struct exec_result *result = &warden->result;

    warden->ended = true;
    if (warden->report >= 0)
        read_report(warden);
    if (result->end != EXEC_END_COUNT)
        return;
    result->end = info->si_code == CLD_EXITED ? EXEC_EXITED : EXEC_SIGNALLED;
    result->code = info->si_status;
}

/* Orphans are reaped; the command itself stays a zombie until the end, so that its number
 * goes on naming its group and nothing else. */
static void look_after_children(struct warden *warden)
{
    siginfo_t info;

    while (!warden->ended) {
        info.si_pid = 0;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
            return;
        if (info.si_pid == warden->command)
            note_end(warden, &info);
        else
            waitpid(info.si_pid, NULL, 0);
    }
}

static void read_signals(struct warden *warden)
{
    struct signalfd_siginfo signal;

    while (read(warden->signals, &signal, sizeof signal) == (ssize_t)sizeof signal)
        if (signal.ssi_signo == SIGTERM)
            warden->stopped = true;
    look_after_children(warden);
}

/* One turn. False when `until` (monotonic ms) is over. */
static bool attend(struct warden *warden, int64_t until)
{
    struct pollfd ready[4] = {
        { .fd = warden->signals, .events = POLLIN },
        { .fd = warden->output, .events = POLLIN },
        { .fd = warden->input, .events = POLLOUT },
        { .fd = warden->report, .events = POLLIN },
    };
    int64_t left = until - clock_monotonic_ms();

    if (left <= 0)
        return false;
    if (poll(ready, 4, left > INT32_MAX ? INT32_MAX : (int)left) < 0)
        return true;
    if (ready[3].revents != 0)
        read_report(warden);
    if (ready[1].revents != 0)
        read_output(warden);
    if (ready[2].revents != 0)
        write_input(warden);
    if (ready[0].revents != 0)
        read_signals(warden);
    return true;
}

static int64_t kill_patience(const struct exec_settings *settings)
{
    return settings->kill_patience_ms > 0 ? (int64_t)settings->kill_patience_ms
                                          : KILL_PATIENCE_MS;
}

/* The group at once; then, one by one, who left it. False: some did not die. */
static bool kill_all(struct warden *warden)
{
    int64_t until = clock_monotonic_ms() + kill_patience(warden->settings);

    kill(-warden->command, SIGKILL);
    kill(warden->command, SIGKILL); /* it may not have come as far as setsid() */
    while (clock_monotonic_ms() < until) {
        pid_t reaped;
        while ((reaped = waitpid(-1, NULL, WNOHANG)) > 0) {
            /* next */
        }
        if (reaped < 0)
            return true; /* there is nobody left */
        kin_kill_children(NULL, NULL);
        poll(NULL, 0, KILL_PAUSE_MS);
    }
    return false;
}

/* It may tidy up; its output is nobody's business any more, but must go somewhere. */
static void ask_to_end(struct warden *warden)
{
    int64_t until = clock_monotonic_ms() + (int64_t)warden->settings->grace_ms;

    kill(-warden->command, SIGTERM);
    while (!warden->ended && attend(warden, until)) {
        /* next turn */
    }
}

static bool make_pipe(int *ours, int *its, bool we_write)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    *ours = ends[we_write ? 1 : 0];
    *its = ends[we_write ? 0 : 1];
    return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

/* False: errno says why nothing began. */
static bool begin(struct warden *warden)
{
    const struct exec_request *request = warden->request;
    struct child_pipes its = { -1, -1, -1 };
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_SETMASK, &signals, NULL) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return false;
    warden->signals = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    warden->text = malloc((size_t)request->output_max + 1);
    if (warden->signals < 0 || warden->text == NULL ||
        !make_pipe(&warden->output, &its.output, false) ||
        !make_pipe(&warden->report, &its.report, false) ||
        (request->input_length > 0 && !make_pipe(&warden->input, &its.input, true)))
        return false;
    warden->result.output = warden->text;
    uint32_t threads = kin_count_threads(request->uid);
    warden->command = fork();
    if (warden->command == 0)
        child_become(warden->settings, request, &its, threads);
    close_once(&its.input);
    close_once(&its.output);
    close_once(&its.report);
    return warden->command > 0;
}

_Noreturn void warden_run(const struct exec_settings *settings, int channel, uint32_t job,
                          const struct exec_request *request)
{
    struct warden warden = { .settings = settings,
                             .request = request,
                             .channel = channel,
                             .job = job,
                             .output = -1,
                             .input = -1,
                             .report = -1,
                             .result = { .end = EXEC_END_COUNT } };
    int64_t until = clock_monotonic_ms() + request->timeout_ms;

    if (!begin(&warden)) {
        warden.result = (struct exec_result){ .end = EXEC_NOT_STARTED, .code = errno };
        warden_tell(channel, job, &warden.result);
        _exit(WARDEN_DONE);
    }
    while (!warden.ended && !warden.stopped && attend(&warden, until)) {
        /* next turn */
    }
    read_output(&warden);
    if (!warden.ended)
        warden.result.end = EXEC_TIMED_OUT;
    if (!warden.stopped)
        warden_tell(channel, job, &warden.result);
    if (!warden.ended)
        ask_to_end(&warden);
    _exit(kill_all(&warden) ? WARDEN_DONE : WARDEN_LEFT_SOME);
}

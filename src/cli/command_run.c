/* cli/command_run.c - registered as long as a command runs.
 *
 *          registered          SIGTERM, SIGINT, SIGQUIT        safe to stop, --drain
 * over, start ------------> SERVING ------------------> DRAINING  another signal, or lost
 *     |                 ^    |   drain                   |
 *     | refused         |    | connection lost           | pass the signal on
 *     v                 +----+ register again            v
 *   end                                               LEAVING
 *                                                        | the command ended: deregister
 *                                                        v  (from every state)
 *                                                       end
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/instance_options.h"
#include "cli/own_address.h"
#include "cli/session.h"
#include "rollcall/drain.h"

/* How long DNS keeps the instance when only the connection is lost: a daemon that
 * restarts is back in that time, so nobody sees its restart. A killed `rollcall run` (not
 * a killed command: that is seen at once) is in DNS for so long. */
enum { GRACE_MS = 1000 };

/* Between two tries to reach a daemon that went away. */
enum { RETRY_MS = 50 };

/* A daemon that does not answer must not keep a command from stopping. */
enum { PATIENCE_MS = 3000 };

/* How long the command does not hear of a signal while caches may still send clients to
 * it. Docker and others kill after 10 seconds: the rest is for the command. */
enum { DRAIN_MS = 8000 };

struct run_options {
    struct instance_options instance; /* first: instance_arguments fills it */
    struct argument_number grace;
    struct argument_number drain;
};

static const struct argument run_arguments[] = {
    { "grace", "DURATION", ARGUMENT_DURATION, offsetof(struct run_options, grace), 0,
      "How long it stays in DNS when the connection breaks; default 1s." },
    { "drain", "DURATION", ARGUMENT_DURATION, offsetof(struct run_options, drain), 0,
      "The longest wait, once out of DNS, before it hears SIGTERM; default 8s." },
    { 0 },
};

struct run {
    const struct invocation *invocation;
    struct rollcall_registration *registration; /* borrowed */
    struct rollcall_client *client;             /* owned; NULL: not connected */
    char id[256];
    int signals; /* owned signalfd */
    sigset_t mask_before;
    pid_t child;
    bool leaving;     /* it is on its way out: never register it again */
    int64_t retry_at; /* monotonic ms, while not connected */
    int64_t drain;    /* ms, the longest wait */
    int waiting;      /* the signal that waits for the drain; 0: none */
    int64_t pass_at;  /* monotonic ms: it is passed on whatever happened */
};

static enum rollcall_status enter(struct run *run, struct rollcall_error *error)
{
    struct rollcall_registered registered;
    enum rollcall_status status = ROLLCALL_OK;

    if (run->client == NULL)
        status = session_connect(run->invocation, &run->client, error);
    if (status != ROLLCALL_OK)
        return status;
    rollcall_timeout(run->client, PATIENCE_MS);
    status = rollcall_register(run->client, run->registration, &registered, error);
    if (status != ROLLCALL_OK)
        return status;
    if (registered.warning != NULL && run->id[0] == '\0')
        fprintf(stderr, "rollcall: note: %s\n", registered.warning);
    snprintf(run->id, sizeof run->id, "%s", registered.id);
    run->registration->instance.id = run->id;
    return ROLLCALL_OK;
}

static void lose(struct run *run, const char *why)
{
    fprintf(stderr, "rollcall: %s; %s runs on, trying to register it again\n", why,
            run->id);
    rollcall_close(run->client);
    run->client = NULL;
    run->retry_at = clock_monotonic_ms();
}

/* The daemon came back, maybe. A refusal is said once and tried again, too: it may be a
 * full disk. */
static void try_again(struct run *run)
{
    struct rollcall_error error;

    if (clock_monotonic_ms() < run->retry_at)
        return;
    run->retry_at = clock_monotonic_ms() + RETRY_MS;
    if (enter(run, &error) == ROLLCALL_OK) {
        fprintf(stderr, "rollcall: %s is registered again\n", run->id);
        return;
    }
    rollcall_close(run->client);
    run->client = NULL;
}

/* The command hears what was meant for it. */
static void pass_on(struct run *run)
{
    if (run->waiting != 0)
        kill(run->child, run->waiting);
    run->waiting = 0;
}

/* Something came on the connection: the end of it, or an event. */
static void on_connection(struct run *run)
{
    struct rollcall_error error;
    enum rollcall_status status = rollcall_wait_safe(run->client, run->id, 0, &error);

    if (status == ROLLCALL_E_TIMEOUT)
        return;
    if (status == ROLLCALL_OK || status == ROLLCALL_E_CONFLICT) {
        pass_on(run);
        return;
    }
    if (!run->leaving) {
        lose(run, error.message);
        return;
    }
    pass_on(run);
    rollcall_close(run->client); /* it is out of DNS: nobody needs the daemon now */
    run->client = NULL;
}

static void leave(struct run *run)
{
    struct rollcall_error error;

    run->leaving = true;
    if (run->client != NULL &&
        rollcall_deregister(run->client, run->id, NULL, &error) != ROLLCALL_OK &&
        error.status != ROLLCALL_E_NOTFOUND)
        fprintf(stderr, "rollcall: cannot deregister %s: %s\n", run->id, error.message);
    rollcall_close(run->client);
    run->client = NULL;
}

/* Out of DNS first, and then the command hears of it; at once where nobody answers, or
 * where there is nothing to wait for. */
static void drain(struct run *run, int number)
{
    struct rollcall_drained drained;
    struct rollcall_error error;

    run->leaving = true;
    run->waiting = number;
    if (run->client == NULL || run->drain == 0) {
        leave(run);
        pass_on(run);
        return;
    }
    if (rollcall_drain(run->client, run->id, run->drain, &drained, &error) !=
        ROLLCALL_OK) {
        fprintf(stderr, "rollcall: cannot drain %s: %s; it is deregistered instead\n",
                run->id, error.message);
        leave(run);
        pass_on(run);
        return;
    }
    run->pass_at = clock_monotonic_ms() + (int64_t)drained.safe_in + PATIENCE_MS;
}

/* A signal from the keyboard has reached the command already (it is of our process
 * group), so it is not sent twice. The second one in a drain means: now. */
static void on_signal(struct run *run, const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo;
    bool ends = number == SIGTERM || number == SIGINT || number == SIGQUIT;
    bool heard = info->ssi_code == SI_KERNEL;

    if (number == SIGCHLD)
        return;
    if (ends && !run->leaving && !heard) {
        drain(run, number);
        return;
    }
    if (ends && !run->leaving)
        leave(run);
    if (ends)
        run->waiting = 0;
    if (!heard)
        kill(run->child, number);
}

static int open_signals(struct run *run)
{
    static const int passed_on[] = { SIGTERM, SIGINT,   SIGQUIT, SIGHUP, SIGUSR1,
                                     SIGUSR2, SIGWINCH, SIGCONT, SIGCHLD };
    sigset_t mask;

    sigemptyset(&mask);
    for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
        sigaddset(&mask, passed_on[i]);
    signal(SIGCHLD, SIG_DFL); /* a parent may have left it ignored */
    sigprocmask(SIG_BLOCK, &mask, &run->mask_before);
    run->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    return run->signals;
}

static void read_signals(struct run *run)
{
    struct signalfd_siginfo info;

    while (read(run->signals, &info, sizeof info) == (ssize_t)sizeof info)
        on_signal(run, &info);
}

static int longest_sleep(const struct run *run)
{
    if (run->client == NULL && !run->leaving)
        return RETRY_MS;
    if (run->waiting == 0)
        return -1;
    int64_t left = run->pass_at - clock_monotonic_ms();
    return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

/* Until the command has ended; its exit code. */
static int accompany(struct run *run)
{
    int code;

    while ((code = child_ended(run->child)) < 0) {
        struct pollfd fds[2] = { { .fd = run->signals, .events = POLLIN },
                                 { .fd = -1, .events = POLLIN } };
        if (run->client != NULL)
            fds[1].fd = rollcall_descriptor(run->client);
        poll(fds, 2, longest_sleep(run));
        if (fds[1].revents != 0)
            on_connection(run);
        read_signals(run);
        if (run->client == NULL && !run->leaving)
            try_again(run);
        if (run->waiting != 0 && clock_monotonic_ms() >= run->pass_at)
            pass_on(run);
    }
    leave(run);
    return code;
}

static int start(struct run *run)
{
    struct reason why = REASON_NONE;
    struct rollcall_error error;

    run->client = session_open(run->invocation);
    if (run->client == NULL)
        return EXIT_UNREACHABLE;
    if (enter(run, &error) != ROLLCALL_OK)
        return session_failed(run->invocation, run->client, &error);
    int code = child_start(run->invocation->rest, &run->mask_before, &run->child, &why);
    if (code != 0) {
        fprintf(stderr, "rollcall: %s\n", why.text);
        leave(run);
        return code;
    }
    return accompany(run);
}

static int run_with(const struct invocation *invocation, struct instance_draft *draft)
{
    const struct run_options *options = invocation->options;
    struct rollcall_instance *instance = &draft->registration.instance;
    struct run run = { .invocation = invocation, .registration = &draft->registration };

    if (instance->address_count == 0 && instance->host == NULL &&
        !session_is_remote(invocation)) {
        own_address(&draft->addresses[0]);
        instance->address_count = 1;
    }
    instance->lease.kind = ROLLCALL_LEASE_CONNECTION;
    instance->lease.ms = options->grace.given ? options->grace.value : GRACE_MS;
    run.drain = options->drain.given ? (int64_t)options->drain.value : DRAIN_MS;
    if (open_signals(&run) < 0) {
        fprintf(stderr, "rollcall: cannot wait for signals: %s\n", strerror(errno));
        return EXIT_NO;
    }
    int code = start(&run);
    rollcall_close(run.client);
    close(run.signals);
    return code;
}

static int run_run(const struct invocation *invocation)
{
    const struct run_options *options = invocation->options;
    struct reason why = REASON_NONE;
    struct instance_draft *draft = instance_draft_create();
    int code;

    if (draft == NULL)
        return command_usage(invocation, "out of memory");
    if (instance_options_apply(&options->instance, draft, &why))
        code = run_with(invocation, draft);
    else
        code = command_usage(invocation, why.text);
    free(draft);
    return code;
}

const struct command command_run = {
    .name = "run",
    .arguments = "--service NAME [--port NUMBER] [OPTION...] -- COMMAND [ARGUMENT...]",
    .summary = "Run a command, and keep it registered as long as it runs.",
    .details =
        "The instance is registered before the command starts and deregistered "
        "when it ends. SIGTERM, SIGINT and SIGQUIT take it out of DNS first and reach "
        "the command when no cache can send clients to it any more, at most --drain "
        "later; a second one reaches it at once. Other signals are passed on. If "
        "rollcalld "
        "restarts, it is registered again. Without --address it is the address of "
        "the interface with the default route, else 127.0.0.1; over TCP the one that "
        "rollcalld sees.\n\n"
        "Ends with the code of the command, 128 and the number of the signal that "
        "killed it, 127 or 126 when it cannot be started, 1 or 3 when it could not "
        "be registered (then it is not started).",
    .example = "rollcall run --service web --port 8080 --check http:/health -- \\\n"
               "    python3 -m http.server 8080",
    .notes = check_option_help,
    .tables = (const struct argument *const[]){ instance_arguments, run_arguments, NULL },
    .options_size = sizeof(struct run_options),
    .takes_rest = true,
    .run = run_run,
};

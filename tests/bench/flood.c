/* bench/flood.c - kill the one process that many instances point to, and ask for all
 * their services until DNS names none of them. With --stop the daemon stands still
 * meanwhile, so that every check is due, and fails, in the same moment.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/lib/asker.h"
#include "bench/lib/cpu.h"
#include "bench/lib/program.h"

#define GIVE_UP_NS INT64_C(60000000000)
#define REST_US    10000 /* between two rounds of questions: we are not the load */

struct flood {
    struct asker asker;
    struct question *questions;
    size_t count, left;
    uint64_t *gone_ns; /* 0: still named */
};

static bool still_named(struct flood *flood, size_t i)
{
    if (!asker_ask(&flood->asker, &flood->questions[i]))
        return true;
    return flood->asker.reply[6] != 0 || flood->asker.reply[7] != 0; /* ANCOUNT */
}

/* All services are asked before anything dies: a flood of nothing proves nothing. */
static void demand_all(struct flood *flood)
{
    for (size_t i = 0; i < flood->count; i++)
        if (!still_named(flood, i))
            program_fail(0, "a service has no instance before the flood");
}

static int64_t begin(pid_t target, pid_t daemon, unsigned stop_ms)
{
    if (stop_ms == 0) {
        (void)kill(target, SIGKILL);
        return clock_monotonic_ns();
    }
    (void)kill(daemon, SIGSTOP);
    (void)kill(target, SIGKILL);
    (void)usleep(stop_ms * 1000);
    int64_t now = clock_monotonic_ns();
    (void)kill(daemon, SIGCONT);
    return now;
}

static void watch(struct flood *flood, int64_t begun)
{
    flood->left = flood->count;
    while (flood->left > 0) {
        for (size_t i = 0; i < flood->count; i++) {
            if (flood->gone_ns[i] != 0 || still_named(flood, i))
                continue;
            flood->gone_ns[i] = (uint64_t)(clock_monotonic_ns() - begun);
            flood->left--;
        }
        (void)usleep(REST_US);
        if (clock_monotonic_ns() - begun > GIVE_UP_NS)
            program_fail(0, "DNS still names %zu of %zu services", flood->left,
                         flood->count);
    }
}

int main(int argc, char **argv)
{
    static struct flood flood;
    const char *server = "127.0.0.1:8053", *names = NULL;
    double target = 0, daemon = 0, stop_ms = 0, processor = -1;
    const struct program_option options[] = {
        { "--server", "ADDRESS:PORT of its DNS", .text = &server },
        { "--names", "file of questions, NAME TYPE a line", .text = &names },
        { "--target", "the process to kill", .number = &target },
        { "--daemon", "the daemon's process; with --stop", .number = &daemon },
        { "--stop", "let it stand still for so many ms (0)", .number = &stop_ms },
        { "--cpu", "run on this processor", .number = &processor },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "A flood of failures; prints one JSON line.", options);

    if (names == NULL || target < 2 || (stop_ms > 0 && daemon < 2))
        program_fail(0, "flood: --names and --target are required; try --help");
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    asker_open(&flood.asker, server);
    flood.questions = question_read_file(names, false, &flood.count);
    flood.gone_ns = calloc(flood.count, sizeof *flood.gone_ns);
    if (flood.questions == NULL || flood.gone_ns == NULL)
        program_fail(errno, "cannot read %s", names);
    demand_all(&flood);
    watch(&flood, begin((pid_t)target, (pid_t)daemon, (unsigned)stop_ms));
    printf("{\"services\":%zu,\"p50_ms\":%.1f,\"last_ms\":%.1f}\n", flood.count,
           (double)program_percentile(flood.gone_ns, flood.count, 0.5) / 1e6,
           (double)program_percentile(flood.gone_ns, flood.count, 1) / 1e6);
    return 0;
}

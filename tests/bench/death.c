/* bench/death.c - from kill -9 to "DNS no longer names it": a process that holds a
 * connection lease, or one under a pid lease, dies again and again.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/lib/asker.h"
#include "bench/lib/cpu.h"
#include "bench/lib/door.h"
#include "bench/lib/program.h"

#define GIVE_UP_NS 5000000000

struct death {
    const char *path;
    bool by_pid;
    struct asker asker;
    struct question question;
    struct door door; /* ours; for pid leases */
};

static void register_it(struct door *door, unsigned round, const char *lease)
{
    char request[256];

    (void)snprintf(request, sizeof request,
                   "{\"op\":\"register\",\"service\":\"mortal\",\"id\":\"m%u\","
                   "\"address\":\"10.99.%u.%u\",\"port\":1,\"lease\":%s}",
                   round, round >> 8 & 255, round & 255, lease);
    door_do(door, request);
}

/* The child: holds its connection (or just lives) until it is killed. */
static void live(const struct death *death, unsigned round, int ready)
{
    static struct door door;

    if (!death->by_pid) {
        door_open(&door, death->path);
        register_it(&door, round, "{\"connection\":true}");
    }
    (void)!write(ready, "x", 1);
    for (;;)
        pause();
}

static pid_t start(struct death *death, unsigned round)
{
    int ends[2];
    char octet;
    char lease[40];

    if (pipe(ends) != 0)
        program_fail(errno, "pipe");
    pid_t pid = fork();
    if (pid < 0)
        program_fail(errno, "fork");
    if (pid == 0)
        live(death, round, ends[1]);
    close(ends[1]);
    if (read(ends[0], &octet, 1) != 1)
        program_fail(0, "the process to be killed could not register");
    close(ends[0]);
    if (death->by_pid) {
        (void)snprintf(lease, sizeof lease, "{\"pid\":%d}", (int)pid);
        register_it(&death->door, round, lease);
    }
    return pid;
}

/* Nanoseconds from the kill to the arrival of the first reply without it. */
static uint64_t kill_and_watch(struct death *death, unsigned round)
{
    const uint8_t address[4] = { 10, 99, (uint8_t)(round >> 8), (uint8_t)round };
    pid_t pid = start(death, round);

    if (!asker_ask(&death->asker, &death->question) ||
        !asker_names(&death->asker, address))
        program_fail(0, "DNS did not name the instance although it was acknowledged");
    int64_t killed = clock_monotonic_ns();
    int64_t now = killed;
    (void)kill(pid, SIGKILL);
    do {
        bool heard = asker_ask(&death->asker, &death->question);
        now = clock_monotonic_ns();
        if (heard && !asker_names(&death->asker, address))
            break;
    } while (now - killed < GIVE_UP_NS);
    (void)waitpid(pid, NULL, 0);
    return (uint64_t)(now - killed);
}

int main(int argc, char **argv)
{
    static struct death death;
    const char *server = "127.0.0.1:8053", *lease = "connection";
    const char *name = "mortal.service.local";
    double rounds = 300, processor = -1;
    const struct program_option options[] = {
        { "--socket", "the registration socket", .text = &death.path },
        { "--server", "ADDRESS:PORT of its DNS", .text = &server },
        { "--name", "mortal.ZONE (mortal.service.local)", .text = &name },
        { "--lease", "connection or pid", .text = &lease },
        { "--rounds", "deaths (300)", .number = &rounds },
        { "--cpu", "run on this processor", .number = &processor },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Time from kill -9 to DNS; prints one JSON line.",
                    options);

    if (death.path == NULL || rounds < 1 || rounds > 65535 ||
        !question_make(&death.question, name, "A", false))
        program_fail(0, "death: --socket is required, numbers in range; try --help");
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    death.by_pid = strcmp(lease, "pid") == 0;
    asker_open(&death.asker, server);
    door_open(&death.door, death.path);

    size_t count = (size_t)rounds;
    uint64_t *took = calloc(count, sizeof *took);
    if (took == NULL)
        program_fail(errno, "cannot allocate");
    for (size_t i = 0; i < count; i++)
        took[i] = kill_and_watch(&death, (unsigned)i);
    printf("{\"lease\":\"%s\",\"rounds\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,"
           "\"max_us\":%.1f}\n",
           lease, count, (double)program_percentile(took, count, 0.5) / 1e3,
           (double)program_percentile(took, count, 0.99) / 1e3,
           (double)program_percentile(took, count, 1) / 1e3);
    free(took);
    return 0;
}

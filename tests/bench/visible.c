/* bench/visible.c - read your writes: after each reply to register, and after each reply
 * to deregister, one DNS query at once. Counts the replies that do not know yet.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench/lib/asker.h"
#include "bench/lib/door.h"
#include "bench/lib/program.h"

/* Source ports differ, so that the kernel deals the queries to all workers. */
#define ASKERS 8

struct visible {
    struct door door;
    struct asker askers[ASKERS];
    struct question question;
    uint64_t asked, missed, lost;
};

/* Is the address in the answer, as it must be? */
static void look(struct visible *visible, const uint8_t address[4], bool expected)
{
    struct asker *asker = &visible->askers[visible->asked++ % ASKERS];

    if (!asker_ask(asker, &visible->question))
        visible->lost++;
    else if (asker_names(asker, address) != expected)
        visible->missed++;
}

static void one_round(struct visible *visible, uint64_t round)
{
    const uint8_t address[4] = { 10, (uint8_t)(100 + (round >> 16)),
                                 (uint8_t)(round >> 8), (uint8_t)round };
    char request[256];

    (void)snprintf(request, sizeof request,
                   "{\"op\":\"register\",\"service\":\"visible\",\"id\":\"v%" PRIu64
                   "\",\"address\":\"10.%u.%u.%u\",\"port\":1}",
                   round, address[1], address[2], address[3]);
    door_do(&visible->door, request);
    look(visible, address, true);
    (void)snprintf(request, sizeof request,
                   "{\"op\":\"deregister\",\"id\":\"v%" PRIu64 "\"}", round);
    door_do(&visible->door, request);
    look(visible, address, false);
}

int main(int argc, char **argv)
{
    static struct visible visible;
    const char *path = NULL, *server = "127.0.0.1:8053";
    const char *name = "visible.service.local";
    double rounds = 100000;
    const struct program_option options[] = {
        { "--socket", "the registration socket", .text = &path },
        { "--server", "ADDRESS:PORT of its DNS", .text = &server },
        { "--name", "visible.ZONE (visible.service.local)", .text = &name },
        { "--rounds", "registrations and deregistrations (100000)", .number = &rounds },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Ask DNS after every change; prints one JSON line.",
                    options);

    if (path == NULL || rounds < 1 || rounds > 10e6 ||
        !question_make(&visible.question, name, "A", false))
        program_fail(0, "visible: --socket is required, numbers in range; try --help");
    door_open(&visible.door, path);
    for (int i = 0; i < ASKERS; i++)
        asker_open(&visible.askers[i], server);

    int64_t start = clock_monotonic_ns();
    for (uint64_t round = 0; round < (uint64_t)rounds; round++)
        one_round(&visible, round);
    printf("{\"asked\":%" PRIu64 ",\"missed\":%" PRIu64 ",\"lost\":%" PRIu64
           ",\"seconds\":%.1f}\n",
           visible.asked, visible.missed, visible.lost,
           (double)(clock_monotonic_ns() - start) / 1e9);
    return visible.missed + visible.lost > 0 ? 1 : 0;
}

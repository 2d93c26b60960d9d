/* bench/lib/asker.h - ask one DNS question and wait for its reply.
 * Threads: one asker belongs to one thread.
 */
#ifndef BENCH_ASKER_H
#define BENCH_ASKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/lib/question.h"

struct asker {
    int fd;
    uint16_t id;
    size_t length;
    uint8_t reply[4096];
};

/* `server` is ADDRESS:PORT. */
void asker_open(struct asker *asker, const char *server);
/* False when no reply came within a second. */
bool asker_ask(struct asker *asker, const struct question *question);
/* Does the reply hold an A record with this address (network order)? */
bool asker_names(const struct asker *asker, const uint8_t address[4]);

#endif

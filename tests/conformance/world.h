/* conformance/world.h - a registry and a query pipeline without sockets.
 *
 * Built in the order of daemon/daemon.c from a configuration file and a list of instances
 * (README.md of this folder says how one is written); everything stays in memory.
 * Threads: one, which is control and worker in turn.
 */
#ifndef CONFORMANCE_WORLD_H
#define CONFORMANCE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/reason.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

struct world;
struct transfers;

/* When every query is asked, in seconds since 1970: that of RFC 9018 appendix A. */
enum { WORLD_TIME_S = 1559731985 };

enum rollcall_status world_create(const char *config_path, const char *instances_path,
                                  struct world **out, struct reason *why);
void world_destroy(struct world *world); /* NULL is allowed */

/* As pipeline_answer(). */
size_t world_answer(struct world *world, uint8_t *message, size_t length, size_t capacity,
                    bool tcp);
/* The same, asked by `from`; NULL: from this host. */
size_t world_answer_from(struct world *world, const struct sockaddr *from,
                         uint8_t *message, size_t length, size_t capacity, bool tcp);

/* What sends the zones of this world, made with the first call. Its time is that of the
 * clock. NULL: it cannot be made. */
struct transfers *world_transfers(struct world *world);
/* The instance is in this state from now on, and its zones have the next serial. False:
 * there is none. */
bool world_flip(struct world *world, const char *id, enum rollcall_health health);
/* Once through the loop that they run on; it does not wait. */
void world_turn(struct world *world);

#endif

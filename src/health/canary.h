/* health/canary.h - what must be reachable while we ourselves are well connected.
 *
 * A round asks all of them: our own loopback, the default gateway (a TCP connection to it
 * opens or is refused), and configured targets. It goes well unless the loopback fails,
 * or all the others do that say anything. The gateway says something once it has
 * answered; many never do.
 * Threads  control.
 */
#ifndef HEALTH_CANARY_H
#define HEALTH_CANARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "health/poller.h"
#include "rollcall/status.h"

struct canaries;

struct canary_settings {
    const struct address *targets; /* borrowed */
    uint32_t target_count;
    bool gateway; /* ask the default gateway too */
};

/* `on_round(owner, well, words)` ends each round, from inside canaries_ask() or later;
 * `words` says which failed and how. `poller` is borrowed. */
enum rollcall_status canaries_open(struct poller *poller,
                                   const struct canary_settings *settings,
                                   void (*on_round)(void *owner, bool well,
                                                    const char *words),
                                   void *owner, struct canaries **out);
void canaries_close(struct canaries *canaries); /* NULL is allowed */

/* Begin a round, at `now` (monotonic ms), unless one is under way. */
void canaries_ask(struct canaries *canaries, int64_t now);
/* When canaries_run_due() is needed: the round ends without those that are silent. */
int64_t canaries_next_due(const struct canaries *canaries);
void canaries_run_due(struct canaries *canaries, int64_t now);

/* A line of /proc/net/route as the gateway of the default route; false: it is none. */
bool canary_gateway_of(const char *line, struct address *out);

#endif

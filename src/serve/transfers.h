/* serve/transfers.h - sends zones to secondaries, and tells them of changes.
 *
 * A worker that gets an allowed transfer over TCP gives the connection away; from then on
 * it is served on the control loop, a bounded piece each turn, so that neither queries
 * nor registrations wait for a secondary (docs/decisions/0005-transfers.md).
 * Threads  transfers_hand_over(): any. Everything else: control.
 */
#ifndef SERVE_TRANSFERS_H
#define SERVE_TRANSFERS_H

#include <uv.h>

#include "answer/answer.h"
#include "base/address.h"

#include "base/counters.h"
#include "base/reason.h"
#include "config/config.h"
#include "dns/tsig.h"
#include "rollcall/status.h"

struct transfers;

enum rollcall_status transfers_create(uv_loop_t *loop, struct answer *answer,
                                      const struct config *config, struct transfers **out,
                                      struct reason *why);
/* Workers have stopped. Closes every connection; the loop must run once more before
 * transfers_destroy(). NULL is allowed in both. */
void transfers_stop(struct transfers *transfers);
void transfers_destroy(struct transfers *transfers);

/* For workers; lives as long as the transfers. */
const struct tsig_keys *transfers_keys(const struct transfers *transfers);
/* Take over the connection `fd` (the caller keeps and closes its own descriptor), on
 * which `length` octets of whole and begun queries were read and not answered. False: no
 * memory or descriptor. */
bool transfers_hand_over(struct transfers *transfers, int fd, const struct address *peer,
                         const uint8_t *octets, size_t length);

const struct counter_group *transfers_counters(const struct transfers *transfers);
extern const struct counter_group transfers_counter_group; /* without a block */

#endif

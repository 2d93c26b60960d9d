/* travel/then.h - the registry and the answers as they were at an earlier time.
 *
 * A registry of its own is loaded from the folded history, by the code that loads it at
 * every start, and compiled by the code that compiles it now; questions go through the
 * same pipeline. Static records and the configuration are those of today.
 *
 * Times    wall ms.
 * Threads  any one, from create to destroy; not control.
 */
#ifndef TRAVEL_THEN_H
#define TRAVEL_THEN_H

#include <stddef.h>
#include <stdint.h>

#include "answer/answer.h"
#include "config/config.h"
#include "registry/registry.h"
#include "store/history.h"

struct then;

/* `config` is borrowed. E_NOTFOUND where the history does not reach back to `at`. */
enum rollcall_status then_create(const struct config *config, struct history *history,
                                 int64_t at, struct then **out, struct reason *why);
void then_destroy(struct then *then); /* NULL is allowed */

struct registry *then_registry(struct then *then); /* borrowed */
struct answer *then_answer(struct then *then);     /* borrowed */
/* Instances whose definition is not there any more. */
size_t then_missing(const struct then *then);
const struct history_bounds *then_bounds(const struct then *then);

/* Answer a query in place, as over TCP; `message` has room for `capacity`. The length of
 * the reply. */
size_t then_ask(struct then *then, uint8_t *message, size_t length, size_t capacity);

#endif

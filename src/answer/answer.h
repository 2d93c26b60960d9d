/* answer/answer.h - what DNS will say: compiled from the registry, indexed, published.
 *
 * `struct answer` is the room's door. The publisher listens to the registry and marks
 * services; answer_flush(), once per turn of the loop, compiles and publishes them. After
 * it returns every query that a worker reads from now on is answered from the new state.
 * Threads  control; the reader side is answer/reader.h.
 */
#ifndef ANSWER_ANSWER_H
#define ANSWER_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/reason.h"
#include "config/config.h"
#include "registry/registry.h"
#include "rollcall/status.h"

struct answer;

/* Builds the zones (static records read from their files). A clash inside the files is an
 * error here, a clash with a loaded instance is one in answer_check(). */
enum rollcall_status answer_create(const struct config *config, struct answer **out,
                                   struct reason *why);
void answer_destroy(struct answer *answer); /* workers must have stopped */

/* These answers are looked at and not served: what becomes of services is not announced,
 * neither in the log nor in counters. Before answer_attach(). */
void answer_rehearse(struct answer *answer);

/* Subscribe to `registry`; before registry_load(). */
void answer_attach(struct answer *answer, struct registry *registry);
/* A stored serial, given by registry_load(). */
void answer_restore_serial(void *answer, const char *zone, uint32_t serial);
/* After the load: does any registered name clash with a static record? */
enum rollcall_status answer_check(const struct answer *answer, struct reason *why);
/* For registry_settings.admit. */
enum rollcall_status answer_admit(void *answer, const struct rollcall_instance *instance,
                                  const char *label, struct reason *warning,
                                  struct reason *why);

/* For registry_settings.longest_ttl: seconds for which caches may keep an answer of the
 * service with this instance. */
uint32_t answer_longest_ttl(void *answer, const struct entry *entry);

/* Compile what changed and publish it. Until it was called once after the load, the index
 * answers SERVFAIL (docs/dns.md §2.9). */
void answer_flush(struct answer *answer);
/* Before a flush: what time it is (monotonic ms), so that answers which last for a while
 * (no_healthy: last) are compiled anew when it is over. */
void answer_run_due(struct answer *answer, int64_t now);
/* When answer_run_due() and a flush are needed next; INT64_MAX: not by themselves. */
int64_t answer_next_due(const struct answer *answer);
/* Raise and save the serials of zones whose data changed, at most once a second each.
 * Returns the next time it wants to be called, INT64_MAX: not before the next change. */
int64_t answer_run_serials(struct answer *answer, int64_t now, int64_t wall);

/* Does any zone or service want host names looked up (cname_mode: flatten)? */
bool answer_wants_resolver(const struct config *config);
/* `ask` begins to look up a host name and returns at once, false where it cannot; what
 * comes of it is told with one of the two below. `now`: monotonic ms. */
void answer_use_resolver(struct answer *answer,
                         bool (*ask)(void *owner, const char *host), void *owner);
void answer_host_learnt(struct answer *answer, const char *host,
                        const struct rollcall_address *addresses, uint32_t count,
                        uint32_t ttl, int64_t now);
void answer_host_failed(struct answer *answer, const char *host, const char *why,
                        int64_t now);

struct answer_index;
struct answer_index *answer_index(struct answer *answer); /* borrowed; for workers */
const struct counter_group *answer_counters(const struct answer *answer);
/* The same without a block, for the reference pages. */
extern const struct counter_group answer_counter_group;

#endif

/* alert/alert.h - tells people and other programs what happens to services.
 *
 * Listens to the registry; rules of the configuration say what is told to whom. Messages
 * are grouped, tried again, bounded, and outlive a restart, as do silences. Nothing here
 * is waited for: a receiver that hangs costs a socket.
 * Times    wall ms in views; durations in ms.
 * Threads  control.
 */
#ifndef ALERT_ALERT_H
#define ALERT_ALERT_H

#include <uv.h>

#include "base/counters.h"
#include "config/config.h"
#include "proto/values.h"
#include "registry/registry.h"
#include "rollcall/status.h"

struct alert;
struct exec_bridge;

struct alert_settings {
    const struct config *config; /* borrowed */
    struct store *store;         /* borrowed; closed before alert_destroy() */
    struct exec_bridge *exec;    /* borrowed until alert_stop(); NULL: no commands */
};

/* Reads what was kept, and listens; call before registry_load(). */
enum rollcall_status alert_create(uv_loop_t *loop, struct registry *registry,
                                  const struct alert_settings *settings,
                                  struct alert **out, struct reason *why);
/* After registry_load(): what was told and is not so any more ends, and messages go. */
void alert_start(struct alert *alert);
/* Gives what waits to the store and cancels what is under way; the store must be drained
 * after it, and the loop run once more. NULL is allowed, as in the next. */
void alert_stop(struct alert *alert);
/* After the store and the loop. The registry must still be there, or never have been. */
void alert_destroy(struct alert *alert);
const struct counter_group *alert_counters(const struct alert *alert);
extern const struct counter_group alert_counter_group; /* without a block */

/* ---- For the registration socket ------------------------------------------------ */

/* `number` of the silence; `why` on another status than OK. Once, later, unless the call
 * itself failed. */
typedef void (*alert_done)(void *context, enum rollcall_status status, uint64_t number,
                           const struct reason *why);

/* Durable before `done`. Everybody may silence own instances by their id; the rest is
 * for root and the daemon's user. */
enum rollcall_status alert_silence(struct alert *alert,
                                   const struct request_silence *request,
                                   const struct requester *who, int64_t wall,
                                   alert_done done, void *context, struct reason *why);
/* By who made it, root, or the daemon's user. */
enum rollcall_status alert_unsilence(struct alert *alert, uint64_t number,
                                     const struct requester *who, alert_done done,
                                     void *context, struct reason *why);
/* Number `index`, the oldest first; false: that was all. Borrowed until the next call. */
bool alert_silence_view(const struct alert *alert, size_t index,
                        struct silence_view *out);

/* Walk what is pending, firing or silenced: start with *at = 0. Borrowed as above. */
bool alert_next_view(const struct alert *alert, size_t *at, struct alert_view *out);

/* Send a message that says it is a test, now. `text` completes "receiver ops ...". */
typedef void (*alert_tested)(void *context, bool delivered, const char *text);
enum rollcall_status alert_test(struct alert *alert, const char *receiver,
                                const struct requester *who, int64_t wall,
                                alert_tested done, void *context, struct reason *why);

#endif

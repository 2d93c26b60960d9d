/* registry/registry.h - who is registered: the operations, the leases, the events.
 *
 * The heart: it knows no socket, no database, no check and no answer. Changes go to the
 * store and come back; then the catalogue takes them and listeners hear of it. What ends
 * a lease takes effect at once and is saved afterwards (nobody waits for it). Times `now`
 * monotonic ms, `wall` ms since 1970. Threads  control only.
 */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/counters.h"
#include "base/reason.h"
#include "registry/catalogue.h"
#include "registry/events.h"
#include "registry/store.h"
#include "rollcall/status.h"

struct registry;

struct registry_settings {
    const char *node;       /* borrowed */
    const char *datacenter; /* borrowed */
    uint64_t max_instances; /* one more is E_LIMIT */
    /* May this definition be in DNS? E_CONFLICT with a reason where a static record
     * stands at its name; may leave a warning in `warning` (a reserved name). May be
     * NULL. */
    enum rollcall_status (*admit)(void *owner, const struct rollcall_instance *instance,
                                  const char *label, struct reason *warning,
                                  struct reason *why);
    /* Seconds for which caches may keep answers with it at most. NULL: none do. */
    uint32_t (*longest_ttl)(void *owner, const struct entry *entry);
    void *admit_owner; /* of both */
    bool history;      /* does the store keep one? */
};

struct registry *registry_create(const struct registry_settings *settings,
                                 struct store *store);
void registry_destroy(struct registry *registry); /* after the store was drained */
void registry_listen(struct registry *registry, struct listener *listener);
/* It hears nothing any more; harmless when it never listened. Not inside an event. */
void registry_unlisten(struct registry *registry, struct listener *listener);

/* Read the store, give every loaded lease its time again (ttl: what remains or one full
 * TTL, whichever is longer; connection: its grace from now, with grace 0 gone at once;
 * pid: kept until the pid watcher says otherwise), emit EVENT_ADDED for each. Serials are
 * given to `on_serial`. */
enum rollcall_status registry_load(struct registry *registry, int64_t now, int64_t wall,
                                   void (*on_serial)(void *owner, const char *zone,
                                                     uint32_t serial),
                                   void *owner, struct reason *why);

/* Who asks: peer credentials, or an authenticated token. */
struct requester {
    uid_t uid;
    bool privileged;       /* root, or the daemon's own uid: may change all */
    struct holder *holder; /* its connection; NULL where there is none to hold a lease */
};

/* A connection that can hold leases; embedded in an intake session. Zeroed memory is a
 * holder of nothing. After its first use it ends by
 * registry_holder_closed() or registry_holder_detach(). */
struct holder {
    struct list entries; /* of struct entry, by `held` */
    struct list pending; /* of registrations under way */
};

/* Passed to `done`; borrowed for the call. */
struct registry_reply {
    const char *id;
    uint64_t revision;
    bool created;
    const char *warning; /* "" when none */
    int64_t safe_in;     /* of a drain: ms until no cache has it any more; -1: no drain */
};

typedef void (*registry_done)(void *context, enum rollcall_status status,
                              const struct registry_reply *reply,
                              const struct reason *why);

struct register_request {
    struct instance *instance; /* borrowed; a reference is taken when needed */
    bool has_if_revision;
    uint64_t if_revision; /* 0: must not exist */
};

/* Register or change. On a status other than OK nothing happened and `done` is not
 * called. On OK `done` is called exactly once: after the change is on disk and the
 * listeners have heard of it; from inside this call when the definition is the same as
 * the committed one and nothing is pending (that renews the lease and moves it to this
 * requester). */
enum rollcall_status registry_register(struct registry *registry,
                                       const struct register_request *request,
                                       const struct requester *who, int64_t now,
                                       int64_t wall, registry_done done, void *context,
                                       struct reason *why);
enum rollcall_status registry_deregister(struct registry *registry, const char *id,
                                         const struct requester *who, int64_t now,
                                         int64_t wall, registry_done done, void *context,
                                         struct reason *why);

/* Take it out of all answers, for as long as it lives or until undrained; again is
 * allowed and changes nothing. `wait` bounds reply->safe_in (ms; -1: no bound). Replies
 * are as those of registry_register(). */
enum rollcall_status registry_drain(struct registry *registry, const char *id,
                                    int64_t wait, const struct requester *who,
                                    int64_t now, int64_t wall, registry_done done,
                                    void *context, struct reason *why);
enum rollcall_status registry_undrain(struct registry *registry, const char *id,
                                      const struct requester *who, int64_t now,
                                      int64_t wall, registry_done done, void *context,
                                      struct reason *why);

struct override_request {
    const char *id;
    enum standing_override state;
    int64_t lasts;    /* ms; 0: until it is taken back */
    const char *note; /* why; may be NULL; at most STANDING_NOTE_MAX octets are kept */
};

/* Say up or down, whatever its checks say; or OVERRIDE_NONE: they decide again. */
enum rollcall_status registry_override(struct registry *registry,
                                       const struct override_request *request,
                                       const struct requester *who, int64_t now,
                                       int64_t wall, registry_done done, void *context,
                                       struct reason *why);

/* Since `wall` no DNS worker hands it out: the wait of its drain is counted from there.
 * Wall ms at which it may stop; -1: it does not drain. */
int64_t registry_drain_published(struct registry *registry, const char *id, int64_t wall);

struct renew_request {
    const char *id;
    bool has_status;
    enum rollcall_health status;
    const char *output; /* may be NULL */
    const char *check;  /* may be NULL: every check that takes pushed results, else the
                         * instance's own status where it has no checks at all */
};

/* Extend a ttl lease and take a pushed status. `expires_in` in ms, -1: no ttl lease. */
enum rollcall_status registry_renew(struct registry *registry,
                                    const struct renew_request *request,
                                    const struct requester *who, int64_t now,
                                    int64_t wall, int64_t *expires_in, uint64_t *revision,
                                    struct reason *why);

/* Where pushed results go: the health room sets this once. Returns E_INVALID with a
 * reason where the instance has no such check or it takes no pushed results. */
typedef enum rollcall_status (*registry_pushed)(void *owner, struct entry *entry,
                                                const struct renew_request *request,
                                                int64_t now, struct reason *why);
void registry_on_pushed(struct registry *registry, registry_pushed take, void *owner);

/* A verdict about check number `index` of `entry`. Moves entry->health, tells listeners
 * and saves, all only if something changed. `output` is copied, may be NULL. */
void registry_set_check(struct registry *registry, struct entry *entry, unsigned index,
                        enum rollcall_health health, uint8_t outcome, const char *output,
                        int64_t wall);

/* Check number `index` of `entry`, which has no verdict yet, could not be asked, and
 * `output` (copied) says why. Only the text is kept, in memory. */
void registry_note_check(struct registry *registry, struct entry *entry, unsigned index,
                         const char *output);

/* What the health room judged of an instance: it moved too often and stays out until
 * `until` (0: no more; ends by itself at its time; `penalty` in thousandths is kept with
 * it, over a restart too), its removal is held back, or its checks are in doubt. Held and
 * frozen it stays what DNS says at this call, so call it before the verdict that would
 * move it. Repeating changes nothing. Tells EVENT_STANDING, where DNS hands out the same
 * too: an answer says in words what stands behind it. E_NOMEM: nothing happened. */
enum rollcall_status registry_set_damped(struct registry *registry, struct entry *entry,
                                         uint32_t penalty, int64_t until, int64_t wall);
enum rollcall_status registry_set_held(struct registry *registry, struct entry *entry,
                                       bool held, int64_t wall);
enum rollcall_status registry_set_frozen(struct registry *registry, struct entry *entry,
                                         bool frozen, int64_t wall);

/* Take every instance of this node out of all answers, whatever else is said of them and
 * those that come later too, or let them be again what they are. Repeating changes
 * nothing. Tells EVENT_STANDING for each. Not kept over a restart: who asks for it keeps
 * it, and says it again after registry_load(). */
void registry_set_node(struct registry *registry, bool down, int64_t wall);
/* For a registry that shows an earlier time: it was down then. */
void registry_restore_node(struct registry *registry, int64_t wall);
/* Since when they are out, wall ms; 0: they are not. */
int64_t registry_node_since(const struct registry *registry);

/* The connection is gone: its entries end now or after their grace. */
void registry_holder_closed(struct registry *registry, struct holder *holder,
                            int64_t now);
/* The holder goes away and nothing ends by it: the daemon stops, and its instances wait
 * in the store for the next start. */
void registry_holder_detach(struct registry *registry, struct holder *holder);
/* The thing a lease hung on is gone ("process exited"). */
void registry_expire(struct registry *registry, struct entry *entry, const char *cause);

/* What time it is on both clocks, before the next call. */
void registry_set_time(struct registry *registry, int64_t now, int64_t wall);
/* End every lease, override and damping that is due. The next due time, INT64_MAX when
 * there is none. */
int64_t registry_run_due(struct registry *registry, int64_t now);
int64_t registry_next_due(const struct registry *registry);

/* For the history: the daemon begins, with a configuration of this hash. After
 * registry_load(). */
void registry_note_start(struct registry *registry, uint64_t configuration);

/* Held and frozen as the history had them (TRANSITION_JUDGED), for a registry that shows
 * an earlier time; nobody is told. False: damaged, or no memory. */
bool registry_restore_judged(struct registry *registry, struct entry *entry,
                             const uint8_t *bytes, uint32_t length);

/* Save the serial of a zone; `done(context, status)` once it is on disk or refused. */
enum rollcall_status registry_save_serial(
    struct registry *registry, const char *zone, uint32_t serial,
    void (*done)(void *context, enum rollcall_status status), void *context);

/* Reading. Borrowed until the next operation. */
struct entry *registry_find(const struct registry *registry, const char *id);
/* The newest definition that was submitted for that id, on disk or not yet: what a
 * request that comes now will be judged by. NULL: none, or it is being removed. */
const struct instance *registry_latest(const struct registry *registry, const char *id);
struct service *registry_service(const struct registry *registry,
                                 const char *namespace_name, const char *name);
struct service *registry_next_service(const struct registry *registry, size_t *at);
/* Make a service exist without instances (configuration). */
enum rollcall_status registry_declare(struct registry *registry,
                                      const char *namespace_name, const char *name);
uint64_t registry_revision(const struct registry *registry);
/* The next number of the one sequence, for what other rooms keep. The change that carries
 * it (change->revision) saves it, so that no number is given twice. */
uint64_t registry_take_revision(struct registry *registry);
/* When a service last lost its last instance: what a watcher of a service that does not
 * exist has seen. At the start that of the load. */
uint64_t registry_gone_revision(const struct registry *registry);
size_t registry_instance_count(const struct registry *registry);
const struct counter_group *registry_counters(const struct registry *registry);
/* The same without a block: which counters there are, for the reference pages. */
extern const struct counter_group registry_counter_group;

#endif

/* registry/internal.h - what the files of this room share; nobody else includes it.
 *
 * An operation (operation.c) is a registration or removal on its way through the store.
 * Those of one id form a chain, oldest first, and the state "as of the last submitted
 * one" is what the next request is judged by. A refusal by the store dooms everything
 * submitted before control heard of it: operations up to the revision `doomed` count no
 * more, so the chain needs no repair.
 * Threads  control.
 */
#ifndef REGISTRY_INTERNAL_H
#define REGISTRY_INTERNAL_H

#include "base/heap.h"
#include "base/log.h"
#include "registry/labels.h"
#include "registry/notices.h"
#include "registry/registry.h"
#include "registry/transitions.h"

/* Bits of entry->debts: what memory knows and the store does not. */
enum {
    DEBT_REMOVAL = 1,  /* gone in memory, still a row */
    DEBT_HEALTH = 2,   /* check states moved */
    DEBT_LEASE = 4,    /* the lease was renewed */
    DEBT_LISTED = 8,   /* in registry->debtors */
    DEBT_STANDING = 16 /* its first part; the other two follow */
};

static inline unsigned debt_of_part(enum standing_part part)
{
    return (unsigned)DEBT_STANDING << part;
}

/* What the history is told (transitions.h). */
struct history_tally {
    size_t under_way;
    uint32_t lost; /* since the last one that was sent */
    int64_t lost_since;
};

/* What became of leases, beside those of kind none. */
enum { LEASE_KINDS = 3 };
enum lease_outcome { LEASE_GRANTED, LEASE_RENEWED, LEASE_EXPIRED, LEASE_OUTCOMES };

struct registry_counts {
    counter registrations, changes, unchanged, deregistrations, renewals;
    counter expired_ttl, expired_connection, expired_pid;
    counter refused, conflicts, unauthorized, limits, health_changes, standings;
    counter drains, overrides, overrides_expired;
    counter transitions, transitions_dropped;
    counter instances, services;
    counter leases[LEASE_KINDS][LEASE_OUTCOMES];
};

struct registry {
    struct registry_settings settings;
    struct store *store; /* borrowed */
    struct catalogue catalogue;
    struct labels labels;
    struct heap leases;         /* of entry->lease */
    struct heap standings;      /* of entry->standing->due */
    struct listener *listeners; /* borrowed, in order of subscription */
    struct listener **last_listener;
    struct notice_listener *notice_listeners; /* borrowed */

    uint64_t revision;   /* the last number given to a change or an event */
    uint64_t told;       /* the revision of the last event; what readers are told */
    uint64_t gone;       /* that of the last event by which a service was left empty */
    uint64_t doomed;     /* operations up to this one are or will be refused */
    size_t creating;     /* registrations of new ids under way */
    bool refusing;       /* the last answer of the store was a refusal */
    bool grouping;       /* operations wait for the end of their group (group.h) */
    struct list grouped; /* of operations, in their order */

    int64_t node_since; /* wall ms: since then all are out; 0: they are not */
    int64_t now;        /* monotonic ms, as last heard */
    int64_t wall_skew;  /* wall - now */

    struct entry **debtors; /* owned array; entries with debts that wait */
    size_t debtor_count, debtor_capacity;
    int64_t collect_at; /* monotonic ms; INT64_MAX: nothing waits */

    struct service **idle; /* owned array; services to be freed when nobody has them */
    size_t idle_count, idle_capacity;
    size_t idle_at; /* where the next look begins, from the end */

    registry_pushed take_pushed; /* NULL: nobody takes pushed results */
    void *take_owner;            /* borrowed */

    struct history_tally history;
    struct log_limit refused_log, memory_log, expired_log;
    struct registry_counts counts;
    const void *blocks[1];
    struct counter_group group;
};

/* A registration (change PUT) or a removal asked for (change REMOVE) at the store. */
struct operation {
    struct registry *registry;  /* borrowed */
    struct operation *next;     /* of this entry: a ring, entry->latest->next is oldest */
    struct change *change;      /* the store's */
    struct entry *entry;        /* borrowed; it stays while `pending` */
    struct service *service;    /* borrowed; stays while `announced`; NULL: removal */
    struct check_state *checks; /* owned, as is `label`: what the commit will need, made
                                 * before, so that a commit cannot fail */
    char *label;
    struct holder *holder; /* borrowed; NULL: none, or closed meanwhile */
    struct list held;      /* in holder->pending */
    struct list grouped;   /* in registry->grouped, until it is sent */
    bool created;
    char *warning; /* owned; NULL: none */
    registry_done done;
    void *context; /* borrowed: for `done` */
};

/* What an id is, as of the last operation that may still come true. */
struct staged {
    struct instance *instance; /* borrowed; NULL: there is none */
    const char *label;         /* borrowed; of `instance` */
    uint64_t revision;         /* 0: there is none */
    uint64_t created;
    uid_t owner;
};

/* events.c: number the event and tell it. `revision` is the number of the change behind
 * it, 0 for none; it gets a later one where something was told in between. */
void registry_tell(struct registry *registry, struct event *event, uint64_t revision);
/* Under the number of the last event; for the load. */
void registry_tell_loaded(struct registry *registry, struct event *event);
/* The same, and nobody has moved by it. */
void registry_tell_quietly(struct registry *registry, struct event *event);

/* registry.c */
bool entry_is_committed(const struct entry *entry);
void registry_heard(struct registry *registry, int64_t now);
/* Free the entry if nothing needs it any more. */
void registry_settle_entry(struct registry *registry, struct entry *entry);
/* A service lost an instance or an announcement. */
void registry_settle_service(struct registry *registry, struct service *service);
/* Owner or privileged? E_UNAUTHORIZED names the owner. */
enum rollcall_status registry_authorize(struct registry *registry, const char *id,
                                        uid_t owner, const struct requester *who,
                                        struct reason *why);
enum rollcall_status registry_not_found(const char *id, struct reason *why);
/* Take out of the catalogue and tell it. The instance is gone afterwards. */
uint64_t registry_remove_entry(struct registry *registry, struct entry *entry,
                               uint64_t revision, const char *cause);
void registry_count_members(struct registry *registry);

/* operation.c */
struct staged operation_staged(const struct registry *registry,
                               const struct entry *entry);
struct operation *operation_create(struct registry *registry, struct entry *entry,
                                   enum change_kind kind, registry_done done,
                                   void *context);
void operation_destroy(struct operation *operation); /* and its change, if not sent */
/* To the store, or into the open group. It may be over when this returns. */
void operation_submit(struct operation *operation);
/* It was never sent, and is the latest of its id. Tells who asked, and frees it. */
void operation_take_back(struct operation *operation, enum rollcall_status status,
                         const struct reason *why);
/* Does the id itself hold the label there, committed or under way? `context` is a struct
 * label_asker. */
struct label_asker {
    const struct entry *entry;
    const struct service *service;
};
bool operation_holds_label(const void *context, const char *label);

/* Could it still come true that this id is registered? */
bool operation_may_register(const struct registry *registry, const struct entry *entry);

/* register.c: nothing comes of it. */
void register_undo(struct operation *operation);

/* commit.c: the store has saved it. The revision for the reply. */
uint64_t commit_registration(struct operation *operation);
uint64_t commit_removal(struct operation *operation);
/* The registered status counts anew only where the definition names another one. */
enum rollcall_health commit_own_status(const struct entry *entry,
                                       const struct rollcall_instance *is);

/* health.c: recompute entry->health and the state from what is known. True: it moved. */
bool health_settle(struct entry *entry);
/* The same, and tell it: by check number `check`, -1 for none. True: it moved. */
bool health_update(struct registry *registry, struct entry *entry, int check,
                   const char *cause);

/* judged.c: what DNS made of it before something changed. */
struct standing_view {
    enum rollcall_health effective;
    enum standing_reason reason;
};
struct standing_view standing_view_of(const struct entry *entry);
/* Tell it. The revision of the event. */
uint64_t standing_update(struct registry *registry, struct entry *entry,
                         const struct standing_view *before, const char *cause);
/* Due when the next of it ends by itself. */
void standing_watch(struct registry *registry, struct entry *entry);
/* After something in it changed; entry->standing may be NULL then. */
void standing_changed(struct registry *registry, struct entry *entry);
/* The instance is gone, and what was said about it. */
void standing_drop(struct registry *registry, struct entry *entry);
void standing_run_due(struct registry *registry, int64_t now);

/* asked.c: how long caches may keep answers with it, once it is in no new one. */
int64_t asked_caches_ms(const struct registry *registry, const struct entry *entry);
/* It has a new definition: answers by the old one, kept for `before` ms, may live longer
 * than those by this one, which a drain must know. */
void asked_remember(struct registry *registry, struct entry *entry, int64_t before);

/* gauges.c: what the group of counters shows beside its rows. */
extern const struct counter_family registry_families[];
extern const struct counter_table registry_tables[];
void registry_gauges(void *owner, struct metrics *metrics);
/* The entry is committed; a lease of kind none is not counted. */
void lease_count(struct registry *registry, const struct entry *entry,
                 enum lease_outcome outcome);

/* lease.c */
void lease_start(struct registry *registry, struct entry *entry, struct holder *holder,
                 int64_t now);
void lease_stop(struct registry *registry, struct entry *entry);
/* Room for a due time, so that a commit needs none. */
enum rollcall_status lease_reserve(struct registry *registry, struct entry *entry,
                                   const struct rollcall_lease *lease);
void lease_run_due(struct registry *registry, int64_t now);
/* Wall ms at which it ends, 0: not by itself. */
int64_t lease_wall_end(const struct registry *registry, const struct entry *entry);
/* The holder waits for this registration, and may close before it is saved. */
void holder_await(struct holder *holder, struct operation *operation);

/* debts.c */
void debt_add(struct registry *registry, struct entry *entry, unsigned debts);
/* A lease that was renewed: to be saved by then. */
void debt_later(struct registry *registry, struct entry *entry, int64_t at);
/* Some of what waits goes with a batch that is written anyway. */
void debts_ride_along(struct registry *registry);
void debts_collect(struct registry *registry, int64_t now);
/* The store refused this change, or took one: what waits is tried again later, or now. */
void debts_refused(struct registry *registry, const struct change *change,
                   const struct reason *why);
void debts_taken(struct registry *registry);
/* A change of `entry` is finished. */
void debts_settle(struct registry *registry, struct entry *entry);

#endif

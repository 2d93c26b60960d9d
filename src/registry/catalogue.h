/* registry/catalogue.h - services and instances in memory, by id and by name.
 *
 * Others read these structs (borrowed, valid until the next call into the registry) and
 * change them through registry.h only.
 * Threads  control.
 */
#ifndef REGISTRY_CATALOGUE_H
#define REGISTRY_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/table.h"
#include "model/instance.h"
#include "registry/lifecycle.h"
#include "registry/standing.h"

struct holder;
struct operation;
struct service;

/* What the last runs of one check said. */
struct check_state {
    enum rollcall_health health;
    uint8_t outcome; /* health/outcome.h; 0: no result yet */
    bool known;      /* has had a verdict since it was defined */
    int64_t since;   /* wall ms of the last change of `health` */
    char *output;    /* owned; NULL when there is nothing to say */
};

/* Octets of an output that is kept: of most checks, and of one with keep_output (what it
 * was told, and the words before that). */
enum { CHECK_OUTPUT_SHORT = 512, CHECK_OUTPUT_TOLD = 4096, CHECK_OUTPUT_MAX = 7168 };

/* One id: what is committed of it, and what is under way. At most 144 octets with a short
 * id, as a hundred thousand of these live at once. */
struct entry {
    struct service *service;    /* borrowed; of `instance`; NULL while ANNOUNCED */
    struct instance *instance;  /* shared; the committed definition; NULL while ANNOUNCED
                                 * and after GONE */
    struct operation *latest;   /* borrowed; the last submitted registration or removal
                                 * that is not finished; NULL: none */
    struct check_state *checks; /* owned; one per check of `instance`; NULL when none */
    char *label;            /* DNS label, fixed for its life (docs/dns.md §1.11); inside
                             * `id` where that ends in it, else owned; NULL: none yet */
    uint64_t revision;      /* of the committed definition */
    uint64_t created;       /* wall ms */
    struct heap_node lease; /* due: monotonic ms */
    struct holder *holder;  /* borrowed; the connection that holds its lease */
    struct list held;       /* in holder->entries */
    struct standing *standing; /* owned; NULL: nothing but its health decides */
    void *watchers_mark;       /* borrowed; the health room's checks of this entry */
    uint32_t pending;          /* changes at the store; the entry stays until 0 */
    uid_t owner;               /* who registered it */
    enum lifecycle state;
    /* What `own` and the checks say. DNS goes by entry_effective() (standing.h). */
    enum rollcall_health health : 8;
    enum rollcall_health own : 7; /* the registered or renewed status */
    bool node_down : 1;           /* all of this node are out */
    uint8_t debts;                /* the registry's: what is not saved yet */
    char id[];
};

struct service {
    char *name; /* inside `text`, as the next two */
    char *namespace_name;
    char *key;              /* "namespace/name" */
    struct entry **entries; /* owned array, sorted by id; committed ones only */
    uint32_t count;
    uint32_t capacity;
    uint32_t announced;  /* registrations under way that may add one */
    uint64_t moved;      /* revision of the last event about it or its instances */
    bool declared;       /* by the configuration: exists without instances */
    bool idle;           /* the registry's: waits to be freed */
    void *answer_mark;   /* borrowed; the answer room's compiled service. An empty,
                          * undeclared service is freed when this is NULL and `changed` is
                          * in no list, by the next registry_run_due() */
    struct list changed; /* the answer room's list of services to compile */
    char text[];
};

struct catalogue {
    struct table by_id;  /* id -> struct entry */
    struct table by_key; /* "namespace/name" -> struct service */
    size_t instances;    /* committed */
    size_t services;     /* with an instance, or declared */
};

void catalogue_init(struct catalogue *catalogue);
void catalogue_deinit(struct catalogue *catalogue); /* frees everything in it */

/* Any entry of that id, committed or not; NULL: none. */
struct entry *catalogue_entry(const struct catalogue *catalogue, const char *id);
/* A new one, ANNOUNCED and in the table. NULL: no memory. */
struct entry *catalogue_entry_add(struct catalogue *catalogue, const char *id);
/* Take out of the table and free. It must not be in a service. */
void catalogue_entry_drop(struct catalogue *catalogue, struct entry *entry);

/* NULL: there is none that a reader may see (an instance, or declared). */
struct service *catalogue_service(const struct catalogue *catalogue,
                                  const char *namespace_name, const char *name);
/* Found or made, with room for `more` entries. NULL: no memory. */
struct service *catalogue_service_for(struct catalogue *catalogue,
                                      const char *namespace_name, const char *name,
                                      uint32_t more);
void catalogue_service_drop(struct catalogue *catalogue, struct service *service);
bool service_is_visible(const struct service *service);

/* Into its place, by id; room for it was made before. */
void catalogue_put(struct catalogue *catalogue, struct service *service,
                   struct entry *entry);
void catalogue_take(struct catalogue *catalogue, struct entry *entry);
/* The same two for the load: at the end, then sorted once. */
void catalogue_append(struct catalogue *catalogue, struct service *service,
                      struct entry *entry);
void catalogue_sort(struct catalogue *catalogue);

#endif

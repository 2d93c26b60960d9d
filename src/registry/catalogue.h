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

struct change;
struct holder;

/* What the last runs of one check said. */
struct check_state {
    enum rollcall_health health;
    uint8_t outcome; /* health/outcome.h; 0: no result yet */
    bool known;      /* has had a verdict since it was defined */
    int64_t since;   /* wall ms of the last change of `health` */
    char *output;    /* owned; NULL when there is nothing to say; at most 512 octets */
};

struct service;

struct entry {
    struct service *service; /* NULL until the first definition is committed */
    struct instance
        *instance;           /* shared; the committed definition; NULL while ANNOUNCED */
    struct instance *staged; /* shared; the latest submitted one; NULL: none or removed */
    uint64_t revision;       /* of the committed definition */
    uint64_t staged_revision; /* of the latest submitted change, 0 when it is a removal */
    uint32_t pending;         /* changes at the store; the entry stays until 0 */
    uid_t owner;
    uint64_t created; /* wall ms */
    enum lifecycle state;
    enum rollcall_health health; /* what DNS goes by: the worst of `own` and the checks */
    enum rollcall_health own;    /* the registered or renewed status */
    struct check_state *checks;  /* owned; one per check of `instance`; NULL when none */
    char label[64];              /* DNS label, fixed for its life (docs/dns.md §1.11) */
    struct heap_node lease;      /* due: monotonic ms */
    struct holder *holder;       /* borrowed; the connection that holds its lease */
    struct list held;            /* in holder->entries */
    void *watchers_mark;         /* borrowed; the health room's checks of this entry */
};

struct service {
    char *name;             /* owned */
    char *namespace_name;   /* owned */
    char *key;              /* owned: "namespace/name" */
    struct entry **entries; /* owned array, sorted by id; committed ones only */
    uint32_t count;
    uint32_t capacity;
    bool declared;       /* by the configuration: exists without instances */
    void *answer_mark;   /* borrowed; the answer room's compiled service */
    struct list changed; /* the answer room's list of services to compile */
};

struct catalogue {
    struct table by_id;  /* id -> struct entry */
    struct table by_key; /* "namespace/name" -> struct service */
    size_t instances;    /* committed */
};

void catalogue_init(struct catalogue *catalogue);
void catalogue_deinit(struct catalogue *catalogue);
struct entry *catalogue_entry(const struct catalogue *catalogue, const char *id);
struct service *catalogue_service(const struct catalogue *catalogue,
                                  const char *namespace_name, const char *name);

#endif

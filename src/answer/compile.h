/* answer/compile.h - one service in one zone: from its members to published sets.
 *
 * Source   docs/dns.md §1.3 to §1.6, §2.1, §2.2, §2.7, §2.9, §2.11, §2.12.
 * Threads  control, online.
 */
#ifndef ANSWER_COMPILE_H
#define ANSWER_COMPILE_H

#include <stdbool.h>

#include "answer/block.h"
#include "answer/index.h"
#include "answer/members.h"
#include "answer/zone.h"
#include "base/list.h"
#include "config/config.h"
#include "registry/catalogue.h"
#include "rollcall/status.h"

struct hosts;
struct past;

/* A name that a unit has published something at. */
struct unit_name {
    struct answer_name *name; /* borrowed */
    uint32_t part;            /* where in a join ours was last (answer/join.h) */
};

/* What of one service is published in one zone. */
struct answer_unit {
    struct answer_unit *next;          /* the same service in another zone */
    struct answer_zone *zone;          /* borrowed */
    const struct config_service *said; /* borrowed; NULL: nothing is said of it */
    struct answer_block *block;        /* owned; NULL before the first time */
    struct unit_name *names;           /* owned array: those with content in `block` */
    uint32_t name_count;
    bool browse;       /* its DNS-SD names, which it may share with other services */
    bool explains;     /* its _explain name alone (explained.h) */
    struct past *past; /* owned; NULL: not needed (no_healthy: last) */
    int64_t due;       /* monotonic ms: when its answers change by themselves */
    bool follows;      /* names of instances come and go with their health */
    bool chases;       /* a host name of theirs lies in a zone of ours */
    bool panicking;    /* too few are healthy: all are handed out (panic.c) */
    bool warned;       /* of an answer that is too long even for TCP */
};

struct compiler {
    struct answer_index *index; /* borrowed */
    const struct hosts *hosts;  /* borrowed */
    struct block_builder builder;
    struct list unordered;     /* joins to be put in order (join.h) */
    struct growing owners;     /* struct owner */
    struct growing uses;       /* struct use */
    struct growing members;    /* struct member */
    struct growing candidates; /* struct candidate */
    struct growing bases;      /* struct dns_name: the service in other datacenters */
    struct growing views;      /* struct target_view (targets.c) */
    struct growing targets;    /* struct member */
    bool rehearsal;            /* looked at, not served: nothing is announced */
};

void compiler_init(struct compiler *compiler, struct answer_index *index,
                   const struct hosts *hosts);
void compiler_deinit(struct compiler *compiler);

/* Compile `service` and publish what changed; a service without instances that is not
 * declared loses all names. `now_ms`: monotonic. *changed: DNS says something else now.
 * E_NOMEM: what was published before stays. */
enum rollcall_status compile_unit(struct compiler *compiler, struct answer_unit *unit,
                                  const struct service *service, int64_t now_ms,
                                  bool *changed);

/* Hears how one name is decided, by the very code that compiles it. */
struct compile_listener {
    /* Stands at the name; its reason is the decision. */
    void (*on_candidate)(void *owner, const struct candidate *candidate);
    /* One that is in gives this RR of type `type` (wire form, owner C00C). `id`: of the
     * instance, "": virtual addresses that stand for all. */
    void (*on_record)(void *owner, const char *id, const uint8_t *rr, size_t length);
    void *owner;
    uint16_t type; /* DNS_TYPE_ANY: all of them */
};

/* Tell how `name` (lower case, of the unit's zone) is decided, and publish nothing.
 * *stands: the service has something at that name. E_NOMEM: not all was told. */
enum rollcall_status compile_explain(struct compiler *compiler, struct answer_unit *unit,
                                     const struct service *service, int64_t now_ms,
                                     const struct dns_name *name,
                                     const struct compile_listener *listener,
                                     bool *stands);

/* Free what the unit owns beside its block. */
void compile_release(struct answer_unit *unit);

/* Take one name out of the unit's list because something else is there now. */
void compile_forget(struct answer_unit *unit, const struct answer_name *name);

#endif

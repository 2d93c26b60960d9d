/* answer/compilation.h - one service in one zone, while it is being compiled.
 *
 * collect.c finds the owner names and who stands there, rrsets.c makes the set of each,
 * compile.c publishes them. Threads  control.
 */
#ifndef ANSWER_COMPILATION_H
#define ANSWER_COMPILATION_H

#include "answer/compile.h"
#include "answer/names.h"
#include "answer/settings.h"

enum { OWNER_NONE = UINT32_MAX };
enum { COMPILATION_PORTS = 256 /* different ones behind a virtual address */ };

/* One owner name under way, and the instances that stand there. */
struct owner {
    struct answer_name *name;
    uint32_t first, last; /* uses */
    uint32_t registered;
    uint32_t hosts; /* of them, with a host name in place of addresses */
    uint32_t set;   /* offset in the block; 0: the name is not published */
    uint32_t part;  /* where in a join it was last */
    uint32_t twin;  /* OWNER_NONE, or whose set this is (names_twin()) */
    uint16_t where;
};

struct use {
    const struct entry *entry;
    uint32_t next;
    uint32_t owner;
    uint16_t base; /* 0: the zone's datacenter, else 1 + index of compiler->bases */
    uint16_t port;
    bool has_port;
};

/* The one name that an explanation is about: its set is not made, nothing is published.
 */
struct compile_only {
    struct dns_name name;
    struct dns_name home; /* what it is the twin of (names_twin()); length 0: of none */
    struct answer_name *stray[2]; /* owned: those that are not in the index */
};

struct compilation {
    struct compiler *compiler;
    struct compile_only *only; /* NULL: all names, to publish them */
    struct answer_unit *unit;
    const struct service *service;
    const struct entry *entry; /* whose names are being collected */
    struct names_service base;
    struct dns_name explained; /* where unit->explains */
    struct answer_settings settings;
    int64_t now; /* monotonic ms */
    int64_t due; /* when it has to be compiled again */
    uint32_t owner_count;
    uint32_t use_count;
    uint16_t base_now; /* of `entry` */
    uint16_t base_count;
    uint32_t guess;     /* the use of the instance before that stands where we are */
    uint32_t guess_end; /* of that instance's uses */
    bool failed;
    struct rollcall_instance virtual_is; /* targets.c: the virtual addresses */
    uint16_t ports[COMPILATION_PORTS];   /* scratch: of the virtual addresses */
    uint32_t port_count;
};

static inline void compilation_add_port(struct compilation *now, uint16_t port)
{
    for (uint32_t i = 0; i < now->port_count; i++)
        if (now->ports[i] == port)
            return;
    if (now->port_count < COMPILATION_PORTS)
        now->ports[now->port_count++] = port;
}

/* Item number `index`, with room made for it. NULL: no memory, `failed` is set. */
void *compilation_item(struct compilation *now, struct growing *growing, size_t index,
                       size_t size);

static inline struct owner *owner_at(const struct compilation *now, uint32_t index)
{
    return (struct owner *)(void *)now->compiler->owners.data + index;
}

static inline struct use *use_at(const struct compilation *now, uint32_t index)
{
    return (struct use *)(void *)now->compiler->uses.data + index;
}

/* The service's canonical name for an instance of such a use. */
static inline const struct dns_name *base_of(const struct compilation *now,
                                             const struct use *use)
{
    const struct dns_name *bases = (const void *)now->compiler->bases.data;

    return use->base == 0 ? &now->base.name : &bases[use->base - 1];
}

/* The owner names, each with its uses; `failed` without memory (collect.c). */
void compilation_collect(struct compilation *now);

/* Choose the members of one owner name and make its set (rrsets.c); owner->set stays 0
 * where the name is not to exist (no_healthy: nxdomain). */
void rrsets_build(struct compilation *now, struct owner *owner);

/* The addresses of a target go along with the RR taken last, with the TTL of the
 * instance's own name. `end`: of the members that stand there with it (extras.c). */
void extras_put(struct compilation *now, const struct member *member,
                const struct member *end);

/* Offset of the note in the block, 0: there is nothing to say. `count` members of those
 * that were chosen are handed out at a name of that kind (note.c). */
uint32_t note_build(struct compilation *now, const struct members_count *chosen,
                    uint16_t where, size_t count);

/* The same decision, told in place of made (compile.h). False: no memory. */
bool rrsets_explain(struct compilation *now, struct owner *owner,
                    const struct compile_listener *listener);

#endif

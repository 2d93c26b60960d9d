/* answer/compilation.h - one service in one zone, while it is being compiled.
 *
 * compile.c collects the owner names and who stands there, rrsets.c makes the set of
 * each. Threads  control.
 */
#ifndef ANSWER_COMPILATION_H
#define ANSWER_COMPILATION_H

#include "answer/compile.h"
#include "answer/members.h"
#include "answer/names.h"

enum { OWNER_NONE = UINT32_MAX };

/* One owner name under way, and the instances that stand there. */
struct owner {
    struct answer_name *name;
    uint32_t first, last; /* uses */
    uint32_t registered;
    uint32_t hosts; /* of them, with a host name in place of addresses */
    uint32_t set;   /* offset in the block */
    uint8_t where;
};

struct use {
    const struct entry *entry;
    uint32_t next;
    uint32_t owner;
    uint16_t port;
    bool has_port;
};

struct compilation {
    struct compiler *compiler;
    struct answer_unit *unit;
    const struct service *service;
    const struct entry *entry; /* whose names are being collected */
    struct names_service base;
    struct members_rules rules;
    int64_t now;  /* monotonic ms */
    uint32_t ttl; /* of the service, seconds */
    uint32_t owner_count;
    uint32_t use_count;
    uint32_t guess;     /* the use of the instance before that stands where we are */
    uint32_t guess_end; /* of that instance's uses */
    bool failed;
};

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

/* Choose the members of one owner name and make its set (rrsets.c). */
void rrsets_build(struct compilation *now, struct owner *owner);

#endif

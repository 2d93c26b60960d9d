/* consul/happening.h - events that users fire at one another.
 *
 * The last 256, in memory: they are news, not state, and end with the daemon as they do
 * with an agent of Consul.
 * Threads  one owner.
 */
#ifndef CONSUL_HAPPENING_H
#define CONSUL_HAPPENING_H

#include <stddef.h>
#include <stdint.h>

#include "config/token.h"
#include "consul/uuid.h"

enum {
    HAPPENINGS_KEPT = 256,
    HAPPENING_PAYLOAD_MAX = 8192, /* octets */
    HAPPENING_TEXT_MAX = 255      /* octets of a name or a filter */
};

/* Borrowed texts. */
struct happening_terms {
    const char *name;
    const char *node; /* filters, "" none: what it is meant for */
    const char *service;
    const char *tag;
    const void *payload;
    size_t length;
    uint8_t maker[TOKEN_OCTETS]; /* who fired it; all zero: nobody in particular */
};

struct happening {
    struct happening_terms terms; /* in memory of its own */
    char id[UUID_SIZE];
    uint64_t time; /* counts them, from 1 */
    uint64_t index;
};

struct happenings;

struct happenings *happenings_create(void);
void happenings_destroy(struct happenings *happenings); /* NULL is allowed */

/* NULL: no memory. */
const struct happening *happenings_fire(struct happenings *happenings,
                                        const struct happening_terms *terms);
/* Those that are kept, oldest first: `nth` from 0. NULL: no more. */
const struct happening *happenings_at(const struct happenings *happenings, size_t nth);

#endif

/* model/instance.h - one registered instance: an immutable, counted copy of the values.
 *
 * One block of memory holds the struct and every string and array it points to. It never
 * changes after instance_copy(), so any thread that holds a reference may read it.
 * Shared   instance_ref() and instance_unref() are atomic; the last one frees.
 * Threads  any.
 */
#ifndef MODEL_INSTANCE_H
#define MODEL_INSTANCE_H

#include <stdatomic.h>
#include <stddef.h>

#include "rollcall/service.h"
#include "rollcall/status.h"

struct instance {
    _Atomic uint32_t refs;
    uint32_t size; /* bytes of the whole block */
    struct rollcall_instance is;
};

/* Deep copy with one reference for the caller; NULL when memory is short. */
struct instance *instance_copy(const struct rollcall_instance *values);
struct instance *instance_ref(struct instance *instance);
void instance_unref(struct instance *instance); /* NULL is allowed */

/* The same definition in every field, lease included? */
bool instance_equal(const struct rollcall_instance *a, const struct rollcall_instance *b);
/* Do both ask the same thing of the same place under the same name? How often, how
 * patiently and how many times in a row may differ. */
bool instance_check_same(const struct rollcall_check *a, const struct rollcall_check *b);
/* Do checks that have no "target" go to the same address and port in both? */
bool instance_same_place(const struct rollcall_instance *a,
                         const struct rollcall_instance *b);

/* The default port: `port`, else the first of `ports` (docs/dns.md §1.6, §1.11).
 * `*protocol` is that of the named port with the same number, TCP when there is none.
 * False: the instance has no port. */
bool instance_default_port(const struct rollcall_instance *instance, uint16_t *number,
                           uint8_t *protocol);

/* How many of its checks decide: all but those with `shadow`. */
unsigned instance_live_checks(const struct rollcall_instance *instance);

/* The id for a registration that gave none: "web-10-0-0-1-8080". The service stands in it
 * so that two services on one address do not meet; the DNS label leaves it out again
 * (docs/decisions/0001-automatic-ids.md). */
void instance_auto_id(const struct rollcall_instance *instance, char *out, size_t size);

/* Value of an option of a check, NULL when it is not given; `nth` counts repeats. */
const char *check_option(const struct rollcall_check *check, const char *key,
                         unsigned nth);

const char *health_word(enum rollcall_health health); /* "passing" */
bool health_parse(const char *word, enum rollcall_health *out);
const char *protocol_word(uint8_t protocol); /* "tcp" */
bool protocol_parse(const char *word, uint8_t *out);

#endif

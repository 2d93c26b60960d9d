/* consul/external_service.h - a service of an external node as an instance of ours.
 * Threads  control.
 */
#ifndef CONSUL_EXTERNAL_SERVICE_H
#define CONSUL_EXTERNAL_SERVICE_H

#include "base/reason.h"
#include "consul/annex.h"
#include "consul/externals.h"
#include "model/check_schema.h"
#include "model/instance.h"
#include "rollcall/status.h"

/* What becomes of one. Borrowed. */
struct external_change {
    const struct rollcall_instance *is;     /* its definition, with its annex */
    const struct rollcall_instance *before; /* whose checks stay; NULL: none */
    const struct annex_check *checks;       /* added, or in place of those of the id */
    unsigned check_count;
    const char *const *drops; /* CheckIDs of those that go */
    unsigned drop_count;
    const struct check_schema *const *schemas;
    const struct external *node; /* where it stands */
};

/* The instance, validated, one reference. Its status is the worst of its checks and those
 * of the node. E_INVALID: too many checks, too much text, or the node's address, which is
 * its own where it gave none, is no address; E_NOMEM. */
enum rollcall_status external_service_make(const struct external_change *change,
                                           struct instance **out, struct reason *why);

/* Does it stand on that external node? Without regard to case. */
bool external_service_is_on(const struct rollcall_instance *is, const char *node);
/* Has it one of those checks? */
bool external_service_has_check(const struct rollcall_instance *is,
                                const char *const *ids, unsigned count);

#endif

/* model/identity.h - the names that an instance has by itself: automatic id and label.
 *
 * An instance that was registered without an id is called after its service, address and
 * port. In DNS it goes by the address and port alone, as the service is in the name
 * anyway (docs/dns.md §1.2, §1.11; docs/decisions/0001-automatic-ids.md).
 * Threads  pure functions, any thread.
 */
#ifndef MODEL_IDENTITY_H
#define MODEL_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rollcall/service.h"

enum {
    IDENTITY_LABEL_MAX = 63, /* octets of a DNS label (RFC 1035 §2.3.4) */
    IDENTITY_LABEL_SIZE = 64
};

/* The plain label: the id in lower case, the dashed address and port where the id is the
 * automatic one, without the "@DATACENTER" that an id may end in. False: neither is a DNS
 * label. `out` of IDENTITY_LABEL_SIZE. */
bool instance_plain_label(const struct rollcall_instance *instance, char *out);

/* The label that nobody else has: what is left of the id in letters, digits and hyphens,
 * cut to 46, and 16 digits of a hash over `node`, the id and `salt` (0 at first, counted
 * up in case that one is taken too). `out` of IDENTITY_LABEL_SIZE. */
void instance_hashed_label(const struct rollcall_instance *instance, const char *node,
                           unsigned salt, char *out);

#endif

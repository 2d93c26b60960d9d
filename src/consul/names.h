/* consul/names.h - a name of Consul as a name that DNS can carry.
 *
 * Consul takes any text for the name of a service; ours is a DNS label. The same name
 * always gives the same label, so what was registered is found again by mapping what is
 * asked for; the registered spelling is kept in the annex where it differs.
 * Threads  pure functions, any thread.
 */
#ifndef CONSUL_NAMES_H
#define CONSUL_NAMES_H

#include <stddef.h>

enum {
    NAMES_LABEL_SIZE = 64, /* 63 octets of a DNS label (RFC 1035 §2.3.4) and the NUL */
    NAMES_KEPT_MAX = 46    /* octets of the name that a hash follows */
};

/* `name` in lower case where that is a label. Otherwise what is left of it in letters,
 * digits and single hyphens, cut to NAMES_KEPT_MAX, then a hyphen and 16 digits of a hash
 * over the whole name in lower case. `name` is not empty. */
void name_to_label(const char *name, char out[NAMES_LABEL_SIZE]);

#endif

/* daemon/parts.h - is every part of the daemon at work? For /readyz.
 * Threads  control.
 */
#ifndef DAEMON_PARTS_H
#define DAEMON_PARTS_H

#include <stdbool.h>

#include "api/api.h"
#include "registry/store.h"

struct parts {
    const struct store *store; /* borrowed */
    bool loaded;               /* the registry is */
    bool serving;              /* DNS workers were started */
};

/* api_settings.part; the owner is a struct parts. */
bool parts_show(void *owner, size_t index, struct api_part *out);

#endif

/* config/fault.h - collects what is wrong with a configuration: all of it, in order.
 *
 * One fault is one line: "rollcall.yaml:12:3: dns.worker: unknown key; ...".
 * Threads  control.
 */
#ifndef CONFIG_FAULT_H
#define CONFIG_FAULT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/reason.h"
#include "rollcall/status.h"

/* Where something stands. Line and column count from 1; 0: not in a file. */
struct place {
    const char *source; /* borrowed: the path, or the text of a --set */
    unsigned line;
    unsigned column;
};

struct faults {
    FILE *out;          /* borrowed; NULL: only the first one is kept */
    struct reason *why; /* borrowed; gets the first; may be NULL */
    unsigned count;     /* of faults so far */
    bool out_of_memory; /* not a fault of the file */
};

/* Note a fault of `key` ("dns.workers", "" when no key is at fault). */
void fault_add(struct faults *faults, const struct place *place, const char *key,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* OK, E_CONFIG, or E_NOMEM. */
enum rollcall_status faults_status(const struct faults *faults);

#endif

/* support/scratch.h - a folder of its own for one test, removed with all that is in it.
 * Threads: one owner.
 */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

#include <stddef.h>

struct scratch {
    char folder[64];
};

/* Fails the test when it cannot be made. */
void scratch_make(struct scratch *scratch);
/* "FOLDER/name" into `out`. */
void scratch_path(const struct scratch *scratch, const char *name, char *out,
                  size_t size);
void scratch_remove(struct scratch *scratch);

#endif

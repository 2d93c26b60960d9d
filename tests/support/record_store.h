/* support/record_store.h - a store of records that saves when the test says so.
 *
 * It keeps the promises of registry/store.h for records (CHANGE_RECORD, several in one
 * change too); of all else it only counts. What was saved can be loaded again.
 * Threads  one.
 */
#ifndef SUPPORT_RECORD_STORE_H
#define SUPPORT_RECORD_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "registry/store.h"

enum { RECORD_STORE_ROWS = 256 };

struct record_row {
    char *area, *key; /* owned; NULL: no row */
    uint8_t *bytes;   /* owned */
    uint32_t length;
};

struct record_store {
    struct store base;
    struct change *first, **last; /* submitted, not yet done */
    size_t waiting;
    struct record_row rows[RECORD_STORE_ROWS];
    uint64_t revision; /* the last one given by record_store_take() */
    uint64_t high_water;
};

void record_store_init(struct record_store *store);
void record_store_deinit(struct record_store *store); /* nothing may wait */
/* Finish all that waits at the time of the call. */
void record_store_save(struct record_store *store);
void record_store_refuse(struct record_store *store);
/* The next number of a sequence. */
uint64_t record_store_take(void *store);
size_t record_store_count(const struct record_store *store, const char *area);

#endif

/* support/test_store.h - a store that saves when the test says so, and refuses too.
 *
 * It keeps the promises of registry/store.h: order, one `done` for each change, and a
 * refusal that takes everything with it that waits. What was saved stands in rows, which
 * another registry can load: so a test can restart.
 * Threads  one.
 */
#ifndef SUPPORT_TEST_STORE_H
#define SUPPORT_TEST_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "registry/store.h"

enum { TEST_STORE_ROWS = 64, TEST_STORE_KINDS = 8 };

struct test_row {
    struct instance *instance; /* owned; NULL: no row */
    uint64_t revision;
    uid_t owner;
    uint64_t created;
    char label[64];
    int64_t lease_end;
    uint8_t *health; /* owned */
    uint32_t health_length;
    uint8_t *standing[STANDING_PARTS]; /* owned; NULL: none */
    uint32_t standing_length[STANDING_PARTS];
};

struct test_store {
    struct store base;
    struct change *first; /* waiting, oldest first */
    struct change **last;
    size_t waiting;
    size_t submitted[TEST_STORE_KINDS]; /* by kind, since the start */
    struct test_row rows[TEST_STORE_ROWS];
    uint64_t high_water;
    uint32_t serial;
    char zone[64];
};

void test_store_init(struct test_store *store);
void test_store_deinit(struct test_store *store); /* nothing may wait */

/* Save, or refuse, all that waits at the time of the call. */
void test_store_save(struct test_store *store);
void test_store_refuse(struct test_store *store);
/* Save until nothing waits. */
void test_store_save_all(struct test_store *store);

/* The saved row of that id, NULL: none. */
const struct test_row *test_store_row(const struct test_store *store, const char *id);
size_t test_store_row_count(const struct test_store *store);

#endif

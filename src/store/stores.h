/* store/stores.h - the table of stores, and how to open one by name.
 * Threads  control.
 */
#ifndef STORE_STORES_H
#define STORE_STORES_H

#include <uv.h>

#include "base/reason.h"
#include "registry/store.h"
#include "rollcall/status.h"

struct store_settings {
    const char *kind; /* "sqlite" or "memory" */
    const char *path; /* of the database; its folder is made (0700) when missing */
    uint64_t history; /* transitions kept before they are rolled up; 0: none */
};

struct store_kind {
    const char *name;
    const char *summary;
    enum rollcall_status (*open)(uv_loop_t *loop, const struct store_settings *settings,
                                 struct store **out, struct reason *why);
};

const struct store_kind *const *store_kinds(void); /* ends with NULL */
enum rollcall_status store_open(uv_loop_t *loop, const struct store_settings *settings,
                                struct store **out, struct reason *why);

#endif

/* model/check_schema.h - what a kind of check lets people write, as a table.
 *
 * The health room owns the kinds and exports the tables (health/kinds.h); the rooms that
 * read and write JSON get them as a parameter, so a new kind touches none of them.
 * Values reach the kind as the flattened options of struct rollcall_check.
 * Threads  constants only.
 */
#ifndef MODEL_CHECK_SCHEMA_H
#define MODEL_CHECK_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/reason.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

enum check_field_type {
    CHECK_FIELD_TEXT,   /* JSON string; min and max are its length */
    CHECK_FIELD_LINES,  /* the same, and it may have line breaks and tabs */
    CHECK_FIELD_BOOL,   /* JSON boolean; stored "true" or "false" */
    CHECK_FIELD_INT,    /* JSON integer in [min, max] */
    CHECK_FIELD_LIST,   /* JSON list of strings; the key repeats */
    CHECK_FIELD_MAP,    /* JSON object of strings; "key.NAME" each */
    CHECK_FIELD_STATUS, /* 200, "200-399", or a list of those; stored "200-399,404" */
};

/* Who wants a check, and what the configuration lets such people have. */
struct check_asker {
    uid_t uid;
    bool local;           /* it came by the Unix socket: the kernel vouches for `uid` */
    bool commands;        /* checks may be commands at all */
    char *const *as_root; /* borrowed: the paths of those that root may have */
    uint32_t as_root_count;
};

/* A dotted key ("tls.server_name") is written as a member of a nested object. */
struct check_field {
    const char *key; /* NULL ends a table */
    enum check_field_type type;
    int64_t min, max;
    const char *fallback; /* for the reference page; NULL: none */
    const char *help;     /* one sentence with its unit */
};

/* A row, for the lists of rows that several kinds share. */
#define CHECK_FIELD_ROW(key, type, min, max, fallback, help)                             \
    {                                                                                    \
        (key), CHECK_FIELD_##type, (min), (max), (fallback), (help)                      \
    }

struct check_schema {
    const char *kind;    /* "tcp"; NULL ends a list */
    const char *summary; /* one line */
    const struct check_field *fields;
    uint16_t default_failure_threshold; /* 3; 1 for kinds that are told, not probed */
    bool needs_target;                  /* an address and a port, own or by "target" */
    /* More rules than a table can say; may be NULL. */
    enum rollcall_status (*validate)(const struct rollcall_check *check,
                                     const struct rollcall_instance *instance,
                                     struct reason *why);
    /* May `asker` have such a check run by the daemon? Asked once, when it is registered;
     * may be NULL: anybody may. */
    enum rollcall_status (*admit)(const struct rollcall_check *check,
                                  const struct check_asker *asker, struct reason *why);
};

/* The row of `kind` in a list that ends with an empty row; NULL when there is none. */
const struct check_schema *check_schema_find(const struct check_schema *const *schemas,
                                             const char *kind);

/* May `asker` have all the checks of this definition? Asked by every door that brings
 * one, tried or registered; the reason names the check. `schemas` NULL: anything goes. */
enum rollcall_status checks_admit(const struct rollcall_instance *instance,
                                  const struct check_schema *const *schemas,
                                  const struct check_asker *asker, struct reason *why);

#endif

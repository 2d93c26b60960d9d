/* config/yaml_reader.h - a YAML text as a small tree that remembers where things stand.
 *
 * A plain subset, so that a configuration means what it looks like: one document, no
 * anchors, aliases or tags, no key twice, at most 16 levels, 10,000 nodes and 1 MiB.
 * Threads  control.
 */
#ifndef CONFIG_YAML_READER_H
#define CONFIG_YAML_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/fault.h"

#define YAML_BYTES_MAX ((size_t)1024 * 1024)
#define YAML_NODES_MAX 10000u
#define YAML_DEPTH_MAX 16u

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    bool quoted; /* a scalar in quotes; "~" and nothing are then texts like others */
    struct place place;
    struct place key_place; /* of `key` */
    char *key;              /* owned; NULL outside of a map */
    char *text;             /* owned; scalars only */
    struct yaml **children; /* owned array of owned nodes; lists and maps */
    uint32_t count;
    uint32_t capacity;
};

/* Read `text`; faults go to `faults`. NULL: nothing usable, or no memory (noted in
 * `faults`); an empty text gives an empty map. With faults of a kind that does not hurt
 * the rest (a key twice, an anchor) the tree is returned and the count is raised. */
struct yaml *yaml_read(const char *text, size_t length, const char *source,
                       struct faults *faults);
void yaml_destroy(struct yaml *node); /* NULL is allowed */

/* A scalar that says "nothing here": empty, "~" or "null" without quotes. */
bool yaml_is_null(const struct yaml *node);

/* The value of `key` in a map; NULL when there is none. */
struct yaml *yaml_find(const struct yaml *map, const char *key);

/* New nodes, for what is added to a tree. NULL: no memory. */
struct yaml *yaml_create(enum yaml_kind kind, const struct place *place);
/* The map or list owns `child` on true. `key` is copied; NULL in a list. */
bool yaml_append(struct yaml *parent, const char *key, struct yaml *child);

#endif

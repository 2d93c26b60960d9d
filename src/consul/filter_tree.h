/* consul/filter_tree.h - a parsed filter, between filter_parse.c and filter.c.
 *
 * Nodes refer to one another by number, 0 is none; number 1 is the first. Texts of values
 * and keys lie behind the nodes in the same block; only patterns have blocks of their
 * own. Threads  none of its own.
 */
#ifndef CONSUL_FILTER_TREE_H
#define CONSUL_FILTER_TREE_H

#include "consul/filter.h"
#include "consul/pattern.h"

enum filter_op {
    FILTER_AND,     /* all children */
    FILTER_OR,      /* any child */
    FILTER_NOT,     /* not the child */
    FILTER_EQUAL,   /* the rest compare what a path leads to */
    FILTER_IN,      /* value in selector, selector contains value */
    FILTER_EMPTY,   /* selector is empty */
    FILTER_MATCHING /* selector matches value */
};

/* One part of a path. */
struct filter_step {
    const struct selector *field;
    const char *key; /* MAP, OBJECT_MAP: the key behind it; NULL: the map itself */
    size_t key_length;
};

struct filter_node {
    enum filter_op op;
    bool negated; /* !=, not in, is not empty, not matches */
    bool flag;    /* the value of a BOOL */
    uint8_t steps;
    uint16_t child; /* AND, OR, NOT: the first */
    uint16_t next;  /* in the list of the parent's children */
    int64_t number; /* the value of a NUMBER */
    const char *value;
    size_t length;
    struct pattern *pattern; /* owned */
    struct filter_step path[FILTER_PATH_MAX];
};

struct filter {
    uint32_t count; /* of nodes in use, the unused number 0 too */
    uint32_t steps; /* that patterns may still make */
    uint16_t root;
    bool spent;
    struct filter_node nodes[];
};

/* Read a value as Go's strconv reads it: base by prefix (0x 0o 0b 0), words of a bool. */
bool filter_read_number(const char *text, size_t length, int64_t *out);
bool filter_read_bool(const char *text, size_t length, bool *out);
/* The text between double quotes, escapes and all, into `out`, which has room for as
 * many octets. False: not written as in Go. */
bool filter_unquote(const char *text, size_t length, char *out, size_t *out_length);

#endif

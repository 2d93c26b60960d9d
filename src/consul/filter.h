/* consul/filter.h - `filter=`: boolean expressions over what an endpoint lists.
 *
 *     Service.Meta.version == "4" and ("v1" in Service.Tags or Checks.Status != critical)
 *
 * An endpoint says what may be named by a table of selectors, each with a function that
 * reads it out of one listed object; parsing checks names, operators and values against
 * that table, so that evaluation cannot fail. Grammar: filter_parse.c; patterns of
 * `matches`: consul/pattern.h.
 *
 * Absent map keys and absent objects: `==`, `in`, `matches` and `is not empty` are false,
 * their opposites true. A selector through a list of objects is true when it is so of any
 * of them (also with `!=`; `not (...)` says "of none").
 * Bounds   FILTER_LENGTH_MAX octets, FILTER_NODES_MAX nodes, FILTER_DEPTH_MAX parentheses
 *          and `not`s inside one another, FILTER_STEPS_MAX steps: one for each
 *          value that is read and each 32 octets that are compared; those of patterns.
 * Threads  none of its own; a filter belongs to one request.
 */
#ifndef CONSUL_FILTER_H
#define CONSUL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "rollcall/status.h"

enum {
    FILTER_LENGTH_MAX = 8192,
    FILTER_NODES_MAX = 1024,
    FILTER_DEPTH_MAX = 64,
    FILTER_PATH_MAX = 6, /* parts of one selector: Service.TaggedAddresses.lan.Address */
    FILTER_STEPS_MAX = 10000000 /* over all objects: some 100 ms */
};

enum filter_kind {
    FILTER_TEXT,       /* == != in contains matches, is empty */
    FILTER_NUMBER,     /* == != */
    FILTER_BOOL,       /* == != */
    FILTER_TEXTS,      /* a list of strings: in contains, is empty */
    FILTER_MAP,        /* of strings: the same by key; .key is a FILTER_TEXT */
    FILTER_OBJECT,     /* has fields; cannot be compared itself */
    FILTER_OBJECTS,    /* a list of them: is empty; .field means any of them */
    FILTER_OBJECT_MAP, /* by key: in contains, is empty; .key is a FILTER_OBJECT */
};

/* What a selector reads. Members that its kind does not need stay as they are. */
struct filter_value {
    const char *text; /* TEXT, TEXTS, MAP: `length` octets, need not end with NUL */
    size_t length;
    const char *key; /* MAP, OBJECT_MAP */
    size_t key_length;
    int64_t number;     /* NUMBER */
    bool flag;          /* BOOL */
    const void *object; /* OBJECT, OBJECTS, OBJECT_MAP: handed to `read` of its fields */
    /* For texts that must be printed and objects that must be made first: text, key and
     * object may point here. */
    _Alignas(max_align_t) char room[128];
};

struct selector {
    const char *name; /* as it is written, case and all; NULL ends a table */
    enum filter_kind kind;
    /* Read it out of `object`. Of lists and maps: number `index` of it, false behind the
     * last. Of the others `index` is 0, and false means absent (an empty text, 0, false).
     * `self` is this row, for functions that serve several. */
    bool (*read)(const struct selector *self, const void *object, size_t index,
                 struct filter_value *out);
    const struct selector *fields; /* OBJECT, OBJECTS, OBJECT_MAP */
    size_t with;                   /* whatever `read` wants to know: an offset */
};

struct filter;

/* `text` is the value of `filter=`, decoded; the table is borrowed for the life of the
 * filter. *out is NULL when the text is NULL or blank: it lets everything through.
 * E_INVALID: `why` holds the whole line for a 400, with Consul's beginning "Failed to
 * create boolean expression evaluator: ". E_NOMEM. */
enum rollcall_status filter_parse(const char *text, const struct selector *selectors,
                                  struct filter **out, struct reason *why);
void filter_destroy(struct filter *filter); /* NULL is allowed */

/* Is this object let through? NULL: everything is. Ask filter_spent() after the last. */
bool filter_matches(struct filter *filter, const void *object);

/* True: it needed more than FILTER_STEPS_MAX steps, and what came after was not looked
 * at: answer with 400 and the line in `why`. NULL: false. */
bool filter_spent(const struct filter *filter, struct reason *why);

/* Of objects that are looked at in pieces, each with the filter parsed anew: the steps
 * that are left behind one piece (0: none, or NULL) are what the next one may make. */
uint32_t filter_left(const struct filter *filter);
void filter_go_on(struct filter *filter, uint32_t left);

/* For values of `read`. */
static inline bool filter_text(struct filter_value *out, const char *text, size_t length)
{
    out->text = text;
    out->length = length;
    return true;
}

#endif

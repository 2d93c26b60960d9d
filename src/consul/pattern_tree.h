/* consul/pattern_tree.h - a regular expression as a tree, between text and program.
 *
 * Nodes, ranges and instructions lie in arrays whose sizes follow from the length of the
 * text; they refer to one another by index. Index 0 of the nodes is "none".
 * Threads  none of its own.
 */
#ifndef CONSUL_PATTERN_TREE_H
#define CONSUL_PATTERN_TREE_H

#include "consul/pattern.h"

enum pattern_kind {
    PATTERN_NOTHING, /* matches the empty text */
    PATTERN_CLASS,   /* one character of ranges[first_range ...] */
    PATTERN_ASSERT,  /* a place: no character */
    PATTERN_CAT,     /* children one after another */
    PATTERN_ALT,     /* any one child */
    PATTERN_REPEAT   /* the child, least to most times */
};

enum pattern_place {
    PLACE_TEXT_BEGIN,
    PLACE_TEXT_END,
    PLACE_LINE_BEGIN,
    PLACE_LINE_END,
    PLACE_WORD_EDGE,
    PLACE_NO_WORD_EDGE
};

struct pattern_range {
    uint32_t low;
    uint32_t high;
};

enum { PATTERN_ENDLESS = 0xffff, PATTERN_RUNE_MAX = 0x10ffff };

struct pattern_node {
    uint8_t kind;   /* enum pattern_kind */
    uint8_t place;  /* ASSERT: enum pattern_place */
    bool negated;   /* CLASS: all but the ranges */
    uint16_t least; /* REPEAT */
    uint16_t most;  /* REPEAT: PATTERN_ENDLESS without bound */
    uint16_t child; /* CAT, ALT, REPEAT: the first */
    uint16_t next;  /* in the list of the parent's children */
    uint16_t first_range;
    uint16_t ranges;
};

struct pattern_tree {
    const char *text;
    const char *at;
    const char *end;
    struct reason *why;
    struct pattern_node *nodes;
    struct pattern_range *ranges;
    uint32_t node_count;
    uint32_t node_max;
    uint32_t range_count;
    uint32_t range_max;
    uint16_t root;
    unsigned depth;
    bool fold;  /* (?i) */
    bool dot;   /* (?s): . takes the end of a line too */
    bool lines; /* (?m): ^ and $ are of lines */
};

/* Memory is the caller's, found and freed by these two. */
enum rollcall_status pattern_tree_create(const char *text, size_t length,
                                         struct pattern_tree *tree, struct reason *why);
void pattern_tree_destroy(struct pattern_tree *tree);

/* --- For its files among themselves: false after having written the reason. */

bool pattern_wrong(struct pattern_tree *tree, const char *what, const char *begin);
/* A new node; 0 (and the reason) when there are too many. */
uint16_t pattern_node(struct pattern_tree *tree, enum pattern_kind kind);
/* A range for the class that is being built, with the other case where (?i) says so. */
bool pattern_add(struct pattern_tree *tree, uint32_t low, uint32_t high);
/* "[a-z]", `at` behind the bracket. *out: the node. */
bool pattern_class(struct pattern_tree *tree, uint16_t *out);
/* \d \w \s and their opposites, `at` behind the letter: adds ranges. False: not one of
 * them (no reason). */
bool pattern_perl(struct pattern_tree *tree, char letter, bool *known);
/* A character behind a backslash: \n \x41 \x{10ffff} \. */
bool pattern_escape(struct pattern_tree *tree, uint32_t *rune);

/* The character at *at, which is moved behind it; octets that are no UTF-8 are U+FFFD. */
uint32_t pattern_rune(const char **at, const char *end);

#endif

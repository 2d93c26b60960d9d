/* Patterns as programs, and all their states at once (K. Thompson, "Regular expression
 * search algorithm", CACM 11:6, 1968). */
#include "consul/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "consul/pattern_tree.h"

enum instruction_op {
    OP_CLASS,  /* a character of ranges[x ... x + y), then the next instruction */
    OP_ASSERT, /* only at place x, then the next instruction */
    OP_SPLIT,  /* go on at x and at y */
    OP_JUMP,   /* go on at x */
    OP_MATCH
};

struct instruction {
    uint8_t op;
    bool negated;
    uint16_t x;
    uint16_t y;
};

/* Which instructions are to be followed: members in the order they came, and for each
 * instruction where it stands among them. */
struct states {
    uint16_t *members;
    uint16_t *where;
    uint32_t count;
};

struct pattern {
    uint32_t count;
    bool anchored; /* begins with \A: nothing starts behind the first character */
    struct instruction *program;
    struct pattern_range *ranges;
    struct states now;
    struct states then;
};

/* --- From tree to program. */

struct emitter {
    const struct pattern_tree *tree;
    struct instruction *program;
    uint32_t count;
    bool full;
};

/* The number of the new instruction; when it is full, one that may be written to. */
static uint16_t put(struct emitter *out, enum instruction_op op, uint32_t x, uint32_t y)
{
    if (out->count >= PATTERN_PROGRAM_MAX) {
        out->full = true;
        return 0;
    }
    out->program[out->count] =
        (struct instruction){ .op = (uint8_t)op, .x = (uint16_t)x, .y = (uint16_t)y };
    return (uint16_t)out->count++;
}

static void emit(struct emitter *out, uint16_t number);

static void emit_list(struct emitter *out, const struct pattern_node *node)
{
    for (uint16_t at = node->child; at != 0 && !out->full; at = out->tree->nodes[at].next)
        emit(out, at);
}

/* Give the jumps of a chain, linked by their targets, the target they shall have. */
static void patch(struct emitter *out, uint16_t chain, bool second)
{
    while (chain != UINT16_MAX) {
        struct instruction *at = &out->program[chain];
        uint16_t *target = second ? &at->y : &at->x;
        chain = *target;
        *target = (uint16_t)out->count;
    }
}

static void emit_alternatives(struct emitter *out, const struct pattern_node *node)
{
    uint16_t ends = UINT16_MAX;

    for (uint16_t at = node->child; at != 0 && !out->full;
         at = out->tree->nodes[at].next) {
        bool last = out->tree->nodes[at].next == 0;
        uint16_t split = last ? 0 : put(out, OP_SPLIT, out->count + 1, 0);
        emit(out, at);
        if (last || out->full)
            break;
        ends = put(out, OP_JUMP, ends, 0);
        out->program[split].y = (uint16_t)out->count;
    }
    if (!out->full)
        patch(out, ends, false);
}

static void emit_repeat(struct emitter *out, const struct pattern_node *node)
{
    uint32_t begin = out->count;
    uint16_t ends = UINT16_MAX;

    for (uint32_t i = 0; i < node->least && !out->full; i++) {
        begin = out->count;
        emit(out, node->child);
        if (out->count == begin)
            return; /* matches the empty text only: more of it is no more */
    }
    if (node->most == PATTERN_ENDLESS && node->least > 0) {
        put(out, OP_SPLIT, begin, out->count + 1);
        return;
    }
    if (node->most == PATTERN_ENDLESS) {
        uint16_t split = put(out, OP_SPLIT, out->count + 1, 0);
        emit(out, node->child);
        put(out, OP_JUMP, split, 0);
        out->program[split].y = (uint16_t)out->count;
        return;
    }
    for (uint32_t i = node->least; i < node->most && !out->full; i++) {
        begin = out->count;
        ends = put(out, OP_SPLIT, out->count + 1, ends);
        emit(out, node->child);
        if (out->count == begin + 1)
            break;
    }
    if (!out->full)
        patch(out, ends, true);
}

static void emit(struct emitter *out, uint16_t number)
{
    const struct pattern_node *node = &out->tree->nodes[number];

    switch ((enum pattern_kind)node->kind) {
    case PATTERN_NOTHING:
        break;
    case PATTERN_CLASS: {
        uint16_t at = put(out, OP_CLASS, node->first_range, node->ranges);
        out->program[at].negated = node->negated;
        break;
    }
    case PATTERN_ASSERT:
        put(out, OP_ASSERT, node->place, 0);
        break;
    case PATTERN_CAT:
        emit_list(out, node);
        break;
    case PATTERN_ALT:
        emit_alternatives(out, node);
        break;
    case PATTERN_REPEAT:
        emit_repeat(out, node);
        break;
    }
}

/* One block: the pattern, its program, its ranges, its two sets of states. */
static struct pattern *pattern_make(const struct emitter *from)
{
    size_t program = from->count * sizeof(struct instruction);
    size_t ranges = from->tree->range_count * sizeof(struct pattern_range);
    size_t states = from->count * sizeof(uint16_t);
    struct pattern *made = calloc(1, sizeof *made + ranges + program + 4 * states);

    if (made == NULL)
        return NULL;
    made->count = from->count;
    made->ranges = (struct pattern_range *)(made + 1);
    made->program = (struct instruction *)(made->ranges + from->tree->range_count);
    made->now.members = (uint16_t *)(made->program + from->count);
    made->now.where = made->now.members + from->count;
    made->then.members = made->now.where + from->count;
    made->then.where = made->then.members + from->count;
    memcpy(made->ranges, from->tree->ranges, ranges);
    memcpy(made->program, from->program, program);
    made->anchored =
        made->program[0].op == OP_ASSERT && made->program[0].x == PLACE_TEXT_BEGIN;
    return made;
}

enum rollcall_status pattern_compile(const char *text, size_t length,
                                     struct pattern **out, struct reason *why)
{
    struct pattern_tree tree;
    struct emitter emitter = { .tree = &tree };
    struct pattern *made = NULL;
    enum rollcall_status status = pattern_tree_create(text, length, &tree, why);

    if (status != ROLLCALL_OK)
        return status;
    status = ROLLCALL_E_NOMEM;
    emitter.program = calloc(PATTERN_PROGRAM_MAX, sizeof *emitter.program);
    if (emitter.program == NULL)
        goto fail;
    emit(&emitter, tree.root);
    put(&emitter, OP_MATCH, 0, 0);
    status = ROLLCALL_E_INVALID;
    if (emitter.full) {
        reason_set(why, "error parsing regexp: expression too large");
        goto fail;
    }
    made = pattern_make(&emitter);
    status = made != NULL ? ROLLCALL_OK : ROLLCALL_E_NOMEM;
    if (made != NULL)
        *out = made;
fail:
    free(emitter.program);
    pattern_tree_destroy(&tree);
    return status;
}

void pattern_destroy(struct pattern *pattern)
{
    free(pattern);
}

/* --- Matching. */

enum { NO_RUNE = UINT32_MAX }; /* before the text and behind it */

static void states_add(struct states *states, uint32_t number)
{
    uint32_t where = states->where[number];

    if (where < states->count && states->members[where] == number)
        return;
    states->where[number] = (uint16_t)states->count;
    states->members[states->count++] = (uint16_t)number;
}

static bool is_word(uint32_t rune)
{
    return rune == '_' || (rune >= '0' && rune <= '9') ||
           ((rune | 0x20) >= 'a' && (rune | 0x20) <= 'z');
}

static bool place_holds(enum pattern_place place, uint32_t before, uint32_t after)
{
    switch (place) {
    case PLACE_TEXT_BEGIN:
        return before == NO_RUNE;
    case PLACE_TEXT_END:
        return after == NO_RUNE;
    case PLACE_LINE_BEGIN:
        return before == NO_RUNE || before == '\n';
    case PLACE_LINE_END:
        return after == NO_RUNE || after == '\n';
    case PLACE_WORD_EDGE:
        return is_word(before) != is_word(after);
    case PLACE_NO_WORD_EDGE:
        return is_word(before) == is_word(after);
    }
    return false;
}

static bool class_has(const struct pattern *pattern, const struct instruction *at,
                      uint32_t rune)
{
    const struct pattern_range *range = pattern->ranges + at->x;

    for (uint32_t i = 0; i < at->y; i++)
        if (rune >= range[i].low && rune <= range[i].high)
            return !at->negated;
    return at->negated;
}

/* Follow every state at one place between two characters; what takes the second one is
 * added to `then`. Jumps add to the set that is being walked, so it ends when nothing
 * new comes. *cost grows by what there was to be looked at. True: matched. */
static bool step(struct pattern *pattern, uint32_t before, uint32_t after, uint32_t *cost)
{
    for (uint32_t i = 0; i < pattern->now.count; i++) {
        uint32_t number = pattern->now.members[i];
        const struct instruction *at = &pattern->program[number];
        switch ((enum instruction_op)at->op) {
        case OP_CLASS:
            *cost += at->y / 4u;
            if (after != NO_RUNE && class_has(pattern, at, after))
                states_add(&pattern->then, number + 1);
            break;
        case OP_ASSERT:
            if (place_holds((enum pattern_place)at->x, before, after))
                states_add(&pattern->now, number + 1);
            break;
        case OP_SPLIT:
            states_add(&pattern->now, at->y);
            __attribute__((fallthrough));
        case OP_JUMP:
            states_add(&pattern->now, at->x);
            break;
        case OP_MATCH:
            return true;
        }
    }
    return false;
}

bool pattern_matches(struct pattern *pattern, const char *text, size_t length,
                     uint32_t *steps)
{
    const char *at = text, *end = text + length;
    uint32_t before = NO_RUNE;

    pattern->now.count = 0;
    for (;;) {
        uint32_t after = at < end ? pattern_rune(&at, end) : NO_RUNE;
        if (before == NO_RUNE || !pattern->anchored)
            states_add(&pattern->now, 0);
        else if (pattern->now.count == 0)
            return false;
        pattern->then.count = 0;
        uint32_t cost = 0;
        bool matched = step(pattern, before, after, &cost);
        cost += pattern->now.count;
        *steps = *steps > cost ? *steps - cost : 0;
        if (matched || after == NO_RUNE || *steps == 0)
            return matched;
        struct states last = pattern->now;
        pattern->now = pattern->then;
        pattern->then = last;
        before = after;
    }
}

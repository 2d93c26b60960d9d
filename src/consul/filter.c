/* Looking at one object with a parsed filter. */
#include "consul/filter.h"

#include <stdlib.h>
#include <string.h>

#include "consul/filter_tree.h"

void filter_destroy(struct filter *filter)
{
    if (filter == NULL)
        return;
    for (uint32_t i = 1; i < filter->count; i++)
        pattern_destroy(filter->nodes[i].pattern);
    free(filter);
}

bool filter_spent(const struct filter *filter, struct reason *why)
{
    if (filter == NULL || !filter->spent)
        return false;
    reason_set(why, "The filter needs more than %d steps: make it simpler, or list less",
               FILTER_STEPS_MAX);
    return true;
}

uint32_t filter_left(const struct filter *filter)
{
    return filter == NULL || filter->spent ? 0 : filter->steps;
}

void filter_go_on(struct filter *filter, uint32_t left)
{
    if (filter == NULL)
        return;
    filter->steps = left;
    filter->spent = left == 0;
}

/* Everything that is looked at is paid for; an empty purse ends the looking. */
static bool pay(struct filter *filter, size_t steps)
{
    filter->spent = filter->spent || steps >= filter->steps;
    if (!filter->spent)
        filter->steps -= (uint32_t)steps;
    return !filter->spent;
}

static bool same(const char *text, size_t length, const char *other, size_t other_length)
{
    return length == other_length && memcmp(text, other, length) == 0;
}

static bool text_holds(struct filter *filter, const struct filter_node *node,
                       const char *text, size_t length)
{
    if (!pay(filter, length / 32))
        return false;
    switch (node->op) {
    case FILTER_EQUAL:
        return same(text, length, node->value, node->length);
    case FILTER_IN:
        return memmem(text, length, node->value, node->length) != NULL;
    case FILTER_EMPTY:
        return length == 0;
    case FILTER_MATCHING: {
        bool found = pattern_matches(node->pattern, text, length, &filter->steps);
        filter->spent = filter->steps == 0;
        return found;
    }
    default:
        return false;
    }
}

/* What is said of something that is not there. */
static bool absent(const struct filter_node *node)
{
    return (node->op == FILTER_EMPTY) != node->negated;
}

static bool read_value(struct filter *filter, const struct selector *field,
                       const void *object, size_t index, struct filter_value *out)
{
    return pay(filter, 1) && field->read(field, object, index, out);
}

/* A scalar; one that is not there has the zero of its kind. */
static bool scalar_holds(struct filter *filter, const struct filter_node *node,
                         const struct selector *field, const void *object)
{
    struct filter_value value;

    value.text = "";
    value.length = 0;
    value.number = 0;
    value.flag = false;
    bool there = read_value(filter, field, object, 0, &value);
    if (field->kind == FILTER_TEXT)
        return text_holds(filter, node, there ? value.text : "",
                          there ? value.length : 0);
    if (field->kind == FILTER_NUMBER)
        return (there ? value.number : 0) == node->number;
    return (there && value.flag) == node->flag;
}

static bool texts_hold(struct filter *filter, const struct filter_node *node,
                       const struct selector *field, const void *object)
{
    struct filter_value value;

    if (node->op == FILTER_EMPTY)
        return !read_value(filter, field, object, 0, &value);
    for (size_t i = 0; read_value(filter, field, object, i, &value); i++)
        if (same(value.text, value.length, node->value, node->length))
            return true;
    return false;
}

static bool find_key(struct filter *filter, const struct selector *field,
                     const void *object, const char *key, size_t length,
                     struct filter_value *out)
{
    for (size_t i = 0; read_value(filter, field, object, i, out); i++)
        if (same(out->key, out->key_length, key, length))
            return true;
    return false;
}

/* A map or a list of objects as a whole. */
static bool whole_holds(struct filter *filter, const struct filter_node *node,
                        const struct selector *field, const void *object)
{
    struct filter_value value;

    if (node->op == FILTER_EMPTY)
        return !read_value(filter, field, object, 0, &value);
    return find_key(filter, field, object, node->value, node->length, &value);
}

/* Follow the path from its `step` on; the negation is of what stands at its end. */
static bool holds(struct filter *filter, const struct filter_node *node, unsigned step,
                  const void *object)
{
    const struct filter_step *at = &node->path[step];
    bool last = step + 1u == node->steps;
    struct filter_value value;

    switch (at->field->kind) {
    case FILTER_TEXT:
    case FILTER_NUMBER:
    case FILTER_BOOL:
        return scalar_holds(filter, node, at->field, object) != node->negated;
    case FILTER_TEXTS:
        return texts_hold(filter, node, at->field, object) != node->negated;
    case FILTER_OBJECT:
        if (!read_value(filter, at->field, object, 0, &value))
            return absent(node);
        return holds(filter, node, step + 1, value.object);
    case FILTER_OBJECTS:
        if (last)
            return whole_holds(filter, node, at->field, object) != node->negated;
        for (size_t i = 0; read_value(filter, at->field, object, i, &value); i++)
            if (holds(filter, node, step + 1, value.object))
                return true;
        return false;
    case FILTER_MAP:
    case FILTER_OBJECT_MAP:
        if (at->key == NULL)
            return whole_holds(filter, node, at->field, object) != node->negated;
        if (!find_key(filter, at->field, object, at->key, at->key_length, &value))
            return absent(node);
        if (at->field->kind == FILTER_OBJECT_MAP)
            return holds(filter, node, step + 1, value.object);
        return text_holds(filter, node, value.text, value.length) != node->negated;
    }
    return false;
}

static bool judge_node(struct filter *filter, uint16_t number, const void *object)
{
    const struct filter_node *node = &filter->nodes[number];

    if (filter->spent)
        return false;
    if (node->op == FILTER_NOT)
        return !judge_node(filter, node->child, object);
    if (node->op != FILTER_AND && node->op != FILTER_OR)
        return holds(filter, node, 0, object);
    bool wanted = node->op == FILTER_OR; /* one child that is so settles it */
    for (uint16_t at = node->child; at != 0; at = filter->nodes[at].next)
        if (judge_node(filter, at, object) == wanted)
            return wanted;
    return !wanted;
}

bool filter_matches(struct filter *filter, const void *object)
{
    if (filter == NULL)
        return true;
    return judge_node(filter, filter->root, object) && !filter->spent;
}

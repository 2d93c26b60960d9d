/* A skip list whose towers are as high as a coin of one in four says. */
#include "consul/ordered.h"

#include <stdlib.h>
#include <string.h>

static int compare(const struct ordered_node *node, const char *key, size_t length)
{
    size_t both = node->length < length ? node->length : length;
    int order = both == 0 ? 0 : memcmp(node->key, key, both);

    if (order != 0 || node->length == length)
        return order;
    return node->length < length ? -1 : 1;
}

void ordered_init(struct ordered *ordered)
{
    *ordered = (struct ordered){ .count = 0 };
    random_init(&ordered->random, random_seed());
}

void ordered_deinit(struct ordered *ordered)
{
    struct ordered_node *next;

    for (struct ordered_node *at = ordered->first[0]; at != NULL; at = next) {
        next = at->next[0];
        free(at);
    }
    *ordered = (struct ordered){ .random = ordered->random };
}

/* Where each level leads past the last key that is less. `links` may be NULL. */
static struct ordered_node *descend(const struct ordered *ordered, const char *key,
                                    size_t length, struct ordered_node ***links)
{
    struct ordered_node **row = (struct ordered_node **)(uintptr_t)ordered->first;

    for (int level = ORDERED_LEVELS - 1; level >= 0; level--) {
        while (row[level] != NULL && compare(row[level], key, length) < 0)
            row = row[level]->next;
        if (links != NULL)
            links[level] = &row[level];
    }
    return row[0];
}

struct ordered_node *ordered_from(const struct ordered *ordered, const char *key,
                                  size_t length)
{
    return descend(ordered, key, length, NULL);
}

void *ordered_get(const struct ordered *ordered, const char *key, size_t length)
{
    struct ordered_node *node = descend(ordered, key, length, NULL);

    return node != NULL && compare(node, key, length) == 0 ? node->value : NULL;
}

static uint32_t choose_levels(struct ordered *ordered)
{
    uint64_t coins = random_u64(&ordered->random);
    uint32_t levels = 1;

    while ((coins & 3) == 0 && levels < ORDERED_LEVELS) {
        coins >>= 2;
        levels++;
    }
    return levels;
}

enum rollcall_status ordered_put(struct ordered *ordered, const char *key, size_t length,
                                 void *value)
{
    struct ordered_node **links[ORDERED_LEVELS];
    uint32_t levels = choose_levels(ordered);
    struct ordered_node *node = malloc(sizeof *node + levels * sizeof node->next[0]);

    if (node == NULL)
        return ROLLCALL_E_NOMEM;
    (void)descend(ordered, key, length, links);
    node->key = key;
    node->value = value;
    node->length = (uint32_t)length;
    node->levels = levels;
    for (uint32_t level = 0; level < levels; level++) {
        node->next[level] = *links[level];
        *links[level] = node;
    }
    ordered->count++;
    return ROLLCALL_OK;
}

void ordered_remove(struct ordered *ordered, const char *key, size_t length)
{
    struct ordered_node **links[ORDERED_LEVELS];
    struct ordered_node *node = descend(ordered, key, length, links);

    if (node == NULL || compare(node, key, length) != 0)
        return;
    for (uint32_t level = 0; level < node->levels; level++)
        *links[level] = node->next[level];
    free(node);
    ordered->count--;
}

bool ordered_begins(const struct ordered_node *node, const char *prefix, size_t length)
{
    return node->length >= length &&
           (length == 0 || memcmp(node->key, prefix, length) == 0);
}

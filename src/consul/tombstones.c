#include "consul/tombstones.h"

#include <stdlib.h>
#include <string.h>

struct tombstone {
    struct list age;
    uint64_t index;
    bool folder; /* stands for all keys that begin with `key` */
    size_t length;
    char key[];
};

void tombstones_init(struct tombstones *tombstones, uint64_t floor)
{
    *tombstones = (struct tombstones){ .floor = floor, .max = TOMBSTONES_MAX };
    ordered_init(&tombstones->by_key);
    list_init(&tombstones->by_age);
}

static void drop(struct tombstones *tombstones, struct tombstone *stone)
{
    ordered_remove(&tombstones->by_key, stone->key, stone->length);
    list_remove(&stone->age);
    free(stone);
}

void tombstones_deinit(struct tombstones *tombstones)
{
    while (!list_empty(&tombstones->by_age))
        drop(tombstones, list_entry(tombstones->by_age.next, struct tombstone, age));
    ordered_deinit(&tombstones->by_key);
}

static bool put(struct tombstones *tombstones, const char *key, size_t length,
                uint64_t index, bool folder)
{
    struct tombstone *stone = ordered_get(&tombstones->by_key, key, length);

    if (stone == NULL) {
        stone = malloc(sizeof *stone + length + 1);
        if (stone == NULL)
            return false;
        stone->folder = false;
        stone->index = 0;
        stone->length = length;
        memcpy(stone->key, key, length);
        list_init(&stone->age);
        if (ordered_put(&tombstones->by_key, stone->key, length, stone) != ROLLCALL_OK) {
            free(stone);
            return false;
        }
    }
    stone->folder = stone->folder || folder;
    if (index > stone->index)
        stone->index = index;
    list_remove(&stone->age);
    list_append(&tombstones->by_age, &stone->age);
    return true;
}

/* Up to and with the last slash before the end. */
static size_t folder_length(const char *key, size_t length)
{
    while (length > 0 && key[length - 1] == '/')
        length--;
    while (length > 0 && key[length - 1] != '/')
        length--;
    return length;
}

static void raise_floor(struct tombstones *tombstones, uint64_t index)
{
    if (index > tombstones->floor)
        tombstones->floor = index;
}

/* The oldest becomes part of its folder; what has none, of the floor. */
static void fold_oldest(struct tombstones *tombstones)
{
    struct tombstone *stone = list_entry(tombstones->by_age.next, struct tombstone, age);
    size_t folder = folder_length(stone->key, stone->length);

    if (folder == 0 || !put(tombstones, stone->key, folder, stone->index, true))
        raise_floor(tombstones, stone->index);
    drop(tombstones, stone);
}

void tombstones_add(struct tombstones *tombstones, const char *key, size_t length,
                    uint64_t index)
{
    if (!put(tombstones, key, length, index, false))
        raise_floor(tombstones, index);
    while (tombstones->by_key.count > tombstones->max)
        fold_oldest(tombstones);
}

/* Of the folders that the key lies in, itself not. */
static uint64_t of_folders(const struct tombstones *tombstones, const char *key,
                           size_t length)
{
    uint64_t newest = tombstones->floor;

    for (size_t end = 1; end <= length; end++) {
        if (key[end - 1] != '/')
            continue;
        const struct tombstone *stone = ordered_get(&tombstones->by_key, key, end);
        if (stone != NULL && stone->folder && stone->index > newest)
            newest = stone->index;
    }
    return newest;
}

uint64_t tombstones_of_key(const struct tombstones *tombstones, const char *key,
                           size_t length)
{
    uint64_t newest = of_folders(tombstones, key, length);
    const struct tombstone *stone = ordered_get(&tombstones->by_key, key, length);

    return stone != NULL && stone->index > newest ? stone->index : newest;
}

uint64_t tombstones_of_prefix(const struct tombstones *tombstones, const char *prefix,
                              size_t length)
{
    uint64_t newest = of_folders(tombstones, prefix, length);

    for (const struct ordered_node *at =
             ordered_from(&tombstones->by_key, prefix, length);
         at != NULL && ordered_begins(at, prefix, length); at = at->next[0]) {
        const struct tombstone *stone = at->value;
        if (stone->index > newest)
            newest = stone->index;
    }
    return newest;
}

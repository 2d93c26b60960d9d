#include "consul/kv_watch.h"

#include <stdlib.h>
#include <string.h>

struct place {
    struct topic topic;
    struct table *among; /* watch->keys or watch->prefixes */
    size_t length;
    char text[];
};

static void close_place(struct kv_watch *watch, struct place *place)
{
    if (place->among == &watch->prefixes)
        watch->lengths[place->length]--;
    table_remove(place->among, place->text, place->length);
    free(place);
}

static void on_empty(struct topic *topic, void *owner)
{
    close_place(owner, (struct place *)(void *)topic); /* its first member */
}

void kv_watch_init(struct kv_watch *watch)
{
    *watch = (struct kv_watch){ .lengths = { 0 } };
    table_init(&watch->keys);
    table_init(&watch->prefixes);
}

static void close_all(struct kv_watch *watch, struct table *among)
{
    struct place *place;

    for (size_t at = 0; (place = table_next(among, &at)) != NULL;) {
        topic_wake(&place->topic);
        close_place(watch, place);
    }
    table_deinit(among);
}

void kv_watch_deinit(struct kv_watch *watch)
{
    close_all(watch, &watch->keys);
    close_all(watch, &watch->prefixes);
}

static struct topic *place_of(struct kv_watch *watch, struct table *among,
                              const char *text, size_t length)
{
    struct place *place = table_get(among, text, length);

    if (place != NULL)
        return &place->topic;
    place = malloc(sizeof *place + length + 1);
    if (place == NULL)
        return NULL;
    topic_init(&place->topic);
    place->topic.on_empty = on_empty;
    place->topic.owner = watch;
    place->among = among;
    place->length = length;
    memcpy(place->text, text, length);
    if (table_set(among, place->text, length, place) != ROLLCALL_OK) {
        free(place);
        return NULL;
    }
    return &place->topic;
}

struct topic *kv_watch_key(struct kv_watch *watch, const char *key, size_t length)
{
    return place_of(watch, &watch->keys, key, length);
}

struct topic *kv_watch_prefix(struct kv_watch *watch, const char *prefix, size_t length)
{
    size_t before = watch->prefixes.count;
    struct topic *topic = place_of(watch, &watch->prefixes, prefix, length);

    watch->lengths[length] += watch->prefixes.count > before;
    return topic;
}

/* Woken, they come back and ask for a place again. */
static void wake(struct kv_watch *watch, struct table *among, const char *text,
                 size_t length)
{
    struct place *place = table_get(among, text, length);

    if (place == NULL)
        return;
    topic_wake(&place->topic);
    close_place(watch, place);
}

void kv_watch_moved(struct kv_watch *watch, const char *key, size_t length)
{
    wake(watch, &watch->keys, key, length);
    for (size_t part = 0; part <= length && watch->prefixes.count > 0; part++)
        if (watch->lengths[part] > 0)
            wake(watch, &watch->prefixes, key, part);
}

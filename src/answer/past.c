#include "answer/past.h"

#include <stdlib.h>
#include <string.h>

struct seen {
    int64_t ceased; /* 0: healthy, or never was */
    bool well;
    char *id; /* inside the same block */
};

struct past {
    uint32_t count;
    struct seen seen[]; /* sorted by id; then the ids */
};

static const struct seen *find(const struct past *past, const char *id)
{
    size_t low = 0, high = past == NULL ? 0 : past->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(past->seen[middle].id, id);
        if (order == 0)
            return &past->seen[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

int64_t past_ceased(const struct past *past, const char *id)
{
    const struct seen *seen = find(past, id);

    return seen == NULL ? 0 : seen->ceased;
}

static size_t size_for(const struct service *service)
{
    size_t size = sizeof(struct past) + service->count * sizeof(struct seen);

    for (uint32_t i = 0; i < service->count; i++)
        size += strlen(service->entries[i]->id) + 1;
    return size;
}

/* What is known of an entry that is `well` or not, and was `before`. */
static struct seen now_of(const struct seen *before, bool well, int64_t now)
{
    struct seen seen = { .well = well };

    if (!well && before != NULL)
        seen.ceased = before->well ? now : before->ceased;
    return seen;
}

bool past_update(struct past **past, const struct members_rules *rules,
                 const struct service *service, int64_t now)
{
    struct past *fresh = malloc(size_for(service));

    if (fresh == NULL)
        return false;
    char *text = (char *)&fresh->seen[service->count];
    fresh->count = service->count;
    for (uint32_t i = 0; i < service->count; i++) {
        const struct entry *entry = service->entries[i];
        bool well = entry->instance != NULL && member_is_in(member_health(rules, entry));
        size_t length = strlen(entry->id) + 1;
        fresh->seen[i] = now_of(find(*past, entry->id), well, now);
        fresh->seen[i].id = memcpy(text, entry->id, length);
        text += length;
    }
    free(*past);
    *past = fresh;
    return true;
}

void past_free(struct past *past)
{
    free(past);
}

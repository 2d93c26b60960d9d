#include "consul/happening.h"

#include <stdlib.h>
#include <string.h>

struct happenings {
    struct happening *kept[HAPPENINGS_KEPT]; /* a ring; owned */
    uint64_t fired;                          /* so far; the next one's place */
};

struct happenings *happenings_create(void)
{
    return calloc(1, sizeof(struct happenings));
}

void happenings_destroy(struct happenings *happenings)
{
    if (happenings == NULL)
        return;
    for (size_t i = 0; i < HAPPENINGS_KEPT; i++)
        free(happenings->kept[i]);
    free(happenings);
}

static const char *put(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);

    *at += size;
    return copy;
}

static struct happening *copy_of(const struct happening_terms *terms)
{
    size_t texts = strlen(terms->name) + strlen(terms->node) + strlen(terms->service) +
                   strlen(terms->tag) + 4;
    struct happening *made = malloc(sizeof *made + texts + terms->length);

    if (made == NULL)
        return NULL;
    char *at = (char *)(made + 1);
    made->terms = (struct happening_terms){ .name = put(&at, terms->name),
                                            .node = put(&at, terms->node),
                                            .service = put(&at, terms->service),
                                            .tag = put(&at, terms->tag),
                                            .payload = at,
                                            .length = terms->length };
    memcpy(made->terms.maker, terms->maker, sizeof made->terms.maker);
    if (terms->length > 0)
        memcpy(at, terms->payload, terms->length);
    return made;
}

const struct happening *happenings_fire(struct happenings *happenings,
                                        const struct happening_terms *terms)
{
    struct happening *made = copy_of(terms);

    if (made == NULL)
        return NULL;
    struct happening **place = &happenings->kept[happenings->fired % HAPPENINGS_KEPT];
    uuid_random_mixed(made->id, &made->index);
    made->time = ++happenings->fired;
    free(*place);
    *place = made;
    return made;
}

const struct happening *happenings_at(const struct happenings *happenings, size_t nth)
{
    uint64_t oldest =
        happenings->fired > HAPPENINGS_KEPT ? happenings->fired - HAPPENINGS_KEPT : 0;

    if (nth >= happenings->fired - oldest)
        return NULL;
    return happenings->kept[(oldest + nth) % HAPPENINGS_KEPT];
}

#include "travel/folded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void folding_init(struct folding *folding)
{
    *folding = (struct folding){ .started = 0 };
    table_init(&folding->by_id);
}

static void clear(struct folded_bytes *part)
{
    free(part->bytes);
    *part = (struct folded_bytes){ .bytes = NULL };
}

static void forget(struct folded *folded)
{
    clear(&folded->health);
    for (unsigned i = 0; i < STANDING_PARTS; i++)
        clear(&folded->standing[i]);
    clear(&folded->judged);
    folded->alive = false;
}

void folding_deinit(struct folding *folding)
{
    struct folded *folded;

    for (size_t at = 0; (folded = table_next(&folding->by_id, &at)) != NULL;) {
        forget(folded);
        free(folded);
    }
    table_deinit(&folding->by_id);
}

static bool set(struct folded_bytes *part, const struct history_row *row)
{
    clear(part);
    if (row->bytes == NULL || row->length == 0)
        return true;
    part->bytes = malloc(row->length);
    if (part->bytes == NULL)
        return false;
    memcpy(part->bytes, row->bytes, row->length);
    part->length = row->length;
    return true;
}

static struct folded *folded_of(struct folding *folding, const char *id)
{
    size_t length = strlen(id);
    struct folded *folded = table_get(&folding->by_id, id, length);

    if (folded != NULL)
        return folded;
    folded = calloc(1, sizeof *folded + length + 1);
    if (folded == NULL)
        return NULL;
    memcpy(folded->id, id, length + 1);
    if (table_set(&folding->by_id, folded->id, length, folded) == ROLLCALL_OK)
        return folded;
    free(folded);
    return NULL;
}

/* A new life keeps nothing of the one before, a new definition keeps the standing. */
static bool put(struct folded *folded, const struct history_row *row)
{
    if (!row->known || !folded->alive)
        forget(folded);
    folded->alive = true;
    folded->revision = row->revision;
    folded->row = row->seq;
    folded->owner = row->owner;
    folded->created = row->created;
    snprintf(folded->label, sizeof folded->label, "%s", row->label);
    return set(&folded->health, row);
}

static bool judge(struct folded *folded, const struct history_row *row)
{
    folded->judged_row = row->seq;
    return set(&folded->judged, row);
}

static bool apply(struct folded *folded, const struct history_row *row)
{
    switch (row->part) {
    case TRANSITION_PUT:
        return put(folded, row);
    case TRANSITION_REMOVE:
        forget(folded);
        return true;
    case TRANSITION_HEALTH:
        return set(&folded->health, row);
    case TRANSITION_DRAIN:
        return set(&folded->standing[PART_DRAIN], row);
    case TRANSITION_OVERRIDE:
        return set(&folded->standing[PART_OVERRIDE], row);
    case TRANSITION_DAMPED:
        return set(&folded->standing[PART_DAMPED], row);
    case TRANSITION_JUDGED:
        return judge(folded, row);
    default:
        return true;
    }
}

bool folding_take(void *owner, const struct history_row *row)
{
    struct folding *folding = owner;

    if (row->part == TRANSITION_START) {
        folding->started = row->seq;
        folding->node_since = 0;
    }
    if (row->part == TRANSITION_NODE && row->seq > folding->started)
        folding->node_since = row->length == 1 && row->bytes[0] == 1 ? row->wall : 0;
    if (row->id[0] == '\0')
        return true;
    struct folded *folded = folded_of(folding, row->id);
    folding->failed = folded == NULL || !apply(folded, row);
    return !folding->failed;
}

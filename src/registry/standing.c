#include "registry/standing.h"

#include <assert.h>
#include <stdlib.h>

#include "registry/catalogue.h"

static const char *const words[STANDING_REASONS] = {
    [STANDING_NONE] = "",
    [STANDING_DRAINING] = "draining",
    [STANDING_OVERRIDDEN_DOWN] = "overridden down",
    [STANDING_OVERRIDDEN_UP] = "overridden up",
    [STANDING_FROZEN] = "frozen",
    [STANDING_HELD] = "held",
    [STANDING_DAMPED] = "damped",
    [STANDING_NODE] = "node down",
};

const char *standing_word(enum standing_reason reason)
{
    assert((unsigned)reason < STANDING_REASONS);
    return words[reason];
}

/* Of what the health room judged. */
static enum standing_reason judged(const struct standing *standing)
{
    if (standing->frozen)
        return STANDING_FROZEN;
    if (standing->held)
        return STANDING_HELD;
    return standing->damped_until != 0 ? STANDING_DAMPED : STANDING_NONE;
}

enum standing_reason entry_standing(const struct entry *entry)
{
    const struct standing *standing = entry->standing;

    if (entry->node_down)
        return STANDING_NODE;
    if (standing == NULL)
        return STANDING_NONE;
    if (standing->draining)
        return STANDING_DRAINING;
    if (standing->override == OVERRIDE_DOWN)
        return STANDING_OVERRIDDEN_DOWN;
    if (standing->override == OVERRIDE_UP)
        return STANDING_OVERRIDDEN_UP;
    return judged(standing);
}

static enum rollcall_health health_under(const struct entry *entry,
                                         enum standing_reason reason)
{
    switch (reason) {
    case STANDING_DRAINING:
    case STANDING_OVERRIDDEN_DOWN:
    case STANDING_DAMPED:
    case STANDING_NODE:
        return ROLLCALL_CRITICAL;
    case STANDING_OVERRIDDEN_UP:
        return ROLLCALL_PASSING;
    case STANDING_FROZEN:
    case STANDING_HELD:
        return (enum rollcall_health)entry->standing->served;
    case STANDING_NONE:
    case STANDING_REASONS:
        break;
    }
    return entry->health;
}

enum rollcall_health entry_effective(const struct entry *entry)
{
    return health_under(entry, entry_standing(entry));
}

enum standing_reason entry_judgement(const struct entry *entry)
{
    return entry->standing == NULL ? STANDING_NONE : judged(entry->standing);
}

enum rollcall_health entry_judged(const struct entry *entry)
{
    return health_under(entry, entry_judgement(entry));
}

void standing_adopt(struct entry *entry, struct standing *blank)
{
    entry->standing = blank;
    blank->entry = entry;
    heap_node_init(&blank->due);
}

struct standing *standing_of(struct entry *entry)
{
    if (entry->standing == NULL) {
        struct standing *blank = calloc(1, sizeof *blank);
        if (blank != NULL)
            standing_adopt(entry, blank);
    }
    return entry->standing;
}

void standing_clear(struct standing *standing, enum standing_part part)
{
    switch (part) {
    case PART_DRAIN:
        standing->draining = false;
        standing->drain_since = standing->drain_until = 0;
        return;
    case PART_OVERRIDE:
        free(standing->override_note);
        standing->override_note = NULL;
        standing->override = OVERRIDE_NONE;
        standing->override_since = standing->override_until = 0;
        return;
    case PART_DAMPED:
        standing->damped_until = 0;
        return;
    case STANDING_PARTS:
        return;
    }
}

bool standing_holds(const struct standing *standing)
{
    return standing->draining || standing->override != OVERRIDE_NONE || standing->held ||
           standing->frozen || standing->damped_until != 0;
}

void standing_settle(struct entry *entry)
{
    const struct standing *standing = entry->standing;

    if (standing != NULL && !standing_holds(standing) && standing->handed_until == 0)
        standing_destroy(entry);
}

void standing_destroy(struct entry *entry)
{
    if (entry->standing == NULL)
        return;
    assert(!heap_node_waits(&entry->standing->due));
    free(entry->standing->override_note);
    free(entry->standing);
    entry->standing = NULL;
}

/* How long others may keep an answer with an instance: its TTL in every zone that has its
 * service. The TTL of its own name selects nothing and does not count; addresses lead to
 * it whether it is well or not. */
#include "answer/settings.h"
#include "answer/state.h"

/* A secondary hears of a new serial within a second and asks for it; what it answers
 * until it has it may live for a whole TTL from there. */
enum { SECONDARY_LAG_S = 2 };

static uint32_t longest_in(const struct answer_unit *unit, const struct entry *entry)
{
    const struct config_zone *zone = unit->zone->config;
    const struct answer_settings settings =
        answer_settings_of(zone, unit->said, entry->service->name);
    uint32_t own = entry->instance->is.ttl;
    uint32_t ttl = own != ROLLCALL_TTL_UNSET ? own : settings.ttl;
    bool secondaries = zone->allow_transfer_count > 0 || zone->transfer_key_count > 0 ||
                       zone->notify_count > 0;

    return secondaries ? ttl + SECONDARY_LAG_S : ttl;
}

uint32_t answer_longest_ttl(void *answer, const struct entry *entry)
{
    const struct answer_mark *mark =
        entry->service == NULL ? NULL : entry->service->answer_mark;
    uint32_t longest = 0;

    (void)answer;
    if (mark == NULL || entry->instance == NULL)
        return 0; /* nobody was ever told of it */
    for (const struct answer_unit *unit = mark->units; unit != NULL; unit = unit->next) {
        uint32_t ttl = longest_in(unit, entry);
        if (ttl > longest)
            longest = ttl;
    }
    return longest;
}

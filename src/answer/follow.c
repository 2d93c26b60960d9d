/* Names of single instances where they follow health: `instance_names: healthy` each
 * alone, `no_healthy: nxdomain` all together, since nothing exists below a name that does
 * not (docs/dns.md §1.5, §2.9). */
#include "answer/names.h"
#include "answer/settings.h"
#include "answer/state.h"

/* Who was asked out keeps its own name while it is well: others may still be on the way
 * to it, by answers that they got before. */
static bool keeps_name(const struct answer_settings *settings, const struct entry *entry)
{
    return member_is_in(member_judged(&settings->members, entry));
}

static bool follow(struct answer *answer, struct answer_zone *zone,
                   const struct service *service, const struct entry *entry, bool wanted)
{
    const struct rollcall_instance *is = &entry->instance->is;
    enum rollcall_status status = ROLLCALL_OK;
    bool changed = false;

    if (wanted)
        status = instances_publish(answer, zone, service, entry, &changed);
    else
        changed = instances_withdraw(answer, zone, is->namespace_name, is->service,
                                     names_datacenter(zone, is), entry->label);
    if (changed)
        serial_changed(answer, zone);
    return status == ROLLCALL_OK;
}

bool instances_follow(struct answer *answer, const struct answer_unit *unit,
                      const struct service *service)
{
    const struct answer_settings settings =
        answer_settings_of(unit->zone->config, unit->said, service->name);
    bool exists = settings.members.no_healthy != CONFIG_NO_HEALTHY_NXDOMAIN ||
                  settings.members.min_healthy > 0 || /* then all are handed out */
                  members_any_well(&settings.members, service);
    bool complete = true;

    for (uint32_t i = 0; i < service->count; i++) {
        const struct entry *entry = service->entries[i];
        if (entry->instance == NULL)
            continue;
        bool wanted =
            exists && (!settings.healthy_instances || keeps_name(&settings, entry));
        if (!follow(answer, unit->zone, service, entry, wanted))
            complete = false;
    }
    return complete;
}

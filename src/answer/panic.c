/* Services of which too few are healthy: all are handed out (docs/dns.md, min_healthy).
 * Begins below one share and ends above a larger one, so that a service at the edge does
 * not flicker; both are announced. */
#include <stdio.h>

#include "answer/settings.h"
#include "answer/state.h"
#include "base/log.h"
#include "registry/notices.h"

static void count(const struct members_rules *rules, const struct service *service,
                  uint32_t *healthy, uint32_t *total)
{
    for (uint32_t i = 0; i < service->count; i++) {
        const struct entry *entry = service->entries[i];
        if (entry->instance == NULL)
            continue;
        enum member_reason reason = member_health(rules, entry);
        *total += !member_is_asked_out(reason);
        *healthy += member_is_in(reason);
    }
}

static void announce(struct answer *answer, const struct answer_unit *unit,
                     const struct service *service, uint32_t healthy, uint32_t total)
{
    bool on = unit->panicking;
    char words[400];
    const struct notice notice = { .kind = NOTICE_PANIC,
                                   .on = on,
                                   .namespace_name = service->namespace_name,
                                   .service = service->name,
                                   .words = words };

    snprintf(
        words, sizeof words,
        on ? "%u of %u instances are healthy, too few: %.255s answers with all of them"
           : "%u of %u instances are healthy: %.255s answers with those only, again",
        healthy, total, unit->zone->config->apex);
    if (on)
        log_warning("answer", "%s: %s", service->name, words);
    else
        log_info("answer", "%s: %s", service->name, words);
    if (answer->registry != NULL)
        registry_notice(answer->registry, &notice);
}

void panic_follow(struct answer *answer, struct answer_unit *unit,
                  const struct service *service)
{
    struct answer_settings settings =
        answer_settings_of(unit->zone->config, unit->said, service->name);
    uint32_t healthy = 0, total = 0;

    if (settings.members.min_healthy == 0)
        return;
    settings.members.panicking = unit->panicking;
    count(&settings.members, service, &healthy, &total);
    bool on = members_panic(&settings.members, healthy, total);
    if (on == unit->panicking)
        return;
    unit->panicking = on;
    if (unit->browse || unit->explains || answer->compiler.rehearsal)
        return;
    uint64_t now = counter_read(&answer->counts.panicking);
    counter_add(&answer->counts.panics, on);
    counter_set(&answer->counts.panicking, on ? now + 1 : now - 1);
    announce(answer, unit, service, healthy, total);
}

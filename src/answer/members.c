#include "answer/members.h"

#include <string.h>
#include <strings.h>

#include "dns/wire.h"
#include "model/instance.h"

enum { WHOLE = 1000 };

static const char *const words[MEMBER_REASONS] = {
    [MEMBER_HEALTHY] = "healthy",
    [MEMBER_WARNING] = "warning",
    [MEMBER_OVERRIDDEN_UP] = "overridden up",
    [MEMBER_HELD] = "held",
    [MEMBER_FROZEN] = "frozen",
    [MEMBER_PANIC] = "too few healthy",
    [MEMBER_OPEN] = "none healthy",
    [MEMBER_NAMED] = "named",
    [MEMBER_LAST] = "last healthy",
    [MEMBER_OTHER_LABEL] = "other instance",
    [MEMBER_OTHER_TAG] = "wrong tag",
    [MEMBER_OTHER_PORT] = "wrong port",
    [MEMBER_NO_PORT] = "no port",
    [MEMBER_HOST_NAME] = "host name",
    [MEMBER_NO_ADDRESS] = "no address of that family",
    [MEMBER_OTHER_NAMESPACE] = "other namespace",
    [MEMBER_OTHER_DATACENTER] = "other datacenter",
    [MEMBER_NOT_NAMED] = "not named",
    [MEMBER_NO_RECORD] = "no record of that type",
    [MEMBER_VIRTUAL] = "virtual address",
    [MEMBER_BEYOND_LIMIT] = "beyond the limit",
    [MEMBER_BEYOND_PACKET] = "beyond the packet",
    [MEMBER_DRAINING] = "draining",
    [MEMBER_OVERRIDDEN_DOWN] = "overridden down",
    [MEMBER_NODE_DOWN] = "node down",
    [MEMBER_CRITICAL] = "critical",
    [MEMBER_STARTING] = "starting",
    [MEMBER_NOT_PASSING] = "only passing",
    [MEMBER_DAMPED] = "damped",
    [MEMBER_FROZEN_OUT] = "frozen out",
};

const char *member_reason_word(enum member_reason reason)
{
    return words[reason];
}

/* Names of DNS have no case (RFC 4343). */
static bool has_tag(const struct rollcall_instance *is, const char *tag)
{
    for (unsigned i = 0; i < is->tag_count; i++)
        if (strcasecmp(is->tags[i], tag) == 0)
            return true;
    return false;
}

static bool has_port(const struct rollcall_instance *is,
                     const struct members_filter *filter)
{
    uint16_t number;
    uint8_t protocol;

    if (filter->port == NULL && instance_default_port(is, &number, &protocol) &&
        protocol == filter->protocol)
        return true;
    for (unsigned i = 0; i < is->port_count; i++)
        if (is->ports[i].protocol == filter->protocol &&
            (filter->port == NULL || strcmp(is->ports[i].name, filter->port) == 0))
            return true;
    return false;
}

static bool has_family(const struct rollcall_instance *is, uint8_t family)
{
    for (unsigned i = 0; i < is->address_count; i++)
        if (is->addresses[i].family == family)
            return true;
    return false;
}

enum member_reason members_match_name(const struct members_filter *filter,
                                      const struct entry *entry)
{
    const struct rollcall_instance *is = &entry->instance->is;

    if (filter->label != NULL &&
        (entry->label == NULL || strcmp(entry->label, filter->label) != 0))
        return MEMBER_OTHER_LABEL;
    if (filter->tag != NULL && !has_tag(is, filter->tag))
        return MEMBER_OTHER_TAG;
    if ((filter->port != NULL || filter->by_protocol) && !has_port(is, filter))
        return MEMBER_OTHER_PORT;
    return MEMBER_HEALTHY;
}

enum member_reason members_match_type(const struct members_filter *filter,
                                      const struct entry *entry, bool alias)
{
    const struct rollcall_instance *is = &entry->instance->is;
    uint16_t number;
    uint8_t protocol;

    if (alias) /* it has the records of its target */
        return MEMBER_HEALTHY;
    if (filter->type == DNS_TYPE_SRV && filter->port == NULL && !filter->by_protocol &&
        !instance_default_port(is, &number, &protocol))
        return MEMBER_NO_PORT;
    if (filter->type != DNS_TYPE_A && filter->type != DNS_TYPE_AAAA)
        return MEMBER_HEALTHY;
    if (is->host[0] != '\0')
        return MEMBER_HOST_NAME;
    return has_family(is, filter->type == DNS_TYPE_A ? 4 : 6) ? MEMBER_HEALTHY
                                                              : MEMBER_NO_ADDRESS;
}

static enum member_reason without_standing(const struct members_rules *rules,
                                           const struct entry *entry)
{
    switch (entry->health) {
    case ROLLCALL_PASSING:
        return MEMBER_HEALTHY;
    case ROLLCALL_WARNING:
        return rules->only_passing ? MEMBER_NOT_PASSING : MEMBER_WARNING;
    case ROLLCALL_CRITICAL:
        break;
    }
    return entry->state == STARTING ? MEMBER_STARTING : MEMBER_CRITICAL;
}

/* Served as it was before, `in` unless that was out. */
static enum member_reason as_before(const struct members_rules *rules,
                                    const struct entry *entry, enum member_reason in)
{
    switch (entry_judged(entry)) {
    case ROLLCALL_PASSING:
        return in;
    case ROLLCALL_WARNING:
        return rules->only_passing ? MEMBER_NOT_PASSING : in;
    case ROLLCALL_CRITICAL:
        break;
    }
    return MEMBER_FROZEN_OUT;
}

enum member_reason member_judged(const struct members_rules *rules,
                                 const struct entry *entry)
{
    switch (entry_judgement(entry)) {
    case STANDING_FROZEN:
        return as_before(rules, entry, MEMBER_FROZEN);
    case STANDING_HELD:
        return as_before(rules, entry, MEMBER_HELD);
    case STANDING_DAMPED:
        return MEMBER_DAMPED;
    default:
        return without_standing(rules, entry);
    }
}

enum member_reason member_health(const struct members_rules *rules,
                                 const struct entry *entry)
{
    switch (entry_standing(entry)) {
    case STANDING_DRAINING:
        return MEMBER_DRAINING;
    case STANDING_OVERRIDDEN_DOWN:
        return MEMBER_OVERRIDDEN_DOWN;
    case STANDING_NODE:
        return MEMBER_NODE_DOWN;
    case STANDING_OVERRIDDEN_UP:
        return MEMBER_OVERRIDDEN_UP;
    default:
        return member_judged(rules, entry);
    }
}

bool members_any_well(const struct members_rules *rules, const struct service *service)
{
    for (uint32_t i = 0; i < service->count; i++)
        if (service->entries[i]->instance != NULL &&
            member_is_in(member_health(rules, service->entries[i])))
            return true;
    return false;
}

static bool is_unwell(enum member_reason reason)
{
    return reason >= MEMBER_CRITICAL;
}

static void turn_all(struct candidate *candidates, size_t count, enum member_reason to)
{
    for (size_t i = 0; i < count; i++)
        if (is_unwell(candidates[i].reason))
            candidates[i].reason = to;
}

/* The last set that was not empty: those that ceased last, all at once. */
static void turn_last(struct candidate *candidates, size_t count, int64_t now,
                      int64_t *due)
{
    int64_t last = 0;

    for (size_t i = 0; i < count; i++)
        if (is_unwell(candidates[i].reason) && candidates[i].ceased > last)
            last = candidates[i].ceased;
    if (last == 0 || now - last >= MEMBERS_LAST_MS)
        return;
    *due = last + MEMBERS_LAST_MS;
    for (size_t i = 0; i < count; i++)
        if (is_unwell(candidates[i].reason) && candidates[i].ceased == last)
            candidates[i].reason = MEMBER_LAST;
}

bool members_panic(const struct members_rules *rules, uint32_t healthy, uint32_t total)
{
    uint32_t needed = rules->panicking && rules->until > rules->min_healthy
                          ? rules->until
                          : rules->min_healthy;

    return healthy < total && (uint64_t)healthy * WHOLE < (uint64_t)total * needed;
}

static void be_lenient(const struct members_rules *rules, struct candidate *candidates,
                       size_t count, struct members_count *counts, int64_t now)
{
    if (counts->healthy == counts->total)
        return;
    if (counts->healthy == 0 && rules->no_healthy == CONFIG_NO_HEALTHY_ALL)
        turn_all(candidates, count, MEMBER_OPEN);
    else if (members_panic(rules, counts->healthy, counts->total))
        turn_all(candidates, count, MEMBER_PANIC);
    else if (counts->healthy == 0 && rules->no_healthy == CONFIG_NO_HEALTHY_LAST)
        turn_last(candidates, count, now, &counts->due);
}

/* Do all that are registered at the name have host names? Then it is an alias. */
static bool is_alias(const struct members_filter *filter,
                     const struct candidate *candidates, size_t count)
{
    uint32_t hosts = 0, total = 0;

    if (filter->type == 0 || filter->port != NULL || filter->by_protocol)
        return false;
    for (size_t i = 0; i < count; i++)
        if (members_match_name(filter, candidates[i].entry) == MEMBER_HEALTHY) {
            total++;
            hosts += candidates[i].entry->instance->is.host[0] != '\0';
        }
    return total > 0 && hosts == total;
}

struct members_count members_choose(const struct members_rules *rules,
                                    const struct members_filter *filter,
                                    struct candidate *candidates, size_t count,
                                    int64_t now)
{
    struct members_count counts = { .due = INT64_MAX };
    bool alias = is_alias(filter, candidates, count);

    for (size_t i = 0; i < count; i++) {
        struct candidate *candidate = &candidates[i];
        candidate->reason = members_match_name(filter, candidate->entry);
        if (candidate->reason != MEMBER_HEALTHY)
            continue;
        candidate->reason = member_health(rules, candidate->entry);
        if (member_is_asked_out(candidate->reason)) {
            counts.asked_out++;
            continue;
        }
        counts.total++;
        counts.healthy += member_is_in(candidate->reason);
    }
    be_lenient(rules, candidates, count, &counts, now);
    for (size_t i = 0; i < count; i++) {
        struct candidate *candidate = &candidates[i];
        if (member_is_in(candidate->reason)) {
            enum member_reason type = members_match_type(filter, candidate->entry, alias);
            candidate->reason = type == MEMBER_HEALTHY ? candidate->reason : type;
        }
        counts.in += member_is_in(candidate->reason);
        counts.by_reason[candidate->reason]++;
    }
    return counts;
}

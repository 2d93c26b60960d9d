/* Instances with a host name, answered with the addresses that it has now: which ones
 * are concerned, and what is published of them (cname_mode: flatten, docs/dns.md §2.11).
 */
#include "answer/names.h"
#include "answer/reader.h"
#include "answer/settings.h"
#include "answer/state.h"
#include "base/log.h"

/* Stands where an instance has no addresses yet: it is no alias all the same. */
static const struct rollcall_address nothing;

static bool flattens(const struct answer *answer, const struct answer_zone *zone,
                     const char *namespace_name, const char *service)
{
    return names_hold(zone, namespace_name) &&
           answer_settings_of(zone->config,
                              answer_said_of(answer->config, namespace_name, service),
                              service)
               .flatten;
}

static bool is_looked_up(const struct answer *answer, const struct rollcall_instance *is)
{
    if (is->host == NULL || is->host[0] == '\0')
        return false;
    for (size_t i = 0; i < answer->index.zone_count; i++)
        if (flattens(answer, answer->index.zones[i], is->namespace_name, is->service))
            return true;
    return false;
}

void flatten_on_event(struct answer *answer, const struct event *event)
{
    const struct rollcall_instance *is = &event->entry->instance->is;

    if (event->kind == EVENT_HEALTH)
        return;
    if (event->kind != EVENT_REMOVED && is_looked_up(answer, is) &&
        !hosts_hold(&answer->hosts, is->host, answer->now))
        log_error("answer", "no memory to look up the host %s", is->host);
    if (event->kind == EVENT_REMOVED && is_looked_up(answer, is))
        hosts_release(&answer->hosts, is->host);
    if (event->before != NULL && is_looked_up(answer, &event->before->is))
        hosts_release(&answer->hosts, event->before->is.host);
}

struct instance *flatten_instance(const struct answer *answer,
                                  const struct answer_zone *zone,
                                  const struct entry *entry)
{
    struct rollcall_instance is = entry->instance->is;

    if (is.host == NULL || is.host[0] == '\0' ||
        !flattens(answer, zone, is.namespace_name, is.service))
        return instance_ref(entry->instance);
    const struct host *host = hosts_find(&answer->hosts, is.host);
    if (host != NULL && host->count > 0) {
        uint32_t ttl = is.ttl == ROLLCALL_TTL_UNSET ? zone->instance_ttl : is.ttl;
        is.addresses = host->addresses;
        is.address_count = (uint16_t)host->count;
        is.ttl = host->ttl < ttl ? host->ttl : ttl;
    }
    struct instance *flat = instance_copy(&is);
    if (flat != NULL && flat->is.address_count == 0)
        flat->is.addresses = &nothing;
    return flat;
}

static bool has_changed(const struct answer *answer, const struct entry *entry)
{
    const struct host *host = entry->instance == NULL ||
                                      entry->instance->is.host == NULL ||
                                      entry->instance->is.host[0] == '\0'
                                  ? NULL
                                  : hosts_find(&answer->hosts, entry->instance->is.host);

    return host != NULL && host->changed;
}

void flatten_run(struct answer *answer)
{
    hosts_run_due(&answer->hosts, answer->now);
    if (!answer->hosts.changed)
        return;
    answer_reader_online();
    for (struct list *node = answer->marks.next; node != &answer->marks;
         node = node->next) {
        struct service *service = list_entry(node, struct answer_mark, all)->service;
        for (uint32_t i = 0; i < service->count; i++)
            if (has_changed(answer, service->entries[i])) {
                publisher_publish_instance(answer, service, service->entries[i]);
                publisher_mark(answer, service);
            }
    }
    hosts_settle(&answer->hosts);
    answer_reader_offline();
}

void answer_use_resolver(struct answer *answer,
                         bool (*ask)(void *owner, const char *host), void *owner)
{
    answer->hosts.ask = ask;
    answer->hosts.ask_owner = owner;
}

bool answer_wants_resolver(const struct config *config)
{
    for (uint32_t i = 0; i < config->zone_count; i++)
        if (config->zones[i].cname_mode != 0)
            return true;
    for (uint32_t i = 0; i < config->service_count; i++)
        if (config->services[i].cname_mode == 2)
            return true;
    return false;
}

void answer_host_learnt(struct answer *answer, const char *host,
                        const struct rollcall_address *addresses, uint32_t count,
                        uint32_t ttl, int64_t now)
{
    hosts_learnt(&answer->hosts, host, addresses, count, ttl, now);
}

void answer_host_failed(struct answer *answer, const char *host, const char *why,
                        int64_t now)
{
    hosts_failed(&answer->hosts, host, why, now);
}

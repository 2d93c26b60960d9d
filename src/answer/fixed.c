#include "answer/fixed.h"

#include <string.h>

#include "answer/layout.h"
#include "dns/wire.h"

enum { DNS_VERSION_TTL = 28800 };

static const char *const browsing[] = { "b", "db", "lb" };
static const char dns_version[] = "\5"
                                  "1.1.0";

bool fixed_node_name(const struct answer_zone *zone, unsigned way, struct dns_name *out)
{
    const struct config *config = zone->all;
    bool consul = zone->config->layout == CONFIG_LAYOUT_CONSUL;

    *out = zone->apex;
    if (config->node == NULL || config->node_address_count == 0 ||
        (!consul && zone->config->layout != CONFIG_LAYOUT_FLAT) || way > consul)
        return false;
    if (way == 0 && !names_is_home(zone, zone->home))
        return consul ? fixed_node_name(zone, 1, out) : false;
    if (way == 1 && !dns_name_prepend(out, zone->home, strlen(zone->home)))
        return false;
    return dns_name_prepend(out, "node", 4) &&
           dns_name_prepend(out, config->node, strlen(config->node));
}

static struct fixed_record *add(struct fixed_record *out, size_t *count,
                                const struct dns_name *owner, uint16_t type, uint32_t ttl)
{
    struct fixed_record *record = &out[(*count)++];

    *record = (struct fixed_record){ .owner = *owner, .type = type, .ttl = ttl };
    return record;
}

static void add_node(const struct answer_zone *zone, struct fixed_record *out,
                     size_t *count)
{
    const struct config *config = zone->all;
    struct dns_name name;

    for (unsigned way = 0; fixed_node_name(zone, way, &name); way++)
        for (uint32_t i = 0; i < config->node_address_count; i++) {
            const struct rollcall_address *address = &config->node_addresses[i];
            bool v4 = address->family == 4;
            struct fixed_record *record =
                add(out, count, &name, v4 ? DNS_TYPE_A : DNS_TYPE_AAAA,
                    zone->config->instance_ttl);
            record->rdata_length = v4 ? 4 : 16;
            memcpy(record->rdata, address->bytes, record->rdata_length);
        }
}

/* b._dns-sd._udp.Z and its kind say that the zone itself is browsed (RFC 6763 §11). */
static void add_browsing(const struct answer_zone *zone, struct fixed_record *out,
                         size_t *count)
{
    for (size_t i = 0; i < sizeof browsing / sizeof *browsing; i++) {
        struct dns_name name = zone->apex;
        if (!dns_name_prepend(&name, "_udp", 4) ||
            !dns_name_prepend(&name, "_dns-sd", 7) ||
            !dns_name_prepend(&name, browsing[i], strlen(browsing[i])))
            continue;
        struct fixed_record *record =
            add(out, count, &name, DNS_TYPE_PTR, zone->config->ttl);
        record->rdata_length = zone->apex.length;
        memcpy(record->rdata, zone->apex.wire, zone->apex.length);
    }
}

static void add_version(const struct answer_zone *zone, struct fixed_record *out,
                        size_t *count)
{
    struct dns_name name = zone->apex;

    if (!dns_name_prepend(&name, "dns-version", 11))
        return;
    struct fixed_record *record = add(out, count, &name, DNS_TYPE_TXT, DNS_VERSION_TTL);
    record->rdata_length = sizeof dns_version - 1;
    memcpy(record->rdata, dns_version, sizeof dns_version - 1);
}

size_t fixed_records(const struct answer_zone *zone, struct fixed_record *out)
{
    size_t count = 0;

    add_node(zone, out, &count);
    if (layout_of(zone)->browsed)
        add_browsing(zone, out, &count);
    if (zone->config->layout == CONFIG_LAYOUT_KUBERNETES)
        add_version(zone, out, &count);
    return count;
}

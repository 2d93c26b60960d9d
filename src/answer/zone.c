#include "answer/zone.h"

#include <stdlib.h>
#include <string.h>

#include "answer/block.h"
#include "answer/statics.h"
#include "answer/types.h"
#include "base/bytes.h"
#include "dns/wire.h"

enum { TTL_AT = 6, SERIAL_UNSAVED = 1 };

bool answer_zone_name(const char *text, const struct dns_name *apex, struct dns_name *out)
{
    struct dns_name name;
    size_t length = strlen(text);

    if (!dns_name_parse(text, &name))
        return false;
    if (text[length - 1] != '.') {
        if (name.length - 1 + apex->length > DNS_NAME_MAX)
            return false;
        memcpy(name.wire + name.length - 1, apex->wire, apex->length);
        name.length = (uint8_t)(name.length - 1 + apex->length);
    }
    out->length = name.length;
    dns_name_lower(name.wire, name.length, out->wire);
    return true;
}

bool answer_zone_owns(const struct answer_zone *zone, const struct dns_name *name)
{
    return answer_index_zone(zone->index, name->wire, name->length) == zone;
}

static void put_name(struct answer_soa *soa, const struct answer_zone *zone,
                     const uint8_t *wire, size_t length)
{
    int below = dns_name_below(wire, length, zone->apex.wire, zone->apex.length);
    size_t own = below < 0 ? length : (size_t)below;

    memcpy(soa->wire + soa->length, wire, own);
    soa->length = (uint16_t)(soa->length + own);
    if (below < 0)
        return;
    soa->patch[soa->patch_count++] = soa->length;
    soa->length = (uint16_t)(soa->length + 2);
}

/* What an SOA says beside the serial. */
struct soa_values {
    struct dns_name mname, rname;
    uint32_t ttl, refresh, retry, expire, minimum;
};

static void make_soa(struct answer_zone *zone, const struct soa_values *values)
{
    struct answer_soa *soa = &zone->soa;
    const uint32_t numbers[] = { 0, values->refresh, values->retry, values->expire,
                                 values->minimum };

    memset(soa, 0, sizeof *soa);
    soa->ttl = values->ttl;
    soa->negative_ttl = values->ttl < values->minimum ? values->ttl : values->minimum;
    put_name(soa, zone, zone->apex.wire, zone->apex.length);
    bytes_put16(soa->wire + 2, DNS_TYPE_SOA);
    bytes_put16(soa->wire + 4, DNS_CLASS_IN);
    soa->length = ANSWER_RR_HEADER;
    put_name(soa, zone, values->mname.wire, values->mname.length);
    put_name(soa, zone, values->rname.wire, values->rname.length);
    for (size_t i = 0; i < 5; i++, soa->length = (uint16_t)(soa->length + 4))
        bytes_put32(soa->wire + soa->length, numbers[i]);
    bytes_put16(soa->wire + 10, (uint16_t)(soa->length - ANSWER_RR_HEADER));
}

size_t answer_zone_soa_write(const struct answer_zone *zone, uint8_t *out, size_t apex_at,
                             bool negative)
{
    const struct answer_soa *soa = &zone->soa;
    uint16_t pointer = (uint16_t)(0xc000 | apex_at);
    uint32_t serial = atomic_load_explicit(&zone->serial, memory_order_relaxed);

    memcpy(out, soa->wire, soa->length);
    for (unsigned i = 0; i < soa->patch_count; i++)
        bytes_put16(out + soa->patch[i], pointer);
    bytes_put32(out + TTL_AT, negative ? soa->negative_ttl : soa->ttl);
    bytes_put32(out + soa->length - SOA_NUMBERS, serial);
    return soa->length;
}

static enum rollcall_status configured_soa(const struct answer_zone *zone,
                                           struct soa_values *out, struct reason *why)
{
    const struct config_zone *config = zone->config;
    const char *ns = config->ns_count > 0 ? config->ns[0] : "ns";

    if (!answer_zone_name(ns, &zone->apex, &out->mname)) {
        reason_set(why, "zone %s: the name server \"%s\" is not a domain name",
                   config->apex, ns);
        return ROLLCALL_E_CONFIG;
    }
    if (!answer_zone_name(config->hostmaster, &zone->apex, &out->rname)) {
        reason_set(why, "zone %s: the hostmaster \"%s\" is not a domain name",
                   config->apex, config->hostmaster);
        return ROLLCALL_E_CONFIG;
    }
    out->ttl = out->minimum = config->negative_ttl;
    out->refresh = config->refresh;
    out->retry = config->retry;
    out->expire = config->expire;
    return ROLLCALL_OK;
}

static size_t name_length(const uint8_t *wire, size_t room)
{
    size_t at = 0;

    while (at < room && wire[at] != 0)
        at += (size_t)wire[at] + 1;
    return at < room ? at + 1 : 0;
}

/* The SOA of the file, where there is one, takes the place of the configured values; the
 * serial stays ours, because names come and go without the file. */
static void soa_of_file(const struct zonefile *file, struct soa_values *out)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct zonefile_record *record = &file->records[i];
        if (record->type != DNS_TYPE_SOA)
            continue;
        size_t mname = name_length(record->rdata, record->rdata_length);
        size_t rname = name_length(record->rdata + mname, record->rdata_length - mname);
        if (mname == 0 || rname == 0 ||
            mname + rname + SOA_NUMBERS != record->rdata_length)
            continue;
        const uint8_t *numbers = record->rdata + mname + rname;
        out->mname.length = (uint8_t)mname;
        dns_name_lower(record->rdata, mname, out->mname.wire);
        out->rname.length = (uint8_t)rname;
        dns_name_lower(record->rdata + mname, rname, out->rname.wire);
        out->ttl = record->ttl;
        out->refresh = bytes_get32(numbers + 4);
        out->retry = bytes_get32(numbers + 8);
        out->expire = bytes_get32(numbers + 12);
        out->minimum = bytes_get32(numbers + 16);
        return;
    }
}

static enum rollcall_status fill(struct answer_zone *zone, struct reason *why)
{
    const struct config_zone *config = zone->config;
    struct zonefile file = { NULL, 0 };
    struct soa_values values;
    enum rollcall_status status = configured_soa(zone, &values, why);

    if (status == ROLLCALL_OK && config->file != NULL)
        status = zonefile_read(config->file, &zone->apex, config->ttl, &file, why);
    if (status == ROLLCALL_OK) {
        soa_of_file(&file, &values);
        make_soa(zone, &values);
        status = statics_build(zone, &file, why);
    }
    zonefile_deinit(&file);
    return status;
}

enum rollcall_status answer_zone_create(struct answer_index *index,
                                        const struct config *all,
                                        const struct config_zone *config,
                                        struct answer_zone **out, struct reason *why)
{
    struct answer_zone *zone = calloc(1, sizeof *zone);

    if (zone == NULL) {
        reason_set(why, "no memory for the zone %s", config->apex);
        return ROLLCALL_E_NOMEM;
    }
    zone->config = config;
    zone->index = index;
    zone->order = (uint8_t)config->order;
    zone->instance_ttl = config->instance_ttl;
    zone->all = all;
    zone->every_datacenter = config->scope == CONFIG_SCOPE_ALL;
    zone->home = all->datacenter != NULL ? all->datacenter : "";
    zone->datacenter = config->datacenter != NULL && config->datacenter[0] != '\0'
                           ? config->datacenter
                           : zone->home;
    atomic_store_explicit(&zone->serial, SERIAL_UNSAVED, memory_order_relaxed);
    if (!answer_zone_name(config->apex, &zone->apex, &zone->apex)) {
        reason_set(why, "zone %s: not a domain name", config->apex);
        answer_zone_destroy(zone);
        return ROLLCALL_E_CONFIG;
    }
    zone->parent = answer_index_zone(index, zone->apex.wire, zone->apex.length);
    zone->number = (uint16_t)index->numbered_count;
    index->numbered[index->numbered_count++] = zone;
    enum rollcall_status status = fill(zone, why);
    if (status != ROLLCALL_OK) {
        answer_zone_destroy(zone);
        return status;
    }
    *out = zone;
    return ROLLCALL_OK;
}

void answer_zone_destroy(struct answer_zone *zone)
{
    if (zone == NULL)
        return;
    types_deinit(zone);
    free(zone->names.data);
    free(zone->block);
    free(zone);
}

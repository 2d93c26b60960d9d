#include "answer/static_items.h"

#include <stdlib.h>
#include <string.h>

#include "answer/fixed.h"
#include "base/log.h"
#include "dns/wire.h"

/* Addresses first, as docs/dns.md §2.10 wants them for ANY. */
static unsigned rank(uint16_t type)
{
    static const uint16_t first[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_SRV,
                                      DNS_TYPE_TXT };
    unsigned i = 0;

    while (i < sizeof first / sizeof *first && first[i] != type)
        i++;
    return i;
}

int static_item_compare_owner(const struct static_item *a, const struct static_item *b)
{
    if (a->owner_length != b->owner_length)
        return a->owner_length < b->owner_length ? -1 : 1;
    return memcmp(a->owner, b->owner, a->owner_length);
}

static int by_type(const struct static_item *a, const struct static_item *b)
{
    if (rank(a->type) != rank(b->type))
        return rank(a->type) < rank(b->type) ? -1 : 1;
    return a->type == b->type ? 0 : a->type < b->type ? -1 : 1;
}

static int by_place(const void *left, const void *right)
{
    const struct static_item *a = left, *b = right;
    int order = static_item_compare_owner(a, b);

    if (order == 0)
        order = by_type(a, b);
    if (order == 0 && a->type == DNS_TYPE_SRV)
        order = memcmp(a->rdata, b->rdata, 2); /* priorities together */
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static void add(struct static_items *all, const uint8_t *owner, uint8_t owner_length,
                uint16_t type, uint32_t ttl, const void *rdata, uint16_t rdata_length)
{
    all->list[all->count++] = (struct static_item){ .owner = owner,
                                                    .owner_length = owner_length,
                                                    .type = type,
                                                    .ttl = ttl,
                                                    .line = all->zone->config->line,
                                                    .rdata = rdata,
                                                    .rdata_length = rdata_length };
}

static enum rollcall_status take_file(struct static_items *all,
                                      const struct zonefile *file, struct reason *why)
{
    struct answer_zone *zone = all->zone;

    for (size_t i = 0; i < file->count; i++) {
        const struct zonefile_record *record = &file->records[i];
        bool apex = record->owner.length == zone->apex.length;
        if (record->type == DNS_TYPE_SOA)
            continue;
        if (record->type == DNS_TYPE_DS && apex) {
            reason_set(why,
                       "%s:%u: DS records of %s belong to the zone above it; remove them",
                       zone->config->file, record->line, zone->config->apex);
            return ROLLCALL_E_CONFIG;
        }
        zone->has_cuts = zone->has_cuts || (record->type == DNS_TYPE_NS && !apex);
        add(all, record->owner.wire, record->owner.length, record->type, record->ttl,
            record->rdata, record->rdata_length);
        all->list[all->count - 1].line = record->line;
    }
    return ROLLCALL_OK;
}

static const struct static_item *find(const struct static_items *all,
                                      const uint8_t *owner, size_t length, uint16_t type)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct static_item *item = &all->list[i];
        if (item->type == type && item->owner_length == length &&
            memcmp(item->owner, owner, length) == 0)
            return item;
    }
    return NULL;
}

static bool has(const struct static_items *all, const uint8_t *owner, size_t length,
                uint16_t type)
{
    return find(all, owner, length, type) != NULL;
}

/* The configured name servers, where the file names none. */
static void add_servers(struct static_items *all)
{
    const struct answer_zone *zone = all->zone;

    if (has(all, zone->apex.wire, zone->apex.length, DNS_TYPE_NS))
        return;
    for (uint32_t i = 0; i < zone->config->ns_count; i++) {
        struct dns_name *ns = &all->ns[i];
        if (answer_zone_name(zone->config->ns[i], &zone->apex, ns))
            add(all, zone->apex.wire, zone->apex.length, DNS_TYPE_NS,
                zone->config->ns_ttl, ns->wire, ns->length);
    }
}

/* Nobody looks for a name server behind an alias (RFC 2181 §10.3), and no address of ours
 * may stand beside one. */
static enum rollcall_status check_servers(const struct static_items *all,
                                          struct reason *why)
{
    const struct config_zone *config = all->zone->config;

    for (size_t i = 0; i < all->count; i++) {
        const struct static_item *ns = &all->list[i];
        const struct static_item *alias =
            ns->type != DNS_TYPE_NS
                ? NULL
                : find(all, ns->rdata, ns->rdata_length, DNS_TYPE_CNAME);
        if (alias == NULL)
            continue;
        char name[DNS_NAME_TEXT];
        dns_name_print(ns->rdata, ns->rdata_length, name, sizeof name);
        reason_set(why,
                   "%s:%u: %s is a name server of the zone %s and cannot be an alias "
                   "(CNAME); give its addresses",
                   config->file, alias->line, name, config->apex);
        return ROLLCALL_E_CONFIG;
    }
    return ROLLCALL_OK;
}

/* The first name server in the zone that has no address yet gets the configured ones. */
static void add_addresses(struct static_items *all)
{
    const struct answer_zone *zone = all->zone;
    const struct config_zone *config = zone->config;
    const struct static_item *ns = NULL;

    for (size_t i = 0; i < all->count && ns == NULL; i++)
        if (all->list[i].type == DNS_TYPE_NS &&
            dns_name_below(all->list[i].rdata, all->list[i].rdata_length, zone->apex.wire,
                           zone->apex.length) > 0)
            ns = &all->list[i];
    if (ns == NULL || has(all, ns->rdata, ns->rdata_length, DNS_TYPE_A) ||
        has(all, ns->rdata, ns->rdata_length, DNS_TYPE_AAAA))
        return;
    if (config->ns_address_count == 0)
        log_warning("answer", "zone %s: its name server has no address; set ns_addresses",
                    config->apex);
    for (uint32_t i = 0; i < config->ns_address_count; i++) {
        const struct rollcall_address *address = &config->ns_addresses[i];
        add(all, ns->rdata, (uint8_t)ns->rdata_length,
            address->family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA, config->ns_ttl,
            address->bytes, address->family == 4 ? 4 : 16);
    }
}

/* Those of the layout, unless the file says something of the name itself. */
static void add_fixed(struct static_items *all)
{
    size_t count = fixed_records(all->zone, all->fixed), file = all->count;

    for (size_t i = 0; i < count; i++) {
        const struct fixed_record *record = &all->fixed[i];
        bool taken = false;
        for (size_t k = 0; k < file && !taken; k++)
            taken = dns_name_equal(all->list[k].owner, all->list[k].owner_length,
                                   record->owner.wire, record->owner.length);
        if (!taken)
            add(all, record->owner.wire, record->owner.length, record->type, record->ttl,
                record->rdata, record->rdata_length);
    }
}

size_t static_items_find(const struct static_items *all, const uint8_t *owner,
                         size_t length)
{
    struct static_item key = { .owner = owner, .owner_length = (uint8_t)length };
    size_t low = 0, high = all->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (static_item_compare_owner(&all->list[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool static_items_is_cut(const struct static_items *all, const uint8_t *owner,
                         size_t length)
{
    const struct static_item key = { .owner = owner, .owner_length = (uint8_t)length };

    for (size_t i = static_items_find(all, owner, length);
         i < all->count && static_item_compare_owner(&all->list[i], &key) == 0; i++)
        if (all->list[i].type == DNS_TYPE_NS)
            return true;
    return false;
}

size_t static_items_cut_above(const struct static_items *all,
                              const struct static_item *item)
{
    size_t apex = all->zone->apex.length, skip = (size_t)item->owner[0] + 1;

    for (; all->zone->has_cuts && item->owner_length - skip > apex;
         skip += (size_t)item->owner[skip] + 1)
        if (static_items_is_cut(all, item->owner + skip, item->owner_length - skip))
            return item->owner_length - skip;
    return 0;
}

/* At a delegation only it itself may stand, and what signs it; below it only addresses of
 * its servers: nothing else would ever be answered. */
static enum rollcall_status check_cuts(const struct static_items *all, struct reason *why)
{
    const struct answer_zone *zone = all->zone;

    for (size_t i = 0; zone->has_cuts && i < all->count; i++) {
        const struct static_item *item = &all->list[i];
        bool apex = item->owner_length == zone->apex.length;
        bool address = item->type == DNS_TYPE_A || item->type == DNS_TYPE_AAAA;
        size_t cut = apex || address ? 0 : static_items_cut_above(all, item);
        if (cut == 0 &&
            (apex || address || item->type == DNS_TYPE_NS || item->type == DNS_TYPE_DS ||
             !static_items_is_cut(all, item->owner, item->owner_length)))
            continue;
        char name[DNS_NAME_TEXT];
        dns_name_print(item->owner + (cut == 0 ? 0 : item->owner_length - cut),
                       cut == 0 ? item->owner_length : cut, name, sizeof name);
        reason_set(why,
                   "%s:%u: %s is delegated (NS), so nothing but NS, DS and addresses of "
                   "its name servers may stand there; put the record into the file of "
                   "that zone",
                   zone->config->file, item->line, name);
        return ROLLCALL_E_CONFIG;
    }
    return ROLLCALL_OK;
}

static enum rollcall_status gather(struct static_items *all, const struct zonefile *file,
                                   struct reason *why)
{
    const struct config_zone *config = all->zone->config;
    size_t most = file->count + config->ns_count + config->ns_address_count + FIXED_MAX;

    all->list = calloc(most + 1, sizeof *all->list);
    all->ns = calloc(config->ns_count + 1, sizeof *all->ns);
    all->fixed = calloc(FIXED_MAX, sizeof *all->fixed);
    if (all->list == NULL || all->ns == NULL || all->fixed == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = take_file(all, file, why);
    if (status != ROLLCALL_OK)
        return status;
    add_servers(all);
    status = check_servers(all, why);
    if (status != ROLLCALL_OK)
        return status;
    add_addresses(all);
    add_fixed(all);
    qsort(all->list, all->count, sizeof *all->list, by_place);
    return check_cuts(all, why);
}

enum rollcall_status static_items_init(struct static_items *all, struct answer_zone *zone,
                                       const struct zonefile *file, struct reason *why)
{
    *all = (struct static_items){ .zone = zone };
    return gather(all, file, why);
}

void static_items_deinit(struct static_items *all)
{
    free(all->list);
    free(all->ns);
    free(all->fixed);
}

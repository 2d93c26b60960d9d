#include "answer/statics.h"

#include <stdlib.h>
#include <string.h>

#include "answer/block.h"
#include "answer/fixed.h"
#include "answer/records.h"
#include "base/bytes.h"
#include "base/log.h"
#include "dns/wire.h"

enum {
    NS_NAME_AT = ANSWER_RR_HEADER, /* octets from the RR to its target */
    MX_NAME_AT = ANSWER_RR_HEADER + 2,
    SRV_NAME_AT = ANSWER_RR_HEADER + 6,
    EXTRA_MAX = UINT8_MAX,
    TYPES_MAX = 256 /* different types at one name */
};

/* One record, of the file or ours. All borrowed. */
struct item {
    const uint8_t *owner;
    const uint8_t *rdata;
    uint32_t ttl;
    uint32_t line;
    uint16_t rdata_length;
    uint16_t type;
    uint8_t owner_length;
};

struct statics {
    struct answer_zone *zone;
    struct item *items; /* owned */
    size_t count;
    struct dns_name *ns;        /* owned: the configured name servers */
    struct fixed_record *fixed; /* owned: those of the layout */
    const uint8_t *addressed;   /* borrowed: the one that gets the configured addresses */
    size_t addressed_length;
    struct block_builder builder;
};

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

static int by_owner(const struct item *a, const struct item *b)
{
    if (a->owner_length != b->owner_length)
        return a->owner_length < b->owner_length ? -1 : 1;
    return memcmp(a->owner, b->owner, a->owner_length);
}

static int by_type(const struct item *a, const struct item *b)
{
    if (rank(a->type) != rank(b->type))
        return rank(a->type) < rank(b->type) ? -1 : 1;
    return a->type == b->type ? 0 : a->type < b->type ? -1 : 1;
}

static int by_place(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    int order = by_owner(a, b);

    if (order == 0)
        order = by_type(a, b);
    if (order == 0 && a->type == DNS_TYPE_SRV)
        order = memcmp(a->rdata, b->rdata, 2); /* priorities together */
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static void add(struct statics *statics, const uint8_t *owner, uint8_t owner_length,
                uint16_t type, uint32_t ttl, const void *rdata, uint16_t rdata_length)
{
    statics->items[statics->count++] = (struct item){ .owner = owner,
                                                      .owner_length = owner_length,
                                                      .type = type,
                                                      .ttl = ttl,
                                                      .line = statics->zone->config->line,
                                                      .rdata = rdata,
                                                      .rdata_length = rdata_length };
}

static enum rollcall_status take_file(struct statics *statics,
                                      const struct zonefile *file, struct reason *why)
{
    struct answer_zone *zone = statics->zone;

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
        add(statics, record->owner.wire, record->owner.length, record->type, record->ttl,
            record->rdata, record->rdata_length);
        statics->items[statics->count - 1].line = record->line;
    }
    return ROLLCALL_OK;
}

static const struct item *find(const struct statics *statics, const uint8_t *owner,
                               size_t length, uint16_t type)
{
    for (size_t i = 0; i < statics->count; i++) {
        const struct item *item = &statics->items[i];
        if (item->type == type && item->owner_length == length &&
            memcmp(item->owner, owner, length) == 0)
            return item;
    }
    return NULL;
}

static bool has(const struct statics *statics, const uint8_t *owner, size_t length,
                uint16_t type)
{
    return find(statics, owner, length, type) != NULL;
}

/* The configured name servers, where the file names none. */
static void add_servers(struct statics *statics)
{
    const struct answer_zone *zone = statics->zone;

    if (has(statics, zone->apex.wire, zone->apex.length, DNS_TYPE_NS))
        return;
    for (uint32_t i = 0; i < zone->config->ns_count; i++) {
        struct dns_name *ns = &statics->ns[i];
        if (answer_zone_name(zone->config->ns[i], &zone->apex, ns))
            add(statics, zone->apex.wire, zone->apex.length, DNS_TYPE_NS,
                zone->config->ns_ttl, ns->wire, ns->length);
    }
}

/* Nobody looks for a name server behind an alias (RFC 2181 §10.3), and no address of ours
 * may stand beside one. */
static enum rollcall_status check_servers(const struct statics *statics,
                                          struct reason *why)
{
    const struct config_zone *config = statics->zone->config;

    for (size_t i = 0; i < statics->count; i++) {
        const struct item *ns = &statics->items[i];
        const struct item *alias =
            ns->type != DNS_TYPE_NS
                ? NULL
                : find(statics, ns->rdata, ns->rdata_length, DNS_TYPE_CNAME);
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
static void add_addresses(struct statics *statics)
{
    const struct answer_zone *zone = statics->zone;
    const struct config_zone *config = zone->config;
    const struct item *ns = NULL;

    for (size_t i = 0; i < statics->count && ns == NULL; i++)
        if (statics->items[i].type == DNS_TYPE_NS &&
            dns_name_below(statics->items[i].rdata, statics->items[i].rdata_length,
                           zone->apex.wire, zone->apex.length) > 0)
            ns = &statics->items[i];
    if (ns == NULL || has(statics, ns->rdata, ns->rdata_length, DNS_TYPE_A) ||
        has(statics, ns->rdata, ns->rdata_length, DNS_TYPE_AAAA))
        return;
    if (config->ns_address_count == 0)
        log_warning("answer", "zone %s: its name server has no address; set ns_addresses",
                    config->apex);
    for (uint32_t i = 0; i < config->ns_address_count; i++) {
        const struct rollcall_address *address = &config->ns_addresses[i];
        add(statics, ns->rdata, (uint8_t)ns->rdata_length,
            address->family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA, config->ns_ttl,
            address->bytes, address->family == 4 ? 4 : 16);
    }
}

/* Those of the layout, unless the file says something of the name itself. */
static void add_fixed(struct statics *statics)
{
    size_t count = fixed_records(statics->zone, statics->fixed), file = statics->count;

    for (size_t i = 0; i < count; i++) {
        const struct fixed_record *record = &statics->fixed[i];
        bool taken = false;
        for (size_t k = 0; k < file && !taken; k++)
            taken =
                dns_name_equal(statics->items[k].owner, statics->items[k].owner_length,
                               record->owner.wire, record->owner.length);
        if (!taken)
            add(statics, record->owner.wire, record->owner.length, record->type,
                record->ttl, record->rdata, record->rdata_length);
    }
}

static uint8_t name_at(uint16_t type)
{
    switch (type) {
    case DNS_TYPE_NS:
        return NS_NAME_AT;
    case DNS_TYPE_MX:
        return MX_NAME_AT;
    case DNS_TYPE_SRV:
        return SRV_NAME_AT;
    default:
        return 0;
    }
}

/* The first item of `owner`; items are sorted. */
static size_t find_owner(const struct statics *statics, const uint8_t *owner,
                         size_t length)
{
    struct item key = { .owner = owner, .owner_length = (uint8_t)length };
    size_t low = 0, high = statics->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_owner(&statics->items[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void put(struct record_writer *out, const struct item *item)
{
    uint8_t *rdata = record_begin(out, item->type, item->ttl, item->rdata_length);

    if (rdata != NULL && item->rdata_length > 0)
        memcpy(rdata, item->rdata, item->rdata_length);
}

/* The addresses of the target of `item`, as far as they are static too. */
static void put_extra(struct statics *statics, const struct item *item, uint8_t at)
{
    size_t skip = at - (size_t)ANSWER_RR_HEADER;
    const uint8_t *target = item->rdata + skip;
    size_t length = item->rdata_length - skip;
    struct item key = { .owner = target, .owner_length = (uint8_t)length };
    struct record_writer out = block_extra_writer(&statics->builder);
    uint32_t a = 0;

    if (out.at == NULL || length > DNS_NAME_MAX)
        return;
    for (size_t i = find_owner(statics, target, length);
         i < statics->count && by_owner(&statics->items[i], &key) == 0; i++) {
        uint16_t type = statics->items[i].type;
        if ((type != DNS_TYPE_A && type != DNS_TYPE_AAAA) || out.count == EXTRA_MAX)
            continue;
        put(&out, &statics->items[i]);
        a += type == DNS_TYPE_A;
    }
    block_extra_take(&statics->builder, &out, a);
}

/* For the order by weight: all alike but SRV (RFC 2782). */
static uint32_t weight_of(const struct item *item)
{
    return item->type == DNS_TYPE_SRV && item->rdata_length > 4
               ? bytes_get16(item->rdata + 2)
               : 1;
}

static uint32_t build_rrset(struct statics *statics, const struct item *items,
                            size_t count)
{
    struct block_builder *builder = &statics->builder;
    uint8_t at = name_at(items->type);

    block_rrset_begin(builder, items->type, at, statics->zone->order, 0);
    for (size_t i = 0; i < count; i++) {
        size_t room = (size_t)ANSWER_RR_HEADER + items[i].rdata_length;
        struct record_writer out = block_rr_writer(builder, room);
        if (out.at == NULL)
            return 0;
        put(&out, &items[i]);
        if (block_rr_take(builder, &out, weight_of(&items[i])) > 0 && at > 0)
            put_extra(statics, &items[i], at);
    }
    return block_rrset_finish(builder);
}

static bool is_cut(const struct statics *statics, const uint8_t *owner, size_t length)
{
    const struct item key = { .owner = owner, .owner_length = (uint8_t)length };

    for (size_t i = find_owner(statics, owner, length);
         i < statics->count && by_owner(&statics->items[i], &key) == 0; i++)
        if (statics->items[i].type == DNS_TYPE_NS)
            return true;
    return false;
}

/* The delegation that `item` lies below, the length of its name; 0: none. */
static size_t cut_above(const struct statics *statics, const struct item *item)
{
    size_t apex = statics->zone->apex.length, skip = (size_t)item->owner[0] + 1;

    for (; statics->zone->has_cuts && item->owner_length - skip > apex;
         skip += (size_t)item->owner[skip] + 1)
        if (is_cut(statics, item->owner + skip, item->owner_length - skip))
            return item->owner_length - skip;
    return 0;
}

static enum answer_set_kind kind_of(const struct statics *statics,
                                    const struct item *items, size_t types,
                                    uint16_t first_type)
{
    if (items->owner_length == statics->zone->apex.length)
        return ANSWER_SET_PLAIN;
    if (cut_above(statics, items) > 0)
        return ANSWER_SET_BELOW;
    if (statics->zone->has_cuts && is_cut(statics, items->owner, items->owner_length))
        return ANSWER_SET_CUT;
    return types == 1 && first_type == DNS_TYPE_CNAME ? ANSWER_SET_ALIAS
                                                      : ANSWER_SET_PLAIN;
}

/* At a delegation only it itself may stand, and what signs it; below it only addresses of
 * its servers: nothing else would ever be answered. */
static enum rollcall_status check_cuts(const struct statics *statics, struct reason *why)
{
    const struct answer_zone *zone = statics->zone;

    for (size_t i = 0; zone->has_cuts && i < statics->count; i++) {
        const struct item *item = &statics->items[i];
        bool apex = item->owner_length == zone->apex.length;
        bool address = item->type == DNS_TYPE_A || item->type == DNS_TYPE_AAAA;
        size_t cut = apex || address ? 0 : cut_above(statics, item);
        if (cut == 0 &&
            (apex || address || item->type == DNS_TYPE_NS || item->type == DNS_TYPE_DS ||
             !is_cut(statics, item->owner, item->owner_length)))
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

/* All records of one name: the set's offset. */
static uint32_t build_owner(struct statics *statics, const struct item *items,
                            size_t count)
{
    struct answer_set_entry entries[TYPES_MAX];
    size_t types = 0;

    for (size_t first = 0, next; first < count && types < TYPES_MAX; first = next) {
        for (next = first + 1; next < count && items[next].type == items[first].type;)
            next++;
        uint32_t at = build_rrset(statics, items + first, next - first);
        if (at != 0)
            entries[types++] = (struct answer_set_entry){ items[first].type, 0, at };
    }
    return block_set(&statics->builder, entries, types,
                     kind_of(statics, items, types, entries[0].type), 0);
}

/* The name gets its line now and its content when the block is ready; until then
 * `owner` holds where that will be. */
static bool add_name(struct statics *statics, const struct dns_name *wire, uint32_t line,
                     uint32_t set)
{
    struct answer_zone *zone = statics->zone;
    struct answer_name *name;

    if (!growing_hold(&zone->names, zone->names.length + sizeof name))
        return false;
    name = answer_index_add(zone->index, wire, zone);
    if (name == NULL)
        return false;
    name->from_file = true;
    name->line = line;
    name->owner = set;
    memcpy(zone->names.data + zone->names.length, &name, sizeof name);
    zone->names.length += sizeof name;
    return true;
}

static bool build_names(struct statics *statics)
{
    bool apex_met = false;

    for (size_t first = 0, next; first < statics->count; first = next) {
        const struct item *item = &statics->items[first];
        struct dns_name name = { .length = item->owner_length };
        for (next = first + 1;
             next < statics->count && by_owner(&statics->items[next], item) == 0;)
            next++;
        memcpy(name.wire, item->owner, item->owner_length);
        apex_met = apex_met || name.length == statics->zone->apex.length;
        uint32_t set = build_owner(statics, item, next - first);
        if (set == 0 || !add_name(statics, &name, item->line, set))
            return false;
    }
    if (apex_met)
        return true;
    uint32_t empty = block_set(&statics->builder, NULL, 0, ANSWER_SET_PLAIN, 0);
    return empty != 0 && add_name(statics, &statics->zone->apex, 0, empty);
}

static void publish(struct statics *statics, struct answer_block *block)
{
    struct answer_zone *zone = statics->zone;

    zone->block = block;
    for (size_t i = 0; i < answer_zone_static_count(zone); i++) {
        struct answer_name *name = answer_zone_static(zone, i);
        atomic_store_explicit(&name->content,
                              (answer_content)(block->content + name->owner),
                              memory_order_release);
        name->owner = 0;
    }
}

/* In the zone around it the names above our apex exist too. */
static bool join_parent(const struct answer_zone *zone)
{
    const struct answer_zone *parent = zone->parent;
    struct dns_name above = { .length = 0 };
    size_t label = (size_t)zone->apex.wire[0] + 1;

    if (parent == NULL)
        return true;
    above.length = (uint8_t)(zone->apex.length - label);
    memcpy(above.wire, zone->apex.wire + label, above.length);
    struct answer_name *name = answer_index_add(zone->index, &above, parent);
    if (name == NULL)
        return false;
    name->below++;
    return true;
}

static enum rollcall_status build(struct statics *statics, const struct zonefile *file,
                                  struct reason *why)
{
    const struct config_zone *config = statics->zone->config;
    size_t most = file->count + config->ns_count + config->ns_address_count + FIXED_MAX;

    statics->items = calloc(most + 1, sizeof *statics->items);
    statics->ns = calloc(config->ns_count + 1, sizeof *statics->ns);
    statics->fixed = calloc(FIXED_MAX, sizeof *statics->fixed);
    if (statics->items == NULL || statics->ns == NULL || statics->fixed == NULL)
        goto fail;
    enum rollcall_status status = take_file(statics, file, why);
    if (status != ROLLCALL_OK)
        return status;
    add_servers(statics);
    status = check_servers(statics, why);
    if (status != ROLLCALL_OK)
        return status;
    add_addresses(statics);
    add_fixed(statics);
    qsort(statics->items, statics->count, sizeof *statics->items, by_place);
    status = check_cuts(statics, why);
    if (status != ROLLCALL_OK)
        return status;
    block_begin(&statics->builder);
    if (!build_names(statics) || !join_parent(statics->zone))
        goto fail;
    struct answer_block *block = block_finish(&statics->builder);
    if (block == NULL)
        goto fail;
    publish(statics, block);
    return ROLLCALL_OK;
fail:
    reason_set(why, "no memory for the records of the zone %s", config->apex);
    return ROLLCALL_E_NOMEM;
}

enum rollcall_status statics_build(struct answer_zone *zone, const struct zonefile *file,
                                   struct reason *why)
{
    struct statics statics = { .zone = zone };

    block_builder_init(&statics.builder);
    enum rollcall_status status = build(&statics, file, why);
    block_builder_deinit(&statics.builder);
    free(statics.items);
    free(statics.ns);
    free(statics.fixed);
    return status;
}

enum rollcall_status statics_check(const struct answer_zone *zone, struct reason *why)
{
    for (size_t i = 0; i < answer_zone_static_count(zone); i++) {
        const struct answer_name *name = answer_zone_static(zone, i);
        const struct answer_zone *owner =
            answer_index_zone(zone->index, name->wire, name->length);
        if (owner == zone)
            continue;
        char text[DNS_NAME_TEXT];
        dns_name_print(name->wire, name->length, text, sizeof text);
        reason_set(why,
                   "%s:%u: %s belongs to the zone %s; put the record into that "
                   "zone's file",
                   zone->config->file, name->line, text, owner->config->apex);
        return ROLLCALL_E_CONFIG;
    }
    return ROLLCALL_OK;
}

#include "answer/statics.h"

#include <string.h>

#include "answer/block.h"
#include "answer/records.h"
#include "answer/static_items.h"
#include "base/bytes.h"
#include "dns/wire.h"

enum {
    NS_NAME_AT = ANSWER_RR_HEADER, /* octets from the RR to its target */
    MX_NAME_AT = ANSWER_RR_HEADER + 2,
    SRV_NAME_AT = ANSWER_RR_HEADER + 6,
    EXTRA_MAX = UINT8_MAX,
    TYPES_MAX = 256 /* different types at one name */
};

struct statics {
    struct static_items all;
    struct block_builder builder;
};

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

static void put(struct record_writer *out, const struct static_item *item)
{
    uint8_t *rdata = record_begin(out, item->type, item->ttl, item->rdata_length);

    if (rdata != NULL && item->rdata_length > 0)
        memcpy(rdata, item->rdata, item->rdata_length);
}

/* The addresses of the target of `item`, as far as they are static too. */
static void put_extra(struct statics *statics, const struct static_item *item, uint8_t at)
{
    size_t skip = at - (size_t)ANSWER_RR_HEADER;
    const uint8_t *target = item->rdata + skip;
    size_t length = item->rdata_length - skip;
    struct static_item key = { .owner = target, .owner_length = (uint8_t)length };
    struct record_writer out = block_extra_writer(&statics->builder);
    uint32_t a = 0;

    if (out.at == NULL || length > DNS_NAME_MAX)
        return;
    for (size_t i = static_items_find(&statics->all, target, length);
         i < statics->all.count &&
         static_item_compare_owner(&statics->all.list[i], &key) == 0;
         i++) {
        uint16_t type = statics->all.list[i].type;
        if ((type != DNS_TYPE_A && type != DNS_TYPE_AAAA) || out.count == EXTRA_MAX)
            continue;
        put(&out, &statics->all.list[i]);
        a += type == DNS_TYPE_A;
    }
    block_extra_take(&statics->builder, &out, a);
}

/* For the order by weight: all alike but SRV (RFC 2782). */
static uint32_t weight_of(const struct static_item *item)
{
    return item->type == DNS_TYPE_SRV && item->rdata_length > 4
               ? bytes_get16(item->rdata + 2)
               : 1;
}

static uint32_t build_rrset(struct statics *statics, const struct static_item *items,
                            size_t count)
{
    struct block_builder *builder = &statics->builder;
    uint8_t at = name_at(items->type);

    block_rrset_begin(builder, items->type, at, statics->all.zone->order, 0);
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

static enum answer_set_kind kind_of(const struct statics *statics,
                                    const struct static_item *items, size_t types,
                                    uint16_t first_type)
{
    if (items->owner_length == statics->all.zone->apex.length)
        return ANSWER_SET_PLAIN;
    if (static_items_cut_above(&statics->all, items) > 0)
        return ANSWER_SET_BELOW;
    if (statics->all.zone->has_cuts &&
        static_items_is_cut(&statics->all, items->owner, items->owner_length))
        return ANSWER_SET_CUT;
    return types == 1 && first_type == DNS_TYPE_CNAME ? ANSWER_SET_ALIAS
                                                      : ANSWER_SET_PLAIN;
}

/* All records of one name: the set's offset. */
static uint32_t build_owner(struct statics *statics, const struct static_item *items,
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
    struct answer_zone *zone = statics->all.zone;
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

    for (size_t first = 0, next; first < statics->all.count; first = next) {
        const struct static_item *item = &statics->all.list[first];
        struct dns_name name = { .length = item->owner_length };
        for (next = first + 1;
             next < statics->all.count &&
             static_item_compare_owner(&statics->all.list[next], item) == 0;)
            next++;
        memcpy(name.wire, item->owner, item->owner_length);
        apex_met = apex_met || name.length == statics->all.zone->apex.length;
        uint32_t set = build_owner(statics, item, next - first);
        if (set == 0 || !add_name(statics, &name, item->line, set))
            return false;
    }
    if (apex_met)
        return true;
    uint32_t empty = block_set(&statics->builder, NULL, 0, ANSWER_SET_PLAIN, 0);
    return empty != 0 && add_name(statics, &statics->all.zone->apex, 0, empty);
}

static void publish(struct answer_zone *zone, struct answer_block *block)
{
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

static enum rollcall_status build(struct statics *statics, struct answer_zone *zone,
                                  const struct zonefile *file, struct reason *why)
{
    enum rollcall_status status = static_items_init(&statics->all, zone, file, why);
    struct answer_block *block = NULL;

    if (status == ROLLCALL_OK) {
        block_begin(&statics->builder);
        if (build_names(statics) && join_parent(zone))
            block = block_finish(&statics->builder);
        if (block == NULL)
            status = ROLLCALL_E_NOMEM;
    }
    if (status == ROLLCALL_E_NOMEM)
        reason_set(why, "no memory for the records of the zone %s", zone->config->apex);
    if (block != NULL)
        publish(zone, block);
    return status;
}

enum rollcall_status statics_build(struct answer_zone *zone, const struct zonefile *file,
                                   struct reason *why)
{
    struct statics statics;

    block_builder_init(&statics.builder);
    enum rollcall_status status = build(&statics, zone, file, why);
    block_builder_deinit(&statics.builder);
    static_items_deinit(&statics.all);
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

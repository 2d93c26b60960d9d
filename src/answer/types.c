#include "answer/types.h"

#include <stdlib.h>
#include <string.h>

#include "answer/join.h"
#include "answer/records.h"
#include "dns/wire.h"

static bool is_subtype(const struct answer_name *name)
{
    const uint8_t *second = name->wire + 1 + name->wire[0];

    return second[0] == 4 && memcmp(second + 1, "_sub", 4) == 0;
}

static struct answer_name **types_of(const struct answer_zone *zone)
{
    return (void *)zone->types.data;
}

static void forget(struct answer_zone *zone, const struct answer_name *name)
{
    struct answer_name **types = types_of(zone);
    size_t count = zone->types.length / sizeof *types, at = 0;

    while (at < count && types[at] != name)
        at++;
    if (at == count)
        return;
    memmove(&types[at], &types[at + 1], (count - at - 1) * sizeof *types);
    zone->types.length -= sizeof *types;
}

/* As text, label by label. */
static bool stands_before(const struct answer_name *a, const struct answer_name *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;

    return memcmp(a->wire + 1, b->wire + 1, shorter - 1) < 0;
}

/* Sorted, so that who came first makes no difference. */
static void remember(struct answer_zone *zone, struct answer_name *name)
{
    struct growing *grown = &zone->types;

    if (!growing_hold(grown, grown->length + sizeof name))
        return; /* the type is not listed as long as memory is short */
    struct answer_name **types = types_of(zone);
    size_t at = grown->length / sizeof name;
    for (; at > 0 && stands_before(name, types[at - 1]); at--)
        types[at] = types[at - 1];
    types[at] = name;
    grown->length += sizeof name;
}

void types_count(struct answer_zone *zone, struct answer_name *name,
                 const struct answer_set *set, bool comes)
{
    if (set == NULL || set->count == 0 || set->entry[0].type != DNS_TYPE_PTR ||
        is_subtype(name))
        return;
    if (comes && name->line++ == 0) {
        remember(zone, name);
        zone->types_changed = true;
    } else if (!comes && --name->line == 0) {
        forget(zone, name);
        zone->types_changed = true;
    }
}

static uint32_t build(const struct answer_zone *zone, struct block_builder *builder)
{
    struct answer_name **types = types_of(zone);
    size_t count = zone->types.length / sizeof *types;

    block_rrset_begin(builder, DNS_TYPE_PTR, 0, zone->order, 0);
    for (size_t i = 0; i < count; i++) {
        struct record_writer out = block_rr_writer(builder, RECORD_ROOM);
        uint8_t *rdata =
            out.at == NULL
                ? NULL
                : record_begin(&out, DNS_TYPE_PTR, zone->config->ttl, types[i]->length);
        if (rdata == NULL)
            return 0;
        memcpy(rdata, types[i]->wire, types[i]->length);
        block_rr_take(builder, &out, 1);
    }
    uint32_t at = block_rrset_finish(builder);
    struct answer_set_entry entry = { DNS_TYPE_PTR, 0, at };
    return at == 0 ? 0 : block_set(builder, &entry, 1, ANSWER_SET_PLAIN, 0);
}

static bool list_name(const struct answer_zone *zone, struct dns_name *out)
{
    *out = zone->apex;
    return dns_name_prepend(out, "_udp", 4) && dns_name_prepend(out, "_dns-sd", 7) &&
           dns_name_prepend(out, "_services", 9);
}

static void put(struct answer_zone *zone, struct answer_name *name,
                struct answer_block *block, uint32_t set)
{
    uint32_t part = 0;

    if (set != 0)
        join_put(name, (const void *)(block->content + set), zone->types_block, &part,
                 NULL);
    else
        join_take(name, zone->types_block, part);
    answer_index_touch(zone->index, name);
    block_retire(zone->types_block);
    zone->types_block = block;
}

bool types_publish(struct answer_zone *zone, struct block_builder *builder)
{
    struct dns_name wire;

    if (!zone->types_changed || !list_name(zone, &wire))
        return false;
    struct answer_name *name = answer_index_add(zone->index, &wire, zone);
    if (name == NULL || name->from_file)
        return false;
    block_begin(builder);
    uint32_t set = build(zone, builder);
    struct answer_block *block = block_finish(builder);
    bool changed = block != NULL &&
                   (zone->types_block == NULL || !block_equal(block, zone->types_block));
    if (changed)
        put(zone, name, block, set);
    else
        free(block);
    zone->types_changed = block == NULL;
    answer_index_release(zone->index, name);
    return changed;
}

void types_deinit(struct answer_zone *zone)
{
    free(zone->types.data);
    free(zone->types_block);
}

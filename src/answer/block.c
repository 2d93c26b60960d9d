#include "answer/block.h"

#include <stdlib.h>
#include <string.h>

#include "answer/policies.h"
#include "base/bytes.h"
#include "config/config.h"
#include "dns/wire.h"

enum {
    CONTENT_START = 8,   /* so that offset 0 can mean "none" */
    KEEP_MAX = 1u << 20, /* octets of scratch that stay between two blocks */
    PRIORITY_AT = ANSWER_RR_HEADER
};

bool growing_hold(struct growing *growing, size_t size)
{
    size_t capacity = growing->capacity == 0 ? 1024 : growing->capacity;

    while (capacity < size)
        capacity *= 2;
    if (capacity == growing->capacity)
        return true;
    uint8_t *data = size > UINT32_MAX ? NULL : realloc(growing->data, capacity);
    if (data == NULL)
        return false;
    growing->data = data;
    growing->capacity = capacity;
    return true;
}

/* Room for `more` octets behind what is there; NULL: no memory. */
static uint8_t *growing_reserve(struct block_builder *builder, struct growing *growing,
                                size_t more)
{
    if (growing_hold(growing, growing->length + more))
        return growing->data + growing->length;
    builder->failed = true;
    return NULL;
}

static void growing_clear(struct growing *growing)
{
    growing->length = 0;
    if (growing->capacity > KEEP_MAX) {
        free(growing->data);
        growing->data = NULL;
        growing->capacity = 0;
    }
}

/* Have the `length` octets at `base + at` been met? Then where; else `at`. */
static uint32_t seen_at(struct block_builder *builder, struct seen *seen,
                        const uint8_t *base, uint32_t at, uint32_t length)
{
    if (!seen_find(seen, base, &at, length))
        builder->failed = true;
    return at;
}

void block_builder_init(struct block_builder *builder)
{
    memset(builder, 0, sizeof *builder);
}

void block_builder_deinit(struct block_builder *builder)
{
    free(builder->content.data);
    free(builder->wire.data);
    free(builder->extra.data);
    free(builder->places.data);
    free(builder->weights.data);
    seen_deinit(&builder->rrs);
    seen_deinit(&builder->rrsets);
    seen_deinit(&builder->sets);
    block_builder_init(builder);
}

void block_begin(struct block_builder *builder)
{
    builder->failed = false;
    builder->longest = 0;
    growing_clear(&builder->content);
    seen_clear(&builder->rrsets);
    seen_clear(&builder->sets);
    uint8_t *start = growing_reserve(builder, &builder->content, CONTENT_START);
    if (start != NULL)
        memset(start, 0, CONTENT_START);
    builder->content.length = CONTENT_START;
}

void block_rrset_begin(struct block_builder *builder, uint16_t type, uint8_t name_at,
                       uint8_t policy, uint32_t limit)
{
    memset(&builder->rrset, 0, sizeof builder->rrset);
    builder->rrset.type = type;
    builder->rrset.name_at = name_at;
    builder->rrset.policy = policy;
    builder->rrset.limit = limit;
    builder->rrset.one = type == DNS_TYPE_CNAME;
    growing_clear(&builder->wire);
    growing_clear(&builder->extra);
    growing_clear(&builder->places);
    growing_clear(&builder->weights);
    seen_clear(&builder->rrs);
}

static struct record_writer writer_of(struct block_builder *builder,
                                      struct growing *growing, size_t room)
{
    struct record_writer out = { NULL, NULL, 0, true };

    if (builder->failed)
        return out;
    out.at = growing_reserve(builder, growing, room);
    if (out.at != NULL) {
        out.end = out.at + room;
        out.full = false;
    }
    return out;
}

struct record_writer block_rr_writer(struct block_builder *builder, size_t room)
{
    return writer_of(builder, &builder->wire, room);
}

static void add_place(struct block_builder *builder, uint32_t rr)
{
    struct answer_place place = { .rr = rr, .extra = (uint32_t)builder->extra.length };
    uint8_t *at = growing_reserve(builder, &builder->places, sizeof place);

    if (at == NULL)
        return;
    memcpy(at, &place, sizeof place);
    builder->places.length += sizeof place;
}

static struct answer_place place_at(const struct block_builder *builder, uint32_t index)
{
    struct answer_place place;

    memcpy(&place, builder->places.data + index * sizeof place, sizeof place);
    return place;
}

/* Number of the RR that begins at `rr`. */
static uint32_t index_of(const struct block_builder *builder, uint32_t rr)
{
    uint32_t low = 0, high = builder->rrset.count - 1;

    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (place_at(builder, middle).rr <= rr)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static uint64_t weight_at(const struct block_builder *builder, uint32_t index)
{
    uint64_t weight;

    memcpy(&weight, builder->weights.data + index * sizeof weight, sizeof weight);
    return weight;
}

/* To that of RR number `index`, which may be new. */
static void add_weight(struct block_builder *builder, uint32_t index, uint64_t weight)
{
    bool is_new = index * sizeof weight == builder->weights.length;

    if (is_new && growing_reserve(builder, &builder->weights, sizeof weight) == NULL)
        return;
    if (is_new)
        builder->weights.length += sizeof weight;
    else
        weight += weight_at(builder, index);
    memcpy(builder->weights.data + index * sizeof weight, &weight, sizeof weight);
}

uint32_t block_rr_take(struct block_builder *builder, const struct record_writer *out,
                       uint32_t weight)
{
    struct growing *wire = &builder->wire;
    uint32_t taken = 0;

    if (builder->failed || out->at == NULL)
        return 0;
    const uint8_t *rr = wire->data + wire->length;
    while (rr < out->at && !builder->failed) {
        uint32_t length = (uint32_t)ANSWER_RR_HEADER + bytes_get16(rr + 10);
        uint32_t at = (uint32_t)wire->length;
        memmove(wire->data + at, rr, length);
        rr += length;
        uint32_t same = seen_at(builder, &builder->rrs, wire->data, at, length);
        add_weight(builder, same != at ? index_of(builder, same) : builder->rrset.count,
                   weight);
        if (same != at)
            continue;
        add_place(builder, at);
        wire->length += length;
        builder->rrset.count++;
        taken++;
    }
    return taken;
}

struct record_writer block_extra_writer(struct block_builder *builder)
{
    return writer_of(builder, &builder->extra, RECORD_ROOM);
}

void block_extra_take(struct block_builder *builder, const struct record_writer *out,
                      uint32_t a)
{
    struct growing *places = &builder->places;
    struct answer_place place;

    if (builder->failed || out->at == NULL || out->count > UINT8_MAX)
        return;
    uint8_t *last = places->data + places->length - sizeof place;
    memcpy(&place, last, sizeof place);
    place.a = (uint16_t)a;
    place.aaaa = (uint16_t)(out->count - a);
    memcpy(last, &place, sizeof place);
    builder->extra.length = (size_t)(out->at - builder->extra.data);
    builder->rrset.extra_count += out->count;
}

/* All RRs of one length and none with addresses: places can be computed. */
static uint16_t common_stride(const struct block_builder *builder)
{
    const struct answer_rrset *rrset = &builder->rrset;
    size_t stride = builder->wire.length / rrset->count;

    if (builder->extra.length > 0 || stride > UINT16_MAX)
        return 0;
    for (uint32_t i = 0; i < rrset->count; i++)
        if (place_at(builder, i).rr != i * stride)
            return 0;
    return stride * rrset->count == builder->wire.length ? (uint16_t)stride : 0;
}

static uint16_t priority_of(const struct block_builder *builder, uint32_t index)
{
    return bytes_get16(builder->wire.data + place_at(builder, index).rr + PRIORITY_AT);
}

static bool group_ends(const struct block_builder *builder, uint32_t index)
{
    return index + 1 == builder->rrset.count ||
           (builder->rrset.type == DNS_TYPE_SRV &&
            priority_of(builder, index) != priority_of(builder, index + 1));
}

static uint32_t count_groups(const struct block_builder *builder)
{
    uint32_t groups = 0;

    for (uint32_t i = 0; i < builder->rrset.count; i++)
        groups += group_ends(builder, i);
    return groups;
}

static uint8_t *append(uint8_t *out, const void *bytes, size_t length)
{
    if (length > 0)
        memcpy(out, bytes, length);
    return out + length;
}

static bool is_weighted(const struct answer_rrset *rrset)
{
    return rrset->policy == CONFIG_ORDER_WEIGHTED;
}

static uint8_t *append_paces(const struct block_builder *builder, uint8_t *out)
{
    for (uint32_t i = 0; i < builder->rrset.count; i++) {
        uint64_t weight = weight_at(builder, i);
        uint64_t pace = weight == 0 ? 0 : UINT32_MAX / weight;
        uint32_t kept = (uint32_t)(weight > 0 && pace == 0 ? 1 : pace);
        out = append(out, &kept, sizeof kept);
    }
    return out;
}

static void assemble(const struct block_builder *builder, uint8_t *out)
{
    const struct answer_rrset *rrset = &builder->rrset;

    out = append(out, rrset, sizeof *rrset);
    for (uint32_t i = 0; i < rrset->count && rrset->group_count > 1; i++) {
        uint32_t end = i + 1;
        if (group_ends(builder, i))
            out = append(out, &end, sizeof end);
    }
    if (rrset->stride == 0)
        out = append(out, builder->places.data, builder->places.length);
    out = append(out, builder->wire.data, builder->wire.length);
    out = append(out, builder->extra.data, builder->extra.length);
    if (is_weighted(rrset))
        append_paces(builder, out);
}

static void complete(struct block_builder *builder)
{
    struct answer_rrset *rrset = &builder->rrset;

    rrset->length = (uint32_t)builder->wire.length;
    rrset->extra_length = (uint32_t)builder->extra.length;
    rrset->stride = common_stride(builder);
    rrset->group_count = count_groups(builder);
    if (rrset->limit >= rrset->count)
        rrset->limit = 0;
    rrset->plain = rrset->group_count == 1 && !rrset->one && rrset->count < UINT16_MAX &&
                   rrset->limit == 0 && policies[rrset->policy]->permute == NULL;
    if (rrset->stride == 0)
        add_place(builder, rrset->length);
    if (rrset->length > builder->longest)
        builder->longest = rrset->length;
}

/* Zero octets up to a multiple of 8, so that blocks can be compared. */
static size_t align(size_t length)
{
    return (length + 7) & ~(size_t)7;
}

/* What was written behind the content stays there, unless the same has been met: where it
 * is. */
static uint32_t keep(struct block_builder *builder, size_t length)
{
    struct growing *content = &builder->content;
    uint32_t at = (uint32_t)content->length;
    uint32_t same =
        seen_at(builder, &builder->rrsets, content->data, at, (uint32_t)length);

    if (same == at)
        content->length += align(length);
    return same;
}

uint32_t block_rrset_finish(struct block_builder *builder)
{
    if (builder->failed || builder->rrset.count == 0)
        return 0;
    complete(builder);
    size_t length = sizeof builder->rrset + builder->wire.length + builder->extra.length;
    if (builder->rrset.group_count > 1)
        length += builder->rrset.group_count * sizeof(uint32_t);
    if (builder->rrset.stride == 0)
        length += builder->places.length;
    if (is_weighted(&builder->rrset))
        length += builder->rrset.count * sizeof(uint32_t);
    uint8_t *out = growing_reserve(builder, &builder->content, align(length));
    if (builder->failed)
        return 0;
    memset(out + length, 0, align(length) - length);
    assemble(builder, out);
    return keep(builder, length);
}

uint32_t block_note(struct block_builder *builder, uint16_t code, const char *text)
{
    struct answer_note note = { .code = code, .length = (uint16_t)strlen(text) };
    size_t length = sizeof note + note.length + 1;
    uint8_t *out = builder->failed
                       ? NULL
                       : growing_reserve(builder, &builder->content, align(length));

    if (out == NULL)
        return 0;
    memset(out, 0, align(length));
    append(append(out, &note, sizeof note), text, note.length);
    return keep(builder, length);
}

uint32_t block_set(struct block_builder *builder, const struct answer_set_entry *entries,
                   size_t count, enum answer_set_kind kind, uint32_t note)
{
    struct growing *content = &builder->content;
    size_t length = sizeof(struct answer_set) + count * sizeof *entries;
    struct answer_set set = { .note = note,
                              .count = (uint16_t)count,
                              .kind = (uint16_t)kind };
    uint8_t *out =
        builder->failed ? NULL : growing_reserve(builder, content, align(length));

    if (out == NULL)
        return 0;
    memset(out, 0, align(length));
    append(append(out, &set, sizeof set), entries, count * sizeof *entries);
    uint32_t at = (uint32_t)content->length;
    uint32_t skip = sizeof set.at; /* differs between equal sets */
    uint32_t same = seen_at(builder, &builder->sets, content->data, at + skip,
                            (uint32_t)length - skip) -
                    skip;
    if (same == at) {
        memcpy(out, &at, sizeof at);
        content->length += align(length);
    }
    return same;
}

struct answer_block *block_finish(struct block_builder *builder)
{
    size_t length = builder->content.length;
    struct answer_block *block = builder->failed ? NULL : malloc(sizeof *block + length);

    if (block == NULL)
        return NULL;
    block->size = (uint32_t)length;
    block->zero = 0;
    memcpy(block->content, builder->content.data, length);
    return block;
}

bool block_equal(const struct answer_block *a, const struct answer_block *b)
{
    return a->size == b->size && memcmp(a->content, b->content, a->size) == 0;
}

static void block_reclaim(struct rcu_head *head)
{
    answer_reclaimed();
    free(caa_container_of(head, struct answer_block, retired));
}

void block_retire(struct answer_block *block)
{
    if (block != NULL)
        answer_retire(&block->retired, block_reclaim);
}

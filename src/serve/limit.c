#include "serve/limit.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
    ROWS = 1 << 14,
    ROW_ENTRIES = 4, /* one line of the processor's cache */
    WINDOW_MS = 1000
};

struct entry {
    uint64_t tag;
    uint32_t start; /* of its second: monotonic ms modulo 2^32 */
    uint32_t count;
};

struct row {
    _Alignas(64) struct entry entry[ROW_ENTRIES];
};

struct limit {
    uint64_t seed;
    uint32_t rate;
    uint32_t slip;
    struct row row[ROWS];
};

struct limit *limit_create(uint32_t rate, uint32_t slip, uint64_t seed)
{
    struct limit *limit = aligned_alloc(64, sizeof *limit);

    if (limit == NULL)
        return NULL;
    memset(limit, 0, sizeof *limit);
    limit->rate = rate;
    limit->slip = slip;
    limit->seed = seed;
    return limit;
}

void limit_destroy(struct limit *limit)
{
    free(limit);
}

/* The network, then the kind of answer: /24 of IPv4, /56 of IPv6. */
static uint64_t key_of(const struct limit *limit, const struct rollcall_address *ip,
                       enum limit_class class_, const uint8_t *name, uint32_t length)
{
    uint8_t network[8] = { 0 };
    uint64_t word;

    memcpy(network, ip->bytes, ip->family == 4 ? 3 : 7);
    network[7] = (uint8_t)((unsigned)class_ << 1 | (ip->family == 4));
    memcpy(&word, network, sizeof word);
    return hash_bytes(name, length, limit->seed ^ hash_mix(word, 0xa0761d6478bd642fu));
}

static bool is_over(const struct entry *entry, uint32_t now)
{
    return now - entry->start >= WINDOW_MS;
}

/* The entry of the key; else the one that is missed least. */
static struct entry *find(struct row *row, uint64_t tag, uint32_t now)
{
    struct entry *best = &row->entry[0];

    for (unsigned i = 0; i < ROW_ENTRIES; i++) {
        struct entry *entry = &row->entry[i];
        if (entry->tag == tag)
            return entry;
        if (is_over(best, now) ? false
                               : is_over(entry, now) || entry->count < best->count)
            best = entry;
    }
    *best = (struct entry){ .tag = tag, .start = now };
    return best;
}

void limit_hint(const struct limit *limit, const struct rollcall_address *ip,
                enum limit_class class_, const uint8_t *name, uint32_t name_length)
{
    uint64_t tag = key_of(limit, ip, class_, name, name_length);

    __builtin_prefetch(&limit->row[tag % ROWS], 1);
}

enum limit_verdict limit_admit(struct limit *limit, const struct rollcall_address *ip,
                               enum limit_class class_, const uint8_t *name,
                               uint32_t name_length, uint64_t now_ms)
{
    uint64_t tag = key_of(limit, ip, class_, name, name_length);
    uint32_t now = (uint32_t)now_ms;
    struct entry *entry = find(&limit->row[tag % ROWS], tag, now);

    if (is_over(entry, now)) {
        entry->start = now;
        entry->count = 0;
    }
    if (entry->count < UINT32_MAX)
        entry->count++;
    if (entry->count <= limit->rate)
        return LIMIT_PASS;
    if (limit->slip > 0 && (entry->count - limit->rate) % limit->slip == 0)
        return LIMIT_SLIP;
    return LIMIT_DROP;
}

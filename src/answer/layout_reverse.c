/* reverse: the octets of an IPv4 address below in-addr.arpa, the nibbles of an IPv6 one
 * below ip6.arpa; PTR to the node, else to the canonical names of instances, whatever
 * their health (docs/dns.md §1.10; RFC 1035 §3.5, RFC 3596 §2.5). */
#include <string.h>

#include "answer/addresses.h"
#include "answer/fixed.h"
#include "answer/layout.h"
#include "answer/question.h"
#include "answer/records.h"
#include "base/bytes.h"
#include "dns/wire.h"

enum { POINTERS_MAX = 10, V4_LABELS = 4, V6_LABELS = 32 };

static const uint8_t in_addr_arpa[] = "\7in-addr\4arpa";
static const uint8_t ip6_arpa[] = "\3ip6\4arpa";

/* Names in ascending order, each once, the first few of all. */
struct pointers {
    struct dns_name name[POINTERS_MAX];
    unsigned count;
    uint32_t ttl;
};

static bool reverse_holds(const struct answer_zone *zone, const char *namespace_name)
{
    (void)zone;
    (void)namespace_name;
    return false;
}

static bool octet_of(const uint8_t *label, uint8_t *out)
{
    unsigned value = 0;

    if (label[0] == 0 || label[0] > 3 || (label[0] > 1 && label[1] == '0'))
        return false;
    for (unsigned i = 1; i <= label[0]; i++) {
        if (label[i] < '0' || label[i] > '9')
            return false;
        value = value * 10 + label[i] - '0';
    }
    *out = (uint8_t)value;
    return value <= 255;
}

static bool nibble_of(const uint8_t *label, uint8_t *out)
{
    if (label[0] != 1)
        return false;
    *out = (uint8_t)(label[1] <= '9' ? label[1] - '0' : label[1] - 'a' + 10);
    return (label[1] >= '0' && label[1] <= '9') || (label[1] >= 'a' && label[1] <= 'f');
}

/* The labels before the first `end` octets, nearest the root first. */
static bool read_labels(const uint8_t *wire, size_t end, struct rollcall_address *out,
                        unsigned *bits)
{
    const uint8_t *label[V6_LABELS];
    unsigned count = 0, most = out->family == 4 ? V4_LABELS : V6_LABELS;

    for (size_t at = 0; at < end; at += (size_t)wire[at] + 1) {
        if (count == most)
            return false;
        label[count++] = wire + at;
    }
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *from = label[count - 1 - i];
        uint8_t value;
        if (!(out->family == 4 ? octet_of(from, &value) : nibble_of(from, &value)))
            return false;
        if (out->family == 4)
            out->bytes[i] = value;
        else
            out->bytes[i / 2] |= (uint8_t)(i % 2 == 0 ? value << 4 : value);
    }
    *bits = count * (out->family == 4 ? 8 : 4);
    return true;
}

/* The address that a name spells, or how much of one. */
static bool read_name(const struct question *question, struct rollcall_address *out,
                      unsigned *bits)
{
    static const struct {
        const uint8_t *suffix;
        size_t length;
        uint8_t family;
    } families[] = { { in_addr_arpa, sizeof in_addr_arpa, 4 },
                     { ip6_arpa, sizeof ip6_arpa, 6 } };

    for (unsigned i = 0; i < 2; i++) {
        int below = dns_name_below(question->name, question->name_length,
                                   families[i].suffix, families[i].length);
        if (below < 0)
            continue;
        memset(out, 0, sizeof *out);
        out->family = families[i].family;
        return read_labels(question->name, (size_t)below, out, bits);
    }
    return false;
}

static int compare(const struct dns_name *a, const struct dns_name *b)
{
    size_t length = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->wire, b->wire, length);

    return order != 0 ? order : (int)a->length - (int)b->length;
}

static void insert(struct pointers *pointers, const struct dns_name *name)
{
    unsigned at = 0;

    while (at < pointers->count && compare(&pointers->name[at], name) < 0)
        at++;
    if (at == POINTERS_MAX ||
        (at < pointers->count && compare(&pointers->name[at], name) == 0))
        return;
    unsigned last = pointers->count < POINTERS_MAX ? pointers->count++ : POINTERS_MAX - 1;
    memmove(&pointers->name[at + 1], &pointers->name[at],
            (last - at) * sizeof pointers->name[0]);
    pointers->name[at] = *name;
}

/* The name of the instance in `zone`; address names are for zones that have no other. */
static bool name_in(const struct answer_zone *zone, const struct address_node *leaf,
                    struct dns_name *out)
{
    const struct layout *layout = layout_of(zone);
    const struct rollcall_instance *is = &address_leaf_instance(leaf)->is;
    struct names_service service;

    if (!names_service(zone, is->namespace_name, is->service, &service))
        return false;
    if (layout->instances)
        return names_instance(&service, names_datacenter(zone, is),
                              address_leaf_label(leaf), out);
    for (unsigned n = 0; layout->derived != NULL; n++) {
        if (!layout->derived(&service, is, address_leaf_address(leaf), n, out))
            return false;
        if (n > 0 || zone->config->layout != CONFIG_LAYOUT_KUBERNETES ||
            zone->config->pods != CONFIG_PODS_VERIFIED)
            return true;
    }
    return false;
}

/* Its canonical name: of the flat zone that has one, else of another. */
static bool canonical_name(const struct answer_index *index,
                           const struct address_node *leaf, struct dns_name *out)
{
    static const enum config_layout order[] = { CONFIG_LAYOUT_FLAT,
                                                CONFIG_LAYOUT_KUBERNETES,
                                                CONFIG_LAYOUT_CONSUL };

    for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
        for (size_t k = 0; k < index->numbered_count; k++)
            if (index->numbered[k]->config->layout == order[i] &&
                name_in(index->numbered[k], leaf, out))
                return true;
    return false;
}

static bool node_name(const struct answer_index *index, struct dns_name *out)
{
    static const enum config_layout order[] = { CONFIG_LAYOUT_FLAT,
                                                CONFIG_LAYOUT_CONSUL };

    for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
        for (size_t k = 0; k < index->numbered_count; k++)
            if (index->numbered[k]->config->layout == order[i] &&
                fixed_node_name(index->numbered[k], 0, out))
                return true;
    return false;
}

static void collect(const struct question *question, const struct answer_zone *zone,
                    const struct address_node *leaf, struct pointers *out)
{
    struct dns_name name;

    out->count = 0;
    out->ttl = UINT32_MAX;
    for (; leaf != NULL; leaf = address_leaf_next(leaf)) {
        const struct instance *instance = address_leaf_instance(leaf);
        if (instance == NULL && node_name(question->index, &name)) {
            out->count = 1;
            out->name[0] = name;
            out->ttl = zone->instance_ttl;
            return;
        }
        if (instance == NULL || !canonical_name(question->index, leaf, &name))
            continue;
        uint32_t ttl = instance->is.ttl;
        ttl = ttl == ROLLCALL_TTL_UNSET ? zone->instance_ttl : ttl;
        out->ttl = ttl < out->ttl ? ttl : out->ttl;
        insert(out, &name);
    }
}

static bool points_at(const struct pointers *pointers, const struct dns_name *name)
{
    for (unsigned i = 0; i < pointers->count; i++)
        if (compare(&pointers->name[i], name) == 0)
            return true;
    return false;
}

/* Those whose names are among the pointers. */
static void tell(const struct question *question, const struct address_node *leaf,
                 const struct pointers *pointers)
{
    struct dns_name name;

    for (; leaf != NULL; leaf = address_leaf_next(leaf)) {
        const struct instance *instance = address_leaf_instance(leaf);
        if (instance != NULL && canonical_name(question->index, leaf, &name) &&
            points_at(pointers, &name))
            question_tell(question, &instance->is);
    }
}

static void put_pointers(const struct question *question, const struct answer_zone *zone,
                         const struct address_node *leaf)
{
    struct pointers pointers;

    collect(question, zone, leaf, &pointers);
    if (question->reply->witness != NULL)
        tell(question, leaf, &pointers);
    if (pointers.count == 0) {
        question_negative(question, zone);
        return;
    }
    for (unsigned i = 0; i < pointers.count && !question->reply->truncated; i++) {
        const struct dns_name *name = &pointers.name[i];
        const struct member member = { .label = (const char *)name->wire + 1,
                                       .label_length = name->wire[0],
                                       .base = name->wire + 1 + name->wire[0],
                                       .base_length =
                                           (uint8_t)(name->length - 1 - name->wire[0]) };
        question_put(question, &record_ptr, &member, pointers.ttl, false);
    }
}

static bool reverse_derive(struct question *question, const struct answer_zone *zone)
{
    struct rollcall_address address;
    unsigned bits;

    if (!read_name(question, &address, &bits))
        return false;
    if (bits < (address.family == 4 ? 32u : 128u)) {
        if (!addresses_any(question->index, &address, bits))
            return false;
        question_negative(question, zone);
        return true;
    }
    const struct address_node *leaf = addresses_find(question->index, &address);
    if (leaf == NULL)
        return false;
    if (question->type == DNS_TYPE_PTR || question->type == DNS_TYPE_ANY)
        put_pointers(question, zone, leaf);
    else
        question_negative(question, zone);
    return true;
}

const struct layout layout_reverse = {
    .word = "reverse",
    .holds = reverse_holds,
    .derive = reverse_derive,
};

/* Which zones have a snapshot, and which names are marked in it when the index changes.
 */
#include <stdio.h>
#include <string.h>

#include "answer/addresses.h"
#include "answer/derived.h"
#include "answer/layout.h"
#include "answer/snapshot.h"
#include "model/instance.h"

static bool wants_one(const struct config_zone *config)
{
    return config->allow_transfer_count > 0 || config->transfer_key_count > 0 ||
           config->notify_count > 0;
}

/* _PORT._PROTO before the name of an instance is answered without being in the index. */
static void mark_ports(struct snapshot *snapshot, const struct answer_name *name,
                       const struct rollcall_instance *is)
{
    for (unsigned i = 0; i < is->port_count; i++) {
        struct dns_name port = { .length = name->length };
        memcpy(port.wire, name->wire, name->length);
        if (names_underscored(&port, protocol_word(is->ports[i].protocol)) &&
            names_underscored(&port, is->ports[i].name))
            snapshot_mark(snapshot, port.wire, port.length);
    }
}

/* "NAME ID" before the names of its port types (docs/dns.md §1.9). */
static void mark_browsed(struct snapshot *snapshot, const struct answer_name *name,
                         const struct rollcall_instance *is)
{
    const struct answer_zone *zone = snapshot->zone;
    size_t service = strlen(is->service), label = name->wire[0];
    char text[DNS_LABEL_MAX];

    if (!layout_of(zone)->browsed || service + 1 + label > sizeof text)
        return;
    memcpy(text, is->service, service);
    text[service] = ' ';
    memcpy(text + service + 1, name->wire + 1, label);
    for (unsigned i = 0; i < is->port_count; i++) {
        struct dns_name type = zone->apex;
        if (names_underscored(&type, protocol_word(is->ports[i].protocol)) &&
            names_underscored(&type, is->ports[i].name) &&
            dns_name_prepend(&type, text, service + 1 + label))
            snapshot_mark(snapshot, type.wire, type.length);
    }
}

static void on_touched(void *owner, const struct answer_name *name)
{
    const struct answer_index *index = owner;
    struct snapshot *snapshot = answer_name_zone(index, name)->snapshot;
    const struct instance *instance;

    if (snapshot == NULL || !snapshot->built)
        return;
    snapshot_mark(snapshot, name->wire, name->length);
    instance = answer_content_instance(answer_name_content(name));
    if (instance == NULL)
        return;
    mark_ports(snapshot, name, &instance->is);
    mark_browsed(snapshot, name, &instance->is);
}

/* Who hears of the derived names of one instance in one zone. */
struct derived_names {
    struct answer_zone *zone;
    bool any;
};

static void take(void *owner, const struct dns_name *name)
{
    struct derived_names *names = owner;

    names->any = true;
    if (names->zone->snapshot != NULL)
        snapshot_mark(names->zone->snapshot, name->wire, name->length);
}

/* Its octets or nibbles, the last first, below in-addr.arpa or ip6.arpa. */
static bool reverse_name(const struct rollcall_address *address, struct dns_name *out)
{
    bool v4 = address->family == 4;
    char label[4];

    if (!dns_name_parse(v4 ? "in-addr.arpa." : "ip6.arpa.", out))
        return false;
    for (unsigned i = 0; i < (v4 ? 4u : 32u); i++) {
        unsigned octet = address->bytes[v4 ? i : i / 2];
        int length = v4 ? snprintf(label, sizeof label, "%u", octet)
                        : snprintf(label, sizeof label, "%x",
                                   i % 2 == 0 ? octet >> 4 : octet & 15);
        if (!dns_name_prepend(out, label, (size_t)length))
            return false;
    }
    return true;
}

static void take_reverse(struct derived_names *names,
                         const struct rollcall_address *address)
{
    const struct dns_name *apex = &names->zone->apex;
    struct dns_name name;

    if (reverse_name(address, &name) &&
        dns_name_below(name.wire, name.length, apex->wire, apex->length) > 0)
        take(names, &name);
}

static void take_instance(struct derived_names *names, const struct rollcall_instance *is)
{
    if (names->zone->config->layout != CONFIG_LAYOUT_REVERSE) {
        derived_visit(names->zone, is, take, names);
        return;
    }
    for (unsigned i = 0; i < is->address_count; i++)
        take_reverse(names, &is->addresses[i]);
}

void snapshots_instance(struct answer_index *index, const struct rollcall_instance *is,
                        void (*changed)(void *owner, struct answer_zone *zone),
                        void *owner)
{
    for (size_t i = 0; i < index->zone_count; i++) {
        struct derived_names names = { index->zones[i], false };
        take_instance(&names, is);
        if (names.any)
            changed(owner, index->zones[i]);
    }
}

static void take_leaf(void *owner, const struct address_node *leaf)
{
    struct derived_names *names = owner;

    if (names->zone->config->layout == CONFIG_LAYOUT_REVERSE)
        take_reverse(names, address_leaf_address(leaf));
    for (; leaf != NULL; leaf = address_leaf_next(leaf)) {
        const struct instance *instance = address_leaf_instance(leaf);
        if (instance != NULL)
            derived_visit(names->zone, &instance->is, take, names);
    }
}

void snapshots_mark_derived(struct snapshot *snapshot)
{
    struct derived_names names = { snapshot->zone, false };

    addresses_visit(snapshot->zone->index, take_leaf, &names);
}

enum rollcall_status snapshots_create(struct answer_index *index,
                                      const struct config *config, struct reason *why)
{
    for (size_t i = 0; i < index->zone_count; i++) {
        struct answer_zone *zone = index->zones[i];
        if (!wants_one(zone->config))
            continue;
        if (snapshot_create(zone, &config->transfers, &zone->snapshot) != ROLLCALL_OK) {
            reason_set(why, "no memory for transfers of the zone %s", zone->config->apex);
            return ROLLCALL_E_NOMEM;
        }
        index->touched = on_touched;
        index->touched_owner = index;
    }
    return ROLLCALL_OK;
}

void snapshots_destroy(struct answer_index *index)
{
    index->touched = NULL;
    for (size_t i = 0; i < index->zone_count; i++) {
        snapshot_destroy(index->zones[i]->snapshot);
        index->zones[i]->snapshot = NULL;
    }
}

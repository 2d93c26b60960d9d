/* Which zones have a snapshot, and which names are marked in it when the index changes.
 */
#include <string.h>

#include "answer/snapshot.h"
#include "model/instance.h"

static bool wants_one(const struct config_zone *config)
{
    return config->allow_transfer_count > 0 || config->transfer_key_count > 0 ||
           config->notify_count > 0;
}

static bool prepend(struct dns_name *name, const char *word)
{
    char label[DNS_LABEL_MAX + 1];
    size_t length = strlen(word);

    if (length >= DNS_LABEL_MAX)
        return false;
    label[0] = '_';
    memcpy(label + 1, word, length);
    return dns_name_prepend(name, label, length + 1);
}

/* _PORT._PROTO before the name of an instance is answered without being in the index. */
static void mark_ports(struct snapshot *snapshot, const struct answer_name *name,
                       const struct rollcall_instance *is)
{
    for (unsigned i = 0; i < is->port_count; i++) {
        struct dns_name port = { .length = name->length };
        memcpy(port.wire, name->wire, name->length);
        if (prepend(&port, protocol_word(is->ports[i].protocol)) &&
            prepend(&port, is->ports[i].name))
            snapshot_mark(snapshot, port.wire, port.length);
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
    if (instance != NULL)
        mark_ports(snapshot, name, &instance->is);
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

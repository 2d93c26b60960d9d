#include "answer/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "answer/snapshot.h"
#include "answer/state.h"
#include "base/thread_role.h"

enum kind { KIND_CURRENT, KIND_FULL, KIND_INCREMENTAL };

/* A transfer is a row of parts: SOAs, and runs of records. */
struct part {
    bool soa;
    uint32_t serial;
    const struct snapshot_name *name; /* of a full transfer: the owner of the run */
    const uint8_t *at, *end;
};

struct transfer {
    enum kind kind;
    uint32_t serial;
    struct image *image;   /* owned reference; NULL unless full */
    struct delta **deltas; /* owned array of references */
    uint32_t delta_count;
    uint32_t next_part;
    uint32_t part_count;
    struct part part;
};

const struct answer_zone *answer_transfer_zone(const struct answer_index *index,
                                               const uint8_t *apex, size_t length)
{
    const struct answer_zone *zone = answer_index_zone(index, apex, length);

    return zone != NULL && zone->apex.length == length ? zone : NULL;
}

static struct part soa_part(uint32_t serial)
{
    return (struct part){ .soa = true, .serial = serial };
}

/* SOA, deletions, SOA, additions of each delta, between two SOAs of the newest. */
static struct part delta_part(const struct transfer *transfer, uint32_t number)
{
    const struct delta *delta = transfer->deltas[(number - 1) / 4];
    const uint8_t *come = delta->bytes + delta->gone;

    switch ((number - 1) % 4) {
    case 0:
        return soa_part(delta->from);
    case 1:
        return (struct part){ .at = delta->bytes, .end = come };
    case 2:
        return soa_part(delta->to);
    default:
        return (struct part){ .at = come, .end = delta->bytes + delta->length };
    }
}

static struct part part_at(const struct transfer *transfer, uint32_t number)
{
    if (number == 0 || number + 1 == transfer->part_count)
        return soa_part(transfer->serial);
    if (transfer->kind == KIND_INCREMENTAL)
        return delta_part(transfer, number);
    const struct snapshot_name *name = transfer->image->names[number - 1];
    const uint8_t *records = name->bytes + name->name_length;
    return (struct part){ .name = name, .at = records, .end = records + name->length };
}

static bool part_is_done(const struct part *part)
{
    return !part->soa && part->at == part->end;
}

bool answer_transfer_peek(struct transfer *transfer, struct transfer_record *out)
{
    struct part *part = &transfer->part;

    while (part_is_done(part)) {
        if (transfer->next_part == transfer->part_count)
            return false;
        *part = part_at(transfer, transfer->next_part++);
    }
    *out = (struct transfer_record){ .soa = part->soa, .serial = part->serial };
    if (part->soa)
        return true;
    out->data = part->at;
    if (part->name != NULL) {
        out->owner = part->name->bytes;
        out->owner_length = part->name->name_length;
    } else {
        out->owner_length = *part->at;
        out->owner = part->at + 1;
        out->data = out->owner + out->owner_length;
    }
    out->length = walk_record_length(out->data);
    return true;
}

void answer_transfer_advance(struct transfer *transfer)
{
    struct transfer_record record;
    struct part *part = &transfer->part;

    if (!answer_transfer_peek(transfer, &record))
        return;
    if (part->soa)
        *part = (struct part){ .soa = false };
    else
        part->at = record.data + record.length;
}

static bool take_deltas(struct transfer *transfer, const struct journal *journal,
                        struct delta *first)
{
    transfer->deltas = calloc(journal->count, sizeof(struct delta *));
    if (transfer->deltas == NULL)
        return false;
    for (struct list *at = &first->node; at != &journal->deltas; at = at->next)
        transfer->deltas[transfer->delta_count++] =
            delta_ref(list_entry(at, struct delta, node));
    transfer->kind = KIND_INCREMENTAL;
    transfer->part_count = 2 + 4 * transfer->delta_count;
    return true;
}

static bool take_image(struct transfer *transfer, struct snapshot *snapshot)
{
    transfer->image = snapshot_image(snapshot);
    if (transfer->image == NULL)
        return false;
    transfer->kind = KIND_FULL;
    transfer->part_count = 2 + transfer->image->count;
    return true;
}

/* The deltas from there to now, unless the whole is clearly less. */
enum { WORTH_BYTES = 4096 };

static struct delta *covering(const struct snapshot *snapshot, uint32_t serial)
{
    struct delta *first = journal_from(&snapshot->journal, serial);
    size_t bytes = 0, records = 0;

    if (first == NULL)
        return NULL;
    for (struct list *at = &first->node; at != &snapshot->journal.deltas; at = at->next) {
        const struct delta *delta = list_entry(at, struct delta, node);
        bytes += delta->length;
        records += (size_t)delta->gone_count + delta->come_count;
    }
    return records <= snapshot->max_records && bytes <= 2 * snapshot->bytes + WORTH_BYTES
               ? first
               : NULL;
}

enum rollcall_status answer_transfer_open(const struct answer_zone *zone,
                                          bool incremental, uint32_t serial,
                                          struct transfer **out)
{
    struct snapshot *snapshot = zone->snapshot;

    thread_role_assert(ROLE_CONTROL);
    if (snapshot == NULL || !snapshot->taken)
        return ROLLCALL_E_NOTFOUND;
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL)
        return ROLLCALL_E_NOMEM;
    transfer->serial = snapshot->serial;
    struct delta *first = incremental ? covering(snapshot, serial) : NULL;
    bool good = true;
    if (incremental &&
        (serial == transfer->serial || serial_newer(serial, transfer->serial)))
        transfer->part_count = 1;
    else if (first != NULL)
        good = take_deltas(transfer, &snapshot->journal, first);
    else
        good = take_image(transfer, snapshot);
    if (!good) {
        answer_transfer_close(transfer);
        return ROLLCALL_E_NOMEM;
    }
    *out = transfer;
    return ROLLCALL_OK;
}

void answer_transfer_close(struct transfer *transfer)
{
    if (transfer == NULL)
        return;
    image_unref(transfer->image);
    for (uint32_t i = 0; i < transfer->delta_count; i++)
        delta_unref(transfer->deltas[i]);
    free(transfer->deltas);
    free(transfer);
}

uint32_t answer_transfer_serial(const struct transfer *transfer)
{
    return transfer->serial;
}

const char *answer_transfer_kind(const struct transfer *transfer)
{
    static const char *const words[] = { "current", "axfr", "ixfr" };

    return words[transfer->kind];
}

void answer_on_serial(struct answer *answer,
                      void (*told)(void *owner, const struct answer_zone *zone),
                      void *owner)
{
    answer->on_serial = told;
    answer->on_serial_owner = owner;
}

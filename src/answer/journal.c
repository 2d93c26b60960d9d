#include "answer/journal.h"

#include <stdlib.h>
#include <string.h>

#include "answer/walk.h"

bool serial_newer(uint32_t a, uint32_t b)
{
    uint32_t ahead = a - b;

    return ahead != 0 && ahead < UINT32_C(0x80000000);
}

void journal_init(struct journal *journal, size_t max_count, size_t max_bytes)
{
    *journal = (struct journal){ .max_count = max_count, .max_bytes = max_bytes };
    list_init(&journal->deltas);
}

static uint32_t count_records(const struct growing *records)
{
    uint32_t count = 0;

    for (size_t at = 0; at < records->length; count++) {
        const uint8_t *record = records->data + at + 1 + records->data[at];
        at += 1u + records->data[at] + walk_record_length(record);
    }
    return count;
}

struct delta *delta_create(uint32_t from, uint32_t to, const struct growing *gone,
                           const struct growing *come)
{
    size_t length = gone->length + come->length;
    struct delta *delta = malloc(sizeof *delta + length);

    if (delta == NULL)
        return NULL;
    *delta = (struct delta){ .refs = 1,
                             .from = from,
                             .to = to,
                             .gone_count = count_records(gone),
                             .come_count = count_records(come),
                             .gone = gone->length,
                             .length = length };
    list_init(&delta->node);
    if (gone->length > 0)
        memcpy(delta->bytes, gone->data, gone->length);
    if (come->length > 0)
        memcpy(delta->bytes + gone->length, come->data, come->length);
    return delta;
}

struct delta *delta_ref(struct delta *delta)
{
    delta->refs++;
    return delta;
}

void delta_unref(struct delta *delta)
{
    if (--delta->refs == 0)
        free(delta);
}

static size_t cost(const struct delta *delta)
{
    return sizeof *delta + delta->length;
}

static void drop_oldest(struct journal *journal)
{
    struct delta *delta = list_entry(journal->deltas.next, struct delta, node);

    list_remove(&delta->node);
    journal->count--;
    journal->bytes -= cost(delta);
    delta_unref(delta);
}

void journal_clear(struct journal *journal)
{
    while (journal->count > 0)
        drop_oldest(journal);
}

void journal_add(struct journal *journal, struct delta *delta)
{
    list_append(&journal->deltas, &delta->node);
    journal->count++;
    journal->bytes += cost(delta);
    while (journal->count > 0 &&
           (journal->count > journal->max_count || journal->bytes > journal->max_bytes))
        drop_oldest(journal);
}

struct delta *journal_from(const struct journal *journal, uint32_t serial)
{
    list_for_each (at, &journal->deltas) {
        struct delta *delta = list_entry(at, struct delta, node);
        if (delta->from == serial)
            return delta;
    }
    return NULL;
}

#include "support/record_store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct record_store *self(struct store *store)
{
    return (struct record_store *)(void *)store;
}

static struct record_row *find(struct record_store *store, const char *area,
                               const char *key)
{
    for (size_t i = 0; i < RECORD_STORE_ROWS; i++) {
        struct record_row *row = &store->rows[i];
        if (row->key != NULL && strcmp(row->key, key) == 0 &&
            strcmp(row->area, area) == 0)
            return row;
    }
    return NULL;
}

static void clear(struct record_row *row)
{
    free(row->area);
    free(row->key);
    free(row->bytes);
    *row = (struct record_row){ .key = NULL };
}

static void save(struct record_store *store, const char *area, const char *key,
                 const uint8_t *bytes, uint32_t length)
{
    struct record_row *row = find(store, area, key);

    if (row != NULL)
        clear(row);
    if (bytes == NULL)
        return;
    for (row = store->rows; row->key != NULL; row++)
        assert(row + 1 < store->rows + RECORD_STORE_ROWS);
    row->area = strdup(area);
    row->key = strdup(key);
    row->bytes = malloc(length + 1);
    row->length = length;
    assert(row->area != NULL && row->key != NULL && row->bytes != NULL);
    memcpy(row->bytes, bytes, length);
}

static void save_change(struct record_store *store, const struct change *change)
{
    save(store, change->area, change->id, change->record, change->record_length);
    for (uint32_t i = 0; i < change->more_count; i++)
        save(store, change->more[i].area, change->more[i].id, change->more[i].bytes,
             change->more[i].length);
    if (change->revision > store->high_water)
        store->high_water = change->revision;
}

static void submit(struct store *base, struct change *change)
{
    struct record_store *store = self(base);

    assert(change->kind == CHANGE_RECORD);
    change->next = NULL;
    *store->last = change;
    store->last = &change->next;
    store->waiting++;
}

static void finish(struct record_store *store, enum rollcall_status status)
{
    struct reason why = REASON_NONE;

    if (status != ROLLCALL_OK)
        reason_set(&why, "no space left on device");
    for (size_t left = store->waiting; left > 0; left--) {
        struct change *change = store->first;
        store->first = change->next;
        if (store->first == NULL)
            store->last = &store->first;
        store->waiting--;
        change->status = status;
        if (status == ROLLCALL_OK)
            save_change(store, change);
        change->done(change, status == ROLLCALL_OK ? NULL : &why);
    }
}

void record_store_save(struct record_store *store)
{
    finish(store, ROLLCALL_OK);
}

void record_store_refuse(struct record_store *store)
{
    finish(store, ROLLCALL_E_UNAVAILABLE);
}

static enum rollcall_status load_records(struct store *base, const char *area,
                                         void (*take)(void *owner, const char *key,
                                                      const uint8_t *bytes,
                                                      uint32_t length),
                                         void *owner, struct reason *why)
{
    const struct record_store *store = self(base);

    (void)why;
    for (size_t i = 0; i < RECORD_STORE_ROWS; i++) {
        const struct record_row *row = &store->rows[i];
        if (row->key != NULL && strcmp(row->area, area) == 0)
            take(owner, row->key, row->bytes, row->length);
    }
    return ROLLCALL_OK;
}

void record_store_init(struct record_store *store)
{
    *store = (struct record_store){
        .base = { .name = "records", .load_records = load_records, .submit = submit }
    };
    store->last = &store->first;
}

void record_store_deinit(struct record_store *store)
{
    assert(store->waiting == 0);
    for (size_t i = 0; i < RECORD_STORE_ROWS; i++)
        clear(&store->rows[i]);
}

uint64_t record_store_take(void *owner)
{
    struct record_store *store = owner;

    return ++store->revision;
}

size_t record_store_count(const struct record_store *store, const char *area)
{
    size_t count = 0;

    for (size_t i = 0; i < RECORD_STORE_ROWS; i++)
        count += store->rows[i].key != NULL && strcmp(store->rows[i].area, area) == 0;
    return count;
}

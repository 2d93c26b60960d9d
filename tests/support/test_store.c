#include "support/test_store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct test_store *self(struct store *store)
{
    return (struct test_store *)(void *)store;
}

static struct test_row *find_row(struct test_store *store, const char *id)
{
    for (size_t i = 0; i < TEST_STORE_ROWS; i++) {
        struct test_row *row = &store->rows[i];
        if (row->instance != NULL && strcmp(row->instance->is.id, id) == 0)
            return row;
    }
    return NULL;
}

static struct test_row *free_row(struct test_store *store)
{
    struct test_row *row = store->rows;
    while (row < store->rows + TEST_STORE_ROWS && row->instance != NULL)
        row++;
    assert(row < store->rows + TEST_STORE_ROWS);
    return row;
}

static void set_standing(struct test_row *row, unsigned part, const uint8_t *bytes,
                         uint32_t length)
{
    free(row->standing[part]);
    row->standing[part] = NULL;
    row->standing_length[part] = length;
    if (bytes == NULL)
        return;
    row->standing[part] = malloc(length);
    assert(row->standing[part] != NULL);
    memcpy(row->standing[part], bytes, length);
}

static void clear_row(struct test_row *row)
{
    instance_unref(row->instance);
    free(row->health);
    for (unsigned part = 0; part < STANDING_PARTS; part++)
        free(row->standing[part]);
    *row = (struct test_row){ .instance = NULL };
}

static void set_health(struct test_row *row, const struct change *change)
{
    free(row->health);
    row->health = NULL;
    row->health_length = change->health_length;
    if (change->health == NULL)
        return;
    row->health = malloc(change->health_length);
    assert(row->health != NULL);
    memcpy(row->health, change->health, change->health_length);
}

static void put_row(struct test_store *store, const struct change *change)
{
    struct test_row *row = find_row(store, change->id);
    if (row == NULL)
        row = free_row(store);
    else
        instance_unref(row->instance);
    row->instance = instance_ref(change->instance);
    row->revision = change->revision;
    row->owner = change->owner;
    row->created = change->created;
    row->lease_end = change->lease_end;
    memcpy(row->label, change->label, sizeof row->label);
    set_health(row, change);
    for (unsigned part = 0; part < STANDING_PARTS && !change->known; part++)
        set_standing(row, part, NULL, 0);
}

static void save_row(struct test_store *store, const struct change *change)
{
    struct test_row *row = find_row(store, change->id);

    if (change->kind == CHANGE_PUT)
        put_row(store, change);
    else if (change->kind == CHANGE_REMOVE && row != NULL)
        clear_row(row);
    else if (change->kind == CHANGE_HEALTH && row != NULL)
        set_health(row, change);
    else if (change->kind == CHANGE_LEASE && row != NULL)
        row->lease_end = change->lease_end;
    else if (change->kind == CHANGE_STANDING && row != NULL)
        set_standing(row, change->part, change->standing, change->standing_length);
    else if (change->kind == CHANGE_SERIAL) {
        store->serial = change->serial;
        strncpy(store->zone, change->id, sizeof store->zone - 1);
    }
    if (change->revision > store->high_water)
        store->high_water = change->revision;
}

static enum rollcall_status load(struct store *base, const struct store_reader *reader,
                                 struct reason *why)
{
    struct test_store *store = self(base);

    for (size_t i = 0; i < TEST_STORE_ROWS; i++) {
        const struct test_row *row = &store->rows[i];
        if (row->instance == NULL)
            continue;
        struct stored_instance stored = { .instance = instance_ref(row->instance),
                                          .revision = row->revision,
                                          .owner = row->owner,
                                          .created = row->created,
                                          .label = row->label,
                                          .lease_end = row->lease_end,
                                          .health = row->health,
                                          .health_length = row->health_length };
        for (unsigned part = 0; part < STANDING_PARTS; part++)
            stored.standing[part] =
                (struct stored_part){ row->standing[part], row->standing_length[part] };
        enum rollcall_status status = reader->on_instance(reader->owner, &stored, why);
        if (status != ROLLCALL_OK)
            return status;
    }
    if (store->zone[0] != '\0')
        reader->on_serial(reader->owner, store->zone, store->serial);
    reader->on_revision(reader->owner, store->high_water);
    return ROLLCALL_OK;
}

static void submit(struct store *base, struct change *change)
{
    struct test_store *store = self(base);

    change->next = NULL;
    *store->last = change;
    store->last = &change->next;
    store->waiting++;
    store->submitted[change->kind]++;
}

static void finish(struct test_store *store, enum rollcall_status status)
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
            save_row(store, change);
        change->done(change, &why);
    }
}

void test_store_save(struct test_store *store)
{
    finish(store, ROLLCALL_OK);
}

void test_store_refuse(struct test_store *store)
{
    finish(store, ROLLCALL_E_UNAVAILABLE);
}

void test_store_save_all(struct test_store *store)
{
    while (store->waiting > 0)
        test_store_save(store);
}

static void drain(struct store *base)
{
    test_store_save_all(self(base));
}

void test_store_init(struct test_store *store)
{
    *store = (struct test_store){
        .base = { .name = "test", .load = load, .submit = submit, .drain = drain }
    };
    store->last = &store->first;
}

void test_store_deinit(struct test_store *store)
{
    assert(store->waiting == 0);
    for (size_t i = 0; i < TEST_STORE_ROWS; i++)
        clear_row(&store->rows[i]);
}

const struct test_row *test_store_row(const struct test_store *store, const char *id)
{
    return find_row((struct test_store *)store, id);
}

size_t test_store_row_count(const struct test_store *store)
{
    size_t count = 0;
    for (size_t i = 0; i < TEST_STORE_ROWS; i++)
        count += store->rows[i].instance != NULL;
    return count;
}

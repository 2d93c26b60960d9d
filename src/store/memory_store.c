#include "store/memory_store.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/thread_role.h"
#include "loop/mailbox.h"

struct memory_block {
    counter rows, queue;
};

static const struct counter_row memory_rows[] = {
    COUNTER(struct memory_block, rows, "Changes taken and forgotten."),
    COUNTER(struct memory_block, queue, "Changes under way now.", IS_GAUGE),
    COUNTER_END,
};

struct memory_store {
    struct store base;
    struct mailbox *mailbox; /* owned */
    struct mail mail;        /* with the mailbox while `posted` */
    bool posted;
    struct change *first, *last;
    struct memory_block block;
    const void *blocks[1];
};

static void deliver(struct memory_store *store)
{
    while (store->first != NULL) {
        struct change *change = store->first;
        store->first = change->next;
        if (store->first == NULL)
            store->last = NULL;
        change->next = NULL;
        change->status = ROLLCALL_OK;
        counter_add(&store->block.rows, 1);
        counter_set(&store->block.queue, counter_read(&store->block.queue) - 1);
        change->done(change, NULL);
    }
}

static void on_mail(void *owner, struct mail *mail)
{
    struct memory_store *store = owner;
    (void)mail;

    store->posted = false;
    deliver(store);
}

static enum rollcall_status memory_load(struct store *base,
                                        const struct store_reader *reader,
                                        struct reason *why)
{
    (void)base;
    (void)why;
    reader->on_revision(reader->owner, 0);
    return ROLLCALL_OK;
}

static void memory_submit(struct store *base, struct change *change)
{
    struct memory_store *store = (struct memory_store *)base;

    thread_role_assert(ROLE_CONTROL);
    change->next = NULL;
    if (store->last == NULL)
        store->first = change;
    else
        store->last->next = change;
    store->last = change;
    counter_add(&store->block.queue, 1);
    if (!store->posted)
        mailbox_post(store->mailbox, &store->mail);
    store->posted = true;
}

static void memory_drain(struct store *base)
{
    deliver((struct memory_store *)base);
}

static void memory_close(struct store *base)
{
    struct memory_store *store = (struct memory_store *)base;

    if (store == NULL)
        return;
    deliver(store);
    mailbox_close(store->mailbox);
    free(store);
}

static enum rollcall_status memory_open(uv_loop_t *loop,
                                        const struct store_settings *settings,
                                        struct store **out, struct reason *why)
{
    (void)settings;
    (void)why;
    struct memory_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return ROLLCALL_E_NOMEM;
    store->blocks[0] = &store->block;
    store->base = (struct store){
        .name = "memory",
        .load = memory_load,
        .submit = memory_submit,
        .drain = memory_drain,
        .close = memory_close,
        .counters = { .area = "store",
                      .rows = memory_rows,
                      .blocks = store->blocks,
                      .block_count = 1 },
    };
    enum rollcall_status status = mailbox_open(loop, on_mail, store, &store->mailbox);
    if (status != ROLLCALL_OK) {
        free(store);
        return status;
    }
    *out = &store->base;
    return ROLLCALL_OK;
}

const struct store_kind memory_store_kind = {
    .name = "memory",
    .summary = "keeps nothing: a restart starts empty; for tests and trials",
    .open = memory_open,
};

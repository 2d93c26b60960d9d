#include "alert/keeper.h"

#include <stdlib.h>
#include <string.h>

struct keeping {
    keeper_done done;
    void *context;
    char key[];
};

static void on_saved(struct change *change, const struct reason *why)
{
    struct keeping *keeping = change->context;
    enum rollcall_status status = change->status;

    if (keeping->done != NULL)
        keeping->done(keeping->context, status, why);
    change_destroy(change);
    free(keeping);
}

static bool fill(struct change *change, struct keeping *keeping, const char *area,
                 const struct buffer *bytes)
{
    change->area = area;
    change->id = keeping->key;
    change->done = on_saved;
    change->context = keeping;
    if (bytes == NULL)
        return true;
    change->record = malloc(bytes->length + 1);
    change->record_length = (uint32_t)bytes->length;
    if (change->record == NULL || bytes->failed)
        return false;
    memcpy(change->record, bytes->data, bytes->length);
    return true;
}

enum rollcall_status keeper_save(struct store *store, const char *area, const char *key,
                                 const struct buffer *bytes, keeper_done done,
                                 void *context)
{
    size_t size = strlen(key) + 1;
    struct keeping *keeping = malloc(sizeof *keeping + size);
    struct change *change = change_create(CHANGE_RECORD);

    if (keeping == NULL || change == NULL)
        goto fail;
    *keeping = (struct keeping){ .done = done, .context = context };
    memcpy(keeping->key, key, size);
    if (!fill(change, keeping, area, bytes))
        goto fail;
    store->submit(store, change);
    return ROLLCALL_OK;

fail:
    free(keeping);
    change_destroy(change);
    return ROLLCALL_E_NOMEM;
}

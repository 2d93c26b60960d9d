/* The serials of zones travel through the registry so that they are saved in order with
 * the changes that raise them. */
#include <stdlib.h>
#include <string.h>

#include "registry/internal.h"

struct serial_save {
    struct registry *registry; /* borrowed */
    void (*done)(void *context, enum rollcall_status status);
    void *context; /* borrowed: for `done` */
    char zone[];
};

static void serial_done(struct change *change, const struct reason *why)
{
    struct serial_save *save = change->context;

    if (change->status == ROLLCALL_OK)
        debts_taken(save->registry);
    else
        debts_refused(save->registry, change, why);
    if (save->done != NULL)
        save->done(save->context, change->status);
    change_destroy(change);
    free(save);
}

enum rollcall_status registry_save_serial(
    struct registry *registry, const char *zone, uint32_t serial,
    void (*done)(void *context, enum rollcall_status status), void *context)
{
    size_t size = strlen(zone) + 1;
    struct change *change = change_create(CHANGE_SERIAL);
    struct serial_save *save = malloc(sizeof *save + size);
    if (change == NULL || save == NULL) {
        change_destroy(change);
        free(save);
        return ROLLCALL_E_NOMEM;
    }
    *save =
        (struct serial_save){ .registry = registry, .done = done, .context = context };
    memcpy(save->zone, zone, size);
    change->id = save->zone;
    change->serial = serial;
    change->revision = ++registry->revision;
    change->owner_of_done = registry;
    change->context = save;
    change->done = serial_done;
    registry->store->submit(registry->store, change);
    return ROLLCALL_OK;
}

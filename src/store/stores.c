#include "store/stores.h"

#include <stddef.h>
#include <string.h>

#include "base/buffer.h"
#include "store/memory_store.h"
#include "store/sqlite_store.h"

/* Every store. To add one: write store/<name>_store.c, add its row. */
static const struct store_kind *const kinds[] = {
    &sqlite_store_kind, /* one file, one writer, what was acknowledged is on disk */
    &memory_store_kind, /* keeps nothing: for tests and trials */
    NULL,
};

const struct store_kind *const *store_kinds(void)
{
    return kinds;
}

static void name_kinds(struct reason *why, const char *asked)
{
    struct buffer names;

    buffer_init(&names, sizeof why->text);
    for (size_t i = 0; kinds[i] != NULL; i++)
        buffer_format(&names, "%s%s", i == 0 ? "" : ", ", kinds[i]->name);
    reason_field(why, "registry.store", "there is no store \"%s\"; there are: %s", asked,
                 names.data != NULL ? names.data : "");
    buffer_deinit(&names);
}

enum rollcall_status store_open(uv_loop_t *loop, const struct store_settings *settings,
                                struct store **out, struct reason *why)
{
    for (size_t i = 0; kinds[i] != NULL; i++)
        if (strcmp(kinds[i]->name, settings->kind) == 0)
            return kinds[i]->open(loop, settings, out, why);
    name_kinds(why, settings->kind);
    return ROLLCALL_E_CONFIG;
}

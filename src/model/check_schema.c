#include "model/check_schema.h"

#include <stddef.h>
#include <string.h>

const struct check_schema *check_schema_find(const struct check_schema *const *schemas,
                                             const char *kind)
{
    for (; *schemas != NULL && (*schemas)->kind != NULL; schemas++) {
        if (strcmp((*schemas)->kind, kind) == 0)
            return *schemas;
    }
    return NULL;
}

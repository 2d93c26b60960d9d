#include "model/check_schema.h"

#include <stddef.h>
#include <stdio.h>
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

enum rollcall_status checks_admit(const struct rollcall_instance *instance,
                                  const struct check_schema *const *schemas,
                                  const struct check_asker *asker, struct reason *why)
{
    for (unsigned i = 0; schemas != NULL && i < instance->check_count; i++) {
        const struct rollcall_check *check = &instance->checks[i];
        const struct check_schema *schema = check_schema_find(schemas, check->kind);
        if (schema == NULL || schema->admit == NULL)
            continue;
        enum rollcall_status status = schema->admit(check, asker, why);
        if (status != ROLLCALL_OK) {
            char prefix[32];
            snprintf(prefix, sizeof prefix, "checks[%u]", i);
            reason_prefix(why, prefix);
            return status;
        }
    }
    return ROLLCALL_OK;
}

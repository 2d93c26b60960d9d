/* health/kinds.h - the table of check kinds, and their schemas for other rooms.
 * Threads  constants only.
 */
#ifndef HEALTH_KINDS_H
#define HEALTH_KINDS_H

#include "health/check.h"

const struct check_kind *check_kind_find(const char *name);
const struct check_kind *const *check_kinds(void); /* ends with NULL */
/* The same kinds as the list that proto and model take; ends with NULL. */
const struct check_schema *const *check_schemas(void);

#endif

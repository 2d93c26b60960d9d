/* health/kinds.h - the table of check kinds, and their schemas for other rooms.
 * Threads  constants only.
 */
#ifndef HEALTH_KINDS_H
#define HEALTH_KINDS_H

#include "health/check.h"

const struct check_kind *check_kind_find(const char *name);
const struct check_kind *const *check_kinds(void); /* ends with NULL */
/* Its place in that list, less than CHECK_KINDS_MAX, and the word of a place ("" beyond
 * the end). */
enum { CHECK_KINDS_MAX = 16 };
unsigned check_kind_place(const struct check_kind *kind);
const char *check_kind_word(unsigned place);
/* The same kinds as the list that proto and model take; ends with NULL. */
const struct check_schema *const *check_schemas(void);

#endif

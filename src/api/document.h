/* api/document.h - this room's routes as an OpenAPI document and as a page.
 *
 * Printed from the tables of routes, so they cannot say what is not there; the shapes of
 * bodies and answers are in schemas.json, the fields of checks in the tables of their
 * kinds. OpenAPI Specification 3.1.0.
 * Threads  pure functions, any thread.
 */
#ifndef API_DOCUMENT_H
#define API_DOCUMENT_H

#include "base/buffer.h"
#include "model/check_schema.h"

enum { DOCUMENT_MAX = 4 * 1024 * 1024 };

/* One JSON object, without line breaks of its own making. */
void document_openapi(struct buffer *out, const struct check_schema *const *schemas);
/* docs/reference/http-api.md. */
void document_page(struct buffer *out);

/* document_checks.c: the members "Check" and "Check_KIND" of the schemas. */
void document_checks(struct buffer *out, const struct check_schema *const *schemas);
/* The object of schemas.json, and of one name in it: from its brace to its brace. NULL:
 * there is none. */
const char *document_schemas(size_t *length);
const char *document_schema(const char *name, size_t *length);

#endif

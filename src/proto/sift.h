/* proto/sift.h - replies for who may not see all: lists without what others own.
 * Threads  pure functions, any thread.
 */
#ifndef PROTO_SIFT_H
#define PROTO_SIFT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* May that be seen? Names are never NULL. */
typedef bool (*reply_may)(const void *owner, const char *namespace_name,
                          const char *service);
/* What lists of `body`, one JSON object, have of other services is left out. False: no
 * memory, or no JSON. */
bool reply_sift(struct buffer *out, const char *body, size_t length, reply_may may,
                const void *owner);
/* The same of a whole line of ours, its seq as it was; an error passes. */
bool reply_sift_line(struct buffer *out, const char *line, size_t length, reply_may may,
                     const void *owner);

#endif

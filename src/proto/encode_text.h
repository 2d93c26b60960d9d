/* proto/encode_text.h - the smallest pieces of JSON text, for the files of this room.
 * Threads  pure functions, any thread.
 */
#ifndef PROTO_ENCODE_TEXT_H
#define PROTO_ENCODE_TEXT_H

#include <stdint.h>

#include "base/buffer.h"

void encode_number(struct buffer *out, uint64_t number);
void encode_duration(struct buffer *out, uint64_t milliseconds);
/* "name": with the comma before it unless it opens its object. */
void encode_name(struct buffer *out, const char *name);

#endif

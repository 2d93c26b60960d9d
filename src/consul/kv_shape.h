/* consul/kv_shape.h - an entry of the key/value store as JSON.
 * Threads  pure functions, any thread.
 */
#ifndef CONSUL_KV_SHAPE_H
#define CONSUL_KV_SHAPE_H

#include "base/buffer.h"
#include "consul/kv.h"

/* One object. `entry` NULL: an empty one, of a key that is not there. */
void shape_kv(struct buffer *out, const char *key, size_t length,
              const struct kv_entry *entry, bool with_value);
/* "..." or, where there is nothing, null. */
void shape_base64(struct buffer *out, const void *bytes, size_t length);
/* A text that need not end in a NUL. */
void shape_octets(struct buffer *out, const char *text, size_t length);

#endif

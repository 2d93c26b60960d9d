/* model/pack.h - an instance as bytes, for the store.
 *
 * A version octet, then fields as (number, length, bytes): a reader skips numbers that it
 * does not know, so a field can be added without a migration. Packing the same instance
 * twice gives the same bytes.
 * Threads  pure functions, any thread.
 */
#ifndef MODEL_PACK_H
#define MODEL_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/reason.h"
#include "model/instance.h"

/* Append to `out`; check out->failed afterwards. */
void instance_pack(const struct rollcall_instance *instance, struct buffer *out);

/* NULL when the bytes are not a packed instance (`why` says where) or memory is short. */
struct instance *instance_unpack(const void *bytes, size_t length, struct reason *why);

#endif

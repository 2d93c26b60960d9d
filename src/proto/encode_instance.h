/* proto/encode_instance.h - the members of an instance, for the files of this room.
 * Threads  pure functions, any thread.
 */
#ifndef PROTO_ENCODE_INSTANCE_H
#define PROTO_ENCODE_INSTANCE_H

#include "base/buffer.h"
#include "model/check_schema.h"
#include "rollcall/service.h"

/* Everything that is set, defaults too; without the braces. */
void encode_instance_members(struct buffer *out, const struct rollcall_instance *instance,
                             const struct check_schema *const *schemas);
/* What differs from the defaults (encode_request()); without status and braces. */
void encode_instance_brief(struct buffer *out, const struct rollcall_instance *instance);

#endif

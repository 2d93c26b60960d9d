/* proto/standing.h - what keeps an instance in or out besides its health, as JSON.
 * Threads  one owner of a decoder at a time; encoding is pure.
 */
#ifndef PROTO_STANDING_H
#define PROTO_STANDING_H

#include "base/buffer.h"
#include "proto/json.h"
#include "rollcall/service.h"

/* ,"standing":{"is":"draining","effective":"critical","drain":{…}} */
void encode_standing(struct buffer *out, const struct rollcall_standing *standing);

/* A json_decode: such an object into the decoder's draft. */
enum rollcall_status decode_standing(struct decoder *decoder,
                                     const struct json_field *field, json_t *value,
                                     void *into, struct reason *why);

#endif

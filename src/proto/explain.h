/* proto/explain.h - an explanation as JSON, for both ends (docs/protocol.md `explain`).
 *
 * Threads  encoding: pure functions, any thread; reading: the owner of the decoder.
 */
#ifndef PROTO_EXPLAIN_H
#define PROTO_EXPLAIN_H

#include "base/buffer.h"
#include "model/explanation.h"
#include "proto/decode.h"

/* ,"name":…,"verdict":…,"answers":[…],"instances":[…] - inside a reply that was begun. */
void encode_explanation(struct buffer *out, const struct explanation *explanation);

/* Of the last reply: everything but the lists, whose counts alone are filled in. All
 * texts are borrowed from the decoder; those that are missing are NULL. */
void reply_explanation(const struct decoder *decoder, struct explanation *out);
/* Number `index` of its lists; false at the end. */
bool reply_explained_record(const struct decoder *decoder, size_t index,
                            struct explained_record *out);
bool reply_explained_instance(const struct decoder *decoder, size_t index,
                              struct explained_instance *out);

#endif

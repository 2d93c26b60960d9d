/* proto/alerts.h - alerts and silences as JSON, both directions.
 * Threads  one owner of a decoder at a time; encoding is pure.
 */
#ifndef PROTO_ALERTS_H
#define PROTO_ALERTS_H

#include "base/buffer.h"
#include "proto/decode.h"

/* One object. */
void encode_silence_view(struct buffer *out, const struct silence_view *view);
void encode_alert_view(struct buffer *out, const struct alert_view *view);

/* Number `index` of the last reply to silences or alerts; false: that was all. Valid
 * until the next call on this decoder. */
bool reply_silence(const struct decoder *decoder, size_t index, struct silence_view *out);
bool reply_alert(const struct decoder *decoder, size_t index, struct alert_view *out);

#endif

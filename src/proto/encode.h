/* proto/encode.h - requests, instances, replies and events as JSON text.
 *
 * Everything is appended to a struct buffer; look at its `failed` at the end. Text that
 * is not UTF-8 comes out with U+FFFD in place of the bytes at fault (RFC 8259 §8.1).
 * Threads  pure functions, any thread.
 */
#ifndef PROTO_ENCODE_H
#define PROTO_ENCODE_H

#include "base/buffer.h"
#include "base/reason.h"
#include "model/check_schema.h"
#include "proto/values.h"

/* --- The client's side. */

/* What a program that fills in an instance starts from: every default of the contract. */
void instance_defaults(struct rollcall_instance *out);

/* One request with its newline. Of an instance these are left out, so that the daemon's
 * defaults hold: NULL and empty texts, weight and priority 1, port 0, ttl
 * ROLLCALL_TTL_UNSET, no lease, and of a check a NULL or empty name and every 0. Options
 * of checks are written as text, which the daemon takes for any type. */
void encode_request(struct buffer *out, const struct request *request);

/* --- The daemon's side. A reply is begun, given its members, and ended. */

void reply_begin(struct buffer *out, const struct proto_seq *seq); /* {"ok":true,… */
void reply_end(struct buffer *out);                                /* }\n */
void reply_error(struct buffer *out, const struct proto_seq *seq,
                 enum rollcall_status status, const struct reason *why);

/* ,"name":value - inside an object that has a member already. */
void member_text(struct buffer *out, const char *name, const char *value);
void member_number(struct buffer *out, const char *name, uint64_t value);
void member_bool(struct buffer *out, const char *name, bool value);
void member_duration(struct buffer *out, const char *name, uint64_t milliseconds);

/* One object. `schemas` give the options of checks their types; NULL: text. */
void encode_instance_view(struct buffer *out, const struct instance_view *view,
                          const struct check_schema *const *schemas);
void encode_service_view(struct buffer *out, const struct service_view *view);

/* An event is the same for all its readers but for seq: encode the tail once (from the
 * comma after seq on, with the newline), then write each reader's line. */
void encode_event_tail(struct buffer *out, const struct event_view *event,
                       const struct check_schema *const *schemas);
void encode_event(struct buffer *out, const struct proto_seq *seq, const char *event,
                  const struct buffer *tail);

void encode_result_view(struct buffer *out, const struct result_view *view);
/* The tail of an event that is no instance's. */
void encode_notice_tail(struct buffer *out, const struct notice_view *notice);

/* The text in quotes, escaped. */
void encode_text(struct buffer *out, const char *text);

#endif

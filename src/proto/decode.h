/* proto/decode.h - lines of JSON to requests and replies, each fault with its field.
 *
 * One decoder holds the scratch memory of one line at a time; what it filled is valid
 * until its next call. Duplicate members, NUL characters and more than PROTO_DEPTH_MAX
 * levels are E_BAD_JSON; the daemon's side also refuses members that it does not know.
 * Source   docs/protocol.md. RFC 8259.
 * Threads  one owner of a decoder at a time.
 */
#ifndef PROTO_DECODE_H
#define PROTO_DECODE_H

#include "base/reason.h"
#include "model/check_schema.h"
#include "proto/values.h"

struct decoder;

/* `schemas` (borrowed) are the kinds of checks; a client, which reads only replies, gives
 * NULL. NULL when memory is short. */
struct decoder *decoder_create(const struct check_schema *const *schemas);
void decoder_destroy(struct decoder *decoder); /* NULL is allowed */

/* Where the lines come from: the address of an instance that gives none. NULL, as at
 * first: each must give its own. Copied. */
void decoder_from(struct decoder *decoder, const struct rollcall_address *from);

/* The daemon's side. First the cheap look: fills op (PROTO_OP_COUNT where it is missing,
 * unknown or written with escapes) and seq (borrowed from `line`). Never fails. */
void request_scan(const char *line, size_t length, struct request *out);

/* Then all of it, for a `request` that was scanned from this line. On a failure `why` has
 * the field and the sentence, and op and seq are as scanned. An instance is complete:
 * names folded, defaults and derived id filled in, validated. `line` is changed. */
enum rollcall_status request_decode(struct decoder *decoder, char *line, size_t length,
                                    struct request *request, struct reason *why);

/* The client's side; unknown members are skipped. E_BAD_JSON where the line is no reply
 * and no event. A reply with an error decodes to OK: look at out->ok. */
enum rollcall_status reply_decode(struct decoder *decoder, char *line, size_t length,
                                  struct reply *out, struct reason *why);
/* Number `index` of the instances of the last reply or event; valid until the next call
 * on this decoder. */
enum rollcall_status reply_instance(struct decoder *decoder, size_t index,
                                    struct instance_view *out, struct reason *why);
/* The same for a list of history: PROTO_HISTORY_ or PROTO_HOURS. */
bool reply_history(const struct decoder *decoder, const char *list, size_t index,
                   struct history_view *out);
bool reply_service(const struct decoder *decoder, size_t index, struct service_view *out);
bool reply_result(const struct decoder *decoder, size_t index, struct result_view *out);
/* Text number `index` of a list of texts ("zones", "features"); NULL at its end. */
const char *reply_text(const struct decoder *decoder, const char *list, size_t index);
/* A text that few replies have; NULL: this one has not. */
const char *reply_word(const struct decoder *decoder, const char *name);
/* The counters of stats, one after another from *at = 0; false at the end. */
bool reply_counter(const struct decoder *decoder, size_t *at, const char **area,
                   const char **name, uint64_t *value);

#endif

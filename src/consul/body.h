/* consul/body.h - JSON bodies as Consul reads them.
 *
 * Member names match in any case and with or without underscores ("TLSSkipVerify",
 * "tls_skip_verify"); the last of several wins; null is the same as absent; unknown
 * members are ignored. Faults are Consul's: "Request decode failed: ...".
 *
 * A reader keeps the first fault: members read after it leave their place alone, so a
 * table of members needs one look at the end.
 * Threads  pure functions, any thread.
 */
#ifndef CONSUL_BODY_H
#define CONSUL_BODY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "rollcall/status.h"

struct body_reader {
    const json_t *object; /* borrowed; NULL reads as an empty one */
    struct reason *why;   /* borrowed; the first fault */
    bool failed;
};

/* The object in the text, for the caller to json_decref(). NULL with the reason: empty
 * ("Request decode failed: EOF"), no JSON, or no object. */
json_t *body_parse(const char *text, size_t length, struct reason *why);

/* The member; NULL: absent or null. */
const json_t *body_member(const json_t *object, const char *name);

/* Each leaves `*out` as it is when the member is absent; false where it is absent or was
 * refused. Texts are borrowed from the object and may be empty; a text with a NUL in it
 * is refused by the parser. */
bool body_text(struct body_reader *reader, const char *name, const char **out);
bool body_flag(struct body_reader *reader, const char *name, bool *out);
bool body_integer(struct body_reader *reader, const char *name, int64_t *out);
/* "1m30s", or a number of nanoseconds. */
bool body_duration(struct body_reader *reader, const char *name, int64_t *nanoseconds);
/* A JSON value of that type, whatever is in it. */
bool body_object(struct body_reader *reader, const char *name, const json_t **out);
bool body_array(struct body_reader *reader, const char *name, const json_t **out);

/* Every spelling of that member goes. */
void body_remove(json_t *object, const char *name);

/* A duration as Go reads it ("1m30s", "-1.5h", "0"). False: it is none, or too long. */
bool body_parse_duration(const char *text, int64_t *nanoseconds);
/* A boolean as Go reads it: 1 t T TRUE true True and the same for false. */
bool body_parse_flag(const char *text, bool *out);
/* The type of a value in Go's words, as Consul names it: "string", "number". */
const char *body_type_word(const json_t *value);

#endif

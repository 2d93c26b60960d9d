/* proto/json.h - typed reading of JSON by tables: a row per member of an object.
 *
 * A row says how a member is called, what it may hold and where it goes. Each fault
 * names the member, what was written and what is allowed.
 * Threads  one owner of a scratch at a time; otherwise pure functions.
 */
#ifndef PROTO_JSON_H
#define PROTO_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "rollcall/status.h"

enum { JSON_SHOWN_MAX = 72 };

struct decoder;
struct json_field;

/* Read `value` into `into`, which is the object's struct plus the row's offset. */
typedef enum rollcall_status (*json_decode)(struct decoder *decoder,
                                            const struct json_field *field, json_t *value,
                                            void *into, struct reason *why);

struct json_field {
    const char *name; /* NULL ends a table */
    json_decode decode;
    size_t offset;
    int64_t min, max; /* of a number; of a duration in ms; of a text in bytes */
    bool required;
};

/* The object in `text`; NULL with a reason that says where it stops being one. The
 * caller frees it with json_decref(). */
json_t *json_parse_object(const char *text, size_t length, struct reason *why);

/* Every member of `object` by the rows of `tables` (ends with NULL; at most 64 rows in
 * all), `into` being the struct that offsets count from. A member without a row is an
 * E_UNKNOWN_FIELD, or skipped where the decoder is lenient. */
enum rollcall_status json_members(struct decoder *decoder, const json_t *object,
                                  const struct json_field *const *tables, void *into,
                                  struct reason *why);

/* E_INVALID with "FIELD: VALUE is not allowed; allowed: ALLOWED". */
enum rollcall_status json_refuse(struct reason *why, const char *field,
                                 const json_t *value, const char *allowed);
/* E_UNKNOWN_FIELD, with the nearest name of the tables where one is near. */
enum rollcall_status json_unknown(struct reason *why, const char *name,
                                  const struct json_field *const *tables);
/* How far apart two names are, in letters to change; large when they are not alike. */
unsigned json_distance(const char *a, const char *b);
/* The value as it was written, cut to fit. */
void json_show(const json_t *value, char out[JSON_SHOWN_MAX]);

/* Decoders for rows; what they fill stands behind the dash. */
enum rollcall_status json_skip(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into, struct reason *why); /* - */
enum rollcall_status json_text(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into,
                               struct reason *why); /* - const char *, borrowed */
enum rollcall_status json_name(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into,
                               struct reason *why); /* - the same, in lower case */
enum rollcall_status json_flag(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into,
                               struct reason *why); /* - bool */
enum rollcall_status json_u16(struct decoder *decoder, const struct json_field *field,
                              json_t *value, void *into,
                              struct reason *why); /* - uint16_t */
enum rollcall_status json_u32(struct decoder *decoder, const struct json_field *field,
                              json_t *value, void *into,
                              struct reason *why); /* - uint32_t */
enum rollcall_status json_u64(struct decoder *decoder, const struct json_field *field,
                              json_t *value, void *into,
                              struct reason *why); /* - uint64_t */
enum rollcall_status json_i64(struct decoder *decoder, const struct json_field *field,
                              json_t *value, void *into,
                              struct reason *why); /* - int64_t */
enum rollcall_status json_ms32(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into,
                               struct reason *why); /* - uint32_t, milliseconds */
enum rollcall_status json_ms64(struct decoder *decoder, const struct json_field *field,
                               json_t *value, void *into,
                               struct reason *why); /* - uint64_t, milliseconds */
enum rollcall_status json_thousandths(struct decoder *decoder,
                                      const struct json_field *field, json_t *value,
                                      void *into,
                                      struct reason *why); /* - uint32_t, times 1000 */
enum rollcall_status json_health(struct decoder *decoder, const struct json_field *field,
                                 json_t *value, void *into,
                                 struct reason *why); /* - enum rollcall_health */

#endif

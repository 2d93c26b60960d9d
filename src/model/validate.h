/* model/validate.h - every rule about an instance and its checks, each with a reason.
 *
 * Source   docs/protocol.md "The instance", "The check"; docs/dns.md §1.2.
 * Threads  pure functions, any thread.
 */
#ifndef MODEL_VALIDATE_H
#define MODEL_VALIDATE_H

#include "base/reason.h"
#include "model/check_schema.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

enum {
    MODEL_ID_MAX = 255,
    MODEL_TAGS_MAX = 64,
    MODEL_TAG_LENGTH_MAX = 255,
    MODEL_META_MAX = 64,
    MODEL_META_KEY_MAX = 128,
    MODEL_META_VALUE_MAX = 512,
    MODEL_ADDRESSES_MAX = 16,
    MODEL_PORTS_MAX = 64,
    MODEL_CHECKS_MAX = 16,
    MODEL_OPTIONS_MAX = 64, /* of one check */
    MODEL_ANNEX_MAX = 16 * 1024,
    MODEL_INTERVAL_MIN_MS = 100,
    MODEL_DEREGISTER_MIN_MS = 1000,
    MODEL_FACTOR_MIN = 1100, /* thousandths */
    MODEL_FACTOR_MAX = 1000 * 1000
};
#define MODEL_DEREGISTER_MAX_MS (INT64_C(30) * 24 * 3600 * 1000)

/* Names must already be lower case. `schemas` ends with NULL. Returns E_INVALID or
 * E_MISSING_FIELD (E_UNKNOWN_FIELD for an option of a check) with the field, the value
 * and what is allowed in `why`. */
enum rollcall_status instance_validate(const struct rollcall_instance *instance,
                                       const struct check_schema *const *schemas,
                                       struct reason *why);

/* A service or namespace name alone (for get, list, watch). */
enum rollcall_status name_validate(const char *field, const char *name,
                                   struct reason *why);

#endif

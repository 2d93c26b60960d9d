/* model/rules.h - the small rules that instances and checks share.
 * Threads  pure functions, any thread.
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "model/check_schema.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

/* A text of `min` to `max` octets without control characters. E_MISSING_FIELD when it is
 * empty and may not be. */
enum rollcall_status rule_text(const char *field, const char *text, size_t min,
                               size_t max, struct reason *why);

/* The same, but line breaks and tabs are allowed. */
enum rollcall_status rule_lines(const char *field, const char *text, size_t min,
                                size_t max, struct reason *why);

/* A number in [min, max]; `unit` follows it in the sentence (" ms"). */
enum rollcall_status rule_number(const char *field, uint64_t number, uint64_t min,
                                 uint64_t max, const char *unit, struct reason *why);

/* A lower-case DNS label. */
enum rollcall_status rule_label(const char *field, const char *text, struct reason *why);

/* A host name: labels of letters, digits, hyphens and underscores, no mistyped address.
 */
enum rollcall_status rule_host(const char *field, const char *text, struct reason *why);

/* Check number `index` of the instance; fields are named "checks[0].path". */
enum rollcall_status rule_check(const struct rollcall_instance *instance, unsigned index,
                                const struct check_schema *const *schemas,
                                struct reason *why);

#endif

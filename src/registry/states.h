/* registry/states.h - what the checks of an instance said, in memory and as bytes.
 *
 * Bytes: version, revision of the definition they belong to (8), own status, count; then
 * for each check: health with 0x80 when it is known, outcome, since (8), length of the
 * output (2), the output. They count only for a definition of that revision.
 * Threads  control.
 */
#ifndef REGISTRY_STATES_H
#define REGISTRY_STATES_H

#include <stdbool.h>
#include <stdint.h>

#include "registry/catalogue.h"

/* Fresh states for the checks of `to`; a check that `from` (may be NULL) has in the same
 * form, for the same address and port or with a target of its own, keeps what `states`
 * (one for each check of `from`) says. `*out` is owned, NULL
 * where there are no checks. E_NOMEM changes nothing. */
enum rollcall_status states_carry(const struct rollcall_instance *to,
                                  const struct rollcall_instance *from,
                                  const struct check_state *states,
                                  struct check_state **out);
/* Say in `fresh` (made for `to`) what `states` says now; outputs move over. Without
 * `from` everything is forgotten. Needs no memory. */
void states_move(const struct rollcall_instance *to, struct check_state *fresh,
                 const struct rollcall_instance *from, struct check_state *states);
void states_free(struct check_state *states, unsigned count);
/* Those of an entry whose instance is still set. */
void states_destroy(struct entry *entry);

/* Replace the output, cut to `max` octets; the old one stays when memory is short.
 * True: it is another one now. */
bool state_set_output(struct check_state *state, const char *output, size_t max);

/* The checks_require-th best of the checks of `is` (0: the worst of all); `own`, or
 * what its definition says, stands for each that is not known yet, and alone where none
 * decides. Shadows decide nothing.
 */
enum rollcall_health states_combined(const struct rollcall_instance *is,
                                     const struct check_state *states,
                                     enum rollcall_health own);
/* Is it critical whatever those say that are not known yet? */
bool states_failed(const struct rollcall_instance *is, const struct check_state *states);

/* Is there more to keep than the definition says already? */
bool states_say_something(const struct check_state *states, unsigned count,
                          enum rollcall_health own, enum rollcall_health status);

/* Owned bytes; NULL when memory is short. */
uint8_t *states_pack(const struct check_state *states, unsigned count,
                     enum rollcall_health own, uint64_t revision, uint32_t *length);
/* Into states made by states_carry(). False, and nothing changed, where the bytes are not
 * of this revision and count. */
bool states_unpack(const uint8_t *bytes, uint32_t length, uint64_t revision,
                   struct check_state *states, unsigned count, enum rollcall_health *own);

#endif

/* serve/limit.h - response-rate limiting: a fixed table of what each network was told.
 *
 * Against askers that give a victim's address as their own: equal answers to one network
 * (IPv4 /24, IPv6 /56) are counted by the second. The table never grows; where it is full
 * of busy entries the least busy one makes room.
 * Threads  one table per worker.
 */
#ifndef SERVE_LIMIT_H
#define SERVE_LIMIT_H

#include <stdint.h>

#include "rollcall/service.h"

enum limit_class { LIMIT_POSITIVE, LIMIT_NEGATIVE, LIMIT_REFUSED, LIMIT_ERROR };
enum limit_verdict { LIMIT_PASS, LIMIT_SLIP, LIMIT_DROP };

struct limit;

/* `rate` answers a second; of those above it each `slip`th slips through as a truncated
 * one (0: none). NULL when memory is short. */
struct limit *limit_create(uint32_t rate, uint32_t slip, uint64_t seed);
void limit_destroy(struct limit *limit); /* NULL is allowed */

/* Ask for the memory of that count, before it is needed. */
void limit_hint(const struct limit *limit, const struct rollcall_address *ip,
                enum limit_class class_, const uint8_t *name, uint32_t name_length);
/* May this answer go? `name` is the name asked where it exists, else that of the zone:
 * made-up names must not have a count each. Lower case. */
enum limit_verdict limit_admit(struct limit *limit, const struct rollcall_address *ip,
                               enum limit_class class_, const uint8_t *name,
                               uint32_t name_length, uint64_t now_ms);

#endif

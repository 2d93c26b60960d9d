/* consul/uuid.h - random UUIDs (RFC 9562 §5.4).
 * Threads  any.
 */
#ifndef CONSUL_UUID_H
#define CONSUL_UUID_H

#include <stdint.h>

enum { UUID_SIZE = 37 };
#define UUID_MIX_MAX ((UINT64_C(1) << 53) - 1)

/* From the kernel: nobody can guess it. */
void uuid_random(char out[UUID_SIZE]);
/* One whose halves, one against the other by exclusive or, make a number that a double of
 * JavaScript holds, and no 0 or 1. Clients compute it from the UUID of an event (index of
 * event/list). 111 bits of it are random. */
void uuid_random_mixed(char out[UUID_SIZE], uint64_t *mix);

#endif

/* consul/uuid.h - random UUIDs (RFC 9562 §5.4).
 * Threads  any.
 */
#ifndef CONSUL_UUID_H
#define CONSUL_UUID_H

enum { UUID_SIZE = 37 };

/* From the kernel: nobody can guess it. */
void uuid_random(char out[UUID_SIZE]);

#endif

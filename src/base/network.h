/* base/network.h - networks: "10.0.0.0/8", "fd00::/8", one address, or "any".
 * Threads: pure functions, any thread.
 */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rollcall/service.h"

#define NETWORK_TEXT 64 /* enough for any network, printed */

struct network {
    struct rollcall_address base; /* bits beyond the prefix are zero; family 0: any */
    uint8_t bits;
};

/* An address without a prefix is a network of itself; bits beyond the prefix are
 * cleared. An IPv4 network must be written as one: no client ever comes as
 * ::ffff:192.0.2.1, our IPv6 sockets are for IPv6 alone. */
bool network_parse(const char *text, struct network *out);
void network_print(const struct network *network, char *out, size_t size);

bool network_is_any(const struct network *network);
bool network_contains(const struct network *network, const struct rollcall_address *ip);
/* Is `ip` in one of them? False where there are none. */
bool networks_contain(const struct network *networks, size_t count,
                      const struct rollcall_address *ip);
/* 127.0.0.0/8 and ::1 */
bool network_is_loopback(const struct rollcall_address *ip);

#endif

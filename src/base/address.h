/* base/address.h - socket addresses: parse, print, compare.
 *
 * Text: "127.0.0.1:8053", "[::1]:8053", and without a port "127.0.0.1", "::1".
 * Threads: pure functions, any thread.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "rollcall/service.h"

#define ADDRESS_TEXT 64 /* enough for any address with its port */

struct address {
    socklen_t length;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage storage;
    };
};

/* Literal with port; `default_port` where the text has none (0: a port is required). */
bool address_parse(const char *text, uint16_t default_port, struct address *out);

/* "host:port" split without looking anything up; host may be empty (":80"). Brackets
 * are removed. `host_size` at least 256. */
bool address_split(const char *text, char *host, size_t host_size, uint16_t *port);

void address_from_ip(const struct rollcall_address *ip, uint16_t port,
                     struct address *out);
bool address_to_ip(const struct address *address, struct rollcall_address *out);
/* The same of a bare socket address. */
bool address_socket_ip(const struct sockaddr *address, struct rollcall_address *out);

/* An IPv4 or IPv6 literal alone (no port, no brackets, no scope). */
bool address_parse_ip(const char *text, struct rollcall_address *out);
void address_print_ip(const struct rollcall_address *ip, char *out, size_t size);
/* With the port: "10.0.0.1:80", "[fd00::1]:80". */
void address_print(const struct address *address, char *out, size_t size);

bool address_ip_equal(const struct rollcall_address *a, const struct rollcall_address *b);
bool address_is_wildcard(const struct address *address);
uint16_t address_port(const struct address *address);

#endif

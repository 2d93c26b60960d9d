/* loop/resolver.h - ask other servers for the addresses of a host name, by c-ares.
 *
 * Questions run on the loop; none of them waits. Both families are asked for, aliases are
 * followed. resolver_open() looks at no search list and no hosts file;
 * resolver_open_local() finds what the programs of this machine find.
 * Threads: the thread of the loop.
 */
#ifndef LOOP_RESOLVER_H
#define LOOP_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/address.h"
#include "base/reason.h"
#include "rollcall/status.h"

enum { RESOLVER_ADDRESSES = 64 };

struct resolver;

/* How a question ended; all borrowed for the call. */
struct resolver_reply {
    const char *host; /* as asked */
    const char *why;  /* NULL: it was answered; else why not, for people */
    const struct rollcall_address *addresses;
    uint32_t count; /* 0 of an answered one: there are none */
    uint32_t ttl;   /* seconds: the least of all records on the way */
};

/* `servers`: none: those of /etc/resolv.conf, read once. */
enum rollcall_status resolver_open(
    uv_loop_t *loop, const struct address *servers, size_t count,
    void (*done)(void *owner, const struct resolver_reply *reply), void *owner,
    struct resolver **out, struct reason *why);
/* The same as this machine is set up: hosts file first, then the servers and the search
 * list of /etc/resolv.conf, read once. */
enum rollcall_status resolver_open_local(
    uv_loop_t *loop, void (*done)(void *owner, const struct resolver_reply *reply),
    void *owner, struct resolver **out, struct reason *why);
/* done() follows, perhaps at once. False: no memory, and it does not. */
bool resolver_ask(struct resolver *resolver, const char *host);
/* What is under way ends with a reason; the memory is freed when libuv is done with it.
 * NULL is allowed. */
void resolver_close(struct resolver *resolver);

#endif

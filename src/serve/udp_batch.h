/* serve/udp_batch.h - many datagrams with one system call, in and out.
 *
 * All memory is allocated at create; a reply is written over its query and leaves from
 * the address that the query was sent to.
 * Threads  one worker.
 */
#ifndef SERVE_UDP_BATCH_H
#define SERVE_UDP_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "serve/socket_counters.h"

struct udp_batch;

/* `width` datagrams at most, 1 to 1024. NULL when memory is short. */
struct udp_batch *udp_batch_create(unsigned width);
void udp_batch_destroy(struct udp_batch *batch); /* NULL is allowed */
unsigned udp_batch_width(const struct udp_batch *batch);

/* Take what waits in the socket, without waiting. Forgets queued replies. `destination`:
 * the socket reports to which address each datagram was sent. Returns how many came, 0
 * when none did, -errno otherwise. A datagram longer than DNS_UDP_MAX is there cut. */
int udp_batch_receive(struct udp_batch *batch, int fd, bool destination);

/* Datagram `i`: DNS_UDP_MAX octets of room, of which `*length` were received. */
uint8_t *udp_batch_message(struct udp_batch *batch, unsigned i, size_t *length);

/* Where datagram `i` came from; stays until the next receive. */
const struct sockaddr *udp_batch_from(const struct udp_batch *batch, unsigned i);

/* Queue the first `length` octets of datagram `i` as the reply to its sender. */
void udp_batch_reply(struct udp_batch *batch, unsigned i, size_t length);

/* Send what is queued. Where the send buffer is full it waits once, at most a
 * millisecond; then, and where the kernel refuses one, replies are dropped and counted:
 * the asker will ask again, the others must not wait. */
void udp_batch_send(struct udp_batch *batch, int fd, struct socket_counters *counters);

#endif

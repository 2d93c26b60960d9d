/* serve/socket_counters.h - what happens at the sockets, before and after the pipeline.
 * Threads  written by one worker, read by control.
 */
#ifndef SERVE_SOCKET_COUNTERS_H
#define SERVE_SOCKET_COUNTERS_H

#include "base/counters.h"

struct socket_counters {
    counter udp_batches;         /* system calls that brought at least one datagram */
    counter udp_replies;         /* given to the kernel */
    counter udp_replies_dropped; /* the send buffer stayed full */
    counter udp_send_errors;     /* refused by the kernel for another reason */
    counter udp_receive_errors;  /* recvmmsg failed */
    counter tcp_accepted;
    counter tcp_open;          /* sessions now */
    counter tcp_over_address;  /* closed at once: too many from that address */
    counter tcp_evicted;       /* closed to make room for a newer one */
    counter tcp_timed_out;     /* idle, or no progress inside a message */
    counter tcp_bad_framing;   /* a length that no DNS query has */
    counter tcp_accept_errors; /* accept failed: descriptors or memory */
};
extern const struct counter_group socket_counter_group; /* without a block */

#endif

#include "serve/socket_counters.h"

#define ROW(member, ...) COUNTER(struct socket_counters, member, __VA_ARGS__)

static const struct counter_row rows[] = {
    ROW(udp_batches, "Receive calls that brought at least one datagram."),
    ROW(udp_replies, "UDP replies given to the kernel."),
    ROW(udp_replies_dropped, "UDP replies dropped because the send buffer stayed full."),
    ROW(udp_send_errors, "UDP replies that the kernel refused to send."),
    ROW(udp_receive_errors, "Failed receive calls."),
    ROW(tcp_accepted, "TCP connections accepted."),
    ROW(tcp_open, "TCP connections open now.", IS_GAUGE),
    ROW(tcp_over_address, "TCP connections closed at once: too many from one address."),
    ROW(tcp_evicted, "TCP connections closed to make room for newer ones."),
    ROW(tcp_timed_out, "TCP connections closed for idleness or lack of progress."),
    ROW(tcp_bad_framing, "TCP connections closed for a length that no query has."),
    ROW(tcp_accept_errors, "Failed accepts: no descriptors or no memory."),
    COUNTER_END,
};

const struct counter_group socket_counter_group = { .area = "dns_sockets", .rows = rows };

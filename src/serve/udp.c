#include "serve/udp.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "answer/reader.h"
#include "base/clock.h"
#include "serve/socket.h"

/* A full batch means that more is waiting, and asking again is cheaper than going through
 * the loop. 16 batches of 32 take about 2 ms: TCP sessions and the request to stop wait
 * no longer than that under a flood. */
#define ROUNDS_MAX 16

static void on_readable(uv_poll_t *poll, int status, int events);

static void report_failure(struct udp_socket *udp, int error)
{
    counter_add(&udp->counters->udp_receive_errors, 1);
    log_limited(&udp->failures, clock_monotonic_ms(), LOG_LEVEL_WARNING, "serve",
                "cannot receive UDP queries: %s", strerror(error));
}

/* While the loop watches a socket, the kernel tells the watcher of every datagram that
 * left (there is room to send again): about 100 ns a reply, 3 % of all that a query costs
 * on loopback. From the first full batch on, the rounds of this turn go unwatched: that
 * is two system calls for up to 16 batches. */
static void stop_watching(struct udp_socket *udp)
{
    if (udp->watched) {
        udp->watched = false;
        uv_poll_stop(&udp->poll);
    }
}

static void start_watching(struct udp_socket *udp)
{
    if (!udp->watched) {
        udp->watched = true;
        (void)uv_poll_start(&udp->poll, UV_READABLE, on_readable);
    }
}

static void answer_all(struct udp_socket *udp, unsigned count)
{
    struct pipeline_message *messages = udp->messages;

    for (unsigned i = 0; i < count; i++) {
        messages[i].octets = udp_batch_message(udp->batch, i, &messages[i].length);
        messages[i].from = udp_batch_from(udp->batch, i);
    }
    pipeline_answer_batch(udp->pipeline, messages, count);
    for (unsigned i = 0; i < count; i++)
        if (messages[i].length > 0)
            udp_batch_reply(udp->batch, i, messages[i].length);
}

/* Receive, answer, send: one batch. Online only while answers are borrowed: neither a
 * sleeping worker nor one inside a system call holds back a replaced answer. True when
 * there is probably more. */
static bool answer_batch(struct udp_socket *udp)
{
    struct udp_batch *batch = udp->batch;
    int count = udp_batch_receive(batch, udp->fd, udp->wildcard);
    if (count < 0)
        report_failure(udp, -count);
    if (count <= 0)
        return false;

    bool full = (unsigned)count == udp_batch_width(batch);
    if (full)
        stop_watching(udp);
    int64_t received = clock_monotonic_us();
    counter_add(&udp->counters->udp_batches, 1);
    udp->begin(udp->owner);
    answer_all(udp, (unsigned)count);
    answer_reader_offline();
    udp_batch_send(batch, udp->fd, udp->counters);
    pipeline_took(udp->pipeline, false, clock_monotonic_us() - received, (unsigned)count);
    return full;
}

static void answer_waiting_queries(struct udp_socket *udp)
{
    for (unsigned round = 0; round < ROUNDS_MAX && answer_batch(udp); round++)
        ;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct udp_socket *udp = poll->data;
    (void)events;

    if (status < 0) {
        /* libuv stopped the poll because the socket has an error pending; reading the
         * error clears it, and the socket is as good as before. */
        int error = 0;
        socklen_t size = sizeof error;
        (void)getsockopt(udp->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        report_failure(udp, error != 0 ? error : EIO);
        udp->watched = false;
    } else {
        answer_waiting_queries(udp);
    }
    start_watching(udp);
}

enum rollcall_status udp_open(struct udp_socket *udp, uv_loop_t *loop,
                              const struct address *address, struct reason *why)
{
    int fd;
    enum rollcall_status status = socket_open_udp(address, &fd, why);
    if (status != ROLLCALL_OK)
        return status;

    int error = uv_poll_init(loop, &udp->poll, fd);
    if (error != 0) {
        close(fd);
        reason_set(why, "cannot watch a UDP socket: %s", uv_strerror(error));
        return ROLLCALL_E_IO;
    }
    udp->fd = fd;
    udp->wildcard = address_is_wildcard(address);
    udp->poll.data = udp;
    udp->watched = true;
    error = uv_poll_start(&udp->poll, UV_READABLE, on_readable);
    if (error != 0) {
        udp_close(udp, false);
        reason_set(why, "cannot watch a UDP socket: %s", uv_strerror(error));
        return ROLLCALL_E_IO;
    }
    return ROLLCALL_OK;
}

void udp_close(struct udp_socket *udp, bool answer_waiting)
{
    if (udp->fd < 0)
        return;
    if (answer_waiting)
        answer_waiting_queries(udp);
    uv_close((uv_handle_t *)&udp->poll, NULL);
    close(udp->fd);
    udp->fd = -1;
}

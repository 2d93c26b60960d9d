/* One connection of a secondary on the control loop: framing, the transfer that is being
 * sent, and whatever else is asked on it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer/reader.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "dns/wire.h"
#include "serve/transfer_message.h"
#include "serve/transfers_state.h"

enum {
    IN_SIZE = 4096,  /* longest query with its length: 4094 octets */
    LENGTH_SIZE = 2, /* before each message, RFC 1035 §4.2.2 */
    MESSAGES_A_TURN = 4
};

struct transfer_connection {
    struct list node;
    struct transfers *transfers; /* borrowed */
    struct watch *watch;         /* owned */
    struct address peer;
    struct transfer_reply reply;
    bool sending; /* `reply` is under way */
    bool ended;   /* the peer will send nothing more */
    size_t in_length;
    size_t out_at, out_end; /* what is not sent yet lies between */
    uint8_t in[IN_SIZE];
    uint8_t out[LENGTH_SIZE + DNS_MESSAGE_MAX];
};

enum progress { PROGRESS, WAIT_TO_WRITE, WAIT_TO_READ, BROKEN };

static uint64_t wall_seconds(void)
{
    return (uint64_t)(clock_wall_ms() / 1000);
}

static void count_end(struct transfer_connection *connection, bool complete)
{
    struct transfer_counters *counters = &connection->transfers->counters;
    const struct transfer_reply *reply = &connection->reply;
    char text[ADDRESS_TEXT];
    const char *kind;

    if (reply->transfer == NULL)
        return;
    address_print(&connection->peer, text, sizeof text);
    kind = answer_transfer_kind(reply->transfer);
    counter_add(!complete        ? &counters->broken
                : kind[0] == 'a' ? &counters->full
                : kind[0] == 'i' ? &counters->incremental
                                 : &counters->current,
                1);
    log_debug("transfers", "zone %s: %s of serial %u to %s %s", reply->zone->config->apex,
              kind, answer_transfer_serial(reply->transfer), text,
              complete ? "is complete" : "broke off");
}

static void finish(struct transfer_connection *connection, bool complete)
{
    if (!connection->sending)
        return;
    count_end(connection, complete);
    transfer_reply_end(&connection->reply);
    connection->sending = false;
}

static void on_closed(void *owner)
{
    free(owner);
}

/* Octets that nobody read would make close() send a reset, which may overtake the end of
 * a transfer. MSG_TRUNC throws them away without copying (tcp(7)). */
static void discard_unread(int fd)
{
    (void)recv(fd, NULL, 1 << 20, MSG_TRUNC | MSG_DONTWAIT);
}

static void close_connection(struct transfer_connection *connection)
{
    struct transfers *transfers = connection->transfers;

    finish(connection, false);
    discard_unread(watch_fd(connection->watch));
    list_remove(&connection->node);
    counter_set(&transfers->counters.open, --transfers->connection_count);
    watch_close(connection->watch);
    transfers_next(transfers);
}

static enum progress send_out(struct transfer_connection *connection)
{
    ssize_t sent;

    do {
        sent =
            send(watch_fd(connection->watch), connection->out + connection->out_at,
                 connection->out_end - connection->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == EAGAIN || errno == ENOBUFS ? WAIT_TO_WRITE : BROKEN;
    connection->out_at += (size_t)sent;
    if (connection->out_at < connection->out_end)
        return WAIT_TO_WRITE;
    const struct config *config = connection->transfers->config;
    bool more = connection->sending && !connection->reply.done;
    watch_timeout(connection->watch,
                  more ? config->transfers.message_timeout_ms : config->dns.tcp_idle_ms);
    return PROGRESS;
}

static enum progress put_message(struct transfer_connection *connection, size_t length)
{
    if (length == 0)
        return BROKEN;
    bytes_put16(connection->out, (uint16_t)length);
    connection->out_at = 0;
    connection->out_end = LENGTH_SIZE + length;
    return PROGRESS;
}

static enum progress next_message(struct transfer_connection *connection)
{
    struct transfer_reply *reply = &connection->reply;
    size_t length;

    if (reply->done) {
        finish(connection, true);
        return PROGRESS;
    }
    length = transfer_reply_next(reply, connection->out + LENGTH_SIZE, wall_seconds());
    return put_message(connection, length);
}

static enum progress receive(struct transfer_connection *connection)
{
    ssize_t got;

    if (connection->ended)
        return BROKEN;
    do {
        got = recv(watch_fd(connection->watch), connection->in + connection->in_length,
                   IN_SIZE - connection->in_length, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? WAIT_TO_READ : BROKEN;
    connection->ended = got == 0;
    connection->in_length += (size_t)got;
    return PROGRESS;
}

/* What is no transfer is answered as a worker would. */
static enum progress answer_query(struct transfer_connection *connection, size_t length)
{
    struct pipeline *pipeline = connection->transfers->pipeline;
    uint8_t *message = connection->out + LENGTH_SIZE;

    memcpy(message, connection->in + LENGTH_SIZE, length);
    pipeline_set_time(pipeline, (uint64_t)clock_monotonic_ms(), (uint32_t)wall_seconds());
    answer_reader_online();
    length = pipeline_answer(pipeline, message, length, DNS_MESSAGE_MAX,
                             &connection->peer.any, true);
    answer_reader_offline();
    return put_message(connection, length);
}

static enum progress next_query(struct transfer_connection *connection)
{
    struct transfers *transfers = connection->transfers;
    size_t length, whole;
    enum progress progress = PROGRESS;

    if (connection->in_length < LENGTH_SIZE)
        return receive(connection);
    length = bytes_get16(connection->in);
    whole = LENGTH_SIZE + length;
    if (length < DNS_HEADER_SIZE || whole > IN_SIZE)
        return BROKEN;
    if (connection->in_length < whole)
        return receive(connection);
    if (transfer_reply_begin(&connection->reply, answer_index(transfers->answer),
                             &transfers->keys, &connection->peer.any,
                             connection->in + LENGTH_SIZE, length, wall_seconds()))
        connection->sending = true;
    else
        progress = answer_query(connection, length);
    connection->in_length -= whole;
    memmove(connection->in, connection->in + whole, connection->in_length);
    return progress;
}

static enum progress step(struct transfer_connection *connection)
{
    if (connection->out_at < connection->out_end)
        return send_out(connection);
    return connection->sending ? next_message(connection) : next_query(connection);
}

static bool is_idle(const struct transfer_connection *connection)
{
    return !connection->sending && connection->out_at == connection->out_end &&
           connection->in_length == 0;
}

/* A bounded piece; what is left comes in the next turn. */
static void on_ready(void *owner, int events)
{
    struct transfer_connection *connection = owner;
    enum progress progress = PROGRESS;

    (void)events;
    for (unsigned i = 0; i < 2 * MESSAGES_A_TURN && progress == PROGRESS; i++)
        progress = step(connection);
    if (progress == BROKEN || (progress == WAIT_TO_READ && is_idle(connection) &&
                               connection->transfers->waiting_count > 0))
        close_connection(connection);
    else
        watch_events(connection->watch,
                     progress == WAIT_TO_READ ? UV_READABLE : UV_WRITABLE);
}

static void on_timeout(void *owner)
{
    close_connection(owner);
}

static const struct watch_callbacks callbacks = { on_ready, on_timeout, on_closed };

void transfer_connection_open(struct transfers *transfers, int fd,
                              const struct address *peer, const uint8_t *octets,
                              size_t length)
{
    struct transfer_connection *connection = NULL;

    if (length <= IN_SIZE)
        connection = malloc(sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return;
    }
    memset(connection, 0, offsetof(struct transfer_connection, in));
    if (watch_open(transfers->loop, fd, &callbacks, connection, &connection->watch) !=
        ROLLCALL_OK) {
        close(fd);
        free(connection);
        return;
    }
    connection->transfers = transfers;
    connection->peer = *peer;
    connection->in_length = length;
    memcpy(connection->in, octets, length);
    list_append(&transfers->connections, &connection->node);
    counter_set(&transfers->counters.open, ++transfers->connection_count);
    watch_timeout(connection->watch, transfers->config->transfers.message_timeout_ms);
    watch_events(connection->watch, UV_WRITABLE);
}

void transfer_connections_close_idle(struct transfers *transfers)
{
    list_for_each (at, &transfers->connections) {
        struct transfer_connection *connection =
            list_entry(at, struct transfer_connection, node);
        if (is_idle(connection)) {
            close_connection(connection);
            return;
        }
    }
}

void transfer_connections_close(struct transfers *transfers)
{
    list_for_each_safe (at, keep, &transfers->connections) {
        close_connection(list_entry(at, struct transfer_connection, node));
    }
}

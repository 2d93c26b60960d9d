#include "client/connection.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/reach.h"

/* Of one read. The longest reply, a list of everything, may take many. */
enum { READ_SIZE = 64 * 1024 };

/* Of replies that wait to be taken: a list of a million instances fits. */
#define IN_MAX ((size_t)1 << 30)

void connection_init(struct connection *connection)
{
    connection->fd = -1;
    connection->at = 0;
    buffer_init(&connection->in, IN_MAX);
}

void connection_deinit(struct connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    buffer_deinit(&connection->in);
    connection->fd = -1;
}

enum rollcall_status connection_open(struct connection *connection, const char *place,
                                     struct reason *why)
{
    return place_reach(place, &connection->fd, why);
}

static enum rollcall_status gone(struct reason *why, int error)
{
    if (error == 0)
        reason_set(why, "rollcalld closed the connection");
    else
        reason_set(why, "the connection to rollcalld failed: %s", strerror(error));
    return ROLLCALL_E_IO;
}

/* Which of `events` has happened? E_TIMEOUT at the deadline. */
static enum rollcall_status wait_for(struct connection *connection, short events,
                                     int64_t deadline, short *happened,
                                     struct reason *why)
{
    struct pollfd one = { .fd = connection->fd, .events = events };

    for (;;) {
        int64_t left = deadline == INT64_MAX ? -1 : deadline - clock_monotonic_ms();
        if (deadline != INT64_MAX && left < 0)
            left = 0;
        int ready = poll(&one, 1, left > INT_MAX ? INT_MAX : (int)left);
        if (ready > 0) {
            *happened = one.revents;
            return ROLLCALL_OK;
        }
        if (ready < 0 && errno != EINTR)
            return gone(why, errno);
        if (ready == 0) {
            reason_set(why, "rollcalld did not answer in time");
            return ROLLCALL_E_TIMEOUT;
        }
    }
}

/* Take what is there, without waiting. */
static enum rollcall_status read_some(struct connection *connection, struct reason *why)
{
    struct buffer *in = &connection->in;

    if (!buffer_reserve(in, READ_SIZE)) {
        reason_set(why, "out of memory for the reply of rollcalld");
        return ROLLCALL_E_NOMEM;
    }
    ssize_t got = recv(connection->fd, in->data + in->length, READ_SIZE, MSG_DONTWAIT);
    if (got == 0)
        return gone(why, 0);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? ROLLCALL_OK : gone(why, errno);
    in->length += (size_t)got;
    in->data[in->length] = '\0';
    return ROLLCALL_OK;
}

enum rollcall_status connection_send(struct connection *connection, const char *bytes,
                                     size_t length, int64_t deadline, struct reason *why)
{
    while (length > 0) {
        ssize_t sent = send(connection->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes += sent;
            length -= (size_t)sent;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return gone(why, errno == EPIPE ? 0 : errno);
        short happened = 0;
        enum rollcall_status status =
            wait_for(connection, POLLIN | POLLOUT, deadline, &happened, why);
        if (status == ROLLCALL_OK && (happened & POLLIN) != 0)
            status = read_some(connection, why);
        if (status != ROLLCALL_OK)
            return status;
    }
    return ROLLCALL_OK;
}

/* Forget the lines that were handed out; cheap, because it is done only before reading.
 */
static void compact(struct connection *connection)
{
    buffer_consume(&connection->in, connection->at);
    connection->at = 0;
}

enum rollcall_status connection_line(struct connection *connection, int64_t deadline,
                                     char **line, size_t *length, struct reason *why)
{
    struct buffer *in = &connection->in;
    size_t searched = 0; /* behind `at`: has no newline */

    for (;;) {
        size_t rest = in->length - connection->at;
        char *begin = in->data != NULL ? in->data + connection->at : NULL;
        char *newline =
            rest > searched ? memchr(begin + searched, '\n', rest - searched) : NULL;
        if (newline != NULL) {
            *newline = '\0';
            *line = begin;
            *length = (size_t)(newline - begin);
            connection->at += *length + 1;
            return ROLLCALL_OK;
        }
        searched = rest;
        compact(connection);
        short happened = 0;
        enum rollcall_status status =
            wait_for(connection, POLLIN, deadline, &happened, why);
        if (status == ROLLCALL_OK)
            status = read_some(connection, why);
        if (status != ROLLCALL_OK)
            return status;
    }
}

/* The sockets of libcurl: opened and closed by us, so that an address can be refused, a
 * close can be a reset, and what became of the peer is known. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/curl_fetch.h"

/* A connection may outlive the fetch that opened it, so what a close must know stands
 * here, by the number of the socket. */
struct socket_note {
    struct fetch *fetch; /* borrowed; NULL once it ended */
    bool reset_on_close;
};

static bool make_room(struct socket_book *book, int fd)
{
    if (fd < book->size)
        return true;
    int size = fd < 64 ? 64 : fd * 2;
    struct socket_note *notes = realloc(book->notes, (size_t)size * sizeof *notes);
    if (notes == NULL)
        return false;
    for (int i = book->size; i < size; i++)
        notes[i] = (struct socket_note){ .fetch = NULL };
    book->notes = notes;
    book->size = size;
    return true;
}

void socket_book_forget(struct socket_book *book, struct fetch *fetch)
{
    if (fetch->fd >= 0 && book->notes[fetch->fd].fetch == fetch)
        book->notes[fetch->fd].fetch = NULL;
    fetch->fd = -1;
}

void socket_book_deinit(struct socket_book *book)
{
    free(book->notes);
    *book = (struct socket_book){ .notes = NULL };
}

static bool is_forbidden(const struct fetch *fetch, const struct sockaddr *address)
{
    struct rollcall_address ip;

    return fetch->forbidden != NULL && address_socket_ip(address, &ip) &&
           fetch->forbidden(&ip);
}

curl_socket_t fetch_open_socket(void *owner, curlsocktype purpose,
                                struct curl_sockaddr *address)
{
    struct fetch *fetch = owner;
    const int quick = 0;

    (void)purpose;
    if (is_forbidden(fetch, &address->addr)) {
        fetch->was_forbidden = true;
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    address->protocol);
    if (fd < 0 || !make_room(fetch->book, fd)) {
        fetch->socket_error = fd < 0 ? errno : ENOMEM;
        if (fd >= 0)
            close(fd);
        return CURL_SOCKET_BAD;
    }
    /* The last packet of the handshake leaves with what we have to say. */
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &quick, sizeof quick);
    socket_book_forget(fetch->book, fetch);
    fetch->fd = fd;
    fetch->book->notes[fd] =
        (struct socket_note){ .fetch = fetch, .reset_on_close = fetch->reset_on_close };
    return fd;
}

/* libcurl keeps to itself that what came is not HTTP/2. A server begins with a SETTINGS
 * frame on stream 0 (RFC 9113 §3.4); whoever says something else speaks another language.
 */
void socket_book_peek(struct socket_book *book, int fd)
{
    enum { TYPE = 3, STREAM = 5, HEAD = 9, SETTINGS = 4 };
    static const uint8_t zero[4];
    struct fetch *fetch = fd < book->size ? book->notes[fd].fetch : NULL;
    uint8_t head[HEAD];

    if (fetch == NULL || !fetch->wants_http2 || !fetch->in_clear || fetch->peeked)
        return;
    ssize_t got = recv(fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT);
    if (got <= 0)
        return;
    fetch->peeked = true;
    fetch->not_http2 = got < HEAD || head[TYPE] != SETTINGS ||
                       memcmp(head + STREAM, zero, sizeof zero) != 0;
}

/* Of a connection that ends without a reply: did the peer close it (CLOSE_WAIT), reset it
 * (CLOSE), or is it there, and libcurl gave up because of what came (ESTABLISHED)? */
static uint8_t state_of(int fd)
{
    struct tcp_info info;
    socklen_t length = sizeof info;

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_state
                                                                      : 0;
}

int fetch_close_socket(void *owner, curl_socket_t fd)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    struct socket_book *book = owner;
    struct socket_note note = book->notes[fd];

    book->notes[fd].fetch = NULL;
    if (note.fetch != NULL) {
        note.fetch->last_state = state_of(fd);
        note.fetch->fd = -1;
    }
    if (note.reset_on_close)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return close(fd);
}

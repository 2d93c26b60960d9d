/* loop/curl_fetch.h - one transfer as libcurl sees it. Inside loop only.
 * Threads  the thread of the loop.
 */
#ifndef LOOP_CURL_FETCH_H
#define LOOP_CURL_FETCH_H

#include "base/buffer.h"
#include "base/list.h"
#include "loop/curl_bridge.h"
#include "loop/curl_library.h"

struct socket_note;

/* What is known of the open sockets of a bridge, by their number. */
struct socket_book {
    struct socket_note *notes; /* owned */
    int size;
};

struct fetch {
    struct list among; /* in bridge->fetches */
    struct curl_bridge *bridge;
    const struct curl_library *curl; /* borrowed: the bridge's */
    void (*on_end)(void *owner, const struct fetch_result *result);
    void *owner;
    CURL *easy;                 /* owned */
    struct curl_slist *headers; /* owned */
    struct curl_slist *connect; /* owned: the pair of connect_to */
    struct socket_book *book;   /* borrowed: the bridge's */
    int fd;                     /* the newest socket that it opened; -1: none is open */
    struct buffer body;
    struct buffer fields;
    size_t read;
    size_t read_max;
    bool (*forbidden)(const struct rollcall_address *ip);
    uint8_t last_state; /* of TCP when the socket was closed; 0: not known */
    bool wants_http2;
    bool in_clear;
    bool peeked;    /* the first octets of the server were looked at */
    bool not_http2; /* and they are none of HTTP/2 */
    bool reset_on_close;
    int socket_error;  /* errno of the socket that could not be opened, 0: none */
    const char *fault; /* a limit of ours that the reply broke; NULL: none */
    bool cut;          /* enough was read */
    bool was_forbidden;
    char phrase[40];
    char error[CURL_ERROR_SIZE]; /* written by libcurl */
};

/* Everything but the bridge's part. NULL: `*status` and `why` say it. */
struct fetch *fetch_create(const struct curl_library *curl, struct socket_book *book,
                           const struct fetch_request *request,
                           enum rollcall_status *status, struct reason *why);
void fetch_destroy(struct fetch *fetch);

/* Callbacks of libcurl. */
curl_socket_t fetch_open_socket(void *owner, curlsocktype purpose,
                                struct curl_sockaddr *address);
int fetch_close_socket(void *owner, curl_socket_t fd);

/* Octets came: the first of them may tell what libcurl does not. */
void socket_book_peek(struct socket_book *book, int fd);
/* The fetch ends: its socket may live on without it. */
void socket_book_forget(struct socket_book *book, struct fetch *fetch);
void socket_book_deinit(struct socket_book *book);

/* Tell the owner how it ended. The fetch lives on. */
void fetch_tell(struct fetch *fetch, CURLcode code);

#endif

/* loop/curl_bridge.h - HTTP requests by libcurl on our loop: checks and webhooks.
 *
 * A fetch is one request and its reply. It ends in exactly one `on_end`, in a later turn,
 * unless it is cancelled. Nothing here blocks: names (of webhooks) are looked up in a
 * thread of libcurl's, checks go to a literal address by `connect_to`. Proxies of the
 * environment, .netrc, cookies and redirects are never followed.
 *
 * libcurl is loaded at the first fetch (1.1 MB and 10 ms that a daemon without such
 * checks does not pay); where it is not installed, fetch_start() says so.
 * Threads  the thread of the loop.
 */
#ifndef LOOP_CURL_BRIDGE_H
#define LOOP_CURL_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/address.h"
#include "base/reason.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

struct curl_bridge;
struct fetch;

/* How a fetch ended. The phrase completes "it ...". */
#define FETCH_END_LIST(X)                                                                \
    X(DONE, "replied") /* with any status */                                             \
    X(REFUSED, "refused the connection")                                                 \
    X(RESET, "reset the connection")                                                     \
    X(CLOSED, "closed the connection before it replied")                                 \
    X(TIMED_OUT, "did not answer in time")                                               \
    X(UNREACHABLE, "cannot be reached")                                                  \
    X(FORBIDDEN, "is at an address that may not be reached")                             \
    X(NO_NAME, "has a name that cannot be looked up")                                    \
    X(MALFORMED, "sent a reply that breaks the protocol")                                \
    X(TLS_FAILED, "failed the TLS handshake")                                            \
    X(BAD_CERTIFICATE, "showed a certificate that is not valid")                         \
    X(CERTIFICATE_EXPIRED, "showed a certificate that has expired")                      \
    X(WRONG_NAME, "showed a certificate for another name")                               \
    X(UNKNOWN_AUTHORITY, "showed a certificate of an authority that is not trusted")     \
    X(TLS_FILE, "was not asked: our CA, certificate or key cannot be used")              \
    X(BAD_URL, "was not asked: this is not an http or https URL")                        \
    X(NO_RESOURCES, "was not asked: the daemon is short of sockets or memory")

enum fetch_end {
#define X(name, phrase) FETCH_##name,
    FETCH_END_LIST(X)
#undef X
        FETCH_END_COUNT
};

/* The phrase for people. Never NULL. */
const char *fetch_end_phrase(enum fetch_end end);

enum fetch_http {
    FETCH_HTTP_ANY, /* HTTP/2 where a TLS server offers it, else HTTP/1.1 */
    FETCH_HTTP_1,
    FETCH_HTTP_2 /* in clear by prior knowledge (RFC 9113 §3.3), by ALPN over TLS */
};

/* PEM in memory. */
struct fetch_pem {
    const char *data; /* NULL: none */
    size_t length;
};

struct fetch_tls {
    bool skip_verify;      /* neither the chain nor the name */
    struct fetch_pem ca;   /* trusted instead of the system's */
    struct fetch_pem cert; /* shown to the server, with `key` */
    struct fetch_pem key;
};

/* All of it is copied by fetch_start(). */
struct fetch_request {
    const char *url;    /* http:// or https:// */
    const char *method; /* NULL: GET, with a body POST */
    /* Beside Host, which comes from the URL; these replace it. No Accept, User-Agent or
     * Content-Type is sent unless it stands here. */
    const struct rollcall_pair *headers;
    unsigned header_count;
    const void *body; /* NULL: none */
    size_t body_length;
    struct fetch_tls tls;
    /* Go there, whatever host and port the URL names; NULL: where the URL says. */
    const struct address *connect_to;
    /* May not be connected to, also after a name was looked up; NULL: all may. */
    bool (*forbidden)(const struct rollcall_address *ip);
    uint64_t timeout_ms; /* of all of it; 0: the caller keeps the time and cancels */
    size_t keep_max;     /* this much of the reply's body is kept */
    size_t read_max;     /* and this much is read; what is longer is DONE and `cut` */
    enum fetch_http http;
    bool reuse;          /* use and leave an open connection, where libcurl can */
    bool connect_only;   /* DONE when it is connected, over TLS too; nothing is asked */
    bool reset_on_close; /* close with a reset: no TIME_WAIT (many short checks) */
};

/* Borrowed by on_end() for the call. */
struct fetch_result {
    enum fetch_end end;
    const char *detail; /* more about a failure, one line of printable ASCII; "" when
                         * there is nothing to say */
    uint16_t status;    /* 0 while there is none */
    uint8_t http;       /* 1 or 2; 0 while there is no reply */
    const char *phrase; /* the reason phrase, "" when there is none */
    const char *body;   /* NUL-terminated; never NULL */
    size_t body_length;
    bool cut;           /* the body was longer than read_max */
    const char *fields; /* header lines of the reply and its trailers, as they came */
};

enum rollcall_status curl_bridge_open(uv_loop_t *loop, struct curl_bridge **out);
/* Cancels every fetch; the memory is freed when libuv is done with it. NULL is allowed.
 */
void curl_bridge_close(struct curl_bridge *bridge);

/* Begin. E_IO: libcurl cannot be used; E_INVALID: the request is not sound; E_NOMEM. On a
 * failure on_end() is not called. It may start and cancel fetches, this one excepted, but
 * not close the bridge. */
enum rollcall_status fetch_start(struct curl_bridge *bridge,
                                 const struct fetch_request *request,
                                 void (*on_end)(void *owner,
                                                const struct fetch_result *result),
                                 void *owner, struct fetch **out, struct reason *why);
/* on_end() is not called any more. */
void fetch_cancel(struct fetch *fetch);

/* The value of the last field of that name in result->fields, cut to fit. */
bool fetch_field(const struct fetch_result *result, const char *name, char *out,
                 size_t size);

#endif

/* http/internal.h - what the files of this room share: the server, its connections, its
 * exchanges.
 * Threads  control.
 */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include <stdint.h>
#include <uv.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/log.h"
#include "base/table.h"
#include "config/config.h"
#include "http/exchange.h"
#include "http/router.h"
#include "http/server.h"
#include "http/uri.h"
#include "loop/ticker.h"
#include "loop/watch.h"
#include "token/tokens.h"

struct MHD_Connection;
struct MHD_Response;
struct carrier;
struct door;
struct acceptor;
struct tls_set;

enum {
    DOORS_MAX = 64, /* as many as `listen` has at most */
    OUT_MAX = 256 * 1024 * 1024,
    SPARE_MAX = 256 * 1024,       /* larger buffers are not kept */
    DRAIN_MAX = 64 * 1024 * 1024, /* of a body that is too large, before we hang up */
    IGNORED_BODY_MAX = 64 * 1024  /* of a body that nobody wants */
};

struct http_counts {
    counter connections; /* open now */
    counter accepted;
    counter refused_connections;
    counter requests;
    counter waiting; /* now */
    counter waits;
    counter woken;
    counter shared;
    counter put_off;
    counter streams; /* now */
    counter gone;
    counter timeouts;
    counter forbidden;
    counter foreign;
    counter limited;
    counter sent_bytes;
};

/* Everybody who comes from one address. */
struct peer {
    char text[ADDRESS_TEXT]; /* the key: "127.0.0.1", "unix" */
    uint32_t connections;
    int64_t paced_us; /* monotonic: what it asked until now is paid then (limits.c) */
    bool is_limited;  /* the Unix socket is not */
};

/* A TCP or Unix connection, from accept to close. */
struct connection {
    struct http *http;
    struct peer *peer; /* borrowed */
    struct MHD_Connection *carried;
    int fd;                    /* of libmicrohttpd */
    struct list timed;         /* in http->idle or http->receiving */
    int64_t due;               /* monotonic ms */
    struct exchange *exchange; /* the present one; NULL: between two */
    bool encrypted;
    struct tls_set *begun; /* held: of its handshake; NULL: plain */
    struct tls_set *judge; /* held: whose authorities `verified` is about; NULL: none */
    bool verified;         /* it showed a certificate of theirs */
    bool watched;          /* its fd is in http->gone_fd */
    bool narrow;           /* its socket's buffer is small */
    bool gone;             /* the client closed its side */
};

enum exchange_state {
    EXCHANGE_NEW,       /* its first line is read */
    EXCHANGE_RECEIVING, /* its headers are */
    EXCHANGE_RUNNING,   /* the handler is at it */
    EXCHANGE_DEFERRED,  /* somebody will answer */
    EXCHANGE_WAITING,   /* at a topic */
    EXCHANGE_QUEUED,    /* its answer is large: small ones go first */
    EXCHANGE_WOKEN,     /* will run again in the next flush */
    EXCHANGE_ANSWERED   /* has its response, which may not have left yet */
};

/* A response that several have. */
struct shared {
    char *key; /* owned: pretty or not, token, what the handler gave */
    uint64_t version;
    struct MHD_Response *response; /* owned */
    size_t length;                 /* of the body */
    unsigned status;
    uint32_t holders;
};

/* How far a large answer is (large.c). */
struct piece {
    bool admitted;    /* it is being made */
    bool was_queued;  /* others may wait for the same */
    bool whole;       /* what it lists moved meanwhile: no more pieces */
    bool in_pieces;   /* it may be */
    size_t next;      /* where it goes on; 0: at the beginning */
    uint32_t kept;    /* of the handler, for when it goes on */
    uint64_t index;   /* of what it lists, as the first piece saw it */
    uint64_t version; /* of everything, as the first piece saw it */
};

struct exchange {
    struct http *http;
    struct connection *connection; /* NULL: it has gone */
    enum exchange_state state;
    enum http_method method;
    bool in_run;
    bool suspended; /* of the carrier */
    bool abandoned; /* its client has gone while it waited */
    bool waited;
    bool pretty;
    bool options;         /* the method is OPTIONS */
    char method_word[16]; /* as it was sent, cut */
    unsigned status;
    const struct routed *routed; /* NULL: no such route, or refused */
    const struct place *place;   /* NULL: no such path */
    const char *refusal;         /* constant: what is wrong with the request */
    struct grant *grant;         /* held: of its token; NULL: none */
    const char *raw;             /* the target as it was sent; behind this struct */
    char *texts;                 /* room for the parameters of the path, decoded */
    struct uri uri;
    struct path_match match; /* texts are decoded */
    struct buffer body;
    size_t body_seen;
    size_t body_kept; /* counted in http->bodies */
    struct buffer out;
    struct buffer headers;         /* "name\0value\0" for each that was set */
    struct MHD_Response *response; /* owned until it is queued; NULL: see shared */
    size_t length;                 /* of its body */
    struct shared *shared;         /* held */
    char *share_key;               /* owned: how to keep the next response */
    uint64_t share_version;
    struct piece piece; /* of a large answer */
    struct list node;   /* waiting at a topic, woken, queued, ready, or deferred */
    struct topic *topic;
    struct heap_node due;
    int64_t wait_due;
    int64_t spent_us;
    struct stream *stream;
    uint64_t memory[]; /* room of the uri, then the texts */
};

/* routes_shown.c, reload.c: of a counter_group's more(). */
void routes_shown(void *owner, struct metrics *metrics);
void certificate_shown(const struct http *http, struct metrics *metrics);

struct http {
    uv_loop_t *loop;
    const struct config *whole;
    const struct config_api *config; /* its section */
    enum token_right anonymous;      /* to a service or a key */
    enum token_right anonymous_all;  /* to all of them: the daemon, the node */
    const struct tokens *tokens;     /* borrowed */
    struct http_table tables[HTTP_TABLES_MAX];
    struct http_route_counts *route_counts[HTTP_TABLES_MAX]; /* owned */
    size_t table_count;
    struct router router;
    struct routed lost; /* what a path has that is in no table */
    struct http_route_counts lost_counts;

    struct door *doors[DOORS_MAX]; /* owned: listening sockets */
    size_t door_count;
    bool taken;                 /* the default address is somebody else's */
    struct acceptor *unix_door; /* owned; NULL: no Unix socket */
    struct tls_set *tls_set;    /* held: of handshakes to come; NULL: no TLS */
    struct carrier *plain;      /* owned */
    struct carrier *tls;        /* owned; NULL: no TLS */
    struct table peers;         /* owned, by text */
    struct peer *accepting;     /* whose connection is handed over just now */
    uint32_t open;              /* connections */
    uint32_t most;              /* of them that may be */
    uint32_t peak;              /* most of them since memory was given back */
    struct list idle;           /* connections between requests, by due */
    struct list receiving;      /* connections inside one, by due */
    struct ticker *patience;    /* for those two */
    int64_t patience_due;

    struct list woken;     /* exchanges that will run again */
    struct list large;     /* exchanges whose answer is made a piece in each turn */
    struct list ready;     /* exchanges that were answered later */
    struct list crowd;     /* the same, of those that all hear at once */
    struct list deferred;  /* exchanges that somebody will answer */
    struct list orphans;   /* the same, of connections that are gone */
    struct heap waits;     /* by due */
    struct ticker *waking; /* for the first of them, and for a flush that is left */
    int64_t waking_due;
    int gone_fd; /* an epoll set of connections that wait; -1 */
    struct watch *gone_watch;
    struct list streams;         /* all that are open */
    struct list pending_streams; /* those with something to send */
    struct table shares;         /* by key, until nobody is woken or queued any more */
    size_t shares_held;          /* octets of large bodies among them */
    int64_t piece_ends;          /* monotonic us: of the large answer under way */
    int64_t room_due; /* monotonic ms: large answers wait for room until then */
    size_t room_held; /* the least that was held while they wait; SIZE_MAX: they do not */
    struct buffer spare; /* memory for the next answer */
    size_t held;         /* octets of large answers that were not taken yet */
    size_t bodies;       /* octets of bodies that are kept now */

    bool running; /* started and not stopped */
    bool stopped;
    struct http_counts counts;
    const void *blocks[1];
    struct counter_group group;
    struct log_limit crowd_log;
    struct log_limit pending_log;
    struct log_limit pace_log;
    struct log_limit foreign_log;
};

#include "http/parts.h"

#endif

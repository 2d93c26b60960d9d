/* proto/requests.h - requests as plain values, for both ends.
 *
 * The daemon decodes a struct request, a client encodes the same; what is answered is in
 * proto/values.h.
 *
 * Borrowed  every pointer; what a decoder filled lives until its next decode.
 * Absent    a text that was not given is NULL unless its comment says otherwise.
 * Times     milliseconds; wall times since 1970.
 * Threads   plain values.
 */
#ifndef PROTO_REQUESTS_H
#define PROTO_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/proto.h"
#include "rollcall/service.h"

/* The value of "seq" exactly as it was written, quotes included: `17`, `"a"`. */
struct proto_seq {
    const char *text; /* NULL: none was given */
    size_t length;
};

struct request_hello {
    const char *client;
    const char *token;
};

struct request_register {
    struct rollcall_instance instance; /* encoding: see encode_request() */
    bool has_status;                   /* encoding only: write instance.status */
    bool has_if_revision;
    uint64_t if_revision;
};

struct request_renew {
    const char *id;
    bool has_status;
    enum rollcall_health status;
    const char *output;
    const char *check;
};

struct request_drain {
    const char *id;
    bool has_for;
    uint64_t wait; /* ms */
};

struct request_override {
    const char *id;
    const char *state;  /* "up", "down", "none" */
    uint64_t lasts;     /* ms; 0: until it is taken back */
    const char *reason; /* NULL: none */
};

struct request_brake {
    const char *service;
    const char *namespace_name; /* NULL when encoding means "default" */
    bool confirm;               /* else refuse */
};

struct request_check {
    const char *id;
    const char *check; /* NULL: all that ask by themselves */
};

struct request_get {
    const char *id; /* of one instance; NULL: those of the service */
    const char *service;
    const char *namespace_name; /* NULL when encoding means "default" */
    const char *tag;
    bool all;       /* "healthy": false */
    uint32_t limit; /* 0: none */
};

struct request_list {
    const char *namespace_name; /* NULL: every one */
    const char *prefix;
};

struct request_watch {
    const char *service;        /* NULL: every one */
    const char *namespace_name; /* NULL: "default" with a service, else every one */
    bool has_since;
    uint64_t since;
};

struct request_history {
    const char *name;           /* of a service, or an id; NULL: every one */
    const char *namespace_name; /* NULL: every one */
    uint64_t since;             /* wall ms */
    uint64_t until;             /* wall ms; 0: now */
    uint64_t before;            /* as a reply said, to go on; 0: from the newest */
    uint32_t limit;             /* 0: the daemon's default */
};

struct request_query {
    const char *name;
    const char *type;
    uint64_t at; /* wall ms */
};

struct request_explain {
    const char *name;
    const char *type;   /* NULL: "A" */
    const char *client; /* an address; NULL: nobody in particular */
    bool tcp;
    uint64_t at; /* wall ms; 0: now */
};

struct request_silence {
    const char *service;        /* NULL any, as the next three; a star may end it */
    const char *namespace_name; /* the same */
    const char *id;
    const char *tag;
    const char *reason;
    uint64_t lasts; /* ms; 0: see `until` */
    int64_t until;  /* wall ms; 0: see `lasts` */
};

struct request {
    enum proto_op op;
    unsigned depth; /* objects and lists inside each other, as scanned */
    struct proto_seq seq;
    union {
        struct request_hello hello;
        struct request_register reg;
        const char *id; /* deregister, undrain */
        struct request_drain drain;
        struct request_override override;
        struct request_brake brake;
        struct request_check check; /* check_now; check_try has `reg` */
        struct request_renew renew;
        struct request_get get;
        struct request_list list;
        struct request_watch watch;
        struct request_silence silence;
        uint64_t silence_number; /* unsilence */
        const char *receiver;    /* alert_test */
        struct request_history history;
        struct request_query query;
        struct request_explain explain;
    };
};

#endif

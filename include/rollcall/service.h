/* rollcall/service.h - what can be registered, as plain values.
 *
 * Every pointer in these structs is borrowed from whoever filled the struct; the
 * model room makes one refcounted copy of all of it (model/instance.h).
 *
 * Text      UTF-8, NUL-terminated; names are stored lower case.
 * Times     milliseconds.
 * Source    docs/protocol.md, "The instance" and "The check".
 * Threads   plain values, no functions.
 */
#ifndef ROLLCALL_SERVICE_H
#define ROLLCALL_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

/* Ordered: a smaller value is a worse state, so the worst of several is their minimum. */
enum rollcall_health {
    ROLLCALL_CRITICAL = 0,
    ROLLCALL_WARNING = 1,
    ROLLCALL_PASSING = 2,
};

enum rollcall_protocol {
    ROLLCALL_TCP = 0,
    ROLLCALL_UDP = 1,
    ROLLCALL_SCTP = 2,
    ROLLCALL_DCCP = 3,
};

enum rollcall_lease_kind {
    ROLLCALL_LEASE_NONE = 0,
    ROLLCALL_LEASE_TTL = 1,        /* renew within `ms` */
    ROLLCALL_LEASE_CONNECTION = 2, /* lives with its connection, `ms` is the grace */
    ROLLCALL_LEASE_PID = 3,        /* lives with the process `pid` */
};

struct rollcall_lease {
    enum rollcall_lease_kind kind;
    int32_t pid; /* of PID */
    union {
        uint64_t ms;        /* of TTL and CONNECTION */
        uint64_t pid_start; /* of PID: its start time in clock ticks (proc(5) stat, 22) */
    };
};

struct rollcall_address {
    uint8_t family;    /* 4 or 6 */
    uint8_t bytes[16]; /* network order; the first 4 for IPv4 */
};

struct rollcall_port {
    const char *name; /* RFC 6335 service name, lower case */
    uint16_t number;
    uint8_t protocol; /* enum rollcall_protocol */
};

struct rollcall_pair {
    const char *key;
    const char *value;
};

/* One health check as registered. What only one kind knows (path, headers, …) is in
 * `options`, flattened: "path", "headers.X-Token", "tls.skip_verify"; a list repeats
 * its key. The kind's own table of fields (health/kinds.h) says which there are. */
struct rollcall_check {
    const char *name; /* unique within the instance */
    const char *kind;
    const char *notes; /* "" when none */
    uint32_t interval_ms;
    uint32_t timeout_ms;
    uint32_t initial_delay_ms;
    uint32_t max_latency_ms;      /* 0: no limit */
    uint32_t latency_factor;      /* thousandths of its own moving median; 0: no limit */
    uint32_t deregister_after_ms; /* critical for so long, it is deregistered; 0: never */
    uint16_t success_threshold;   /* so many passes in a row, and it is well again */
    uint16_t failure_threshold;   /* so many failures in a row, and it is critical */
    uint16_t warning_threshold;   /* so many, and it is in warning; 0: not by failures */
    uint16_t option_count;
    uint8_t initial;  /* its health until it has run: 1 + enum rollcall_health; 0: that of
                       * the instance */
    bool keep_output; /* what it says is kept when it passes too, and at length */
    bool shadow;      /* runs and reports beside the others, decides nothing */
    const struct rollcall_pair *options;
};

/* What keeps an instance in DNS or out of it, besides its health; as the daemon shows it.
 * Wall times, ms; 0: not so. */
struct rollcall_standing {
    const char
        *word; /* the one that counts: "draining", "overridden down", …; "": none */
    enum rollcall_health effective; /* what DNS goes by */
    int64_t drain_since;
    uint64_t drain_safe_in;      /* ms until no cache has it any more */
    const char *override;        /* "up", "down"; NULL: none */
    const char *override_reason; /* NULL: none was given */
    int64_t override_since;
    int64_t override_until; /* 0: until it is taken back */
    int64_t damped_since;
    int64_t damped_until;
    int64_t held_since;
    int64_t frozen_since;
    uint32_t drain_by;    /* uid */
    uint32_t override_by; /* uid */
    uint32_t penalty;     /* of the damping, thousandths */
};

#define ROLLCALL_TTL_UNSET UINT32_MAX

struct rollcall_instance {
    const char *id;             /* 1 to 255 printable characters, unique on the node */
    const char *service;        /* DNS label */
    const char *namespace_name; /* DNS label, "default" */
    const char *version;        /* "" when none */
    const char *zone;           /* availability zone, "" when none */
    const char *datacenter;     /* DNS label; "" (or NULL): the daemon's own */
    const char *host;           /* host name in place of addresses, "" when none */
    const char *annex; /* what another door than the socket says of it, for that door
                        * only: opaque, at most 16 KiB; NULL: nothing */
    const struct rollcall_address *addresses;
    const struct rollcall_port *ports;
    const char *const *tags;
    const struct rollcall_pair *meta; /* sorted by key */
    const struct rollcall_check *checks;
    uint16_t address_count;
    uint16_t port_count;
    uint16_t tag_count;
    uint16_t meta_count;
    uint8_t check_count;
    uint8_t checks_require; /* so many checks must be that well; 0: all */
    uint16_t port;          /* the unnamed port; 0: the first of `ports` is the default */
    uint16_t weight;
    uint16_t priority;
    uint32_t ttl;                /* seconds, or ROLLCALL_TTL_UNSET */
    enum rollcall_health status; /* until the first check result */
    struct rollcall_lease lease;
};

#endif

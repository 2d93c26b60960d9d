/* proto/values.h - replies and events as plain values, for both ends.
 *
 * The daemon encodes views and events; a client decodes a struct reply with the same
 * views. Requests are in proto/requests.h.
 *
 * Borrowed  every pointer; what a decoder filled lives until its next decode.
 * Absent    a text that was not given is NULL unless its comment says otherwise.
 * Times     milliseconds; wall times since 1970.
 * Threads   plain values.
 */
#ifndef PROTO_VALUES_H
#define PROTO_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/requests.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

/* One transition, or what was rolled up to an hour. Absent texts are NULL. */
struct history_view {
    int64_t time;
    const char *id;
    const char *service;
    const char *namespace_name;
    const char *event;
    const char *text;
    uint64_t moves; /* of an hour */
};

/* What the daemon knows of one check of an instance. */
struct check_view {
    bool known; /* has had a verdict */
    enum rollcall_health health;
    const char *output;
    int64_t since; /* wall ms; 0: none */
};

/* An instance as the daemon shows it. */
struct instance_view {
    const struct rollcall_instance *is;
    uint64_t revision;
    enum rollcall_health health;
    const char *state;               /* "serving"; NULL: not said */
    const char *label;               /* its DNS label; NULL: not said */
    int64_t created;                 /* wall ms */
    uint32_t owner;                  /* uid */
    const struct check_view *checks; /* is->check_count of them; NULL: not said */
    const struct rollcall_standing *standing; /* NULL: none */
};

struct service_view {
    const char *name;
    const char *namespace_name;
    uint64_t instances;
    uint64_t healthy;
    const char *standing; /* "2 draining, 1 damped"; NULL: none is */
};

/* One run of a check that was asked for. */
struct result_view {
    const char *check;
    const char *kind;
    const char *target;
    const char *outcome;
    const char *message; /* goes on from the instance */
    enum rollcall_health health;
    uint64_t latency_us;
};

/* Said of many instances at once (registry/notices.h). */
struct notice_view {
    uint64_t revision; /* as of then */
    bool on;
    const char *service; /* NULL: all; so the next two */
    const char *namespace_name;
    const char *id;
    const char *words;
};

struct silence_view {
    uint64_t number;
    int64_t created, until; /* wall ms */
    uint32_t by;            /* uid */
    uint64_t silenced;      /* alerts it kept back since the start of the daemon */
    const char *service;    /* "" any, as the next three */
    const char *namespace_name;
    const char *id;
    const char *tag;
    const char *reason; /* "" none */
};

struct alert_view {
    const char *is;    /* "pending", "firing", "silenced" */
    const char *state; /* "critical", … */
    int64_t since;     /* wall ms */
    const char *rule;
    const char *namespace_name; /* "": all, as the next two */
    const char *service;
    const char *id;
    const char *output;
};

struct event_view {
    const char *event; /* PROTO_EVENT_… */
    uint64_t revision;
    enum rollcall_health health;
    const char *cause;
    const char *standing;           /* "draining", "none", …; NULL: not said */
    enum rollcall_health effective; /* with `standing` */
    const struct rollcall_instance *instance; /* NULL for resync */
};

/* One line from the daemon: a reply, or an event (then `event` is not NULL). Members
 * that the line does not have are 0 or NULL. */
struct reply {
    bool ok;
    const char *event;
    struct proto_seq seq;
    enum rollcall_status status; /* of the error's code; OK for a reply that is ok */
    const char *field;           /* of the error; NULL: none */
    const char *message;         /* of the error */
    uint64_t revision;
    bool created;
    bool has_expires_in;
    uint64_t expires_in;
    const char *id;
    const char *warning;
    const char *version;
    const char *zone;
    const char *node;
    const char *datacenter;
    const char *service; /* of an event */
    const char *namespace_name;
    const char *cause;
    const char *health_word;    /* of an event */
    const char *standing_word;  /* of an event */
    const char *effective_word; /* of an event */
    bool has_safe_in;
    uint64_t safe_in;        /* ms */
    uint64_t uptime;         /* of stats */
    uint64_t instance_total; /* of stats */
    size_t instance_count;   /* for reply_instance(); an event has 1 or 0 */
    size_t service_count;    /* for reply_service() */
    uint64_t silence;        /* the number of one; 0: none */
    bool delivered;          /* of alert_test */
    const char *output;      /* the same: what became of it */
    size_t result_count;     /* for reply_result() */
    uint64_t held;           /* of brake */
    uint64_t before;         /* of history: there is more, older than this; 0: no */
    uint64_t reaches;        /* of history: wall ms; 0: not said */
    const char *answer;      /* of query: a DNS message in hexadecimal */
};

#endif

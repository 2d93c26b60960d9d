/* rollcall/client.h - speak to rollcalld over its registration socket (librollcall).
 *
 *     struct rollcall_client *client;
 *     struct rollcall_error error;
 *     if (rollcall_connect(NULL, &client, &error) != ROLLCALL_OK)
 *         fprintf(stderr, "%s\n", error.message);
 *
 * Every call blocks until its reply is there, at most the time of rollcall_timeout().
 * Status    OK; a code that the daemon answered (E_INVALID, E_NOTFOUND, E_CONFLICT, …);
 *           or a trouble of our own: E_IO the connection, E_TIMEOUT no reply in time,
 *           E_NOMEM. After E_IO and E_TIMEOUT the connection is of no use: close it.
 * Error     may be NULL; filled on every status other than OK.
 * Borrowed  texts in results live until the next call with the same client.
 * Times     milliseconds; wall times since 1970. Source  docs/protocol.md.
 * Threads   one thread at a time for one client.
 */
#ifndef ROLLCALL_CLIENT_H
#define ROLLCALL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rollcall/service.h"
#include "rollcall/status.h"

#define ROLLCALL_API __attribute__((visibility("default")))

struct rollcall_client;

struct rollcall_error {
    enum rollcall_status status;
    char field[96];    /* of the request, "" when none is at fault */
    char message[416]; /* one sentence a person can act on */
};

/* ---- Connecting ----------------------------------------------------------------- */

/* Where the daemon is when nobody says: $ROLLCALL_SOCKET, else where a daemon of this
 * user puts its socket, else /run/rollcall/rollcall.sock if that is there. */
ROLLCALL_API void rollcall_default_socket(char *out, size_t size);

/* `socket` NULL: rollcall_default_socket(); TCP: remote.h. End it: rollcall_close(). */
ROLLCALL_API enum rollcall_status rollcall_connect(const char *socket,
                                                   struct rollcall_client **out,
                                                   struct rollcall_error *error);
/* Connection leases of this client end with it. NULL is allowed. */
ROLLCALL_API void rollcall_close(struct rollcall_client *client);

/* Longest wait for one reply; 30000 at first, 0: for ever. */
ROLLCALL_API void rollcall_timeout(struct rollcall_client *client, unsigned ms);
/* To wait for with poll(2); readable: something came, or the daemon is gone. */
ROLLCALL_API int rollcall_descriptor(const struct rollcall_client *client);
ROLLCALL_API const char *rollcall_socket(const struct rollcall_client *client);

struct rollcall_hello {
    const char *version;
    const char *zone; /* the first one: "service.local." */
    const char *node;
    const char *datacenter;
    uint64_t revision;
};
ROLLCALL_API enum rollcall_status rollcall_hello(struct rollcall_client *client,
                                                 struct rollcall_hello *out,
                                                 struct rollcall_error *error);
/* Of the last hello: where DNS is answered ("127.0.0.1:8053"), zones; NULL: the end. */
ROLLCALL_API const char *rollcall_dns(const struct rollcall_client *client, size_t index);
ROLLCALL_API const char *rollcall_zone(const struct rollcall_client *client,
                                       size_t index);

/* ---- Changing ------------------------------------------------------------------- */

/* The defaults of every field; then set what is yours. */
ROLLCALL_API void rollcall_instance_defaults(struct rollcall_instance *instance);

struct rollcall_registration {
    struct rollcall_instance instance;
    bool has_status;      /* instance.status counts; else the daemon's default */
    bool has_if_revision; /* only if it is at this revision; 0: not there */
    uint64_t if_revision;
};

struct rollcall_registered {
    const char *id;
    uint64_t revision;
    bool created;
    const char *warning; /* NULL when none */
};

/* On OK the instance is on the disk and every DNS worker knows of it. */
ROLLCALL_API enum rollcall_status rollcall_register(
    struct rollcall_client *client, const struct rollcall_registration *registration,
    struct rollcall_registered *out, struct rollcall_error *error);

/* `revision` may be NULL. */
ROLLCALL_API enum rollcall_status rollcall_deregister(struct rollcall_client *client,
                                                      const char *id, uint64_t *revision,
                                                      struct rollcall_error *error);

struct rollcall_renewal {
    const char *id;
    bool has_status;
    enum rollcall_health status;
    const char *output; /* NULL: none */
    const char *check;  /* NULL: every check that takes pushed results */
};

struct rollcall_renewed {
    uint64_t revision;
    bool has_expires_in; /* it has a ttl lease */
    uint64_t expires_in;
};
ROLLCALL_API enum rollcall_status rollcall_renew(struct rollcall_client *client,
                                                 const struct rollcall_renewal *renewal,
                                                 struct rollcall_renewed *out,
                                                 struct rollcall_error *error);

/* ---- Reading -------------------------------------------------------------------- */

struct rollcall_get {
    const char *service;
    const char *namespace_name; /* NULL: "default" */
    const char *tag;            /* NULL: any */
    bool all;                   /* those that are not healthy too */
    uint32_t limit;             /* 0: none */
};
/* What the daemon knows of one check. */
struct rollcall_check_state {
    bool known; /* has had a verdict */
    enum rollcall_health health;
    const char *output; /* NULL: nothing to say */
    int64_t since;      /* wall ms, 0: never */
};

struct rollcall_shown {
    const struct rollcall_instance *is;
    uint64_t revision;
    enum rollcall_health health;
    const char *state;                        /* "serving" */
    const char *label;                        /* its DNS label */
    int64_t created;                          /* wall ms */
    uint32_t owner;                           /* uid */
    const void *checks;                       /* for rollcall_check_state() */
    const struct rollcall_standing *standing; /* NULL: its health alone decides */
};

struct rollcall_counted {
    const char *name;
    const char *namespace_name;
    uint64_t instances;
    uint64_t healthy;
    const char *standing; /* "2 draining, 1 damped"; NULL: none is */
};
/* Then rollcall_instance() from 0 to `*count` - 1. */
ROLLCALL_API enum rollcall_status rollcall_get(struct rollcall_client *client,
                                               const struct rollcall_get *query,
                                               size_t *count, uint64_t *revision,
                                               struct rollcall_error *error);
/* One of the last get; borrowed until the next call, this one included. */
ROLLCALL_API enum rollcall_status rollcall_instance(struct rollcall_client *client,
                                                    size_t index,
                                                    struct rollcall_shown *out,
                                                    struct rollcall_error *error);
/* Of check number `index` of `shown`; false: nothing is said of it. */
ROLLCALL_API bool rollcall_check_state(const struct rollcall_shown *shown, size_t index,
                                       struct rollcall_check_state *out);

/* Every service (`namespace_name` and `prefix` may be NULL); then rollcall_service(). */
ROLLCALL_API enum rollcall_status rollcall_list(struct rollcall_client *client,
                                                const char *namespace_name,
                                                const char *prefix, size_t *count,
                                                uint64_t *revision,
                                                struct rollcall_error *error);
ROLLCALL_API bool rollcall_service(const struct rollcall_client *client, size_t index,
                                   struct rollcall_counted *out);

struct rollcall_stats {
    uint64_t revision;
    uint64_t uptime; /* ms */
    uint64_t instances;
};
ROLLCALL_API enum rollcall_status rollcall_stats(struct rollcall_client *client,
                                                 struct rollcall_stats *out,
                                                 struct rollcall_error *error);
/* The counters of the last stats, one after another from *at = 0. */
ROLLCALL_API bool rollcall_counter(const struct rollcall_client *client, size_t *at,
                                   const char **area, const char **name, uint64_t *value);

/* ---- Watching ------------------------------------------------------------------- */

struct rollcall_watch {
    const char *service;        /* NULL: every one */
    const char *namespace_name; /* NULL: "default" with a service, else every one */
    bool has_since;
    uint64_t since; /* revision: events after it */
};

struct rollcall_event {
    const char *event; /* "register", "change", "health", "standing", "deregister", … */
    uint64_t revision;
    const char *service;
    const char *namespace_name;
    const char *id;
    const char *health;    /* "passing", "warning", "critical" */
    const char *standing;  /* "draining", "none", …; "": nothing is said */
    const char *effective; /* as health: what DNS goes by; "" as above */
    const char *cause;
    bool has_instance; /* rollcall_instance(client, 0, …) has its definition */
};

/* From now on events come; other calls work on beside them. */
ROLLCALL_API enum rollcall_status rollcall_watch(struct rollcall_client *client,
                                                 const struct rollcall_watch *watch,
                                                 uint64_t *revision,
                                                 struct rollcall_error *error);
/* The next event; E_TIMEOUT (and the connection stays good) when none came within `ms`;
 * -1: wait for ever. */
ROLLCALL_API enum rollcall_status rollcall_next_event(struct rollcall_client *client,
                                                      int ms, struct rollcall_event *out,
                                                      struct rollcall_error *error);

/* ---- Lines ---------------------------------------------------------------------- */

struct rollcall_line {
    const char *text; /* without its newline */
    size_t length;
    bool is_event;
    enum rollcall_status status; /* of a reply: OK, or the code it answers */
};

/* The last line that came from the daemon, as it was written. NULL before the first. */
ROLLCALL_API const char *rollcall_last_line(const struct rollcall_client *client);

/* One request line (with or without newline), one reply line. OK also for a reply that
 * says no: look at out->status. */
ROLLCALL_API enum rollcall_status rollcall_call(struct rollcall_client *client,
                                                const char *request,
                                                struct rollcall_line *out,
                                                struct rollcall_error *error);
/* Pipelining: send several, then receive as many replies, in order. Sending takes in
 * what the daemon says meanwhile, so neither side waits for the other. `ms` as with
 * rollcall_next_event(): 0 takes only what is there. */
ROLLCALL_API enum rollcall_status rollcall_send(struct rollcall_client *client,
                                                const char *request, size_t length,
                                                struct rollcall_error *error);
ROLLCALL_API enum rollcall_status rollcall_receive(struct rollcall_client *client, int ms,
                                                   struct rollcall_line *out,
                                                   struct rollcall_error *error);

#endif

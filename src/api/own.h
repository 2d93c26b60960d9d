/* api/own.h - an operation of the registration protocol as an end point.
 * Threads  control.
 */
#ifndef API_OWN_H
#define API_OWN_H

#include "api/internal.h"
#include "http/exchange.h"
#include "http/route.h"
#include "proto/proto.h"

/* Whose rights are asked for. */
enum own_scope {
    OWN_ANY,      /* no service's: the right itself is enough */
    OWN_LISTS,    /* the same, and of lists only what may be seen is shown */
    OWN_INSTANCE, /* those of the service of the instance with that id */
    OWN_SERVICE,  /* of the service that the request names; all where it names none */
    OWN_SILENCE,  /* of the service that the silence with that number is about */
    OWN_ALL       /* of all services */
};

/* route->with */
struct own {
    enum proto_op op;
    enum own_scope scope;
    bool may_wait;       /* with ?wait the answer comes with the event */
    bool all;            /* a get that does not say "healthy": of all */
    bool lists;          /* instances, of the service of the path or of all */
    const char *example; /* of a body, for the reference; NULL: takes none */
};

/* The `run` of all of them. */
void own_run(struct exchange *exchange);

/* Does the answer list so many instances (`service` NULL: all) that it is made later?
 * True: return. */
bool own_put_off(struct exchange *exchange, const char *service);
/* For others who ask as a guest: an answer in our words, with its status. */
void own_refuse(struct exchange *exchange, enum rollcall_status status,
                const struct reason *why);
/* The line that the request says, its query read by `query` (line.h); else the exchange
 * is answered. The caller frees. */
struct line_subject;
bool own_compose_by(struct exchange *exchange, const struct own *own,
                    const char *(*query)(const void *exchange, const char *name,
                                         unsigned nth),
                    struct buffer *line, struct line_subject *subject);
/* May it? Else the exchange is answered. */
bool own_admit(struct exchange *exchange, const char *namespace_name,
               const char *service);

#endif

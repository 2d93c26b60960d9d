/* intake/gate.h - what a client over TCP may ask, see and change.
 *
 * By the same rules as over HTTP: by the rights of its token to services. Clients of the
 * Unix socket pass; who may change what is decided by the registry, from their uid.
 * Threads  control.
 */
#ifndef INTAKE_GATE_H
#define INTAKE_GATE_H

#include "intake/session.h"
#include "token/tokens.h"

/* Whose rights an operation asks for. */
enum gate_scope {
    GATE_ALL,      /* of all services; of a row that says nothing, too */
    GATE_ANY,      /* no service's: the right itself is enough */
    GATE_HELLO,    /* the same; it may bring the token */
    GATE_LISTS,    /* the same, and of lists only what may be seen is shown */
    GATE_INSTANCE, /* those of the service of the instance with that id */
    GATE_SERVICE,  /* of the service that the request names */
    GATE_SILENCE   /* of the service that the silence is about */
};

/* Before the line is parsed: may it ask anything of that kind? */
enum rollcall_status gate_look(const struct session *session, enum proto_op op,
                               struct reason *why);
/* May it ask this? Then the session knows what of the reply it may see, and whether it
 * may change what others own. */
enum rollcall_status gate_admit(struct session *session, const struct request *request,
                                struct reason *why);
/* What is so now: its token may have other rights than when it asked. */
bool gate_may_see(const struct session *session, const char *namespace_name,
                  const char *service);

#endif

/* consul/session_body.h - the body of session/create, read.
 * Threads  pure functions, any thread.
 */
#ifndef CONSUL_SESSION_BODY_H
#define CONSUL_SESSION_BODY_H

#include <jansson.h>

#include "base/reason.h"
#include "consul/session.h"
#include "rollcall/status.h"

enum { SESSION_BODY_MAX = 64 * 1024 };

struct session_body {
    struct session_terms terms; /* node "": this one */
    struct session_check checks[SESSION_CHECKS_MAX];
    json_t *root; /* owned; texts are in it */
    char ttl[32]; /* where it was a number */
};

/* No body at all is one of defaults. E_BAD_JSON: "Request decode failed: ..."; E_INVALID:
 * what it says is not allowed. On OK the caller ends it with session_body_deinit(). */
enum rollcall_status session_body_parse(const char *text, size_t length,
                                        struct session_body *out, struct reason *why);
void session_body_deinit(struct session_body *body);

#endif

/* consul/agent.h - what the endpoints of the agent share.
 *
 * Every change goes the same way: the exchange is deferred, the registry is asked, and
 * the answer is given when the change is on disk; it leaves when DNS workers can see it.
 * Threads  control.
 */
#ifndef CONSUL_AGENT_H
#define CONSUL_AGENT_H

#include <stdbool.h>

#include "consul/consul.h"
#include "consul/definition.h"
#include "http/exchange.h"

enum { AGENT_ID_SIZE = 512, AGENT_BODY_MAX = 512 * 1024 };

#define AGENT_UNKNOWN_SERVICE                                                            \
    "Unknown service ID \"%s\". Ensure that the service ID is passed, not the service "  \
    "name."

/* The rest of the path, with a NUL. False: empty or too long, and answered with 400. */
bool agent_path(struct exchange *exchange, const char *parameter, const char *missing,
                char out[AGENT_ID_SIZE]);
/* `enable` of maintenance. False: answered with 400. */
bool agent_enable(struct exchange *exchange, bool *out);
/* The object in the body, for json_decref(). NULL: answered with 400. */
json_t *agent_body(struct exchange *exchange);
/* Says what the registry, or a definition, said. */
void agent_refuse(struct exchange *exchange, enum rollcall_status status,
                  const struct reason *why);

/* The same of a body: that commands are not to be had is a 500 of Consul. */
void agent_refuse_body(struct exchange *exchange, enum rollcall_status status,
                       const struct reason *why);
/* May a check have this CheckID? Else the exchange is answered. */
bool agent_check_id(struct exchange *exchange, const char *id);

/* A registry_done that answers; context is the exchange, deferred. */
void agent_done(void *context, enum rollcall_status status,
                const struct registry_reply *reply, const struct reason *why);
/* What was done is in memory already: answer when DNS has it. Inside `run`, which is
 * called again and must begin with agent_answered(). */
void agent_reply_published(struct exchange *exchange);
/* True: it was called again for that, and is answered now. */
bool agent_answered(struct exchange *exchange);

/* The newest definition of an instance of our node, on disk or not yet; NULL: none. */
struct instance *agent_latest(const struct consul *consul, const char *id);
/* The same, committed. */
struct entry *agent_entry(const struct consul *consul, const char *id);
/* May it do that to this instance? False: answered with 403. */
bool agent_may(struct exchange *exchange, enum token_right right,
               const struct rollcall_instance *is);
/* Of people's business (maintenance): also where it may register what came by HTTP. */
bool agent_may_operate(struct exchange *exchange, const struct entry *entry);

/* Maintenance of an instance (an override), on or off; answers. `reason` may be NULL. */
void agent_maintain(struct exchange *exchange, const struct entry *entry, bool on,
                    const char *reason);
bool agent_is_maintained(const struct entry *entry);

/* NULL: answered with 503. */
struct definition *agent_definition(struct exchange *exchange);
/* Finish the definition and register it in place of `before` (NULL: it is new); answers.
 * The definition is destroyed. Checks that go on keep their status, whatever else is new
 * about them. */
void agent_register(struct exchange *exchange, struct definition *definition,
                    const struct instance *before);

#endif

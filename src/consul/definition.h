/* consul/definition.h - from the body of a registration to an instance with its annex.
 *
 * Made in steps: a service or a check is read from a body (or both from an instance that
 * exists), they are merged, and definition_finish() gives the instance. Every fault is
 * E_INVALID with Consul's text, or one under 80 characters where Consul has none;
 * E_UNAUTHORIZED where a command was asked for, which nobody gets over HTTP.
 * Threads  control.
 */
#ifndef CONSUL_DEFINITION_H
#define CONSUL_DEFINITION_H

#include <jansson.h>
#include <stdbool.h>

#include "base/reason.h"
#include "consul/annex.h"
#include "model/check_schema.h"
#include "model/instance.h"
#include "rollcall/status.h"

struct definition;

/* What a body does not say. Borrowed. */
struct definition_home {
    const char *node_name;                  /* ours; NULL: AliasNode is not looked at */
    const char *namespace_name;             /* "default" */
    const struct rollcall_address *address; /* of the node: where none is given */
    const struct check_schema *const *schemas; /* kinds of checks */
    const struct annex_node *node;             /* another one; NULL: ours */
};

/* NULL: no memory. */
struct definition *definition_create(const struct definition_home *home);
void definition_destroy(struct definition *definition); /* NULL is allowed */

/* The body of agent/service/register; the definition keeps a reference to `body`. On
 * another node it is the Service of catalog/register: its name is in "Service", it has no
 * checks, and the instance's id is "NODE/ServiceID". */
enum rollcall_status definition_read_service(struct definition *definition, json_t *body,
                                             struct reason *why);

/* Start from an instance that exists, whole. A reference to it is kept. */
enum rollcall_status definition_read_instance(struct definition *definition,
                                              struct instance *instance,
                                              struct reason *why);

/* A check, as in the body of agent/check/register: added, or in place of the one with
 * its CheckID. */
enum rollcall_status definition_add_check(struct definition *definition, json_t *body,
                                          struct reason *why);
/* False: it has no such check. */
bool definition_drop_check(struct definition *definition, const char *check_id);

/* The checks of `before` that the body did not mention stay. */
enum rollcall_status definition_keep_checks(struct definition *definition,
                                            struct instance *before, struct reason *why);

const char *definition_id(const struct definition *definition);
/* The CheckID of a check that was named explicitly; NULL: no more. `*at` from 0. */
const char *definition_next_id(const struct definition *definition, unsigned *at);

/* The instance, validated, with one reference for the caller. */
enum rollcall_status definition_finish(struct definition *definition,
                                       struct instance **out, struct reason *why);

/* What agent/check/register says about where it belongs. Borrowed from `body`. */
struct definition_check {
    const char *id; /* CheckID: "ID", else "Name" */
    const char *name;
    const char *notes;
    const char *service_id; /* "": the node's */
    enum rollcall_health status;
};
enum rollcall_status definition_peek_check(const json_t *body,
                                           struct definition_check *out,
                                           struct reason *why);

#endif

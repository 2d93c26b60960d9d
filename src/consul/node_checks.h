/* consul/node_checks.h - checks of our node itself, and its maintenance.
 *
 * No instance carries them. While one is critical, or the node is in maintenance, every
 * instance is out of DNS (registry_set_node()). A record of the area "consul_node_check"
 * for each, with its definition and status; what it says beside is in memory only. Those
 * that ask run by themselves, as trials of the health room; the others are told.
 * Calls that change: `done` comes once where they return OK, when it is on disk.
 * Threads  control.
 */
#ifndef CONSUL_NODE_CHECKS_H
#define CONSUL_NODE_CHECKS_H

#include <jansson.h>
#include <stdbool.h>

#include "consul/consul.h"
#include "consul/ledger.h"
#include "consul/shapes.h"

struct node_checks;

enum { NODE_CHECKS_MAX = 32 };

/* With consul_create(), consul_start(), consul_stop(), consul_destroy(). */
enum rollcall_status node_checks_create(struct consul *consul);
/* Reads the records, and begins to run them. */
enum rollcall_status node_checks_start(struct consul *consul, struct reason *why);
void node_checks_stop(struct consul *consul);
void node_checks_destroy(struct consul *consul);

/* They are added to the view; unsorted. */
void node_checks_show(const struct consul *consul, struct checks_shown *out);
/* The worst of them. A critical one takes the instances out by itself; one that warns
 * leaves them in DNS, but not among those of which all is passing. */
enum rollcall_health node_checks_health(const struct node_checks *all);
bool node_checks_has(const struct node_checks *all, const char *check_id);

/* A definition as in the body of agent/check/register, judged already: new, or in place
 * of the one of that id, whose status stays. */
enum rollcall_status node_checks_put(struct consul *consul, const char *check_id,
                                     json_t *body, enum rollcall_health initial,
                                     ledger_done done, void *context, struct reason *why);
/* E_NOTFOUND: there is none. */
enum rollcall_status node_checks_drop(struct consul *consul, const char *check_id,
                                      ledger_done done, void *context,
                                      struct reason *why);
/* E_NOTFOUND; E_INVALID: it takes no reports. */
enum rollcall_status node_checks_report(struct consul *consul, const char *check_id,
                                        enum rollcall_health health, const char *output,
                                        ledger_done done, void *context,
                                        struct reason *why);
/* On, for a reason ("": none was given), or off; the first reason stays. */
enum rollcall_status node_checks_maintain(struct consul *consul, bool on,
                                          const char *reason, ledger_done done,
                                          void *context, struct reason *why);

#endif

/* conformance/instances.h - the instances of a test world, one line each.
 *
 *   instance SERVICE ID [WORD=VALUE]...     words: address port tag weight priority ttl
 *                                           host version meta health namespace default
 *   fill SERVICE COUNT ADDRESS PORT         SERVICE-1 ..., addresses counting up
 *
 * address, port and tag take a list with commas; a port is NAME/PROTOCOL/NUMBER,
 * the default one, if it has no name, a number; meta is
 * KEY=VALUE and may be repeated; health is passing, warning or critical.
 * Threads: one.
 */
#ifndef CONFORMANCE_INSTANCES_H
#define CONFORMANCE_INSTANCES_H

#include "base/reason.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

typedef enum rollcall_status (*instances_add)(void *owner,
                                              const struct rollcall_instance *instance,
                                              enum rollcall_health health,
                                              struct reason *why);

/* Every instance has one check; `health` is what it says. */
enum rollcall_status instances_read(const char *path, instances_add add, void *owner,
                                    struct reason *why);

#endif

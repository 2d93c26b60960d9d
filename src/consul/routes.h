/* consul/routes.h - the tables of rows, one for each noun, and all of them together.
 *
 * A noun has a file endpoint_<noun>.c with its table at the end and no header of its own.
 * Each table ends with a row of NULL path. A new one: its line here, its line in
 * routes.c. Threads  control.
 */
#ifndef CONSUL_ROUTES_H
#define CONSUL_ROUTES_H

#include "http/route.h"

/* Rows of the tables of parameters that many have. */
#define PARAMETER_DC                                                                     \
    {                                                                                    \
        "dc", "string", "datacenter", false                                              \
    }
#define PARAMETER_INDEX                                                                  \
    {                                                                                    \
        "index", "integer", "wait until it has moved beyond this index", false           \
    }
#define PARAMETER_WAIT                                                                   \
    {                                                                                    \
        "wait", "duration", "how long to wait at most: 5m", false                        \
    }
#define PARAMETER_TAG                                                                    \
    {                                                                                    \
        "tag", "string", "that it must have; may be repeated", false                     \
    }
#define PARAMETER_NODE_META                                                              \
    {                                                                                    \
        "node-meta", "string", "KEY:VALUE of the node; may be repeated", false           \
    }
#define PARAMETER_NEAR                                                                   \
    {                                                                                    \
        "near", "string", "accepted; there are no coordinates", false                    \
    }
#define PARAMETER_FILTER                                                                 \
    {                                                                                    \
        "filter", "string", "Only those for which this expression holds.", false         \
    }
#define PARAMETER_NAMESPACE                                                              \
    {                                                                                    \
        "ns", "string", "Namespace; an extension of ours.", false                        \
    }

extern const struct route consul_agent_routes[];
extern const struct route consul_agent_check_routes[];
extern const struct route consul_agent_health_routes[];
extern const struct route consul_agent_node_routes[];
extern const struct route consul_agent_service_routes[];
extern const struct route consul_catalog_routes[];
extern const struct route consul_catalog_write_routes[];
extern const struct route consul_event_routes[];
extern const struct route consul_health_routes[];
extern const struct route consul_kv_routes[];
extern const struct route consul_other_routes[];
extern const struct route consul_query_routes[];
extern const struct route consul_session_routes[];
extern const struct route consul_status_routes[];
extern const struct route consul_txn_routes[];

/* One table of all rows, ended; owned by the caller. NULL: no memory. */
struct route *routes_join(void);
/* What a path gets that has no row: Consul's texts. */
void routes_not_found(struct exchange *exchange);

#endif

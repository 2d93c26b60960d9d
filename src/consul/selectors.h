/* consul/selectors.h - what `filter=` may name of each thing that is listed.
 * Threads  control.
 */
#ifndef CONSUL_SELECTORS_H
#define CONSUL_SELECTORS_H

#include "consul/filter.h"
#include "consul/shapes.h"

extern const struct selector selectors_health_service[];  /* struct health_shown */
extern const struct selector selectors_check[];           /* struct check_shown */
extern const struct selector selectors_catalog_service[]; /* struct service_shown */
extern const struct selector selectors_service[];         /* struct service_shown */
extern const struct selector selectors_node[];            /* struct node_view */

#endif

/* daemon/judging.h - how the health room judges: settings from the configuration.
 * Threads  control.
 */
#ifndef DAEMON_JUDGING_H
#define DAEMON_JUDGING_H

#include "config/config.h"
#include "health/health.h"

/* Borrows the addresses of the canaries. */
struct health_settings judging_settings(const struct config_health *config);

#endif

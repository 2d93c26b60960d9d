/* daemon/judging.h - how the health room judges: settings, and who may ask it.
 * Threads  control.
 */
#ifndef DAEMON_JUDGING_H
#define DAEMON_JUDGING_H

#include "config/config.h"
#include "health/health.h"

/* What the registration socket may ask of the health room. */
struct judge judging_door(struct health *health);

/* Borrows the addresses of the canaries. */
struct health_settings judging_settings(const struct config_health *config);

#endif

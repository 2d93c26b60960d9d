/* config/schema.h - the tables: every section and key that a configuration may hold.
 * Threads  constants only.
 */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "config/option.h"

/* Durations in rows are milliseconds. */
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* The rows of struct config; sections are rows with rows of their own. */
extern const struct option config_options[];
/* Those of its section dns (schema_dns.c). */
extern const struct option config_dns_options[];
/* Those of health.damping, health.brake and health.doubt (schema_health.c). */
extern const struct option config_damping_options[];
extern const struct option config_brake_options[];
extern const struct option config_doubt_options[];
/* Those of health.exec (schema_exec.c). */
extern const struct option config_exec_options[];
/* Those of its sections keys and transfers (schema_transfers.c). */
extern const struct option config_key_options[];
extern const struct option config_transfer_options[];
/* Those of an entry of its lists zones and services (schema_zones.c). */
extern const struct option config_zone_options[];
extern const struct option config_service_options[];
/* Those of its section alerts (schema_alerts.c). */
extern const struct option config_alert_options[];
/* Those of its section api (schema_api.c). */
extern const struct option config_api_options[];

#endif

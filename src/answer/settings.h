/* answer/settings.h - what holds for the names of one service in one zone.
 *
 * The service's own word goes before the zone's, the zone's before its layout's.
 * Source   docs/dns.md §1.6 to §1.8, §2.1 to §2.9.
 * Threads  control.
 */
#ifndef ANSWER_SETTINGS_H
#define ANSWER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/members.h"
#include "config/config.h"

struct answer_settings {
    const struct config_zone *zone;    /* borrowed */
    const struct config_service *said; /* borrowed; NULL: nothing */
    struct members_rules members;
    uint32_t ttl;            /* seconds */
    uint32_t warning_weight; /* thousandths */
    uint8_t order;           /* row of policies[] */
    bool ttl_halve;          /* while one member is not healthy */
    bool srv_root;           /* SRV without a healthy member: a root target */
    bool flatten;            /* addresses in the place of host names */
    bool healthy_instances;  /* an instance's own name only while it is healthy */
};

/* What the configuration says of a service; NULL: nothing. */
const struct config_service *answer_said_of(const struct config *config,
                                            const char *namespace_name,
                                            const char *service);

struct answer_settings answer_settings_of(const struct config_zone *zone,
                                          const struct config_service *said,
                                          const char *service);

/* Do the names of instances follow their health, each alone or all together? */
bool answer_settings_follow(const struct answer_settings *settings);

/* RRs of that type in one answer at most; 0: all. */
uint32_t answer_settings_limit(const struct answer_settings *settings, uint16_t type);

#endif

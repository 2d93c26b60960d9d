/* alert/rule.h - which rule speaks of what, and who is spoken to.
 * Threads  pure functions.
 */
#ifndef ALERT_RULE_H
#define ALERT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/fact.h"
#include "config/alerts.h"

/* A row of the configuration, made ready. */
struct rule {
    const struct config_alert_rule *is; /* borrowed: the configuration outlives us */
    uint32_t states;                    /* a bit for each enum alert_state */
    uint64_t receivers;                 /* a bit for each receiver of the configuration */
};

struct rule rule_of(const struct config_alerts *alerts,
                    const struct config_alert_rule *is);

/* "web", "web*", "*". */
bool pattern_fits(const char *pattern, const char *text);
bool rule_wants(const struct rule *rule, enum alert_state state);
/* Do service, namespace and tags of `fact` fit? What is no instance has no tags, and a
 * rule for a tag is not about it. What is about the whole daemon fits every service. */
bool rule_fits(const struct rule *rule, const struct fact *fact);
/* Is `tag` one of `tags` (fact.h)? "" always is. */
bool tags_have(const char *tags, const char *tag);

#endif

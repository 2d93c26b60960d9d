#include "alert/rule.h"

#include <string.h>

struct rule rule_of(const struct config_alerts *alerts,
                    const struct config_alert_rule *is)
{
    struct rule rule = { .is = is };

    for (uint32_t i = 0; i < is->state_count; i++) {
        enum alert_state state = alert_state_find(is->states[i]);
        if (state < ALERT_STATES)
            rule.states |= UINT32_C(1) << state;
    }
    for (uint32_t i = 0; i < is->receiver_count; i++)
        for (uint32_t j = 0; j < alerts->receiver_count && j < 64; j++)
            if (strcmp(is->receivers[i], alerts->receivers[j].name) == 0)
                rule.receivers |= UINT64_C(1) << j;
    return rule;
}

bool pattern_fits(const char *pattern, const char *text)
{
    size_t length = strlen(pattern);

    if (length > 0 && pattern[length - 1] == '*')
        return strncmp(pattern, text, length - 1) == 0;
    return strcmp(pattern, text) == 0;
}

bool rule_wants(const struct rule *rule, enum alert_state state)
{
    return state < ALERT_STATES && (rule->states >> state & 1) != 0;
}

bool tags_have(const char *tags, const char *tag)
{
    size_t length = strlen(tag);

    if (length == 0)
        return true;
    for (const char *at = tags; *at != '\0'; at += strcspn(at, "\n") + 1)
        if (strncmp(at, tag, length) == 0 && at[length] == '\n')
            return true;
    return false;
}

bool rule_fits(const struct rule *rule, const struct fact *fact)
{
    if (fact->service == NULL || fact->service[0] == '\0')
        return rule->is->tag[0] == '\0';
    return pattern_fits(rule->is->service, fact->service) &&
           pattern_fits(rule->is->namespace_name, fact->namespace_name) &&
           tags_have(fact->tags, rule->is->tag);
}

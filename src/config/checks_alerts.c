/* Rules between the keys of alerts. A fault never repeats a URL: it may hold a key. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/checks.h"

struct here {
    const struct yaml *root;
    const char *list; /* "receivers", "rules" */
    uint32_t index;
    struct faults *faults;
};

static void complain(const struct here *here, const char *key, const char *sentence,
                     const char *word)
{
    const struct yaml *alerts = yaml_find(here->root, "alerts");
    const struct yaml *list =
        alerts == NULL || alerts->kind != YAML_MAP ? NULL : yaml_find(alerts, here->list);
    struct place place = { .source = "default" };
    char name[96];

    if (list != NULL && here->index < list->count)
        place = list->children[here->index]->place;
    snprintf(name, sizeof name, "alerts.%s.%u.%s", here->list, here->index, key);
    fault_add(here->faults, &place, name, sentence, word);
}

static bool is_url(const char *url)
{
    const char *host = strncasecmp(url, "https://", 8) == 0  ? url + 8
                       : strncasecmp(url, "http://", 7) == 0 ? url + 7
                                                             : "";

    for (const char *at = url; *at != '\0'; at++)
        if (*at <= ' ' || *at == 0x7f)
            return false;
    return strcspn(host, "/?#") > 0;
}

static void check_receiver(const struct config_alerts *alerts, const struct here *here)
{
    const struct config_receiver *is = &alerts->receivers[here->index];

    if (is->name == NULL)
        return;
    for (uint32_t i = 0; i < here->index; i++)
        if (alerts->receivers[i].name != NULL &&
            strcmp(alerts->receivers[i].name, is->name) == 0)
            complain(here, "name", "%s is given twice", is->name);
    if (is->kind == CONFIG_RECEIVER_EXEC) {
        if (is->command_count == 0 || is->command[0] == NULL || is->command[0][0] != '/')
            complain(here, "command", "%s runs a command and needs its absolute path",
                     is->name);
        return;
    }
    if (is->url == NULL || !is_url(is->url))
        complain(here, "url", "%s is a webhook and needs a URL, http:// or https://",
                 is->name);
    for (uint32_t i = 0; i < is->header_count; i++)
        if (is->headers[i].key[0] == '\0' || strpbrk(is->headers[i].key, " :\r\n") ||
            strpbrk(is->headers[i].value, "\r\n"))
            complain(here, "headers", "\"%s\" is not a field that HTTP could carry",
                     is->headers[i].key);
}

static bool has_receiver(const struct config_alerts *alerts, const char *name)
{
    for (uint32_t i = 0; i < alerts->receiver_count; i++)
        if (alerts->receivers[i].name != NULL &&
            strcmp(alerts->receivers[i].name, name) == 0)
            return true;
    return false;
}

static bool is_pattern(const char *text)
{
    const char *star = strchr(text, '*');

    return star == NULL || star[1] == '\0';
}

static void check_rule(const struct config_alerts *alerts, const struct here *here)
{
    const struct config_alert_rule *is = &alerts->rules[here->index];

    for (uint32_t i = 0; is->name != NULL && i < here->index; i++)
        if (alerts->rules[i].name != NULL && strcmp(alerts->rules[i].name, is->name) == 0)
            complain(here, "name", "%s is given twice", is->name);
    if (is->service != NULL && !is_pattern(is->service))
        complain(here, "service", "a star may stand only at the end: %s", is->service);
    if (is->namespace_name != NULL && !is_pattern(is->namespace_name))
        complain(here, "namespace", "a star may stand only at the end: %s",
                 is->namespace_name);
    if (is->receiver_count == 0)
        complain(here, "receivers", "%s", "nobody is told; name a receiver");
    for (uint32_t i = 0; i < is->receiver_count; i++)
        if (is->receivers[i] != NULL && !has_receiver(alerts, is->receivers[i]))
            complain(here, "receivers", "there is no receiver %s in alerts.receivers",
                     is->receivers[i]);
}

void config_check_alerts(const struct config *config, const struct yaml *root,
                         struct faults *faults)
{
    const struct config_alerts *alerts = &config->alerts;

    for (uint32_t i = 0; i < alerts->receiver_count; i++)
        check_receiver(alerts, &(struct here){ root, "receivers", i, faults });
    for (uint32_t i = 0; i < alerts->rule_count; i++)
        check_rule(alerts, &(struct here){ root, "rules", i, faults });
}

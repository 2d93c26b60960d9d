#include "answer/settings.h"

#include <string.h>

#include "dns/types.h"

enum { TENTH = 100 /* thousandths */ };

/* What a layout has where its zone says nothing (docs/dns.md §1.7, §1.8). */
static enum config_no_healthy preset_of(enum config_layout layout)
{
    return layout == CONFIG_LAYOUT_CONSUL || layout == CONFIG_LAYOUT_KUBERNETES
               ? CONFIG_NO_HEALTHY_NXDOMAIN
               : CONFIG_NO_HEALTHY_NODATA;
}

/* The first of them that says something: n + 1 means n. */
static unsigned said_or(unsigned service, unsigned zone, unsigned preset)
{
    if (service > 0)
        return service - 1;
    return zone > 0 ? zone - 1 : preset;
}

static uint32_t number_or(uint32_t service, uint32_t zone)
{
    return service != CONFIG_AS_ZONE ? service : zone;
}

static uint32_t ttl_of(const struct config_zone *zone, const struct config_service *said,
                       const char *service)
{
    uint32_t ttl = zone->ttl;

    if (said != NULL && said->ttl != ROLLCALL_TTL_UNSET)
        return said->ttl;
    config_zone_ttl(zone, service, &ttl);
    return ttl;
}

const struct config_service *answer_said_of(const struct config *config,
                                            const char *namespace_name,
                                            const char *service)
{
    for (uint32_t i = 0; i < config->service_count; i++) {
        const struct config_service *said = &config->services[i];
        if (strcmp(said->name, service) == 0 &&
            strcmp(said->namespace_name, namespace_name) == 0)
            return said;
    }
    return NULL;
}

struct answer_settings answer_settings_of(const struct config_zone *zone,
                                          const struct config_service *said,
                                          const char *service)
{
    static const struct config_service silent = { .max_answers = CONFIG_AS_ZONE,
                                                  .min_healthy = CONFIG_AS_ZONE,
                                                  .min_healthy_until = CONFIG_AS_ZONE,
                                                  .ttl = ROLLCALL_TTL_UNSET };
    const struct config_service *own = said == NULL ? &silent : said;
    struct answer_settings settings = {
        .zone = zone,
        .said = said,
        .ttl = ttl_of(zone, said, service),
        .warning_weight = zone->warning_weight,
        .order = (uint8_t)said_or(own->order, 0, zone->order),
        .ttl_halve = zone->ttl_unhealthy_halve,
        .srv_root = said_or(own->srv_unavailable, 0, zone->srv_unavailable) == 1,
        .flatten = said_or(own->cname_mode, 0, zone->cname_mode) == 1,
        .healthy_instances = said_or(0, zone->instance_names, 0),
    };

    settings.members.no_healthy =
        said_or(own->no_healthy, zone->no_healthy, preset_of(zone->layout));
    settings.members.min_healthy = number_or(own->min_healthy, zone->min_healthy);
    settings.members.until = number_or(own->min_healthy_until, zone->min_healthy_until);
    if (settings.members.until == 0 && settings.members.min_healthy > 0)
        settings.members.until = settings.members.min_healthy + TENTH;
    settings.members.only_passing = said_or(own->only_passing, 0, zone->only_passing);
    return settings;
}

uint32_t answer_settings_limit(const struct answer_settings *settings, uint16_t type)
{
    const struct config_service *said = settings->said;
    uint32_t limit = settings->zone->max_answers;
    char word[16];

    if (said != NULL && said->max_answers != CONFIG_AS_ZONE)
        return said->max_answers;
    if (settings->zone->type_answer_count > 0) {
        dns_type_print(type, word, sizeof word);
        config_zone_answers(settings->zone, word, &limit);
    }
    return limit;
}

bool answer_settings_follow(const struct answer_settings *settings)
{
    return settings->healthy_instances ||
           settings->members.no_healthy == CONFIG_NO_HEALTHY_NXDOMAIN;
}

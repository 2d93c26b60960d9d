#include "daemon/resolver_check.h"

#include <stdio.h>

#include "base/log.h"
#include "dns/host_files.h"

static const struct config_zone *first_multicast_zone(const struct config *config)
{
    for (uint32_t i = 0; i < config->zone_count; i++)
        if (name_is_multicast(config->zones[i].apex))
            return &config->zones[i];
    return NULL;
}

bool resolver_judge(const char *nsswitch, const struct config *config, char *out,
                    size_t size)
{
    const struct config_zone *zone = first_multicast_zone(config);
    struct nsswitch sources;
    char line[HOST_LINE_TEXT];

    nsswitch_parse(nsswitch, &sources);
    const struct name_source *mdns = nsswitch_mdns_before_dns(&sources);
    if (zone == NULL || mdns == NULL)
        return false;
    nsswitch_suggest(&sources, line, sizeof line);
    snprintf(
        out, size,
        "%s has %s %s before DNS, which may keep names of %s for multicast DNS on "
        "this host; test it with `rollcall doctor`, and if so write \"hosts: %s\" or "
        "use an apex outside of local.",
        HOST_NSSWITCH, mdns->name, mdns->actions, zone->apex, line);
    return true;
}

void resolver_check(const struct config *config)
{
    char text[HOST_FILE_MAX];
    char sentence[1200];

    if (host_file_read(HOST_NSSWITCH, text, sizeof text, NULL) == ROLLCALL_OK &&
        resolver_judge(text, config, sentence, sizeof sentence))
        log_warning("daemon", "%s", sentence);
}

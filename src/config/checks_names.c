/* Names that DNS could not give: too long, outside of their tree, reserved or twice. */
#include <stdio.h>
#include <string.h>

#include "config/checks.h"

enum { NAME_MOST = 253 }; /* characters without the final dot (RFC 1035 §2.3.4) */

static const char *const reserved[] = { "addr",  "node", "ns",  "dc",
                                        "query", "svc",  "pod", "dns-version" };

/* What `name` is with its final dot: "ns" in a.b. is ns.a.b. */
static void absolute(const char *name, const char *apex, char *out, size_t size)
{
    bool has_dot = name[strlen(name) - 1] == '.';

    snprintf(out, size, "%s%s%s", name, has_dot ? "" : ".", has_dot ? "" : apex);
}

/* Is `name` (a server of the zone) SERVICE.APEX? */
static bool is_server(const char *name, const char *apex, const char *service)
{
    size_t length = strlen(service);

    if (strncmp(name, service, length) != 0)
        return false;
    return name[length] == '\0' ||
           (name[length] == '.' && strcmp(name + length + 1, apex) == 0);
}

bool config_zone_reserves(const struct config_zone *zone, const char *service)
{
    if (zone->layout != CONFIG_LAYOUT_FLAT)
        return false;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(reserved[i], service) == 0)
            return true;
    for (uint32_t i = 0; i < zone->ns_count; i++)
        if (is_server(zone->ns[i], zone->apex, service))
            return true;
    return false;
}

/* The zone that has no name for `service`, where none of the others has one either. */
static const struct config_zone *who_reserves(const struct config *config,
                                              const char *service)
{
    const struct config_zone *found = NULL;

    for (uint32_t i = 0; i < config->zone_count; i++) {
        const struct config_zone *zone = &config->zones[i];
        if (zone->layout == CONFIG_LAYOUT_REVERSE || zone->apex == NULL)
            continue;
        if (!config_zone_reserves(zone, service))
            return NULL;
        found = found == NULL ? zone : found;
    }
    return found;
}

void config_check_reserved(const struct config *config, const struct yaml *root,
                           struct faults *faults)
{
    char key[64];

    for (uint32_t i = 0; i < config->service_count; i++) {
        const char *name = config->services[i].name;
        const struct config_zone *zone = name == NULL ? NULL : who_reserves(config, name);
        if (zone == NULL)
            continue;
        struct place place = config_place(root, "services", i, "name");
        snprintf(key, sizeof key, "services.%u.name", i);
        fault_add(faults, &place, key,
                  "%s is a reserved word in %s, and no other zone has a name for it; "
                  "reserved are addr, node, ns, dc, query, svc, pod, dns-version and the "
                  "name servers of the zone",
                  name, zone->apex);
    }
}

/* The labels before `tree` (".ip6.arpa."): each as `fits` wants, at most `most`. */
static bool labels_fit(const char *apex, size_t end, unsigned most,
                       bool (*fits)(const char *label, size_t length))
{
    unsigned count = 0;

    for (size_t at = 0; at < end; count++) {
        size_t length = strcspn(apex + at, ".");
        if (!fits(apex + at, length))
            return false;
        at += length + 1;
    }
    return count <= most;
}

static bool is_octet(const char *label, size_t length)
{
    unsigned value = 0;

    if (length < 1 || length > 3 || (length > 1 && label[0] == '0') ||
        strspn(label, "0123456789") != length)
        return false;
    for (size_t i = 0; i < length; i++)
        value = value * 10 + (unsigned)(label[i] - '0');
    return value <= 255;
}

static bool is_nibble(const char *label, size_t length)
{
    return length == 1 && strspn(label, "0123456789abcdef") == 1;
}

/* Where `tree` begins in `apex`; SIZE_MAX: it lies elsewhere. */
static size_t below(const char *apex, const char *tree)
{
    size_t length = strlen(apex), tree_length = strlen(tree);
    size_t at = length - tree_length;

    if (length < tree_length || strcmp(apex + at, tree) != 0 ||
        (at > 0 && apex[at - 1] != '.'))
        return SIZE_MAX;
    return at;
}

static void check_reverse(const struct config_zone *zone, const struct place *place,
                          const char *key, struct faults *faults)
{
    size_t v4 = below(zone->apex, "in-addr.arpa.");
    size_t v6 = below(zone->apex, "ip6.arpa.");
    const char *sentence = NULL;

    if (v4 == SIZE_MAX && v6 == SIZE_MAX)
        sentence = "a zone of layout reverse lies below in-addr.arpa. or ip6.arpa., like "
                   "10.in-addr.arpa.";
    else if (v4 != SIZE_MAX && !labels_fit(zone->apex, v4, 4, is_octet))
        sentence = "below in-addr.arpa. are at most 4 numbers from 0 to 255, like "
                   "10.in-addr.arpa.";
    else if (v6 != SIZE_MAX && !labels_fit(zone->apex, v6, 32, is_nibble))
        sentence = "below ip6.arpa. are at most 32 single hexadecimal digits, like "
                   "d.f.ip6.arpa.";
    if (sentence != NULL)
        fault_add(faults, place, key, "%s holds no addresses; %s", zone->apex, sentence);
}

static void check_length(const char *name, const struct config_zone *zone,
                         const struct place *place, const char *key,
                         struct faults *faults)
{
    char text[2 * NAME_MOST + 8];

    absolute(name, zone->apex, text, sizeof text);
    if (strlen(text) > NAME_MOST + 1)
        fault_add(faults, place, key,
                  "%s below this apex is longer than the %d characters of a DNS name",
                  name, NAME_MOST);
}

static void check_servers(const struct config_zone *zone, const struct place *place,
                          const char *key, struct faults *faults)
{
    char name[2 * NAME_MOST + 8];
    char other[2 * NAME_MOST + 8];

    for (uint32_t i = 0; i < zone->ns_count; i++) {
        check_length(zone->ns[i], zone, place, key, faults);
        absolute(zone->ns[i], zone->apex, name, sizeof name);
        for (uint32_t j = 0; j < i; j++) {
            absolute(zone->ns[j], zone->apex, other, sizeof other);
            if (strcmp(name, other) == 0)
                fault_add(faults, place, key, "%s is given twice", name);
        }
    }
}

void config_check_names(const struct config *config, const struct yaml *root, uint32_t i,
                        struct faults *faults)
{
    const struct config_zone *zone = &config->zones[i];
    struct place place = config_place(root, "zones", i, "apex");
    char key[64];

    if (zone->apex == NULL)
        return;
    snprintf(key, sizeof key, "zones.%u.apex", i);
    if (zone->layout == CONFIG_LAYOUT_REVERSE)
        check_reverse(zone, &place, key, faults);
    place = config_place(root, "zones", i, "ns");
    snprintf(key, sizeof key, "zones.%u.ns", i);
    check_servers(zone, &place, key, faults);
    place = config_place(root, "zones", i, "hostmaster");
    snprintf(key, sizeof key, "zones.%u.hostmaster", i);
    if (zone->hostmaster != NULL)
        check_length(zone->hostmaster, zone, &place, key, faults);
}

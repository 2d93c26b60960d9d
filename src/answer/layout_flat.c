/* flat: NAME.Z, TAG.NAME.Z, ID.NAME.Z, _PORT._PROTO before each of them, _NAME._PROTO.Z
 * and _NAME._TAG.Z; with a datacenter NAME.DC.dc.Z and so on (docs/dns.md §1.3). */
#include <string.h>

#include "answer/layout.h"
#include "answer/records.h"

static const char *const reserved[] = { "addr",  "node", "ns",  "dc",
                                        "query", "svc",  "pod", "dns-version" };

static bool flat_reserved(const struct answer_zone *zone, const char *service)
{
    size_t length = strlen(service);

    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(reserved[i], service) == 0)
            return true;
    for (uint32_t i = 0; i < zone->config->ns_count; i++) {
        struct dns_name ns;
        if (answer_zone_name(zone->config->ns[i], &zone->apex, &ns) &&
            ns.length == zone->apex.length + length + 1 && ns.wire[0] == length &&
            memcmp(ns.wire + 1, service, length) == 0)
            return true;
    }
    return false;
}

static bool flat_holds(const struct answer_zone *zone, const char *namespace_name)
{
    return strcmp(zone->config->namespace_name, namespace_name) == 0;
}

static bool flat_base(const struct dns_name *root, const char *namespace_name,
                      const char *service, struct dns_name *out)
{
    (void)namespace_name;
    *out = *root;
    return dns_name_prepend(out, service, strlen(service));
}

/* DC.dc.Z */
static bool flat_datacenter(const struct answer_zone *zone, const char *datacenter,
                            unsigned way, struct dns_name *out)
{
    *out = zone->apex;
    return way == 0 && datacenter[0] != '\0' && dns_name_prepend(out, "dc", 2) &&
           dns_name_prepend(out, datacenter, strlen(datacenter));
}

static void tag_names(struct names_walk *walk, const char *tag)
{
    struct dns_name name = walk->base;
    bool fits;

    if (!names_prepend_tag(&name, tag, &fits))
        return;
    if (names_tell(walk, fits, &name, &walk->plain))
        names_ports(walk, &name);
}

static void flat_names(struct names_walk *walk)
{
    struct names_use use = walk->plain;

    use.where |= RECORD_AT_SERVICE;
    names_tell(walk, true, &walk->base, &use);
    names_ports(walk, &walk->base);
    names_beside(walk, walk->root);
    for (unsigned i = 0; i < walk->is->tag_count; i++)
        tag_names(walk, walk->is->tags[i]);
}

const struct layout layout_flat = {
    .word = "flat",
    .instances = true,
    .holds = flat_holds,
    .reserved = flat_reserved,
    .base = flat_base,
    .datacenter = flat_datacenter,
    .names = flat_names,
};

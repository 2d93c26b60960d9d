/* consul: NAME.service[.DC|.DC.dc].Z, TAG.NAME.service..., _NAME._TAG and _NAME._PROTO
 * with and without the word "service", HEX.addr[.DC].Z; SRV points at addresses
 * (docs/dns.md §1.7). */
#include <string.h>

#include "answer/layout.h"
#include "answer/question.h"
#include "answer/records.h"

static bool consul_holds(const struct answer_zone *zone, const char *namespace_name)
{
    return strcmp(zone->config->namespace_name, namespace_name) == 0;
}

static bool service_root(const struct dns_name *root, struct dns_name *out)
{
    *out = *root;
    return dns_name_prepend(out, "service", 7);
}

static bool consul_base(const struct dns_name *root, const char *namespace_name,
                        const char *service, struct dns_name *out)
{
    (void)namespace_name;
    return service_root(root, out) && dns_name_prepend(out, service, strlen(service));
}

/* DC.Z, then DC.dc.Z */
static bool consul_datacenter(const struct answer_zone *zone, const char *datacenter,
                              unsigned way, struct dns_name *out)
{
    *out = zone->apex;
    return way < 2 && datacenter[0] != '\0' &&
           (way == 0 || dns_name_prepend(out, "dc", 2)) &&
           dns_name_prepend(out, datacenter, strlen(datacenter));
}

/* NAME.service.PORT.port: a form of its own below each root. */
static void port_names(struct names_walk *walk)
{
    const struct rollcall_instance *is = walk->is;

    for (unsigned i = 0; i < is->port_count; i++) {
        const struct rollcall_port *port = &is->ports[i];
        const struct names_use use = { RECORD_AT_PORTS, true, port->number };
        struct dns_name name = *walk->root;
        bool fits = dns_name_prepend(&name, "port", 4) &&
                    dns_name_prepend(&name, port->name, strlen(port->name)) &&
                    dns_name_prepend(&name, "service", 7) &&
                    dns_name_prepend(&name, is->service, strlen(is->service));
        names_tell(walk, fits, &name, &use);
    }
}

static void consul_names(struct names_walk *walk)
{
    struct names_use use = walk->plain;
    struct dns_name root;

    use.where |= RECORD_AT_SERVICE;
    names_tell(walk, true, &walk->base, &use);
    for (unsigned i = 0; i < walk->is->tag_count; i++) {
        struct dns_name name = walk->base;
        bool fits;
        if (names_prepend_tag(&name, walk->is->tags[i], &fits))
            names_tell(walk, fits, &name, &walk->plain);
    }
    names_beside(walk, walk->root);
    if (service_root(walk->root, &root))
        names_beside(walk, &root);
    port_names(walk);
}

static bool consul_target(const struct names_service *service,
                          const struct rollcall_instance *is,
                          const struct rollcall_address *address, char *label,
                          struct dns_name *base)
{
    const struct answer_zone *zone = service->zone;

    if (address == NULL) {
        label[0] = '\0';
        *base = zone->apex;
        return true; /* a host name is pointed at as it is */
    }
    label_hex(address, label);
    if (!consul_datacenter(zone, names_datacenter(zone, is), 0, base))
        *base = zone->apex;
    return dns_name_prepend(base, "addr", 4);
}

/* addr.DC.Z, and addr.Z at home */
static bool consul_above(const struct answer_zone *zone,
                         const struct rollcall_instance *is, unsigned number,
                         struct dns_name *out)
{
    const char *datacenter = names_datacenter(zone, is);
    bool home = names_is_home(zone, datacenter);

    *out = zone->apex;
    if (is->address_count == 0 || number > home)
        return false;
    if (number == 0 && datacenter[0] != '\0' &&
        !dns_name_prepend(out, datacenter, strlen(datacenter)))
        return false;
    return dns_name_prepend(out, "addr", 4);
}

static bool consul_derived(const struct names_service *service,
                           const struct rollcall_instance *is,
                           const struct rollcall_address *address, unsigned number,
                           struct dns_name *out)
{
    char label[DNS_LABEL_MAX + 1];

    label_hex(address, label);
    return consul_above(service->zone, is, number, out) &&
           dns_name_prepend(out, label, strlen(label));
}

/* Without a datacenter, in ours. */
static bool is_asked(const struct answer_zone *zone, const struct rollcall_instance *is,
                     const struct layout_labels *labels)
{
    const char *datacenter = names_datacenter(zone, is);

    return consul_holds(zone, is->namespace_name) &&
           (labels->count == 2 ? names_is_home(zone, datacenter)
                               : layout_label_is(labels->label[2], datacenter));
}

/* HEX.addr[.DC] */
static bool consul_derive(struct question *question, const struct answer_zone *zone)
{
    struct rollcall_address address;
    struct layout_labels labels;

    return layout_split(question, zone, &labels) && labels.count >= 2 &&
           labels.count <= 3 && layout_label_is(labels.label[1], "addr") &&
           label_parse_hex(labels.label[0], &address) &&
           layout_answer_address(question, zone, &address, &labels, is_asked);
}

const struct layout layout_consul = {
    .word = "consul",
    .holds = consul_holds,
    .base = consul_base,
    .datacenter = consul_datacenter,
    .names = consul_names,
    .target = consul_target,
    .derived = consul_derived,
    .above = consul_above,
    .derive = consul_derive,
};

#include "answer/names.h"

#include <string.h>

#include "answer/records.h"
#include "model/instance.h"

enum { PROTOCOLS = 4 };

static const char *const reserved[] = { "addr",  "node", "ns",  "dc",
                                        "query", "svc",  "pod", "dns-version" };

bool names_reserved(const struct answer_zone *zone, const char *service)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(reserved[i], service) == 0)
            return true;
    size_t length = strlen(service);
    for (uint32_t i = 0; i < zone->config->ns_count; i++) {
        struct dns_name ns;
        if (answer_zone_name(zone->config->ns[i], &zone->apex, &ns) &&
            ns.length == zone->apex.length + length + 1 && ns.wire[0] == length &&
            memcmp(ns.wire + 1, service, length) == 0)
            return true;
    }
    return false;
}

static bool owned(const struct answer_zone *zone, const struct dns_name *name)
{
    return zone->index->zone_count < 2 || answer_zone_owns(zone, name);
}

bool names_service(const struct answer_zone *zone, const char *namespace_name,
                   const char *service, struct names_service *out)
{
    size_t length = strlen(service);

    if (strcmp(zone->config->namespace_name, namespace_name) != 0 ||
        !dns_label_is_ldh(service, length) || names_reserved(zone, service))
        return false;
    out->zone = zone;
    out->service = service;
    out->name = zone->apex;
    return dns_name_prepend(&out->name, service, length) && owned(zone, &out->name);
}

bool names_instance(const struct names_service *service, const char *label,
                    struct dns_name *out)
{
    *out = service->name;
    return label[0] != '\0' && dns_name_prepend(out, label, strlen(label)) &&
           owned(service->zone, out);
}

struct derivation {
    const struct names_service *service;
    const struct rollcall_instance *is;
    names_visit visit;
    void *owner;
    unsigned too_long;
    struct names_use plain; /* with the default port */
    uint8_t protocol;       /* of the default port */
};

/* False: names before this one are not to be made. */
static bool tell(struct derivation *derivation, bool fits, const struct dns_name *name,
                 const struct names_use *use)
{
    if (!fits)
        derivation->too_long++;
    else if (owned(derivation->service->zone, name))
        return derivation->visit(derivation->owner, name, use);
    return false;
}

/* Names are kept in lower case, whatever the case of what they are made from. */
static bool prepend_lower(struct dns_name *name, const char *word, size_t length)
{
    uint8_t label[DNS_NAME_PADDED];

    if (length > DNS_LABEL_MAX)
        return false;
    dns_name_lower((const uint8_t *)word, length, label);
    return dns_name_prepend(name, label, length);
}

static bool prepend_underscored(struct dns_name *name, const char *word)
{
    char label[DNS_LABEL_MAX + 1];
    size_t length = strlen(word);

    if (length >= DNS_LABEL_MAX)
        return false;
    label[0] = '_';
    memcpy(label + 1, word, length);
    return prepend_lower(name, label, length + 1);
}

/* _PORT._PROTO before `base`, for every named port. */
static void derive_ports(struct derivation *derivation, const struct dns_name *base)
{
    const struct rollcall_instance *is = derivation->is;

    for (unsigned i = 0; i < is->port_count; i++) {
        const struct rollcall_port *port = &is->ports[i];
        struct names_use use = { RECORD_AT_PORTS, true, port->number };
        struct dns_name name = *base;
        bool fits = prepend_underscored(&name, protocol_word(port->protocol)) &&
                    prepend_underscored(&name, port->name);
        tell(derivation, fits, &name, &use);
    }
}

/* The default port where its protocol is this one, else the first named one that is. */
static bool port_of_protocol(const struct derivation *derivation, uint8_t protocol,
                             uint16_t *port)
{
    const struct rollcall_instance *is = derivation->is;

    *port = derivation->plain.port;
    if (derivation->plain.has_port && derivation->protocol == protocol)
        return true;
    for (unsigned i = 0; i < is->port_count; i++) {
        *port = is->ports[i].number;
        if (is->ports[i].protocol == protocol)
            return true;
    }
    return false;
}

/* _NAME._SECOND.Z */
static void derive_beside(struct derivation *derivation, const char *second,
                          const struct names_use *use)
{
    struct dns_name name = derivation->service->zone->apex;
    bool fits = prepend_underscored(&name, second) &&
                prepend_underscored(&name, derivation->service->service);

    tell(derivation, fits, &name, use);
}

static void derive_protocols(struct derivation *derivation)
{
    for (uint8_t protocol = 0; protocol < PROTOCOLS; protocol++) {
        struct names_use use = { RECORD_AT_PORTS, true, 0 };
        if (port_of_protocol(derivation, protocol, &use.port))
            derive_beside(derivation, protocol_word(protocol), &use);
    }
}

/* A tag may be several labels, each of letters, digits and hyphens. False: it has no DNS
 * name at all. `*fits` says whether the one it has is short enough. */
static bool prepend_tag(struct dns_name *name, const char *tag, bool *fits)
{
    size_t end = strlen(tag);

    *fits = true;
    for (;;) {
        size_t start = end;
        while (start > 0 && tag[start - 1] != '.')
            start--;
        if (!dns_label_is_ldh(tag + start, end - start))
            return false;
        *fits = *fits && prepend_lower(name, tag + start, end - start);
        if (start == 0)
            return true;
        end = start - 1;
    }
}

bool names_tag(const struct names_service *service, const char *tag, struct dns_name *out)
{
    bool fits;

    *out = service->name;
    return prepend_tag(out, tag, &fits) && fits && owned(service->zone, out);
}

bool names_is_protocol(const char *tag)
{
    for (uint8_t protocol = 0; protocol < PROTOCOLS; protocol++)
        if (strcasecmp(protocol_word(protocol), tag) == 0)
            return true;
    return false;
}

static void derive_tag(struct derivation *derivation, const char *tag)
{
    struct dns_name name = derivation->service->name;
    struct names_use use = derivation->plain;
    bool fits;

    if (!prepend_tag(&name, tag, &fits))
        return;
    if (tell(derivation, fits, &name, &use))
        derive_ports(derivation, &name);
    use.where = RECORD_AT_PORTS;
    if (use.has_port && strchr(tag, '.') == NULL && !names_is_protocol(tag))
        derive_beside(derivation, tag, &use);
}

unsigned names_of(const struct names_service *service, const struct rollcall_instance *is,
                  names_visit visit, void *owner)
{
    struct derivation derivation = {
        .service = service,
        .is = is,
        .visit = visit,
        .owner = owner,
        .plain.where = RECORD_AT_MEMBERS,
    };
    struct names_use use;

    derivation.plain.has_port =
        instance_default_port(is, &derivation.plain.port, &derivation.protocol);
    use = derivation.plain;
    use.where |= RECORD_AT_SERVICE;
    visit(owner, &service->name, &use);
    derive_ports(&derivation, &service->name);
    derive_protocols(&derivation);
    for (unsigned i = 0; i < is->tag_count; i++)
        derive_tag(&derivation, is->tags[i]);
    return derivation.too_long;
}

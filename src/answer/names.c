#include "answer/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "answer/layout.h"
#include "answer/records.h"
#include "base/hash.h"
#include "model/instance.h"

enum { PROTOCOLS = 4, BROWSE_CUT = 44 };

static bool owned(const struct answer_zone *zone, const struct dns_name *name)
{
    return zone->index->zone_count < 2 || answer_zone_owns(zone, name);
}

bool names_reserved(const struct answer_zone *zone, const char *service)
{
    const struct layout *layout = layout_of(zone);

    return layout->reserved != NULL && layout->reserved(zone, service);
}

bool names_hold(const struct answer_zone *zone, const char *namespace_name)
{
    const struct layout *layout = layout_of(zone);

    return layout->names != NULL && layout->holds(zone, namespace_name);
}

bool names_service(const struct answer_zone *zone, const char *namespace_name,
                   const char *service, struct names_service *out)
{
    if (!names_hold(zone, namespace_name) ||
        !dns_label_is_ldh(service, strlen(service)) || names_reserved(zone, service))
        return false;
    out->zone = zone;
    out->namespace_name = namespace_name;
    out->service = service;
    return layout_of(zone)->base(&zone->apex, namespace_name, service, &out->name) &&
           owned(zone, &out->name);
}

const char *names_datacenter(const struct answer_zone *zone,
                             const struct rollcall_instance *is)
{
    return is->datacenter != NULL && is->datacenter[0] != '\0' ? is->datacenter
                                                               : zone->home;
}

bool names_is_home(const struct answer_zone *zone, const char *datacenter)
{
    return strcmp(zone->datacenter, datacenter) == 0;
}

bool names_base(const struct names_service *service, const char *datacenter,
                struct dns_name *out)
{
    const struct layout *layout = layout_of(service->zone);
    struct dns_name root;

    if (names_is_home(service->zone, datacenter)) {
        *out = service->name;
        return true;
    }
    return layout->datacenter != NULL &&
           layout->datacenter(service->zone, datacenter, 0, &root) &&
           layout->base(&root, service->namespace_name, service->service, out);
}

bool names_instance(const struct names_service *service, const char *datacenter,
                    const char *label, struct dns_name *out)
{
    return layout_of(service->zone)->instances && label[0] != '\0' &&
           names_base(service, datacenter, out) &&
           dns_name_prepend(out, label, strlen(label)) && owned(service->zone, out);
}

bool names_tag(const struct names_service *service, const char *tag, struct dns_name *out)
{
    bool fits;

    *out = service->name;
    return names_prepend_tag(out, tag, &fits) && fits && owned(service->zone, out);
}

bool names_tell(struct names_walk *walk, bool fits, const struct dns_name *name,
                const struct names_use *use)
{
    if (!fits)
        walk->too_long++;
    else if (owned(walk->service->zone, name))
        return walk->visit(walk->owner, name, use);
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

bool names_underscored(struct dns_name *name, const char *word)
{
    char label[DNS_LABEL_MAX + 1];
    size_t length = strlen(word);

    if (length >= DNS_LABEL_MAX)
        return false;
    label[0] = '_';
    memcpy(label + 1, word, length);
    return prepend_lower(name, label, length + 1);
}

bool names_is_protocol(const char *tag)
{
    for (uint8_t protocol = 0; protocol < PROTOCOLS; protocol++)
        if (strcasecmp(protocol_word(protocol), tag) == 0)
            return true;
    return false;
}

bool names_prepend_tag(struct dns_name *name, const char *tag, bool *fits)
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

void names_ports(struct names_walk *walk, const struct dns_name *base)
{
    const struct rollcall_instance *is = walk->is;

    for (unsigned i = 0; i < is->port_count; i++) {
        const struct rollcall_port *port = &is->ports[i];
        struct names_use use = { RECORD_AT_PORTS, true, port->number };
        struct dns_name name = *base;
        bool fits = names_underscored(&name, protocol_word(port->protocol)) &&
                    names_underscored(&name, port->name);
        names_tell(walk, fits, &name, &use);
    }
}

/* The default port where its protocol is this one, else the first named one that is. */
static bool port_of_protocol(const struct names_walk *walk, uint8_t protocol,
                             uint16_t *port)
{
    const struct rollcall_instance *is = walk->is;

    *port = walk->plain.port;
    if (walk->plain.has_port && walk->protocol == protocol)
        return true;
    for (unsigned i = 0; i < is->port_count; i++) {
        *port = is->ports[i].number;
        if (is->ports[i].protocol == protocol)
            return true;
    }
    return false;
}

static void tell_beside(struct names_walk *walk, const struct dns_name *base,
                        const char *second, const struct names_use *use)
{
    struct dns_name name = *base;
    bool fits = names_underscored(&name, second) &&
                names_underscored(&name, walk->service->service);

    names_tell(walk, fits, &name, use);
}

void names_beside(struct names_walk *walk, const struct dns_name *base)
{
    for (uint8_t protocol = 0; protocol < PROTOCOLS; protocol++) {
        struct names_use use = { RECORD_AT_PORTS, true, 0 };
        if (port_of_protocol(walk, protocol, &use.port))
            tell_beside(walk, base, protocol_word(protocol), &use);
    }
    for (unsigned i = 0; i < walk->is->tag_count; i++) {
        struct names_use use = { RECORD_AT_PORTS, true, walk->plain.port };
        const char *tag = walk->is->tags[i];
        if (walk->plain.has_port && dns_label_is_ldh(tag, strlen(tag)) &&
            !names_is_protocol(tag))
            tell_beside(walk, base, tag, &use);
    }
}

static void walk_below(struct names_walk *walk, const struct dns_name *root)
{
    const struct names_service *service = walk->service;
    const struct layout *layout = layout_of(service->zone);

    walk->root = root;
    if (layout->base(root, service->namespace_name, service->service, &walk->base))
        layout->names(walk);
    else
        walk->too_long++;
}

unsigned names_of(const struct names_service *service, const struct rollcall_instance *is,
                  names_visit visit, void *owner)
{
    const struct answer_zone *zone = service->zone;
    const struct layout *layout = layout_of(zone);
    const char *datacenter = names_datacenter(zone, is);
    bool home = names_is_home(zone, datacenter), all = zone->every_datacenter;
    struct names_walk walk = { .service = service,
                               .is = is,
                               .visit = visit,
                               .owner = owner,
                               .plain.where = RECORD_AT_MEMBERS };
    struct dns_name root;

    walk.plain.has_port = instance_default_port(is, &walk.plain.port, &walk.protocol);
    if (home || all)
        walk_below(&walk, &zone->apex);
    if ((!home || all) && layout->datacenter != NULL)
        for (unsigned way = 0; layout->datacenter(zone, datacenter, way, &root); way++)
            walk_below(&walk, &root);
    return walk.too_long;
}

bool names_browse_label(const char *service, const char *label,
                        char out[DNS_LABEL_MAX + 1])
{
    size_t name = strlen(service), length = name + 1 + strlen(label), cut = BROWSE_CUT;
    char whole[2 * (DNS_LABEL_MAX + 1)];

    if (length >= sizeof whole)
        length = sizeof whole - 1;
    snprintf(whole, sizeof whole, "%s %s", service, label);
    if (length <= DNS_LABEL_MAX) {
        memcpy(out, whole, length + 1);
        return false;
    }
    while (((uint8_t)whole[cut] & 0xc0) == 0x80)
        cut--; /* not in the middle of a character (RFC 3629 §3) */
    snprintf(out, DNS_LABEL_MAX + 1, "%.*s~%016" PRIx64, (int)cut, whole,
             hash_stable(whole + cut, length - cut));
    return true;
}

/* LABEL._PORT._PROTO.Z where it cannot be worked out from LABEL. */
static void tell_browsed(struct names_walk *walk, const struct dns_name *type,
                         const struct rollcall_port *port, const char *label)
{
    const struct names_use use = { RECORD_AT_BROWSED, true, port->number };
    struct dns_name name = *type;
    char text[DNS_LABEL_MAX + 1];

    if (label != NULL && names_browse_label(walk->service->service, label, text))
        names_tell(walk, prepend_lower(&name, text, strlen(text)), &name, &use);
}

static void tell_type(struct names_walk *walk, const struct rollcall_port *port,
                      const char *label)
{
    const struct names_use use = { RECORD_AT_TYPE, true, port->number };
    struct dns_name type = walk->service->zone->apex, name;

    if (!names_underscored(&type, protocol_word(port->protocol)) ||
        !names_underscored(&type, port->name))
        return;
    names_tell(walk, true, &type, &use);
    tell_browsed(walk, &type, port, label);
    for (unsigned i = 0; i < walk->is->tag_count; i++) {
        const char *tag = walk->is->tags[i];
        name = type;
        if (dns_label_is_ldh(tag, strlen(tag)) && dns_name_prepend(&name, "_sub", 4) &&
            names_underscored(&name, tag))
            names_tell(walk, true, &name, &use);
    }
}

void names_types(const struct names_service *service, const struct rollcall_instance *is,
                 const char *label, names_visit visit, void *owner)
{
    const struct answer_zone *zone = service->zone;
    struct names_walk walk = {
        .service = service, .is = is, .visit = visit, .owner = owner
    };

    if (!names_is_home(zone, names_datacenter(zone, is)))
        return;
    for (unsigned i = 0; i < is->port_count; i++)
        tell_type(&walk, &is->ports[i], label);
}

bool names_twin(const struct answer_zone *zone, const struct dns_name *name, unsigned way,
                struct dns_name *out)
{
    const struct layout *layout = layout_of(zone);
    size_t own = (size_t)name->length - zone->apex.length;
    struct dns_name root;

    if (zone->every_datacenter || layout->datacenter == NULL ||
        !layout->datacenter(zone, zone->datacenter, way, &root))
        return false;
    if (own + root.length > DNS_NAME_MAX)
        return false;
    memcpy(out->wire, name->wire, own);
    memcpy(out->wire + own, root.wire, root.length);
    out->length = (uint8_t)(own + root.length);
    return owned(zone, out);
}

bool names_untwin(const struct answer_zone *zone, const struct dns_name *name,
                  struct dns_name *out)
{
    const struct layout *layout = layout_of(zone);
    struct dns_name root, twin;

    if (layout->datacenter == NULL)
        return false;
    for (unsigned way = 0; layout->datacenter(zone, zone->datacenter, way, &root);
         way++) {
        int own = dns_name_below(name->wire, name->length, root.wire, root.length);
        if (own <= 0)
            continue;
        memcpy(out->wire, name->wire, (size_t)own);
        memcpy(out->wire + own, zone->apex.wire, zone->apex.length);
        out->length = (uint8_t)(own + zone->apex.length);
        if (names_twin(zone, out, way, &twin) &&
            dns_name_equal(twin.wire, twin.length, name->wire, name->length))
            return true;
    }
    return false;
}

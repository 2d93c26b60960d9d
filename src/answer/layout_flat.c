/* flat: NAME.Z, TAG.NAME.Z, ID.NAME.Z, _PORT._PROTO before each of them, _NAME._PROTO.Z
 * and _NAME._TAG.Z; with a datacenter NAME.DC.dc.Z and so on (docs/dns.md §1.3). */
#include <string.h>

#include "answer/layout.h"
#include "answer/question.h"
#include "answer/records.h"

static bool flat_reserved(const struct answer_zone *zone, const char *service)
{
    return config_zone_reserves(zone->config, service);
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

/* HEX.addr.Z */
static bool flat_derived(const struct names_service *service,
                         const struct rollcall_instance *is,
                         const struct rollcall_address *address, unsigned number,
                         struct dns_name *out)
{
    char label[DNS_LABEL_MAX + 1];

    (void)is;
    label_hex(address, label);
    *out = service->zone->apex;
    return number == 0 && dns_name_prepend(out, "addr", 4) &&
           dns_name_prepend(out, label, strlen(label));
}

static bool flat_above(const struct answer_zone *zone, const struct rollcall_instance *is,
                       unsigned number, struct dns_name *out)
{
    *out = zone->apex;
    return number == 0 && is->address_count > 0 && dns_name_prepend(out, "addr", 4);
}

static bool is_held(const struct answer_zone *zone, const struct rollcall_instance *is,
                    const struct layout_labels *labels)
{
    (void)labels;
    return flat_holds(zone, is->namespace_name);
}

static bool derive_address(struct question *question, const struct answer_zone *zone,
                           const struct layout_labels *labels)
{
    struct rollcall_address address;

    return label_parse_hex(labels->label[0], &address) &&
           layout_answer_address(question, zone, &address, labels, is_held);
}

/* ID.NAME.DC.dc.Z of the zone's own datacenter is ID.NAME.Z, with ports too. */
static bool derive_at_home(struct question *question, const struct answer_zone *zone,
                           const struct layout_labels *labels)
{
    unsigned count = labels->count;
    uint8_t name[DNS_NAME_MAX];

    if (count < 4 || !layout_label_is(labels->label[count - 1], "dc") ||
        !layout_label_is(labels->label[count - 2], zone->datacenter))
        return false;
    size_t own = (size_t)(labels->label[count - 2] - question->name);
    memcpy(name, question->name, own);
    memcpy(name + own, zone->apex.wire, zone->apex.length);
    return question_as_instance(question, name, own + zone->apex.length);
}

static bool flat_derive(struct question *question, const struct answer_zone *zone)
{
    struct layout_labels labels;

    if (!layout_split(question, zone, &labels))
        return false;
    if (labels.count == 2 && layout_label_is(labels.label[1], "addr"))
        return derive_address(question, zone, &labels);
    if (labels.count == 3 && labels.label[1][1] == '_' && labels.label[2][1] == '_' &&
        question_browsed(question, zone))
        return true;
    return derive_at_home(question, zone, &labels);
}

const struct layout layout_flat = {
    .word = "flat",
    .instances = true,
    .browsed = true,
    .holds = flat_holds,
    .reserved = flat_reserved,
    .base = flat_base,
    .datacenter = flat_datacenter,
    .names = flat_names,
    .derived = flat_derived,
    .above = flat_above,
    .derive = flat_derive,
};

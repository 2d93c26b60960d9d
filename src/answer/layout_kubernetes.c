/* kubernetes: NAME.NAMESPACE.svc.Z, _PORT._PROTO before it, HOSTNAME or the dashed
 * address of an endpoint before it, A-B-C-D.NAMESPACE.pod.Z (docs/dns.md §1.8). */
#include <string.h>

#include "answer/layout.h"
#include "answer/question.h"
#include "answer/records.h"

static bool kubernetes_holds(const struct answer_zone *zone, const char *namespace_name)
{
    (void)zone;
    return dns_label_is_ldh(namespace_name, strlen(namespace_name));
}

static bool kubernetes_base(const struct dns_name *root, const char *namespace_name,
                            const char *service, struct dns_name *out)
{
    *out = *root;
    return dns_name_prepend(out, "svc", 3) &&
           dns_name_prepend(out, namespace_name, strlen(namespace_name)) &&
           dns_name_prepend(out, service, strlen(service));
}

/* What an instance is called as an endpoint; NULL: by its address. */
static const char *hostname_of(const struct rollcall_instance *is)
{
    for (unsigned i = 0; i < is->meta_count; i++)
        if (strcmp(is->meta[i].key, "hostname") == 0 &&
            dns_label_is_ldh(is->meta[i].value, strlen(is->meta[i].value)))
            return is->meta[i].value;
    return NULL;
}

static bool prepend_lower(struct dns_name *name, const char *label)
{
    size_t length = strlen(label);

    if (!dns_name_prepend(name, label, length))
        return false;
    dns_name_lower(name->wire, name->length, name->wire);
    return true;
}

/* Nothing exists below a service that is a host name. */
static void kubernetes_names(struct names_walk *walk)
{
    const char *hostname = hostname_of(walk->is);
    struct dns_name name = walk->base;
    const struct names_use endpoint = { RECORD_AT_MEMBERS, false, 0 };

    names_tell(walk, true, &walk->base, &walk->plain);
    if (walk->is->host[0] != '\0')
        return;
    names_ports(walk, &walk->base);
    if (hostname != NULL)
        names_tell(walk, prepend_lower(&name, hostname), &name, &endpoint);
}

static bool kubernetes_target(const struct names_service *service,
                              const struct rollcall_instance *is,
                              const struct rollcall_address *address, char *label,
                              struct dns_name *base)
{
    const char *hostname = hostname_of(is);

    if (address == NULL)
        return false;
    *base = service->name;
    if (hostname == NULL) {
        label_dashed(address, label);
        return true;
    }
    size_t length = strlen(hostname);
    dns_name_lower((const uint8_t *)hostname, length, (uint8_t *)label);
    label[length] = '\0';
    return true;
}

static bool pods_are_named(const struct answer_zone *zone)
{
    return zone->config->pods == CONFIG_PODS_VERIFIED;
}

/* NAMESPACE.pod.Z */
static bool kubernetes_above(const struct answer_zone *zone,
                             const struct rollcall_instance *is, unsigned number,
                             struct dns_name *out)
{
    *out = zone->apex;
    return number == 0 && is->address_count > 0 && pods_are_named(zone) &&
           dns_name_prepend(out, "pod", 3) &&
           dns_name_prepend(out, is->namespace_name, strlen(is->namespace_name));
}

static bool is_home(const struct answer_zone *zone, const struct rollcall_instance *is)
{
    return zone->every_datacenter || names_is_home(zone, names_datacenter(zone, is));
}

static bool kubernetes_derived(const struct names_service *service,
                               const struct rollcall_instance *is,
                               const struct rollcall_address *address, unsigned number,
                               struct dns_name *out)
{
    char label[DNS_LABEL_MAX + 1];
    unsigned pods = pods_are_named(service->zone);

    label_dashed(address, label);
    if (number < pods)
        return kubernetes_above(service->zone, is, 0, out) &&
               dns_name_prepend(out, label, strlen(label));
    *out = service->name;
    return number == pods && is_home(service->zone, is) && hostname_of(is) == NULL &&
           dns_name_prepend(out, label, strlen(label));
}

/* Is SERVICE.NAMESPACE.svc.Z, which begins at `wire`, there? */
static bool service_exists(const struct question *question, const uint8_t *wire)
{
    size_t length = question->name_length - (size_t)(wire - question->name);
    uint8_t padded[DNS_NAME_PADDED];

    memcpy(padded, wire, length);
    memset(padded + length, 0, answer_padded(length) - length);
    return answer_table_find(question->table, padded, length,
                             answer_index_hash(question->index, padded, length)) != NULL;
}

static bool is_endpoint(const struct answer_zone *zone,
                        const struct rollcall_instance *is,
                        const struct layout_labels *labels)
{
    return is_home(zone, is) && hostname_of(is) == NULL &&
           layout_label_is(labels->label[1], is->service) &&
           layout_label_is(labels->label[2], is->namespace_name);
}

static bool is_pod(const struct answer_zone *zone, const struct rollcall_instance *is,
                   const struct layout_labels *labels)
{
    (void)zone;
    return layout_label_is(labels->label[1], is->namespace_name);
}

static bool kubernetes_derive(struct question *question, const struct answer_zone *zone)
{
    struct rollcall_address address;
    struct layout_labels labels;

    if (!layout_split(question, zone, &labels))
        return false;
    bool pod = labels.count == 3 && layout_label_is(labels.label[2], "pod") &&
               pods_are_named(zone);
    bool endpoint = labels.count == 4 && layout_label_is(labels.label[3], "svc") &&
                    service_exists(question, labels.label[1]);
    if ((!pod && !endpoint) || !label_parse_dashed(labels.label[0], &address))
        return false;
    return layout_answer_address(question, zone, &address, &labels,
                                 pod ? is_pod : is_endpoint);
}

const struct layout layout_kubernetes = {
    .word = "kubernetes",
    .vips = true,
    .srv_each_address = true,
    .srv_priority_zero = true,
    .srv_percent = true,
    .bare_srv_all = true,
    .holds = kubernetes_holds,
    .base = kubernetes_base,
    .names = kubernetes_names,
    .target = kubernetes_target,
    .derived = kubernetes_derived,
    .above = kubernetes_above,
    .derive = kubernetes_derive,
};

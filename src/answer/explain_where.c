/* Which services a name speaks of, and what keeps an instance from standing at it. These
 * are words only: who stands there was decided when its names were told. */
#include <string.h>
#include <strings.h>

#include "answer/explaining.h"
#include "answer/layout.h"

/* Is the label this word, with an underscore before it if `marked`? */
static bool label_is(const uint8_t *label, const char *word, bool marked)
{
    size_t length = strlen(word);

    return label[0] == length + marked && (!marked || label[1] == '_') &&
           strncasecmp((const char *)label + 1 + marked, word, length) == 0;
}

static const uint8_t *next_label(const uint8_t *label)
{
    return label + 1 + label[0];
}

static bool has_port_label(const struct service *service, const uint8_t *label)
{
    for (uint32_t i = 0; label[1] == '_' && i < service->count; i++) {
        if (service->entries[i]->instance == NULL)
            continue;
        const struct rollcall_instance *is = &service->entries[i]->instance->is;
        for (unsigned k = 0; k < is->port_count; k++)
            if (label_is(label, is->ports[k].name, true))
                return true;
    }
    return false;
}

bool where_mentions(const struct answer_zone *zone, const struct service *service,
                    const struct dns_name *name)
{
    const uint8_t *end = name->wire + name->length - zone->apex.length;

    for (const uint8_t *label = name->wire; label < end; label = next_label(label))
        if (label_is(label, service->name, false) ||
            label_is(label, service->name, true) ||
            (layout_of(zone)->browsed && has_port_label(service, label)))
            return true;
    return false;
}

static bool is_below(const struct dns_name *name, const struct dns_name *top)
{
    return dns_name_below(name->wire, name->length, top->wire, top->length) >= 0;
}

/* Is the name at or below that of the service below `root`? `base` is that one. */
static bool below_base(const struct answer_zone *zone, const struct dns_name *root,
                       const char *namespace_name, const char *service,
                       const struct dns_name *name, struct dns_name *base)
{
    return layout_of(zone)->base(root, namespace_name, service, base) &&
           is_below(name, base);
}

/* The same in a datacenter, by any of its spellings. */
static bool below_datacenter(const struct answer_zone *zone,
                             const struct service *service, const char *datacenter,
                             const struct dns_name *name, struct dns_name *base)
{
    const struct layout *layout = layout_of(zone);
    struct dns_name root;

    for (unsigned way = 0;
         layout->datacenter != NULL && layout->datacenter(zone, datacenter, way, &root);
         way++)
        if (below_base(zone, &root, service->namespace_name, service->name, name, base))
            return true;
    return false;
}

/* The service's name that `name` is at or below, in any datacenter. */
static bool find_base(const struct answer_zone *zone, const struct service *service,
                      const struct dns_name *name, struct dns_name *base)
{
    const char *last = zone->datacenter;

    if (layout_of(zone)->base == NULL)
        return false;
    if (below_datacenter(zone, service, last, name, base))
        return true;
    for (uint32_t i = 0; i < service->count; i++) {
        if (service->entries[i]->instance == NULL)
            continue;
        const char *datacenter =
            names_datacenter(zone, &service->entries[i]->instance->is);
        if (strcmp(datacenter, last) != 0 &&
            below_datacenter(zone, service, datacenter, name, base))
            return true;
        last = datacenter;
    }
    return below_base(zone, &zone->apex, service->namespace_name, service->name, name,
                      base);
}

bool where_behind(const struct answer_zone *zone, const struct service *service,
                  const struct dns_name *name)
{
    struct dns_name base;

    return layout_of(zone)->names != NULL && names_hold(zone, service->namespace_name) &&
           (find_base(zone, service, name, &base) ||
            label_is(name->wire, service->name, true));
}

bool where_behind_elsewhere(const struct answer_zone *zone, const struct service *service,
                            const struct dns_name *name)
{
    const uint8_t *end = name->wire + name->length - zone->apex.length;
    char said[DNS_LABEL_MAX + 1];
    struct dns_name base;

    if (layout_of(zone)->base == NULL)
        return false;
    for (const uint8_t *label = name->wire; label < end; label = next_label(label)) {
        const uint8_t *after = next_label(label);
        if (!label_is(label, service->name, false) || after > end)
            continue;
        memcpy(said, after + 1, after[0]);
        said[after[0]] = '\0';
        if (said[0] != '\0' &&
            below_base(zone, &zone->apex, said, service->name, name, &base))
            return true;
    }
    return false;
}

static bool in_datacenter(const struct answer_zone *zone, const struct entry *entry,
                          const struct dns_name *name)
{
    const char *datacenter = names_datacenter(zone, &entry->instance->is);
    const struct layout *layout = layout_of(zone);
    struct dns_name root;

    for (unsigned way = 0;
         layout->datacenter != NULL && layout->datacenter(zone, datacenter, way, &root);
         way++)
        if (is_below(name, &root))
            return true;
    return false;
}

static void text_of(const uint8_t *label, char *out)
{
    size_t mark = label[0] > 0 && label[1] == '_';

    memcpy(out, label + 1 + mark, label[0] - mark);
    out[label[0] - mark] = '\0';
}

/* The labels from `from` to `end`, with dots between them. */
static void join_labels(const uint8_t *from, const uint8_t *end, char *out)
{
    for (; from < end; from = next_label(from)) {
        text_of(from, out);
        out += strlen(out);
        *out++ = '.';
    }
    out[-1] = '\0';
}

/* _PORT._PROTO, or (_NAME)._PROTO or _TAG beside a service. Returns where it ends. */
static const uint8_t *read_port(const uint8_t *at, const uint8_t *end,
                                const struct service *service, struct where *out)
{
    const uint8_t *second = next_label(at);
    char word[DNS_LABEL_MAX + 1];

    if (at >= end || at[1] != '_' || second >= end || second[1] != '_')
        return at;
    text_of(second, word);
    text_of(at, out->port);
    if (protocol_parse(word, &out->filter.protocol)) {
        out->filter.by_protocol = label_is(at, service->name, true);
        out->filter.port = out->filter.by_protocol ? NULL : out->port;
    } else {
        strcpy(out->selector, word);
        out->filter.tag = out->selector;
    }
    return next_label(second);
}

static bool is_label_of_one(const struct service *service, const char *label)
{
    for (uint32_t i = 0; i < service->count; i++)
        if (service->entries[i]->label != NULL &&
            strcmp(service->entries[i]->label, label) == 0)
            return true;
    return false;
}

static void read_asked(const struct answer_zone *zone, const struct service *service,
                       const struct dns_name *name, struct where *out)
{
    const uint8_t *end = name->wire + name->length - zone->apex.length;
    struct dns_name base;
    bool whole = find_base(zone, service, name, &base);

    if (whole)
        end = name->wire + name->length - base.length;
    const uint8_t *at = name->wire;
    if (!whole && at < end && label_is(next_label(at), "_sub", false)) {
        text_of(at, out->selector); /* DNS-SD: _TAG._sub._PORT._PROTO */
        out->filter.tag = out->selector;
        at = next_label(next_label(at));
    }
    at = read_port(at, end, service, out);
    if (!whole || at >= end)
        return;
    join_labels(at, end, out->selector);
    if (!layout_of(zone)->instances && layout_of(zone)->srv_each_address)
        out->filter.label = out->selector; /* endpoints have no tags */
    else if (layout_of(zone)->instances && is_label_of_one(service, out->selector))
        out->filter.label = out->selector;
    else
        out->filter.tag = out->selector;
}

void where_read(const struct answer_zone *zone, const struct service *service,
                const struct dns_name *name, struct where *out)
{
    memset(out, 0, sizeof *out);
    out->zone = zone;
    out->name = name;
    out->other_namespace = !names_hold(zone, service->namespace_name) ||
                           (!where_behind(zone, service, name) &&
                            where_behind_elsewhere(zone, service, name));
    if (out->other_namespace)
        return;
    for (uint32_t i = 0; i < service->count && !out->spelled; i++)
        out->spelled = service->entries[i]->instance != NULL &&
                       in_datacenter(zone, service->entries[i], name);
    read_asked(zone, service, name, out);
}

/* Bare names mean the zone's datacenter, others the one that they spell. */
static bool is_elsewhere(const struct where *where, const struct entry *entry, bool home)
{
    const struct answer_zone *zone = where->zone;

    if (in_datacenter(zone, entry, where->name))
        return false;
    return home ? where->spelled
                : !zone->every_datacenter || layout_of(zone)->datacenter == NULL;
}

enum member_reason where_not(const struct where *where, const struct entry *entry)
{
    const struct rollcall_instance *is = &entry->instance->is;
    bool home = names_is_home(where->zone, names_datacenter(where->zone, is));

    if (where->other_namespace)
        return MEMBER_OTHER_NAMESPACE;
    if (is_elsewhere(where, entry, home))
        return MEMBER_OTHER_DATACENTER;
    enum member_reason reason = members_match_name(&where->filter, entry);
    if (reason != MEMBER_HEALTHY)
        return reason;
    return home ? MEMBER_NOT_NAMED : MEMBER_OTHER_DATACENTER;
}

/* What Consul shows of an instance; see shapes.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "consul/body.h"
#include "consul/externals.h"
#include "consul/shapes.h"

/* Where it stands, when its node has a record no more: what its annex knows. */
static const struct node_view *node_elsewhere(const struct consul *consul,
                                              struct service_shown *shown)
{
    const struct annex_node *node = &shown->annex.node;
    const struct external *external = externals_find(consul, node->name);

    if (external != NULL)
        return &external->view;
    shown->elsewhere =
        (struct node_view){ .id = node->id == NULL ? "" : node->id,
                            .name = node->name,
                            .address = node->address == NULL ? "" : node->address,
                            .datacenter = consul->node.datacenter,
                            .create = shown->create,
                            .modify = shown->modify };
    return &shown->elsewhere;
}

/* Ours, unless it was registered as an instance of another datacenter (mirrors). */
static const struct node_view *node_of(const struct consul *consul,
                                       struct service_shown *shown)
{
    const char *datacenter = shown->is->datacenter;

    if (shown->annex.node.name != NULL)
        return node_elsewhere(consul, shown);
    if (datacenter == NULL || datacenter[0] == '\0' ||
        strcasecmp(datacenter, consul->node.datacenter) == 0)
        return &consul->node;
    shown->elsewhere = consul->node;
    shown->elsewhere.datacenter = datacenter;
    return &shown->elsewhere;
}

static uint16_t default_port(const struct rollcall_instance *is)
{
    uint16_t number = 0;
    uint8_t protocol;

    return instance_default_port(is, &number, &protocol) ? number : 0;
}

/* Is its Address an IP address? */
static bool is_literal(const struct service_shown *shown)
{
    struct rollcall_address ip;

    if (shown->address[0] == '\0')
        return false;
    return shown->annex.address == NULL ? shown->is->host[0] == '\0'
                                        : address_parse_ip(shown->address, &ip);
}

void shown_service(const struct consul *consul, const struct entry *entry,
                   struct service_shown *out)
{
    const struct rollcall_instance *is = &entry->instance->is;

    out->entry = entry;
    out->is = is;
    annex_read(&out->annex, is);
    out->create = out->modify = entry->revision;
    out->node = node_of(consul, out);
    out->id = annex_service_id(&out->annex, is);
    out->name = annex_service(&out->annex, is);
    out->address = annex_address(&out->annex, is, out->address_text);
    out->literal = is_literal(out);
    out->port = default_port(is);
    out->passing = is->weight;
    out->warning = out->annex.has_warning_weight ? out->annex.warning_weight : 1;
}

void shown_builtin(const struct consul *consul, struct service_shown *out)
{
    static const struct rollcall_instance server = { .id = "consul",
                                                     .service = "consul",
                                                     .namespace_name = "default",
                                                     .version = NODE_CONSUL_VERSION,
                                                     .zone = "",
                                                     .datacenter = "",
                                                     .host = "",
                                                     .port = NODE_RPC_PORT,
                                                     .weight = 1,
                                                     .status = ROLLCALL_PASSING };

    out->entry = NULL;
    out->is = &server;
    annex_read(&out->annex, &server);
    out->create = out->modify = consul->node.create;
    out->node = &consul->node;
    out->id = out->name = server.service;
    out->address = "";
    out->literal = false;
    out->port = server.port;
    out->passing = out->warning = 1;
}

void shown_drop(struct service_shown *shown)
{
    annex_deinit(&shown->annex);
}

unsigned shown_tag_count(const struct service_shown *shown)
{
    return shown->annex.tags != NULL ? (unsigned)json_array_size(shown->annex.tags)
                                     : shown->is->tag_count;
}

const char *shown_tag(const struct service_shown *shown, unsigned index)
{
    if (shown->annex.tags == NULL)
        return shown->is->tags[index];
    const char *text = json_string_value(json_array_get(shown->annex.tags, index));
    return text == NULL ? "" : text;
}

bool shown_has_tag(const struct service_shown *shown, const char *tag)
{
    for (unsigned i = 0; i < shown_tag_count(shown); i++)
        if (strcasecmp(shown_tag(shown, i), tag) == 0)
            return true;
    return false;
}

static bool has_meta(const struct rollcall_instance *is, const char *key)
{
    for (unsigned i = 0; i < is->meta_count; i++)
        if (strcmp(is->meta[i].key, key) == 0)
            return true;
    return false;
}

bool shown_meta(const struct service_shown *shown, size_t index,
                struct rollcall_pair *out)
{
    const struct rollcall_instance *is = shown->is;
    const struct rollcall_pair ours[] = { { "version", is->version },
                                          { "zone", is->zone } };

    if (index < is->meta_count) {
        *out = is->meta[index];
        return true;
    }
    index -= is->meta_count;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (ours[i].value == NULL || ours[i].value[0] == '\0' ||
            has_meta(is, ours[i].key))
            continue;
        if (index-- == 0) {
            *out = ours[i];
            return true;
        }
    }
    return false;
}

/* --- TaggedAddresses. */

static bool tagged_given(const struct service_shown *shown, size_t index,
                         struct tagged_shown *out)
{
    json_t *map = (json_t *)shown->annex.tagged; /* jansson's walk wants it so */
    void *at = json_object_iter(map);

    while (at != NULL && index-- > 0)
        at = json_object_iter_next(map, at);
    if (at == NULL)
        return false;
    const json_t *value = json_object_iter_value(at);
    const char *address = json_string_value(body_member(value, "Address"));
    out->name = json_object_iter_key(at);
    out->address = address == NULL ? "" : address;
    out->port = (uint16_t)json_integer_value(body_member(value, "Port"));
    return true;
}

static const struct rollcall_address *first_of(const struct rollcall_instance *is,
                                               uint8_t family)
{
    for (unsigned i = 0; i < is->address_count; i++)
        if (is->addresses[i].family == family)
            return &is->addresses[i];
    return NULL;
}

/* Those that Consul makes of an address that is an IP address. */
static bool tagged_made(const struct service_shown *shown, size_t index,
                        struct tagged_shown *out)
{
    static const struct {
        const char *name;
        uint8_t family;
    } made[] = {
        { "lan_ipv4", 4 }, { "lan_ipv6", 6 }, { "wan_ipv4", 4 }, { "wan_ipv6", 6 }
    };
    if (!shown->literal)
        return false;
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        const struct rollcall_address *ip = first_of(shown->is, made[i].family);
        if (ip == NULL || json_object_get(shown->annex.tagged, made[i].name) != NULL)
            continue;
        if (index-- > 0)
            continue;
        address_print_ip(ip, out->text, sizeof out->text);
        out->name = made[i].name;
        out->address = out->text;
        out->port = shown->port;
        return true;
    }
    return false;
}

bool shown_tagged(const struct service_shown *shown, size_t index,
                  struct tagged_shown *out)
{
    size_t given =
        shown->annex.tagged == NULL ? 0 : json_object_size(shown->annex.tagged);

    return index < given ? tagged_given(shown, index, out)
                         : tagged_made(shown, index - given, out);
}

#include "consul/selectors.h"

#include <string.h>

#include "model/instance.h"

static bool text(struct filter_value *out, const char *value)
{
    return filter_text(out, value, strlen(value));
}

/* A member of the object that is a text. */
static bool read_text(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    const char *value;

    (void)index;
    memcpy(&value, (const char *)object + self->with, sizeof value);
    return value != NULL && text(out, value);
}

static bool pair_at(const struct rollcall_pair *pairs, size_t count, size_t index,
                    struct filter_value *out)
{
    if (index >= count)
        return false;
    out->key = pairs[index].key;
    out->key_length = strlen(out->key);
    return text(out, pairs[index].value);
}

/* --- Of a node. */

static bool node_meta(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    const struct node_view *node = object;

    (void)self;
    return pair_at(node->meta, node->meta_count, index, out);
}

static bool node_tagged(const struct selector *self, const void *object, size_t index,
                        struct filter_value *out)
{
    const struct node_view *node = object;

    (void)self;
    return pair_at(node->tagged, node->tagged_count, index, out);
}

#define NODE_TEXT(name, member)                                                          \
    {                                                                                    \
        name, FILTER_TEXT, read_text, NULL, offsetof(struct node_view, member)           \
    }

const struct selector selectors_node[] = {
    NODE_TEXT("ID", id),
    NODE_TEXT("Node", name),
    NODE_TEXT("Address", address),
    NODE_TEXT("Datacenter", datacenter),
    { "Meta", FILTER_MAP, node_meta, NULL, 0 },
    { "TaggedAddresses", FILTER_MAP, node_tagged, NULL, 0 },
    { .name = NULL },
};

/* --- Of a service. */

static bool service_tags(const struct selector *self, const void *object, size_t index,
                         struct filter_value *out)
{
    (void)self;
    return index < shown_tag_count(object) &&
           text(out, shown_tag(object, (unsigned)index));
}

static bool service_meta(const struct selector *self, const void *object, size_t index,
                         struct filter_value *out)
{
    struct rollcall_pair pair;

    (void)self;
    return shown_meta(object, index, &pair) && pair_at(&pair, 1, 0, out);
}

static bool service_port(const struct selector *self, const void *object, size_t index,
                         struct filter_value *out)
{
    (void)self;
    (void)index;
    out->number = ((const struct service_shown *)object)->port;
    return true;
}

static bool service_override(const struct selector *self, const void *object,
                             size_t index, struct filter_value *out)
{
    (void)self;
    (void)index;
    out->flag = ((const struct service_shown *)object)->annex.tag_override;
    return true;
}

static bool service_kind(const struct selector *self, const void *object, size_t index,
                         struct filter_value *out)
{
    const char *kind = ((const struct service_shown *)object)->annex.kind;

    (void)self;
    (void)index;
    return text(out, kind == NULL ? "" : kind);
}

/* The object itself: what its fields read. */
static bool itself(const struct selector *self, const void *object, size_t index,
                   struct filter_value *out)
{
    (void)self;
    (void)index;
    out->object = object;
    return true;
}

/* --- Its weights. */

static bool weight(const struct selector *self, const void *object, size_t index,
                   struct filter_value *out)
{
    uint16_t value;

    (void)index;
    memcpy(&value, (const char *)object + self->with, sizeof value);
    out->number = value;
    return true;
}

static const struct selector weights[] = {
    { "Passing", FILTER_NUMBER, weight, NULL, offsetof(struct service_shown, passing) },
    { "Warning", FILTER_NUMBER, weight, NULL, offsetof(struct service_shown, warning) },
    { .name = NULL },
};

/* --- TaggedAddresses of a service: made on the way, into the value's own room. */

_Static_assert(sizeof(struct tagged_shown) <= sizeof(((struct filter_value *)NULL)->room),
               "a tagged address fits a value");

static bool service_tagged(const struct selector *self, const void *object, size_t index,
                           struct filter_value *out)
{
    struct tagged_shown *tagged = (void *)out->room;

    (void)self;
    if (!shown_tagged(object, index, tagged))
        return false;
    out->key = tagged->name;
    out->key_length = strlen(tagged->name);
    out->object = tagged;
    return true;
}

static bool tagged_port(const struct selector *self, const void *object, size_t index,
                        struct filter_value *out)
{
    (void)self;
    (void)index;
    out->number = ((const struct tagged_shown *)object)->port;
    return true;
}

static const struct selector tagged_fields[] = {
    { "Address", FILTER_TEXT, read_text, NULL, offsetof(struct tagged_shown, address) },
    { "Port", FILTER_NUMBER, tagged_port, NULL, 0 },
    { .name = NULL },
};

/* --- What is opaque to us: the few members that people filter by. */

static bool native(const struct selector *self, const void *object, size_t index,
                   struct filter_value *out)
{
    const struct service_shown *shown = object;

    (void)self;
    (void)index;
    out->flag = json_is_true(json_object_get(shown->annex.connect, "Native"));
    return true;
}

static bool proxy_text(const struct selector *self, const void *object, size_t index,
                       struct filter_value *out)
{
    const struct service_shown *shown = object;
    const char *value =
        json_string_value(json_object_get(shown->annex.proxy, self->name));

    (void)index;
    return text(out, value == NULL ? "" : value);
}

static bool proxy_port(const struct selector *self, const void *object, size_t index,
                       struct filter_value *out)
{
    const struct service_shown *shown = object;

    (void)index;
    out->number = json_integer_value(json_object_get(shown->annex.proxy, self->name));
    return true;
}

static const struct selector connect_fields[] = {
    { "Native", FILTER_BOOL, native, NULL, 0 },
    { .name = NULL },
};

static const struct selector proxy_fields[] = {
    { "DestinationServiceName", FILTER_TEXT, proxy_text, NULL, 0 },
    { "DestinationServiceID", FILTER_TEXT, proxy_text, NULL, 0 },
    { "LocalServiceAddress", FILTER_TEXT, proxy_text, NULL, 0 },
    { "LocalServicePort", FILTER_NUMBER, proxy_port, NULL, 0 },
    { "Mode", FILTER_TEXT, proxy_text, NULL, 0 },
    { .name = NULL },
};

#define SERVICE_TEXT(name, member)                                                       \
    {                                                                                    \
        name, FILTER_TEXT, read_text, NULL, offsetof(struct service_shown, member)       \
    }

const struct selector selectors_service[] = {
    SERVICE_TEXT("ID", id),
    SERVICE_TEXT("Service", name),
    SERVICE_TEXT("Address", address),
    { "Kind", FILTER_TEXT, service_kind, NULL, 0 },
    { "Tags", FILTER_TEXTS, service_tags, NULL, 0 },
    { "Port", FILTER_NUMBER, service_port, NULL, 0 },
    { "Meta", FILTER_MAP, service_meta, NULL, 0 },
    { "TaggedAddresses", FILTER_OBJECT_MAP, service_tagged, tagged_fields, 0 },
    { "Weights", FILTER_OBJECT, itself, weights, 0 },
    { "EnableTagOverride", FILTER_BOOL, service_override, NULL, 0 },
    { "Connect", FILTER_OBJECT, itself, connect_fields, 0 },
    { "Proxy", FILTER_OBJECT, itself, proxy_fields, 0 },
    { .name = NULL },
};

/* --- The same under the names of the catalog, and its node. */

static bool of_node(const struct selector *self, const void *object, size_t index,
                    struct filter_value *out)
{
    const struct service_shown *shown = object;

    return read_text(self, shown->node, index, out);
}

static bool meta_of_node(const struct selector *self, const void *object, size_t index,
                         struct filter_value *out)
{
    const struct service_shown *shown = object;

    return node_meta(self, shown->node, index, out);
}

static bool tagged_of_node(const struct selector *self, const void *object, size_t index,
                           struct filter_value *out)
{
    const struct service_shown *shown = object;

    return node_tagged(self, shown->node, index, out);
}

#define OF_NODE(name, member)                                                            \
    {                                                                                    \
        name, FILTER_TEXT, of_node, NULL, offsetof(struct node_view, member)             \
    }

const struct selector selectors_catalog_service[] = {
    OF_NODE("ID", id),
    OF_NODE("Node", name),
    OF_NODE("Address", address),
    OF_NODE("Datacenter", datacenter),
    { "TaggedAddresses", FILTER_MAP, tagged_of_node, NULL, 0 },
    { "NodeMeta", FILTER_MAP, meta_of_node, NULL, 0 },
    SERVICE_TEXT("ServiceID", id),
    SERVICE_TEXT("ServiceName", name),
    SERVICE_TEXT("ServiceAddress", address),
    { "ServiceKind", FILTER_TEXT, service_kind, NULL, 0 },
    { "ServiceTags", FILTER_TEXTS, service_tags, NULL, 0 },
    { "ServicePort", FILTER_NUMBER, service_port, NULL, 0 },
    { "ServiceMeta", FILTER_MAP, service_meta, NULL, 0 },
    { "ServiceTaggedAddresses", FILTER_OBJECT_MAP, service_tagged, tagged_fields, 0 },
    { "ServiceWeights", FILTER_OBJECT, itself, weights, 0 },
    { "ServiceEnableTagOverride", FILTER_BOOL, service_override, NULL, 0 },
    { "ServiceConnect", FILTER_OBJECT, itself, connect_fields, 0 },
    { "ServiceProxy", FILTER_OBJECT, itself, proxy_fields, 0 },
    { .name = NULL },
};

/* --- Of a check. */

static bool check_status(const struct selector *self, const void *object, size_t index,
                         struct filter_value *out)
{
    (void)self;
    (void)index;
    return text(out, health_word(((const struct check_shown *)object)->health));
}

static bool check_service(const struct selector *self, const void *object, size_t index,
                          struct filter_value *out)
{
    const struct service_shown *shown = ((const struct check_shown *)object)->service;

    if (shown == NULL)
        return text(out, "");
    return read_text(self, shown, index, out);
}

static bool check_tags(const struct selector *self, const void *object, size_t index,
                       struct filter_value *out)
{
    const struct service_shown *shown = ((const struct check_shown *)object)->service;

    return shown != NULL && service_tags(self, shown, index, out);
}

#define CHECK_TEXT(name, member)                                                         \
    {                                                                                    \
        name, FILTER_TEXT, read_text, NULL, offsetof(struct check_shown, member)         \
    }
#define CHECK_SERVICE(name, member)                                                      \
    {                                                                                    \
        name, FILTER_TEXT, check_service, NULL, offsetof(struct service_shown, member)   \
    }

const struct selector selectors_check[] = {
    CHECK_TEXT("Node", node),
    CHECK_TEXT("CheckID", id),
    CHECK_TEXT("Name", name),
    CHECK_TEXT("Notes", notes),
    CHECK_TEXT("Output", output),
    CHECK_TEXT("Type", type),
    CHECK_TEXT("Interval", interval),
    CHECK_TEXT("Timeout", timeout),
    CHECK_SERVICE("ServiceID", id),
    CHECK_SERVICE("ServiceName", name),
    { "Status", FILTER_TEXT, check_status, NULL, 0 },
    { "ServiceTags", FILTER_TEXTS, check_tags, NULL, 0 },
    { .name = NULL },
};

/* --- Of health/service. */

static bool row_node(const struct selector *self, const void *object, size_t index,
                     struct filter_value *out)
{
    (void)self;
    (void)index;
    out->object = ((const struct health_shown *)object)->node;
    return true;
}

static bool row_service(const struct selector *self, const void *object, size_t index,
                        struct filter_value *out)
{
    (void)self;
    (void)index;
    out->object = ((const struct health_shown *)object)->service;
    return true;
}

static bool row_checks(const struct selector *self, const void *object, size_t index,
                       struct filter_value *out)
{
    const struct checks_shown *checks = ((const struct health_shown *)object)->checks;

    (void)self;
    if (index >= checks->count)
        return false;
    out->object = &checks->list[index];
    return true;
}

const struct selector selectors_health_service[] = {
    { "Node", FILTER_OBJECT, row_node, selectors_node, 0 },
    { "Service", FILTER_OBJECT, row_service, selectors_service, 0 },
    { "Checks", FILTER_OBJECTS, row_checks, selectors_check, 0 },
    { .name = NULL },
};

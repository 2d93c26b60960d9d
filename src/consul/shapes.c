#include "consul/shapes.h"

#include "model/instance.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

static int append(const char *bytes, size_t length, void *into)
{
    struct buffer *out = into;

    buffer_append(out, bytes, length);
    return out->failed ? -1 : 0;
}

void shape_json(struct buffer *out, const json_t *value)
{
    if (json_dump_callback(value, append, out, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
        out->failed = true;
}

void shape_next(struct buffer *out)
{
    char last = out->length == 0 ? '[' : out->data[out->length - 1];

    if (last != '[' && last != '{')
        buffer_char(out, ',');
}

static void json_or(struct buffer *out, const json_t *value, const char *otherwise)
{
    if (value == NULL)
        buffer_text(out, otherwise);
    else
        shape_json(out, value);
}

/* With its name, in front of what follows; nothing where there is none. */
static void optional(struct buffer *out, const char *name, const json_t *value)
{
    if (value == NULL)
        return;
    encode_name(out, name);
    shape_json(out, value);
}

void shape_indexes(struct buffer *out, uint64_t create, uint64_t modify)
{
    shape_put(out, ",\"CreateIndex\":");
    encode_number(out, create);
    shape_put(out, ",\"ModifyIndex\":");
    encode_number(out, modify);
}

static void put_pair(struct buffer *out, const struct rollcall_pair *pair)
{
    shape_next(out);
    encode_text(out, pair->key);
    buffer_char(out, ':');
    encode_text(out, pair->value);
}

static void pairs(struct buffer *out, const struct rollcall_pair *pair, unsigned count)
{
    buffer_char(out, '{');
    for (unsigned i = 0; i < count; i++)
        put_pair(out, &pair[i]);
    buffer_char(out, '}');
}

static void tags(struct buffer *out, const struct service_shown *shown)
{
    unsigned count = shown == NULL ? 0 : shown_tag_count(shown);

    buffer_char(out, '[');
    for (unsigned i = 0; i < count; i++) {
        shape_next(out);
        encode_text(out, shown_tag(shown, i));
    }
    buffer_char(out, ']');
}

/* --- §5.1 */

void shape_check(struct buffer *out, const struct check_shown *check)
{
    const struct service_shown *service = check->service;

    shape_put(out, "{\"Node\":");
    encode_text(out, check->node);
    shape_text(out, "CheckID", check->id);
    shape_text(out, "Name", check->name);
    shape_text(out, "Status", health_word(check->health));
    shape_text(out, "Notes", check->notes);
    shape_text(out, "Output", check->output);
    shape_text(out, "ServiceID", service == NULL ? "" : service->id);
    shape_text(out, "ServiceName", service == NULL ? "" : service->name);
    shape_put(out, ",\"ServiceTags\":");
    tags(out, service);
    shape_text(out, "Type", check->type);
    shape_text(out, "Interval", check->interval);
    shape_text(out, "Timeout", check->timeout);
    shape_put(out, ",\"ExposedPort\":0,\"Definition\":");
    json_or(out, check->definition, "{}");
    shape_indexes(out, check->create, check->modify);
    buffer_char(out, '}');
}

/* --- §5.2 */

/* Open: the indexes, or more members, follow. */
static void node_members(struct buffer *out, const struct node_view *node,
                         const char *meta_name)
{
    shape_put(out, "{\"ID\":");
    encode_text(out, node->id);
    shape_text(out, "Node", node->name);
    shape_text(out, "Address", node->address);
    shape_text(out, "Datacenter", node->datacenter);
    shape_put(out, ",\"TaggedAddresses\":");
    pairs(out, node->tagged, node->tagged_count);
    encode_name(out, meta_name);
    pairs(out, node->meta, node->meta_count);
}

void shape_node(struct buffer *out, const struct node_view *node)
{
    node_members(out, node, "Meta");
    shape_indexes(out, node->create, node->modify);
    buffer_char(out, '}');
}

/* --- Parts of a service. */

static void meta(struct buffer *out, const struct service_shown *shown)
{
    struct rollcall_pair pair;

    buffer_char(out, '{');
    for (size_t i = 0; shown_meta(shown, i, &pair); i++)
        put_pair(out, &pair);
    buffer_char(out, '}');
}

/* With its name, in front of what follows; nothing where there are none. */
static void tagged(struct buffer *out, const struct service_shown *shown,
                   const char *name)
{
    struct tagged_shown view;
    size_t i = 0;

    for (; shown_tagged(shown, i, &view); i++) {
        if (i == 0) {
            encode_name(out, name);
            buffer_char(out, '{');
        } else {
            buffer_char(out, ',');
        }
        encode_text(out, view.name);
        shape_put(out, ":{\"Address\":");
        encode_text(out, view.address);
        shape_put(out, ",\"Port\":");
        encode_number(out, view.port);
        buffer_char(out, '}');
    }
    if (i > 0)
        buffer_char(out, '}');
}

static void weights(struct buffer *out, const struct service_shown *shown)
{
    shape_put(out, "{\"Passing\":");
    encode_number(out, shown->passing);
    shape_put(out, ",\"Warning\":");
    encode_number(out, shown->warning);
    buffer_char(out, '}');
}

static void flag(struct buffer *out, bool value)
{
    buffer_text(out, value ? "true" : "false");
}

/* Kind and SocketPath, left out when empty. */
static void seldom(struct buffer *out, const struct annex *annex)
{
    if (annex->kind != NULL && annex->kind[0] != '\0')
        member_text(out, "Kind", annex->kind);
    if (annex->socket_path != NULL && annex->socket_path[0] != '\0')
        member_text(out, "SocketPath", annex->socket_path);
}

static const char no_proxy[] = "{\"Mode\":\"\",\"MeshGateway\":{},\"Expose\":{}}";

/* --- §5.3 */

void shape_service(struct buffer *out, const struct service_shown *shown)
{
    const struct annex *annex = &shown->annex;

    shape_put(out, "{\"ID\":");
    encode_text(out, shown->id);
    seldom(out, annex);
    shape_text(out, "Service", shown->name);
    shape_put(out, ",\"Tags\":");
    tags(out, shown);
    shape_text(out, "Address", shown->address);
    tagged(out, shown, "TaggedAddresses");
    shape_put(out, ",\"Meta\":");
    meta(out, shown);
    shape_put(out, ",\"Port\":");
    encode_number(out, shown->port);
    shape_put(out, ",\"Weights\":");
    weights(out, shown);
    shape_put(out, ",\"EnableTagOverride\":");
    flag(out, annex->tag_override);
    shape_put(out, ",\"Proxy\":");
    json_or(out, annex->proxy, no_proxy);
    shape_put(out, ",\"Connect\":");
    json_or(out, annex->connect, "{}");
    optional(out, "Locality", annex->locality);
    shape_put(out, ",\"PeerName\":\"\"");
    shape_indexes(out, shown->create, shown->modify);
    buffer_char(out, '}');
}

/* --- §5.4 */

void shape_health(struct buffer *out, const struct health_shown *shown)
{
    shape_put(out, "{\"Node\":");
    shape_node(out, shown->node);
    shape_put(out, ",\"Service\":");
    shape_service(out, shown->service);
    shape_put(out, ",\"Checks\":[");
    for (unsigned i = 0; i < shown->checks->count; i++) {
        shape_next(out);
        shape_check(out, &shown->checks->list[i]);
    }
    shape_put(out, "]}");
}

/* --- §5.5 */

void shape_catalog_service(struct buffer *out, const struct service_shown *shown)
{
    const struct annex *annex = &shown->annex;

    node_members(out, shown->node, "NodeMeta");
    member_text(out, "ServiceKind", annex->kind == NULL ? "" : annex->kind);
    member_text(out, "ServiceID", shown->id);
    member_text(out, "ServiceName", shown->name);
    shape_put(out, ",\"ServiceTags\":");
    tags(out, shown);
    member_text(out, "ServiceAddress", shown->address);
    tagged(out, shown, "ServiceTaggedAddresses");
    shape_put(out, ",\"ServiceWeights\":");
    weights(out, shown);
    shape_put(out, ",\"ServiceMeta\":");
    meta(out, shown);
    member_number(out, "ServicePort", shown->port);
    member_text(out, "ServiceSocketPath",
                annex->socket_path == NULL ? "" : annex->socket_path);
    member_bool(out, "ServiceEnableTagOverride", annex->tag_override);
    shape_put(out, ",\"ServiceProxy\":");
    json_or(out, annex->proxy, no_proxy);
    shape_put(out, ",\"ServiceConnect\":");
    json_or(out, annex->connect, "{}");
    shape_put(out, ",\"ServiceLocality\":");
    json_or(out, annex->locality, "null");
    shape_indexes(out, shown->create, shown->modify);
    buffer_char(out, '}');
}

/* --- §5.6 */

void shape_agent_service(struct buffer *out, const struct service_shown *shown,
                         const char *hash)
{
    const struct annex *annex = &shown->annex;

    shape_put(out, "{\"ID\":");
    encode_text(out, shown->id);
    seldom(out, annex);
    member_text(out, "Service", shown->name);
    shape_put(out, ",\"Tags\":");
    tags(out, shown);
    shape_put(out, ",\"Meta\":");
    meta(out, shown);
    member_number(out, "Port", shown->port);
    member_text(out, "Address", shown->address);
    tagged(out, shown, "TaggedAddresses");
    shape_put(out, ",\"Weights\":");
    weights(out, shown);
    member_bool(out, "EnableTagOverride", annex->tag_override);
    optional(out, "Proxy", annex->proxy);
    optional(out, "Connect", annex->connect);
    optional(out, "Locality", annex->locality);
    member_text(out, "Datacenter", shown->node->datacenter);
    if (hash != NULL)
        member_text(out, "ContentHash", hash);
    buffer_char(out, '}');
}

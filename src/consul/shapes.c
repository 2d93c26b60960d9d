#include "consul/shapes.h"

#include "model/instance.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

/* A constant piece of JSON. */
#define put(out, text) buffer_append((out), (text), sizeof(text) - 1)

static int append(const char *bytes, size_t length, void *into)
{
    struct buffer *out = into;

    buffer_append(out, bytes, length);
    return out->failed ? -1 : 0;
}

void shape_json(struct buffer *out, const json_t *value)
{
    json_dump_callback(value, append, out, JSON_COMPACT | JSON_ENCODE_ANY);
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

static void indexes(struct buffer *out, uint64_t create, uint64_t modify)
{
    put(out, ",\"CreateIndex\":");
    encode_number(out, create);
    put(out, ",\"ModifyIndex\":");
    encode_number(out, modify);
}

static void pairs(struct buffer *out, const struct rollcall_pair *pair, unsigned count)
{
    buffer_char(out, '{');
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buffer_char(out, ',');
        encode_text(out, pair[i].key);
        buffer_char(out, ':');
        encode_text(out, pair[i].value);
    }
    buffer_char(out, '}');
}

static void tags(struct buffer *out, const struct service_shown *shown)
{
    unsigned count = shown == NULL ? 0 : shown_tag_count(shown);

    buffer_char(out, '[');
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buffer_char(out, ',');
        encode_text(out, shown_tag(shown, i));
    }
    buffer_char(out, ']');
}

/* --- §5.1 */

void shape_check(struct buffer *out, const struct check_shown *check)
{
    const struct service_shown *service = check->service;

    put(out, "{\"Node\":");
    encode_text(out, check->node);
    put(out, ",\"CheckID\":");
    encode_text(out, check->id);
    put(out, ",\"Name\":");
    encode_text(out, check->name);
    put(out, ",\"Status\":");
    encode_text(out, health_word(check->health));
    put(out, ",\"Notes\":");
    encode_text(out, check->notes);
    put(out, ",\"Output\":");
    encode_text(out, check->output);
    put(out, ",\"ServiceID\":");
    encode_text(out, service == NULL ? "" : service->id);
    put(out, ",\"ServiceName\":");
    encode_text(out, service == NULL ? "" : service->name);
    put(out, ",\"ServiceTags\":");
    tags(out, service);
    put(out, ",\"Type\":");
    encode_text(out, check->type);
    put(out, ",\"Interval\":");
    encode_text(out, check->interval);
    put(out, ",\"Timeout\":");
    encode_text(out, check->timeout);
    put(out, ",\"ExposedPort\":0,\"Definition\":");
    json_or(out, check->definition, "{}");
    indexes(out, check->create, check->modify);
    buffer_char(out, '}');
}

/* --- §5.2 */

void shape_node(struct buffer *out, const struct node_view *node)
{
    put(out, "{\"ID\":");
    encode_text(out, node->id);
    put(out, ",\"Node\":");
    encode_text(out, node->name);
    put(out, ",\"Address\":");
    encode_text(out, node->address);
    put(out, ",\"Datacenter\":");
    encode_text(out, node->datacenter);
    put(out, ",\"TaggedAddresses\":");
    pairs(out, node->tagged, node->tagged_count);
    put(out, ",\"Meta\":");
    pairs(out, node->meta, node->meta_count);
    indexes(out, node->create, node->modify);
    buffer_char(out, '}');
}

/* --- Parts of a service. */

static void meta(struct buffer *out, const struct service_shown *shown)
{
    struct rollcall_pair pair;

    buffer_char(out, '{');
    for (size_t i = 0; shown_meta(shown, i, &pair); i++) {
        if (i > 0)
            buffer_char(out, ',');
        encode_text(out, pair.key);
        buffer_char(out, ':');
        encode_text(out, pair.value);
    }
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
        put(out, ":{\"Address\":");
        encode_text(out, view.address);
        put(out, ",\"Port\":");
        encode_number(out, view.port);
        buffer_char(out, '}');
    }
    if (i > 0)
        buffer_char(out, '}');
}

static void weights(struct buffer *out, const struct service_shown *shown)
{
    put(out, "{\"Passing\":");
    encode_number(out, shown->passing);
    put(out, ",\"Warning\":");
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

    put(out, "{\"ID\":");
    encode_text(out, shown->id);
    seldom(out, annex);
    put(out, ",\"Service\":");
    encode_text(out, shown->name);
    put(out, ",\"Tags\":");
    tags(out, shown);
    put(out, ",\"Address\":");
    encode_text(out, shown->address);
    tagged(out, shown, "TaggedAddresses");
    put(out, ",\"Meta\":");
    meta(out, shown);
    put(out, ",\"Port\":");
    encode_number(out, shown->port);
    put(out, ",\"Weights\":");
    weights(out, shown);
    put(out, ",\"EnableTagOverride\":");
    flag(out, annex->tag_override);
    put(out, ",\"Proxy\":");
    json_or(out, annex->proxy, no_proxy);
    put(out, ",\"Connect\":");
    json_or(out, annex->connect, "{}");
    if (annex->locality != NULL) {
        put(out, ",\"Locality\":");
        shape_json(out, annex->locality);
    }
    put(out, ",\"PeerName\":\"\"");
    indexes(out, shown->create, shown->modify);
    buffer_char(out, '}');
}

/* --- §5.5 */

static void catalog_node(struct buffer *out, const struct node_view *node)
{
    put(out, "{\"ID\":");
    encode_text(out, node->id);
    put(out, ",\"Node\":");
    encode_text(out, node->name);
    put(out, ",\"Address\":");
    encode_text(out, node->address);
    put(out, ",\"Datacenter\":");
    encode_text(out, node->datacenter);
    put(out, ",\"TaggedAddresses\":");
    pairs(out, node->tagged, node->tagged_count);
    put(out, ",\"NodeMeta\":");
    pairs(out, node->meta, node->meta_count);
}

void shape_catalog_service(struct buffer *out, const struct service_shown *shown)
{
    const struct annex *annex = &shown->annex;

    catalog_node(out, shown->node);
    member_text(out, "ServiceKind", annex->kind == NULL ? "" : annex->kind);
    member_text(out, "ServiceID", shown->id);
    member_text(out, "ServiceName", shown->name);
    put(out, ",\"ServiceTags\":");
    tags(out, shown);
    member_text(out, "ServiceAddress", shown->address);
    tagged(out, shown, "ServiceTaggedAddresses");
    put(out, ",\"ServiceWeights\":");
    weights(out, shown);
    put(out, ",\"ServiceMeta\":");
    meta(out, shown);
    member_number(out, "ServicePort", shown->port);
    member_text(out, "ServiceSocketPath",
                annex->socket_path == NULL ? "" : annex->socket_path);
    member_bool(out, "ServiceEnableTagOverride", annex->tag_override);
    put(out, ",\"ServiceProxy\":");
    json_or(out, annex->proxy, no_proxy);
    put(out, ",\"ServiceConnect\":");
    json_or(out, annex->connect, "{}");
    put(out, ",\"ServiceLocality\":");
    json_or(out, annex->locality, "null");
    indexes(out, shown->create, shown->modify);
    buffer_char(out, '}');
}

/* --- §5.6 */

void shape_agent_service(struct buffer *out, const struct service_shown *shown,
                         const char *hash)
{
    const struct annex *annex = &shown->annex;

    put(out, "{\"ID\":");
    encode_text(out, shown->id);
    seldom(out, annex);
    member_text(out, "Service", shown->name);
    put(out, ",\"Tags\":");
    tags(out, shown);
    put(out, ",\"Meta\":");
    meta(out, shown);
    member_number(out, "Port", shown->port);
    member_text(out, "Address", shown->address);
    tagged(out, shown, "TaggedAddresses");
    put(out, ",\"Weights\":");
    weights(out, shown);
    member_bool(out, "EnableTagOverride", annex->tag_override);
    if (annex->proxy != NULL) {
        put(out, ",\"Proxy\":");
        shape_json(out, annex->proxy);
    }
    if (annex->connect != NULL) {
        put(out, ",\"Connect\":");
        shape_json(out, annex->connect);
    }
    if (annex->locality != NULL) {
        put(out, ",\"Locality\":");
        shape_json(out, annex->locality);
    }
    member_text(out, "Datacenter", shown->node->datacenter);
    if (hash != NULL)
        member_text(out, "ContentHash", hash);
    buffer_char(out, '}');
}

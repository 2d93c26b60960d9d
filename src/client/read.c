/* client/read.c - hello, get, list and stats. */
#include "client/client.h"
#include "proto/encode.h"
#include "rollcall/http.h"

enum rollcall_status rollcall_hello(struct rollcall_client *client,
                                    struct rollcall_hello *out,
                                    struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_HELLO,
                                     .hello = { .client = "librollcall" } };
    enum rollcall_status status = client_exchange(client, &request, error);
    const struct reply *reply = &client->reply;

    if (status == ROLLCALL_OK)
        *out = (struct rollcall_hello){
            .version = reply->version != NULL ? reply->version : "",
            .zone = reply->zone != NULL ? reply->zone : "",
            .node = reply->node != NULL ? reply->node : "",
            .datacenter = reply->datacenter != NULL ? reply->datacenter : "",
            .revision = reply->revision,
        };
    return status;
}

const char *rollcall_zone(const struct rollcall_client *client, size_t index)
{
    return reply_text(client->decoder, PROTO_ZONES, index);
}

const char *rollcall_dns(const struct rollcall_client *client, size_t index)
{
    return reply_text(client->decoder, PROTO_DNS, index);
}

const char *rollcall_http(const struct rollcall_client *client, size_t index)
{
    return reply_text(client->decoder, PROTO_HTTP, index);
}

const char *rollcall_http_off(const struct rollcall_client *client)
{
    return reply_word(client->decoder, PROTO_HTTP_OFF);
}

void rollcall_instance_defaults(struct rollcall_instance *instance)
{
    instance_defaults(instance);
}

enum rollcall_status rollcall_get(struct rollcall_client *client,
                                  const struct rollcall_get *query, size_t *count,
                                  uint64_t *revision, struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_GET,
        .get = { .service = query->service,
                 .namespace_name = query->namespace_name,
                 .tag = query->tag,
                 .all = query->all,
                 .limit = query->limit },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status != ROLLCALL_OK)
        return status;
    if (revision != NULL)
        *revision = client->reply.revision;
    *count = client->reply.instance_count;
    return ROLLCALL_OK;
}

enum rollcall_status rollcall_instance(struct rollcall_client *client, size_t index,
                                       struct rollcall_shown *out,
                                       struct rollcall_error *error)
{
    struct reason why = REASON_NONE;
    enum rollcall_status status =
        reply_instance(client->decoder, index, &client->view, &why);

    if (status != ROLLCALL_OK)
        return client_fail(error, status, &why);
    const struct instance_view *view = &client->view;
    *out = (struct rollcall_shown){
        .is = view->is,
        .revision = view->revision,
        .health = view->health,
        .state = view->state != NULL ? view->state : "",
        .label = view->label != NULL ? view->label : "",
        .created = view->created,
        .owner = view->owner,
        .checks = view->checks,
        .standing = view->standing,
    };
    return ROLLCALL_OK;
}

bool rollcall_check_state(const struct rollcall_shown *shown, size_t index,
                          struct rollcall_check_state *out)
{
    const struct check_view *checks = shown->checks;

    if (checks == NULL || index >= shown->is->check_count)
        return false;
    *out = (struct rollcall_check_state){
        .known = checks[index].known,
        .health = checks[index].health,
        .output = checks[index].output,
        .since = checks[index].since,
    };
    return true;
}

enum rollcall_status rollcall_list(struct rollcall_client *client,
                                   const char *namespace_name, const char *prefix,
                                   size_t *count, uint64_t *revision,
                                   struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_LIST,
        .list = { .namespace_name = namespace_name, .prefix = prefix },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status != ROLLCALL_OK)
        return status;
    if (revision != NULL)
        *revision = client->reply.revision;
    *count = client->reply.service_count;
    return ROLLCALL_OK;
}

bool rollcall_service(const struct rollcall_client *client, size_t index,
                      struct rollcall_counted *out)
{
    struct service_view view;

    if (!reply_service(client->decoder, index, &view))
        return false;
    *out = (struct rollcall_counted){
        .name = view.name,
        .namespace_name = view.namespace_name,
        .instances = view.instances,
        .healthy = view.healthy,
        .standing = view.standing,
    };
    return true;
}

enum rollcall_status rollcall_stats(struct rollcall_client *client,
                                    struct rollcall_stats *out,
                                    struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_STATS };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK)
        *out = (struct rollcall_stats){
            .revision = client->reply.revision,
            .uptime = client->reply.uptime,
            .instances = client->reply.instance_total,
        };
    return status;
}

bool rollcall_counter(const struct rollcall_client *client, size_t *at, const char **area,
                      const char **name, uint64_t *value)
{
    return reply_counter(client->decoder, at, area, name, value);
}

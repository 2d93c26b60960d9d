/* client/explain.c - explain. */
#include "rollcall/explain.h"

#include "client/client.h"
#include "proto/explain.h"

static const char *text_or_empty(const char *text)
{
    return text != NULL ? text : "";
}

enum rollcall_status rollcall_explain(struct rollcall_client *client,
                                      const struct rollcall_explain *question,
                                      struct rollcall_explained *out,
                                      struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_EXPLAIN,
        .explain = { .name = question->name,
                     .type = question->type,
                     .client = question->client,
                     .tcp = question->tcp,
                     .at = question->at > 0 ? (uint64_t)question->at : 0 },
    };
    enum rollcall_status status = client_exchange(client, &request, error);
    struct explanation is;

    if (status != ROLLCALL_OK)
        return status;
    reply_explanation(client->decoder, &is);
    *out = (struct rollcall_explained){
        .name = text_or_empty(is.name),
        .type = text_or_empty(is.type),
        .verdict = text_or_empty(is.verdict),
        .zone = is.zone,
        .rcode = text_or_empty(is.rcode),
        .note = is.note,
        .truncated = is.truncated,
        .in = is.in,
        .total = is.total,
        .records = is.record_count,
        .instances = is.instance_count,
    };
    return ROLLCALL_OK;
}

bool rollcall_explained_record(const struct rollcall_client *client, size_t index,
                               struct rollcall_explained_record *out)
{
    struct explained_record is;

    if (!reply_explained_record(client->decoder, index, &is))
        return false;
    *out = (struct rollcall_explained_record){
        .name = text_or_empty(is.name),
        .type = text_or_empty(is.type),
        .data = text_or_empty(is.data),
        .ttl = is.ttl,
    };
    return true;
}

bool rollcall_explained_instance(const struct rollcall_client *client, size_t index,
                                 struct rollcall_explained_instance *out)
{
    struct explained_instance is;

    if (!reply_explained_instance(client->decoder, index, &is))
        return false;
    *out = (struct rollcall_explained_instance){
        .id = text_or_empty(is.id),
        .service = text_or_empty(is.service),
        .namespace_name = text_or_empty(is.namespace_name),
        .label = is.label,
        .reason = text_or_empty(is.reason),
        .text = text_or_empty(is.text),
        .ttl_from = is.ttl_from,
        .ttl = is.ttl,
        .in = is.in,
    };
    return true;
}

/* client/alert.c - alerts and silences. */
#include "rollcall/alert.h"

#include "client/client.h"
#include "proto/alerts.h"

enum rollcall_status rollcall_silence_add(struct rollcall_client *client,
                                          const struct rollcall_silence *silence,
                                          uint64_t *number, struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_SILENCE,
        .silence = { .service = silence->service,
                     .namespace_name = silence->namespace_name,
                     .id = silence->id,
                     .tag = silence->tag,
                     .reason = silence->reason,
                     .lasts = silence->lasts,
                     .until = silence->lasts > 0 ? 0 : silence->until },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK && number != NULL)
        *number = client->reply.silence;
    return status;
}

enum rollcall_status rollcall_silence_remove(struct rollcall_client *client,
                                             uint64_t number,
                                             struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_UNSILENCE, .silence_number = number };

    return client_exchange(client, &request, error);
}

enum rollcall_status rollcall_silences(struct rollcall_client *client,
                                       struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_SILENCES };

    return client_exchange(client, &request, error);
}

bool rollcall_silence(const struct rollcall_client *client, size_t index,
                      struct rollcall_silence *out)
{
    struct silence_view view;

    if (!reply_silence(client->decoder, index, &view))
        return false;
    *out = (struct rollcall_silence){ .number = view.number,
                                      .created = view.created,
                                      .until = view.until,
                                      .by = view.by,
                                      .silenced = view.silenced,
                                      .service = view.service,
                                      .namespace_name = view.namespace_name,
                                      .id = view.id,
                                      .tag = view.tag,
                                      .reason = view.reason };
    return true;
}

enum rollcall_status rollcall_alerts(struct rollcall_client *client,
                                     struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_ALERTS };

    return client_exchange(client, &request, error);
}

bool rollcall_alert(const struct rollcall_client *client, size_t index,
                    struct rollcall_alert *out)
{
    struct alert_view view;

    if (!reply_alert(client->decoder, index, &view))
        return false;
    *out = (struct rollcall_alert){ .is = view.is,
                                    .state = view.state,
                                    .since = view.since,
                                    .rule = view.rule,
                                    .namespace_name = view.namespace_name,
                                    .service = view.service,
                                    .id = view.id,
                                    .output = view.output };
    return true;
}

enum rollcall_status rollcall_alert_test(struct rollcall_client *client,
                                         const char *receiver, bool *delivered,
                                         const char **text, struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_ALERT_TEST, .receiver = receiver };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status != ROLLCALL_OK)
        return status;
    *delivered = client->reply.delivered;
    *text = client->reply.output == NULL ? "" : client->reply.output;
    return status;
}

/* client/watch.c - follow changes. */
#include <string.h>

#include "base/clock.h"
#include "client/client.h"

enum rollcall_status rollcall_watch(struct rollcall_client *client,
                                    const struct rollcall_watch *watch,
                                    uint64_t *revision, struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_WATCH,
        .watch = { .service = watch->service,
                   .namespace_name = watch->namespace_name,
                   .has_since = watch->has_since,
                   .since = watch->since },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK && revision != NULL)
        *revision = client->reply.revision;
    return status;
}

/* An event that came while somebody waited for a reply. False: there is none. */
static bool take_held(struct rollcall_client *client, enum rollcall_status *status,
                      struct reason *why)
{
    struct buffer *held = &client->held;

    if (client->held_at >= held->length)
        return false;
    const char *line = held->data + client->held_at;
    size_t length = strcspn(line, "\n");
    *status = client_use_line(client, line, length, why);
    client->held_at += length + 1;
    if (client->held_at >= held->length) {
        buffer_clear(held);
        client->held_at = 0;
    }
    return true;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static void show_event(const struct reply *reply, struct rollcall_event *out)
{
    *out = (struct rollcall_event){
        .event = reply->event,
        .revision = reply->revision,
        .service = or_empty(reply->service),
        .namespace_name = or_empty(reply->namespace_name),
        .id = or_empty(reply->id),
        .health = or_empty(reply->health_word),
        .standing = or_empty(reply->standing_word),
        .effective = or_empty(reply->effective_word),
        .cause = or_empty(reply->cause),
        .has_instance = reply->instance_count > 0,
    };
}

enum rollcall_status rollcall_next_event(struct rollcall_client *client, int ms,
                                         struct rollcall_event *out,
                                         struct rollcall_error *error)
{
    struct reason why = REASON_NONE;
    enum rollcall_status status = ROLLCALL_OK;
    int64_t deadline = ms < 0 ? INT64_MAX : clock_monotonic_ms() + ms;

    do {
        if (!take_held(client, &status, &why))
            status = client_take_line(client, deadline, &why);
        if (status != ROLLCALL_OK)
            return client_fail(error, status, &why);
    } while (client->reply.event == NULL);
    show_event(&client->reply, out);
    return ROLLCALL_OK;
}

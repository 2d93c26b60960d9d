/* client/drain.c - drain, undrain, override. */
#include "rollcall/drain.h"

#include <string.h>

#include "base/clock.h"
#include "client/client.h"

enum rollcall_status rollcall_drain(struct rollcall_client *client, const char *id,
                                    int64_t longest, struct rollcall_drained *out,
                                    struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_DRAIN,
        .drain = { .id = id,
                   .has_for = longest >= 0,
                   .wait = longest >= 0 ? (uint64_t)longest : 0 },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK && out != NULL)
        *out = (struct rollcall_drained){ .revision = client->reply.revision,
                                          .safe_in = client->reply.safe_in };
    return status;
}

enum rollcall_status rollcall_wait_safe(struct rollcall_client *client, const char *id,
                                        int64_t ms, struct rollcall_error *error)
{
    int64_t deadline = ms < 0 ? INT64_MAX : clock_monotonic_ms() + ms;
    struct rollcall_event event;
    struct reason why;

    for (;;) {
        int64_t left = ms < 0 ? -1 : deadline - clock_monotonic_ms();
        left = ms >= 0 && left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : left;
        enum rollcall_status status =
            rollcall_next_event(client, (int)left, &event, error);
        if (status != ROLLCALL_OK)
            return status;
        if (strcmp(event.id, id) != 0)
            continue;
        if (strcmp(event.event, PROTO_EVENT_SAFE) == 0)
            return ROLLCALL_OK;
        if (strcmp(event.event, PROTO_EVENT_UNDRAIN) != 0)
            continue;
        reason_set(&why, "%.255s was undrained, so it is in DNS again", id);
        return client_fail(error, ROLLCALL_E_CONFLICT, &why);
    }
}

enum rollcall_status rollcall_undrain(struct rollcall_client *client, const char *id,
                                      uint64_t *revision, struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_UNDRAIN, .id = id };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK && revision != NULL)
        *revision = client->reply.revision;
    return status;
}

enum rollcall_status rollcall_override(struct rollcall_client *client,
                                       const struct rollcall_override *override,
                                       uint64_t *revision, struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_OVERRIDE,
        .override = { .id = override->id,
                      .state = override->state,
                      .lasts = override->lasts,
                      .reason = override->reason },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK && revision != NULL)
        *revision = client->reply.revision;
    return status;
}

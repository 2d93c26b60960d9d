/* client/reload.c - the daemon reads its configuration again. */
#include "rollcall/reload.h"

#include "client/client.h"

enum rollcall_status rollcall_reload(struct rollcall_client *client,
                                     struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_RELOAD };

    return client_exchange(client, &request, error);
}

const char *rollcall_reload_taken(const struct rollcall_client *client, size_t index)
{
    return reply_text(client->decoder, PROTO_TAKEN, index);
}

const char *rollcall_reload_restart(const struct rollcall_client *client, size_t index)
{
    return reply_text(client->decoder, PROTO_RESTART, index);
}

const char *rollcall_reload_unchanged(const struct rollcall_client *client, size_t index)
{
    return reply_text(client->decoder, PROTO_UNCHANGED, index);
}

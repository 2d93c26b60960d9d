#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/reach.h"
#include "proto/encode.h"
#include "rollcall/remote.h"

/* A reply to a change waits for a sync of the disk; half a minute is a disk in trouble.
 */
enum { TIMEOUT_MS = 30000 };

#define LINE_MAX_BYTES ((size_t)1 << 30)

enum rollcall_status client_fail(struct rollcall_error *error,
                                 enum rollcall_status status, const struct reason *why)
{
    if (error == NULL)
        return status;
    error->status = status;
    snprintf(error->field, sizeof error->field, "%s", why != NULL ? why->field : "");
    snprintf(error->message, sizeof error->message, "%s",
             reason_text(why, rollcall_status_text(status)));
    return status;
}

int64_t client_deadline(const struct rollcall_client *client)
{
    return client->timeout_ms == 0 ? INT64_MAX
                                   : clock_monotonic_ms() + client->timeout_ms;
}

enum rollcall_status client_use_line(struct rollcall_client *client, const char *line,
                                     size_t length, struct reason *why)
{
    buffer_clear(&client->text);
    buffer_append(&client->text, line, length);
    buffer_clear(&client->work);
    buffer_append(&client->work, line, length);
    if (client->text.failed || client->work.failed) {
        reason_set(why, "out of memory for the reply of rollcalld");
        return ROLLCALL_E_NOMEM;
    }
    enum rollcall_status status =
        reply_decode(client->decoder, client->work.data, length, &client->reply, why);
    if (status == ROLLCALL_OK)
        return ROLLCALL_OK;
    reason_set(why, "%s does not answer like rollcalld: %.80s", client->path,
               client->text.data);
    return ROLLCALL_E_IO;
}

enum rollcall_status client_take_line(struct rollcall_client *client, int64_t deadline,
                                      struct reason *why)
{
    char *line = NULL;
    size_t length = 0;
    enum rollcall_status status =
        connection_line(&client->connection, deadline, &line, &length, why);

    if (status != ROLLCALL_OK)
        return status;
    return client_use_line(client, line, length, why);
}

/* The next line that is no event; events are held for rollcall_next_event(). */
static enum rollcall_status take_reply(struct rollcall_client *client, struct reason *why)
{
    int64_t deadline = client_deadline(client);

    for (;;) {
        enum rollcall_status status = client_take_line(client, deadline, why);
        if (status != ROLLCALL_OK || client->reply.event == NULL)
            return status;
        buffer_append(&client->held, client->text.data, client->text.length);
        buffer_char(&client->held, '\n');
        if (client->held.failed) {
            reason_set(why, "out of memory for events that nobody takes");
            return ROLLCALL_E_NOMEM;
        }
    }
}

/* A daemon that stopped reading in the middle of a request may have said why. */
static bool last_words(struct rollcall_client *client)
{
    struct reason ignored = REASON_NONE;

    return take_reply(client, &ignored) == ROLLCALL_OK && !client->reply.ok;
}

static enum rollcall_status refused(const struct rollcall_client *client,
                                    struct rollcall_error *error)
{
    const struct reply *reply = &client->reply;
    struct reason why = REASON_NONE;

    reason_field(&why, reply->field != NULL ? reply->field : "", "%s",
                 reply->message != NULL ? reply->message
                                        : rollcall_status_text(reply->status));
    return client_fail(error, reply->status, &why);
}

enum rollcall_status client_exchange(struct rollcall_client *client,
                                     const struct request *request,
                                     struct rollcall_error *error)
{
    struct reason why = REASON_NONE;

    buffer_clear(&client->request);
    encode_request(&client->request, request);
    if (client->request.failed)
        return client_fail(error, ROLLCALL_E_NOMEM, NULL);
    enum rollcall_status status =
        connection_send(&client->connection, client->request.data, client->request.length,
                        client_deadline(client), &why);
    if (status == ROLLCALL_OK)
        status = take_reply(client, &why);
    else if (last_words(client))
        status = ROLLCALL_OK;
    if (status != ROLLCALL_OK)
        return client_fail(error, status, &why);
    return client->reply.ok ? ROLLCALL_OK : refused(client, error);
}

/* Over TCP the first line says who we are. */
static enum rollcall_status say_hello(struct rollcall_client *client, const char *token,
                                      struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_HELLO, .hello = { .client = "librollcall", .token = token }
    };

    if (!place_is_tcp(client->path) || token == NULL || token[0] == '\0')
        return ROLLCALL_OK;
    return client_exchange(client, &request, error);
}

enum rollcall_status rollcall_connect(const char *socket, struct rollcall_client **out,
                                      struct rollcall_error *error)
{
    return rollcall_connect_with(socket, NULL, out, error);
}

enum rollcall_status rollcall_connect_with(const char *socket, const char *token,
                                           struct rollcall_client **out,
                                           struct rollcall_error *error)
{
    char fallback[256];
    struct reason why = REASON_NONE;
    enum rollcall_status status = ROLLCALL_E_NOMEM;

    rollcall_default_socket(fallback, sizeof fallback);
    struct rollcall_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return client_fail(error, ROLLCALL_E_NOMEM, NULL);
    client->timeout_ms = TIMEOUT_MS;
    connection_init(&client->connection);
    buffer_init(&client->request, LINE_MAX_BYTES);
    buffer_init(&client->text, LINE_MAX_BYTES);
    buffer_init(&client->work, LINE_MAX_BYTES);
    buffer_init(&client->held, LINE_MAX_BYTES);
    client->path = strdup(socket != NULL ? socket : fallback);
    client->decoder = decoder_create(NULL);
    if (client->path == NULL || client->decoder == NULL)
        goto fail;
    status = connection_open(&client->connection, client->path, &why);
    if (status != ROLLCALL_OK)
        goto fail;
    status = say_hello(client, token != NULL ? token : getenv("ROLLCALL_TOKEN"), error);
    if (status != ROLLCALL_OK) {
        rollcall_close(client);
        return status;
    }
    *out = client;
    return ROLLCALL_OK;

fail:
    rollcall_close(client);
    return client_fail(error, status, &why);
}

void rollcall_close(struct rollcall_client *client)
{
    if (client == NULL)
        return;
    connection_deinit(&client->connection);
    decoder_destroy(client->decoder);
    buffer_deinit(&client->request);
    buffer_deinit(&client->text);
    buffer_deinit(&client->work);
    buffer_deinit(&client->held);
    free(client->path);
    free(client);
}

void rollcall_timeout(struct rollcall_client *client, unsigned ms)
{
    client->timeout_ms = ms;
}

int rollcall_descriptor(const struct rollcall_client *client)
{
    return client->connection.fd;
}

const char *rollcall_socket(const struct rollcall_client *client)
{
    return client->path;
}

enum rollcall_status rollcall_register(struct rollcall_client *client,
                                       const struct rollcall_registration *registration,
                                       struct rollcall_registered *out,
                                       struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_REGISTER,
        .reg = { .instance = registration->instance,
                 .has_status = registration->has_status,
                 .has_if_revision = registration->has_if_revision,
                 .if_revision = registration->if_revision },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK)
        *out = (struct rollcall_registered){
            .id = client->reply.id != NULL ? client->reply.id : "",
            .revision = client->reply.revision,
            .created = client->reply.created,
            .warning = client->reply.warning,
        };
    return status;
}

enum rollcall_status rollcall_deregister(struct rollcall_client *client, const char *id,
                                         uint64_t *revision, struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_DEREGISTER, .id = id };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK && revision != NULL)
        *revision = client->reply.revision;
    return status;
}

enum rollcall_status rollcall_renew(struct rollcall_client *client,
                                    const struct rollcall_renewal *renewal,
                                    struct rollcall_renewed *out,
                                    struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_RENEW,
        .renew = { .id = renewal->id,
                   .has_status = renewal->has_status,
                   .status = renewal->status,
                   .output = renewal->output,
                   .check = renewal->check },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK)
        *out = (struct rollcall_renewed){
            .revision = client->reply.revision,
            .has_expires_in = client->reply.has_expires_in,
            .expires_in = client->reply.expires_in,
        };
    return status;
}

const char *rollcall_last_line(const struct rollcall_client *client)
{
    return client->text.data;
}

enum rollcall_status rollcall_send(struct rollcall_client *client, const char *request,
                                   size_t length, struct rollcall_error *error)
{
    struct reason why = REASON_NONE;
    int64_t deadline = client_deadline(client);

    while (length > 0 && (request[length - 1] == '\n' || request[length - 1] == '\r'))
        length--;
    buffer_clear(&client->request);
    buffer_append(&client->request, request, length);
    buffer_char(&client->request, '\n');
    if (client->request.failed)
        return client_fail(error, ROLLCALL_E_NOMEM, NULL);
    enum rollcall_status status =
        connection_send(&client->connection, client->request.data, client->request.length,
                        deadline, &why);
    return status == ROLLCALL_OK ? status : client_fail(error, status, &why);
}

static void show_line(const struct rollcall_client *client, struct rollcall_line *out)
{
    *out = (struct rollcall_line){
        .text = client->text.data != NULL ? client->text.data : "",
        .length = client->text.length,
        .is_event = client->reply.event != NULL,
        .status = client->reply.event != NULL ? ROLLCALL_OK : client->reply.status,
    };
}

enum rollcall_status rollcall_receive(struct rollcall_client *client, int ms,
                                      struct rollcall_line *out,
                                      struct rollcall_error *error)
{
    struct reason why = REASON_NONE;
    int64_t deadline = ms < 0 ? INT64_MAX : clock_monotonic_ms() + ms;
    enum rollcall_status status = client_take_line(client, deadline, &why);

    if (status != ROLLCALL_OK)
        return client_fail(error, status, &why);
    show_line(client, out);
    return ROLLCALL_OK;
}

enum rollcall_status rollcall_call(struct rollcall_client *client, const char *request,
                                   struct rollcall_line *out,
                                   struct rollcall_error *error)
{
    struct reason why = REASON_NONE;
    enum rollcall_status status = rollcall_send(client, request, strlen(request), error);

    if (status != ROLLCALL_OK)
        return status;
    status = take_reply(client, &why);
    if (status != ROLLCALL_OK)
        return client_fail(error, status, &why);
    show_line(client, out);
    return ROLLCALL_OK;
}

/* client/judge.c - brake, check_now, check_try. */
#include "rollcall/judge.h"

#include <string.h>

#include "client/client.h"

enum rollcall_status rollcall_brake(struct rollcall_client *client,
                                    const char *namespace_name, const char *service,
                                    bool confirm, uint64_t *held,
                                    struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_BRAKE,
        .brake = { .service = service,
                   .namespace_name = namespace_name,
                   .confirm = confirm },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK && held != NULL)
        *held = client->reply.held;
    return status;
}

enum rollcall_status rollcall_check_now(struct rollcall_client *client, const char *id,
                                        const char *check, size_t *count,
                                        struct rollcall_error *error)
{
    const struct request request = { .op = PROTO_CHECK_NOW,
                                     .check = { .id = id, .check = check } };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK)
        *count = client->reply.result_count;
    return status;
}

enum rollcall_status rollcall_check_try(struct rollcall_client *client,
                                        const struct rollcall_registration *registration,
                                        size_t *count, struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_CHECK_TRY,
        .reg = { .instance = registration->instance,
                 .has_status = registration->has_status },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status == ROLLCALL_OK)
        *count = client->reply.result_count;
    return status;
}

/* One line: between the members of an object a newline means no more than a space, and
 * inside a text there is none (RFC 8259 §7). */
static bool write_line(struct buffer *out, const char *definition)
{
    const char *at = definition + strspn(definition, " \t\r\n");

    if (*at != '{')
        return false;
    at += 1 + strspn(at + 1, " \t\r\n");
    buffer_text(out, "{\"op\":\"check_try\"");
    if (*at != '}')
        buffer_char(out, ',');
    for (; *at != '\0'; at++)
        buffer_char(out, *at == '\n' || *at == '\r' ? ' ' : *at);
    return true;
}

enum rollcall_status rollcall_check_try_json(struct rollcall_client *client,
                                             const char *definition, size_t *count,
                                             struct rollcall_error *error)
{
    enum rollcall_status status;
    struct rollcall_line line;
    struct buffer request;
    struct reason why;

    buffer_init(&request, 4 * PROTO_LINE_MAX);
    if (!write_line(&request, definition)) {
        reason_set(&why, "a definition is a JSON object: {\"service\":\"web\", ...}");
        status = client_fail(error, ROLLCALL_E_BAD_JSON, &why);
    } else if (request.failed) {
        status = client_fail(error, ROLLCALL_E_TOO_LONG, NULL);
    } else {
        status = rollcall_call(client, request.data, &line, error);
    }
    buffer_deinit(&request);
    if (status != ROLLCALL_OK)
        return status;
    if (line.status != ROLLCALL_OK) {
        reason_set(&why, "%s",
                   client->reply.message != NULL ? client->reply.message : "refused");
        return client_fail(error, line.status, &why);
    }
    *count = client->reply.result_count;
    return ROLLCALL_OK;
}

bool rollcall_result(const struct rollcall_client *client, size_t index,
                     struct rollcall_result *out)
{
    struct result_view view;

    if (!reply_result(client->decoder, index, &view))
        return false;
    *out = (struct rollcall_result){
        .check = view.check,
        .kind = view.kind,
        .target = view.target,
        .outcome = view.outcome,
        .message = view.message,
        .health = view.health,
        .latency_us = view.latency_us,
    };
    return true;
}

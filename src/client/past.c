/* client/past.c - history, and what DNS would have answered. */
#include <string.h>

#include "client/client.h"
#include "rollcall/past.h"

enum rollcall_status rollcall_history(struct rollcall_client *client,
                                      const struct rollcall_history *query,
                                      int64_t *before, int64_t *reaches,
                                      struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_HISTORY,
        .history = { .name = query->name,
                     .namespace_name = query->namespace_name,
                     .since = (uint64_t)query->since,
                     .until = (uint64_t)query->until,
                     .before = (uint64_t)query->before,
                     .limit = query->limit },
    };
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status != ROLLCALL_OK)
        return status;
    *before = (int64_t)client->reply.before;
    *reaches = (int64_t)client->reply.reaches;
    return ROLLCALL_OK;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static bool row_of(const struct rollcall_client *client, const char *list, size_t index,
                   struct rollcall_transition *out)
{
    struct history_view view;

    if (!reply_history(client->decoder, list, index, &view))
        return false;
    *out = (struct rollcall_transition){
        .time = view.time,
        .id = or_empty(view.id),
        .service = or_empty(view.service),
        .namespace_name = or_empty(view.namespace_name),
        .text = or_empty(view.text),
        .moves = view.moves,
    };
    return true;
}

bool rollcall_transition(const struct rollcall_client *client, size_t index,
                         struct rollcall_transition *out)
{
    return row_of(client, PROTO_HISTORY_, index, out);
}

bool rollcall_hour(const struct rollcall_client *client, size_t index,
                   struct rollcall_transition *out)
{
    return row_of(client, PROTO_HOURS, index, out);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False: not hexadecimal, or longer than a DNS message. */
static bool read_message(const char *text, uint8_t *out, size_t *length)
{
    size_t digits = text == NULL ? 0 : strlen(text);

    if (digits == 0 || digits % 2 != 0 || digits / 2 > 65535)
        return false;
    for (size_t i = 0; i < digits; i += 2) {
        int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (uint8_t)(high * 16 + low);
    }
    *length = digits / 2;
    return true;
}

enum rollcall_status rollcall_query_at(struct rollcall_client *client, const char *name,
                                       const char *type, int64_t at, uint8_t *out,
                                       size_t *length, struct rollcall_error *error)
{
    const struct request request = {
        .op = PROTO_QUERY,
        .query = { .name = name, .type = type, .at = (uint64_t)at },
    };
    struct reason why = REASON_NONE;
    enum rollcall_status status = client_exchange(client, &request, error);

    if (status != ROLLCALL_OK || read_message(client->reply.answer, out, length))
        return status;
    reason_set(&why, "rollcalld's reply has no DNS message");
    return client_fail(error, ROLLCALL_E_BAD_JSON, &why);
}

const char *rollcall_note(const struct rollcall_client *client, size_t index)
{
    return reply_text(client->decoder, PROTO_NOTES, index);
}

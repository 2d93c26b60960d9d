#include "api/reply.h"

#include <jansson.h>
#include <string.h>

#include "proto/encode.h"
#include "proto/proto.h"

unsigned reply_status(enum rollcall_status status)
{
    switch (status) {
    case ROLLCALL_OK:
        return 200;
    case ROLLCALL_E_BAD_JSON:
    case ROLLCALL_E_UNKNOWN_FIELD:
    case ROLLCALL_E_MISSING_FIELD:
    case ROLLCALL_E_INVALID:
        return 400;
    case ROLLCALL_E_UNAUTHORIZED:
        return 403;
    case ROLLCALL_E_UNKNOWN_OP:
    case ROLLCALL_E_NOTFOUND:
        return 404;
    case ROLLCALL_E_CONFLICT:
        return 409;
    case ROLLCALL_E_TOO_LONG:
        return 413;
    case ROLLCALL_E_LIMIT:
        return 429;
    case ROLLCALL_E_UNAVAILABLE:
        return 503;
    default:
        return 500;
    }
}

void reply_refusal(struct buffer *out, enum rollcall_status status,
                   const struct reason *why)
{
    buffer_text(out, "{\"" PROTO_ERROR "\":{\"" PROTO_CODE "\":");
    encode_text(out, rollcall_status_word(status));
    if (why != NULL && why->field[0] != '\0')
        member_text(out, PROTO_FIELD, why->field);
    member_text(out, PROTO_MESSAGE, reason_text(why, rollcall_status_text(status)));
    buffer_text(out, "}}\n");
}

/* By the first word that is it; several codes share "internal". */
static unsigned status_of_word(const char *word, size_t length)
{
#define X(name, code, text, sentence)                                                    \
    if (strlen(text) == length && strncmp(text, word, length) == 0)                      \
        return reply_status(ROLLCALL_##name);
    ROLLCALL_STATUS_LIST(X)
#undef X
    return 500;
}

static const char *after(const char *line, size_t length, const char *prefix)
{
    size_t size = strlen(prefix);

    return length > size && memcmp(line, prefix, size) == 0 ? line + size : NULL;
}

unsigned reply_convert(struct buffer *out, const char *line, size_t length)
{
    const char *end = line + length;
    const char *rest = after(line, length, "{\"ok\":true");

    if (rest != NULL) {
        rest += *rest == ',';
        buffer_char(out, '{');
        buffer_append(out, rest, (size_t)(end - rest));
        return 200;
    }
    rest = after(line, length, "{\"ok\":false,\"error\":{\"code\":\"");
    if (rest != NULL) {
        const char *quote = memchr(rest, '"', (size_t)(end - rest));
        const char *error = line + strlen("{\"ok\":false,");
        buffer_char(out, '{');
        buffer_append(out, error, (size_t)(end - error));
        return quote == NULL ? 500 : status_of_word(rest, (size_t)(quote - rest));
    }
    reply_refusal(out, ROLLCALL_E_INTERNAL, NULL);
    return 500;
}

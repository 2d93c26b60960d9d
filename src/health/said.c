#include "health/said.h"

#include <stdio.h>
#include <string.h>

#include "model/instance.h"

void said_where(const struct check *check, char *out, size_t size)
{
    const char *text = check_option(check->spec, "target", 0);
    struct address target;

    if (text != NULL)
        snprintf(out, size, "%s", text);
    else if (check_target(check, &target))
        address_print(&target, out, size);
    else
        snprintf(out, size, "-");
}

void said_connect(struct check *check, const char *protocol, enum check_outcome outcome,
                  const char *detail)
{
    char said[SAID_MAX], where[320];

    if (!check->spec->keep_output || outcome != OUTCOME_PASSED) {
        check_finish(check, outcome, detail);
        return;
    }
    said_where(check, where, sizeof where);
    snprintf(said, sizeof said, "%s connect %s: Success", protocol, where);
    check_finish_said(check, outcome, detail, said);
}

/* The end of it, not from the middle of a character, and without what would end a text.
 */
static void put_end(const char *body, size_t length, char *out, size_t size)
{
    size_t room = size - 1 < CHECK_OUTPUT_TOLD ? size - 1 : CHECK_OUTPUT_TOLD;

    if (length > room) {
        body += length - room;
        length = room;
        while (length > 0 && ((unsigned char)*body & 0xc0) == 0x80) {
            body++;
            length--;
        }
    }
    for (size_t i = 0; i < length; i++)
        out[i] = body[i] == '\0' ? ' ' : body[i];
    out[length] = '\0';
}

const char *said_reply(const struct check *check, const struct said_reply *reply,
                       char *out)
{
    const char *method = check_option(check->spec, "method", 0);
    const char *path = check_option(check->spec, "path", 0);
    char where[320];

    if (!check->spec->keep_output)
        return NULL;
    said_where(check, where, sizeof where);
    int used = snprintf(
        out, SAID_MAX - CHECK_OUTPUT_TOLD,
        "HTTP %s %s://%s%s: %u %s Output: ", method != NULL ? method : "GET",
        reply->scheme, where, path != NULL ? path : "/", reply->status, reply->phrase);
    size_t at = used < 0 ? 0 : (size_t)used;
    if (at >= SAID_MAX - CHECK_OUTPUT_TOLD)
        at = SAID_MAX - CHECK_OUTPUT_TOLD - 1;
    put_end(reply->body != NULL ? reply->body : "",
            reply->body != NULL ? reply->length : 0, out + at, SAID_MAX - at);
    return out;
}

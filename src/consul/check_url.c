/* The URL of an HTTP check (RFC 3986 §3) in the parts that our check has. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "consul/defining.h"
#include "http/uri.h"

/* Host and port of the authority; the port of the scheme where it names none. */
static bool read_authority(const char *text, size_t length, struct check_url *out)
{
    const char *close = memchr(text, ']', length);
    const char *colon = memrchr(text, ':', length);
    char port[8];

    if (length == 0 || length >= sizeof out->target - sizeof port)
        return false;
    if (colon != NULL && close != NULL && colon < close)
        colon = NULL;
    if (colon == text)
        return false;
    snprintf(port, sizeof port, "%s", out->tls ? ":443" : ":80");
    if (colon == NULL || colon == text + length - 1)
        snprintf(out->target, sizeof out->target, "%.*s%s",
                 (int)(colon == NULL ? length : length - 1), text, port);
    else
        snprintf(out->target, sizeof out->target, "%.*s", (int)length, text);
    return true;
}

bool check_url_parse(const char *text, struct check_url *out)
{
    if (strncasecmp(text, "http://", 7) == 0)
        out->tls = false;
    else if (strncasecmp(text, "https://", 8) == 0)
        out->tls = true;
    else
        return false;
    text += out->tls ? 8 : 7;
    const char *end = text + strcspn(text, "/?#");
    const char *at = memrchr(text, '@', (size_t)(end - text));
    out->user = text;
    out->user_length = at == NULL ? 0 : (size_t)(at - text);
    if (at != NULL)
        text = at + 1;
    if (!read_authority(text, (size_t)(end - text), out))
        return false;
    out->path = end;
    out->path_length = strcspn(out->path, "#");
    return true;
}

const char *check_url_basic(const struct check_url *url, struct definition *definition)
{
    size_t length = url->user_length;
    char *user = definition_take(definition, length + 2);
    char *code = definition_take(definition, base64_length(length + 1) + 1);

    if (user == NULL || code == NULL ||
        !uri_decode_path(url->user, length, user, &length))
        return NULL;
    if (memchr(url->user, ':', url->user_length) == NULL)
        user[length++] = ':';
    base64_encode((const uint8_t *)user, length, code);
    code[base64_length(length)] = '\0';
    return definition_text(definition, "Basic %s", code);
}

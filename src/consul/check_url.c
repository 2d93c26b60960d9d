/* The URL of an HTTP check (RFC 3986 §3) in the parts that our check has. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "consul/defining.h"

/* Host and port of the authority; the port of the scheme where it names none. */
static bool read_authority(const char *text, size_t length, struct check_url *out)
{
    const char *close = memchr(text, ']', length);
    const char *colon = memrchr(text, ':', length);
    char port[8];

    if (length == 0 || length >= sizeof out->target - sizeof port ||
        memchr(text, '@', length) != NULL)
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
    size_t length = strcspn(text, "/?#");
    if (!read_authority(text, length, out))
        return false;
    out->path = text + length;
    out->path_length = strcspn(out->path, "#");
    return true;
}

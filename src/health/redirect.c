#include "health/redirect.h"

#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/units.h"
#include "model/rules.h"

static bool copy(char *out, size_t size, const char *from, size_t length)
{
    if (length >= size)
        return false;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

static bool is_host(const char *text)
{
    struct rollcall_address ip;

    return address_parse_ip(text, &ip) || rule_host("url", text, NULL) == ROLLCALL_OK;
}

static bool parse_port(const char *text, size_t length, bool tls, uint16_t *out)
{
    char digits[8];
    uint64_t number;

    *out = tls ? 443 : 80;
    if (length == 0)
        return true;
    if (!copy(digits, sizeof digits, text, length) ||
        !units_parse_u64(digits, UINT16_MAX, &number) || number == 0)
        return false;
    *out = (uint16_t)number;
    return true;
}

/* "host", "host:80", "[fd00::1]:80" */
static bool parse_authority(const char *text, size_t length, struct web_place *out)
{
    const char *end = text + length;
    const char *host = text, *host_end;

    if (length > 0 && text[0] == '[') {
        host++;
        host_end = memchr(host, ']', (size_t)(end - host));
        if (host_end == NULL || (host_end + 1 < end && host_end[1] != ':'))
            return false;
        text = host_end + 1;
    } else {
        host_end = memchr(host, ':', length);
        if (host_end == NULL)
            host_end = end;
        text = host_end;
    }
    if (text < end)
        text++; /* the colon */
    return copy(out->host, sizeof out->host, host, (size_t)(host_end - host)) &&
           is_host(out->host) &&
           parse_port(text, (size_t)(end - text), out->tls, &out->port);
}

/* Without what only a browser needs. */
static bool put_path(const char *text, struct web_place *out)
{
    size_t length = strcspn(text, "#");

    out->path[0] = '/';
    if (length > 0 && text[0] == '/') {
        text++;
        length--;
    }
    return copy(out->path + 1, sizeof out->path - 1, text, length);
}

static bool is_clean(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f || *text == '\\')
            return false;
    return true;
}

/* Behind "//". */
static bool parse_rest(const char *text, struct web_place *out)
{
    size_t length = strcspn(text, "/?#");

    return memchr(text, '@', length) == NULL && parse_authority(text, length, out) &&
           put_path(text + length, out);
}

bool redirect_parse(const char *url, struct web_place *out)
{
    if (!is_clean(url))
        return false;
    out->tls = strncasecmp(url, "https://", 8) == 0;
    if (out->tls)
        return parse_rest(url + 8, out);
    return strncasecmp(url, "http://", 7) == 0 && parse_rest(url + 7, out);
}

/* "mailto:", "ftp://": letters before the first colon. */
static bool has_scheme(const char *text)
{
    size_t length = strcspn(text, ":/?#");

    return length > 0 && text[length] == ':';
}

/* Beside the last part of the path of `base`. */
static bool put_beside(const struct web_place *base, const char *location,
                       struct web_place *out)
{
    size_t keep = strcspn(base->path, "?");
    size_t length = strcspn(location, "#");

    if (length == 0)
        keep = strlen(base->path);
    while (length > 0 && location[0] != '?' && base->path[keep - 1] != '/')
        keep--;
    return copy(out->path, sizeof out->path, base->path, keep) &&
           copy(out->path + keep, sizeof out->path - keep, location, length);
}

bool redirect_join(const struct web_place *base, const char *location,
                   struct web_place *out)
{
    if (!is_clean(location))
        return false;
    if (has_scheme(location))
        return redirect_parse(location, out);
    out->tls = base->tls;
    if (strncmp(location, "//", 2) == 0)
        return parse_rest(location + 2, out);
    out->port = base->port;
    memcpy(out->host, base->host, sizeof out->host);
    return location[0] == '/' ? put_path(location, out) : put_beside(base, location, out);
}

bool redirect_same_server(const struct web_place *a, const struct web_place *b)
{
    return a->tls == b->tls && a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

bool redirect_status(uint16_t status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

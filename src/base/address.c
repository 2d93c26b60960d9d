#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

static bool parse_port(const char *text, uint16_t *port)
{
    uint64_t number;

    if (!units_parse_u64(text, UINT16_MAX, &number))
        return false;
    *port = (uint16_t)number;
    return true;
}

static bool copy_host(char *host, size_t size, const char *from, size_t length)
{
    if (length >= size)
        return false;
    memcpy(host, from, length);
    host[length] = '\0';
    return true;
}

bool address_split(const char *text, char *host, size_t host_size, uint16_t *port)
{
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        return close != NULL && close[1] == ':' && parse_port(close + 2, port) &&
               copy_host(host, host_size, text + 1, (size_t)(close - text - 1));
    }
    const char *colon = strrchr(text, ':');
    /* A second colon means an IPv6 literal without brackets: its port is unclear. */
    return colon != NULL && strchr(text, ':') == colon && parse_port(colon + 1, port) &&
           copy_host(host, host_size, text, (size_t)(colon - text));
}

bool address_parse_ip(const char *text, struct rollcall_address *out)
{
    struct rollcall_address ip = { 0 };

    if (inet_pton(AF_INET, text, ip.bytes) == 1)
        ip.family = 4;
    else if (inet_pton(AF_INET6, text, ip.bytes) == 1)
        ip.family = 6;
    else
        return false;
    *out = ip;
    return true;
}

/* "[::1]" or "::1" or "127.0.0.1", nothing behind it. */
static bool parse_bare(const char *text, struct rollcall_address *ip)
{
    char inside[ADDRESS_TEXT];
    size_t length = strlen(text);

    if (text[0] != '[')
        return address_parse_ip(text, ip);
    return length > 2 && text[length - 1] == ']' &&
           copy_host(inside, sizeof inside, text + 1, length - 2) &&
           address_parse_ip(inside, ip) && ip->family == 6;
}

bool address_parse(const char *text, uint16_t default_port, struct address *out)
{
    struct rollcall_address ip;
    char host[256];
    uint16_t port = default_port;

    if (parse_bare(text, &ip)) {
        if (default_port == 0)
            return false;
    } else if (!address_split(text, host, sizeof host, &port) ||
               !address_parse_ip(host, &ip) || (text[0] == '[') != (ip.family == 6)) {
        return false;
    }
    address_from_ip(&ip, port, out);
    return true;
}

void address_from_ip(const struct rollcall_address *ip, uint16_t port,
                     struct address *out)
{
    memset(out, 0, sizeof *out);
    if (ip->family == 4) {
        out->length = sizeof out->v4;
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        memcpy(&out->v4.sin_addr, ip->bytes, 4);
    } else {
        out->length = sizeof out->v6;
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        memcpy(&out->v6.sin6_addr, ip->bytes, 16);
    }
}

bool address_socket_ip(const struct sockaddr *address, struct rollcall_address *out)
{
    struct rollcall_address ip = { 0 };

    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;
        ip.family = 4;
        memcpy(ip.bytes, &v4->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;
        ip.family = 6;
        memcpy(ip.bytes, &v6->sin6_addr, 16);
    } else {
        return false;
    }
    *out = ip;
    return true;
}

bool address_to_ip(const struct address *address, struct rollcall_address *out)
{
    return address_socket_ip(&address->any, out);
}

/* "10.0.0.1" without the machinery of printf: replies are full of them. */
static void print_v4(const uint8_t bytes[4], char *out)
{
    for (int i = 0; i < 4; i++) {
        unsigned octet = bytes[i];
        if (i > 0)
            *out++ = '.';
        if (octet >= 100)
            *out++ = (char)('0' + octet / 100);
        if (octet >= 10)
            *out++ = (char)('0' + octet / 10 % 10);
        *out++ = (char)('0' + octet % 10);
    }
    *out = '\0';
}

void address_print_ip(const struct rollcall_address *ip, char *out, size_t size)
{
    char text[INET6_ADDRSTRLEN] = "";

    if (ip->family == 4 && size >= INET_ADDRSTRLEN) {
        print_v4(ip->bytes, out);
        return;
    }
    inet_ntop(ip->family == 4 ? AF_INET : AF_INET6, ip->bytes, text, sizeof text);
    snprintf(out, size, "%s", text);
}

void address_print(const struct address *address, char *out, size_t size)
{
    struct rollcall_address ip;
    char text[INET6_ADDRSTRLEN];

    if (!address_to_ip(address, &ip)) {
        snprintf(out, size, "unknown");
        return;
    }
    address_print_ip(&ip, text, sizeof text);
    snprintf(out, size, ip.family == 4 ? "%s:%u" : "[%s]:%u", text,
             (unsigned)address_port(address));
}

bool address_ip_equal(const struct rollcall_address *a, const struct rollcall_address *b)
{
    return a->family == b->family &&
           memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16) == 0;
}

bool address_is_wildcard(const struct address *address)
{
    static const uint8_t zero[16];
    struct rollcall_address ip;

    return address_to_ip(address, &ip) &&
           memcmp(ip.bytes, zero, ip.family == 4 ? 4 : 16) == 0;
}

uint16_t address_port(const struct address *address)
{
    if (address->any.sa_family == AF_INET)
        return ntohs(address->v4.sin_port);
    if (address->any.sa_family == AF_INET6)
        return ntohs(address->v6.sin6_port);
    return 0;
}

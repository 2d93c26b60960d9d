#include "serve/options.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "dns/edns.h"

enum { OPTION_HEADER = 4, KEEPALIVE_SIZE = 2, SCOPE_AT = 3 };

uint16_t options_nsid(const char *text, uint8_t out[OPTIONS_NSID_MAX])
{
    size_t length = text == NULL ? 0 : strlen(text);
    uint16_t used = 0;

    if (length > 2 && text[0] == '0' && text[1] == 'x') {
        for (size_t at = 2; at + 1 < length && used < OPTIONS_NSID_MAX; at += 2) {
            unsigned octet = 0;
            (void)sscanf(text + at, "%2x", &octet);
            out[used++] = (uint8_t)octet;
        }
        return used;
    }
    used = (uint16_t)(length < OPTIONS_NSID_MAX ? length : OPTIONS_NSID_MAX);
    if (used > 0)
        memcpy(out, text, used);
    return used;
}

size_t options_room(const struct reply_options *options)
{
    size_t room = DNS_OPT_SIZE;

    if (options->nsid != NULL)
        room += OPTION_HEADER + (size_t)options->nsid_length;
    if (options->subnet_length > 0)
        room += OPTION_HEADER + (size_t)options->subnet_length;
    if (options->has_keepalive)
        room += OPTION_HEADER + KEEPALIVE_SIZE;
    if (options->has_cookie)
        room += OPTION_HEADER + COOKIE_SIZE;
    return room;
}

static size_t add_subnet(uint8_t *opt, size_t length, size_t room,
                         const struct reply_options *options)
{
    uint8_t subnet[OPTIONS_SUBNET_MAX];

    memcpy(subnet, options->subnet, options->subnet_length);
    subnet[SCOPE_AT] = options->scope;
    return dns_opt_add(opt, length, room, DNS_OPTION_ECS, subnet, options->subnet_length);
}

static size_t add_options(uint8_t *opt, size_t length, size_t room,
                          const struct reply_options *options)
{
    if (options->has_cookie)
        length = dns_opt_add(opt, length, room, DNS_OPTION_COOKIE, options->cookie,
                             COOKIE_SIZE);
    if (options->has_keepalive) {
        uint8_t units[KEEPALIVE_SIZE];
        bytes_put16(units, options->keepalive);
        length =
            dns_opt_add(opt, length, room, DNS_OPTION_KEEPALIVE, units, sizeof units);
    }
    if (options->subnet_length > 0)
        length = add_subnet(opt, length, room, options);
    if (options->nsid != NULL)
        length = dns_opt_add(opt, length, room, DNS_OPTION_NSID, options->nsid,
                             options->nsid_length);
    return length;
}

size_t options_write(uint8_t *out, size_t room, const struct reply_options *options,
                     unsigned rcode, bool do_bit, int ede, const char *ede_text)
{
    size_t length =
        dns_opt_write(out, room, DNS_UDP_ADVERTISED, rcode, do_bit, DNS_EDE_NONE, NULL);

    if (length > 0 && options != NULL)
        length = add_options(out, length, room, options);
    if (length > 0 && ede >= 0)
        length = dns_opt_add_ede(out, length, room, ede, ede_text);
    return length;
}

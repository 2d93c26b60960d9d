#include "base/network.h"

#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/units.h"

static unsigned width(const struct rollcall_address *ip)
{
    return ip->family == 4 ? 32 : 128;
}

static void clear_beyond(struct rollcall_address *ip, unsigned bits)
{
    for (unsigned i = 0; i < sizeof ip->bytes; i++) {
        unsigned keep = bits < 8 * i ? 0 : bits - 8 * i;
        if (keep < 8)
            ip->bytes[i] = (uint8_t)(ip->bytes[i] & ~(0xffu >> keep));
    }
}

/* ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
static bool is_mapped(const struct network *network)
{
    static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

    return network->base.family == 6 && network->bits >= 8 * sizeof prefix &&
           memcmp(network->base.bytes, prefix, sizeof prefix) == 0;
}

bool network_parse(const char *text, struct network *out)
{
    struct network network = { .bits = 0 };
    char host[NETWORK_TEXT];
    const char *slash = strchr(text, '/');
    size_t length = slash == NULL ? strlen(text) : (size_t)(slash - text);
    uint64_t bits;

    if (strcmp(text, "any") == 0) {
        *out = network;
        return true;
    }
    if (length >= sizeof host)
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    if (!address_parse_ip(host, &network.base))
        return false;
    bits = width(&network.base);
    if (slash != NULL && !units_parse_u64(slash + 1, width(&network.base), &bits))
        return false;
    network.bits = (uint8_t)bits;
    clear_beyond(&network.base, network.bits);
    if (is_mapped(&network))
        return false;
    *out = network;
    return true;
}

void network_print(const struct network *network, char *out, size_t size)
{
    char host[ADDRESS_TEXT];

    if (network_is_any(network)) {
        snprintf(out, size, "any");
        return;
    }
    address_print_ip(&network->base, host, sizeof host);
    if (network->bits == width(&network->base))
        snprintf(out, size, "%s", host);
    else
        snprintf(out, size, "%s/%u", host, (unsigned)network->bits);
}

bool network_is_any(const struct network *network)
{
    return network->base.family == 0;
}

bool network_contains(const struct network *network, const struct rollcall_address *ip)
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;

    if (network_is_any(network))
        return true;
    if (network->base.family != ip->family ||
        memcmp(network->base.bytes, ip->bytes, whole) != 0)
        return false;
    return rest == 0 ||
           (network->base.bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}

bool networks_contain(const struct network *networks, size_t count,
                      const struct rollcall_address *ip)
{
    for (size_t i = 0; i < count; i++)
        if (network_contains(&networks[i], ip))
            return true;
    return false;
}

bool network_is_loopback(const struct rollcall_address *ip)
{
    static const uint8_t one[16] = { [15] = 1 };

    return ip->family == 4 ? ip->bytes[0] == 127
                           : memcmp(ip->bytes, one, sizeof one) == 0;
}

#include "serve/acl.h"

#include "base/address.h"

static struct rollcall_address ip_of(const struct sockaddr *from)
{
    struct rollcall_address ip = { .family = 4, .bytes = { 127, 0, 0, 1 } };

    if (from != NULL && !address_socket_ip(from, &ip))
        ip.bytes[0] = 0; /* neither IPv4 nor IPv6: nobody we know */
    return ip;
}

bool acl_allows(const struct network *networks, size_t count, const struct sockaddr *from)
{
    if (count > 0 && network_is_any(&networks[0]))
        return true;
    struct rollcall_address ip = ip_of(from);
    return networks_contain(networks, count, &ip);
}

bool acl_is_local(const struct sockaddr *from)
{
    struct rollcall_address ip = ip_of(from);

    return network_is_loopback(&ip);
}

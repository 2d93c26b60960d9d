#include "consul/node.h"

#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"

static bool is_link_local(const struct rollcall_address *ip)
{
    return ip->family == 6 ? ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80
                           : ip->bytes[0] == 169 && ip->bytes[1] == 254;
}

/* Of an interface that others can reach. */
static bool interface_address(const struct ifaddrs *at, struct rollcall_address *out)
{
    return at->ifa_addr != NULL && (at->ifa_flags & IFF_UP) != 0 &&
           (at->ifa_flags & IFF_LOOPBACK) == 0 && address_socket_ip(at->ifa_addr, out) &&
           !is_link_local(out);
}

static bool find_interface(struct rollcall_address *out)
{
    struct ifaddrs *all = NULL;
    struct rollcall_address ip;
    bool found = false;

    if (getifaddrs(&all) != 0)
        return false;
    for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next) {
        if (!interface_address(at, &ip) || (found && ip.family != 4))
            continue;
        *out = ip;
        found = true;
        if (ip.family == 4)
            break;
    }
    freeifaddrs(all);
    return found;
}

void node_address(const struct config *config, struct rollcall_address *out)
{
    if (config->node_address_count > 0)
        *out = config->node_addresses[0];
    else if (!find_interface(out))
        address_parse_ip("127.0.0.1", out);
}

void node_uuid(const char *node, const char *datacenter, char out[NODE_UUID_SIZE])
{
    struct buffer text;

    buffer_init(&text, 1024);
    buffer_format(&text, "node %s in %s", node, datacenter);
    uint64_t high = hash_stable(text.data, text.length);
    buffer_text(&text, " again");
    uint64_t low = hash_stable(text.data, text.length);
    buffer_deinit(&text);
    /* Version 8, made by a way of our own (RFC 9562 §5.8), variant 10. */
    snprintf(out, NODE_UUID_SIZE,
             "%08" PRIx64 "-%04" PRIx64 "-8%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
             high >> 32, high >> 16 & 0xffff, high & 0xfff, (low >> 48 & 0x3fff) | 0x8000,
             low & UINT64_C(0xffffffffffff));
}

void node_own(const struct config *config, struct node_texts *texts,
              struct node_view *out)
{
    struct rollcall_address address;

    node_address(config, &address);
    address_print_ip(&address, texts->address, sizeof texts->address);
    node_uuid(config->node, config->datacenter, texts->uuid);
    const bool old = address.family == 4;
    texts->tagged[0] = (struct rollcall_pair){ "lan", texts->address };
    texts->tagged[1] =
        (struct rollcall_pair){ old ? "lan_ipv4" : "lan_ipv6", texts->address };
    texts->tagged[2] = (struct rollcall_pair){ "wan", texts->address };
    texts->tagged[3] =
        (struct rollcall_pair){ old ? "wan_ipv4" : "wan_ipv6", texts->address };
    texts->meta[0] = (struct rollcall_pair){ "consul-network-segment", "" };
    texts->meta[1] = (struct rollcall_pair){ "consul-version", NODE_CONSUL_VERSION };
    *out = (struct node_view){ .id = texts->uuid,
                               .name = config->node,
                               .address = texts->address,
                               .datacenter = config->datacenter,
                               .tagged = texts->tagged,
                               .meta = texts->meta,
                               .tagged_count = NODE_TAGGED,
                               .meta_count = NODE_META };
}

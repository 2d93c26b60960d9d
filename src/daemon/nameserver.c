#include "daemon/nameserver.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* A referral with more addresses than this would not fit a small reply. */
#define ADDRESSES_MAX 16

struct found {
    struct rollcall_address addresses[ADDRESSES_MAX];
    uint32_t count;
};

static void found_add(struct found *found, const struct rollcall_address *ip)
{
    for (uint32_t i = 0; i < found->count; i++)
        if (address_ip_equal(&found->addresses[i], ip))
            return;
    if (found->count < ADDRESSES_MAX)
        found->addresses[found->count++] = *ip;
}

/* fe80::/10 means nothing without its interface. */
static bool is_link_local(const struct rollcall_address *ip)
{
    return ip->family == 6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

static bool interface_ip(const struct ifaddrs *interface, struct rollcall_address *ip)
{
    struct address address = { 0 };

    if (interface->ifa_addr == NULL || (interface->ifa_flags & IFF_UP) == 0)
        return false;
    int family = interface->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6)
        return false;
    address.length =
        family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    memcpy(&address.storage, interface->ifa_addr, address.length);
    return address_to_ip(&address, ip) && !is_link_local(ip);
}

/* The interfaces' addresses of one family; `loopback` says which half of them. */
static void add_interfaces(const struct ifaddrs *first, uint8_t family, bool loopback,
                           struct found *found)
{
    struct rollcall_address ip;

    for (const struct ifaddrs *at = first; at != NULL; at = at->ifa_next)
        if (interface_ip(at, &ip) && ip.family == family &&
            ((at->ifa_flags & IFF_LOOPBACK) != 0) == loopback)
            found_add(found, &ip);
}

static enum rollcall_status add_wildcard(uint8_t family, struct found *found,
                                         struct reason *why)
{
    struct ifaddrs *interfaces;
    uint32_t before = found->count;

    if (getifaddrs(&interfaces) != 0) {
        reason_set(why, "cannot list the network interfaces: %s", strerror(errno));
        return ROLLCALL_E_IO;
    }
    add_interfaces(interfaces, family, false, found);
    if (found->count == before)
        add_interfaces(interfaces, family, true, found);
    freeifaddrs(interfaces);
    return ROLLCALL_OK;
}

static enum rollcall_status find_addresses(const struct config_dns *dns,
                                           struct found *found, struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;
    struct rollcall_address ip;

    for (uint32_t i = 0; i < dns->listen_count && status == ROLLCALL_OK; i++) {
        if (!address_to_ip(&dns->listen[i], &ip))
            continue;
        if (address_is_wildcard(&dns->listen[i]))
            status = add_wildcard(ip.family, found, why);
        else
            found_add(found, &ip);
    }
    return status;
}

enum rollcall_status nameserver_fill(struct config *config, struct reason *why)
{
    struct found found = { .count = 0 };
    enum rollcall_status status = find_addresses(&config->dns, &found, why);

    for (uint32_t i = 0; i < config->zone_count && status == ROLLCALL_OK; i++) {
        struct config_zone *zone = &config->zones[i];
        if (zone->ns_address_count > 0 || found.count == 0)
            continue;
        zone->ns_addresses = calloc(found.count, sizeof *zone->ns_addresses);
        if (zone->ns_addresses == NULL)
            return ROLLCALL_E_NOMEM;
        memcpy(zone->ns_addresses, found.addresses,
               found.count * sizeof *zone->ns_addresses);
        zone->ns_address_count = found.count;
        zone->ns_found = true;
    }
    return status;
}

static const struct config_zone *zone_of(const struct config *config, const char *apex)
{
    for (uint32_t i = 0; i < config->zone_count; i++)
        if (strcmp(config->zones[i].apex, apex) == 0)
            return &config->zones[i];
    return NULL;
}

enum rollcall_status nameserver_copy(const struct config *filled, struct config *config)
{
    for (uint32_t i = 0; i < config->zone_count; i++) {
        struct config_zone *zone = &config->zones[i];
        const struct config_zone *known = zone_of(filled, zone->apex);
        if (known == NULL || !known->ns_found || zone->ns_address_count > 0)
            continue;
        size_t size = known->ns_address_count * sizeof *zone->ns_addresses;
        zone->ns_addresses = malloc(size);
        if (zone->ns_addresses == NULL)
            return ROLLCALL_E_NOMEM;
        memcpy(zone->ns_addresses, known->ns_addresses, size);
        zone->ns_address_count = known->ns_address_count;
        zone->ns_found = true;
    }
    return ROLLCALL_OK;
}

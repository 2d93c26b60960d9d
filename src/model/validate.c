/* The rules of docs/protocol.md "The instance", one function for each part. */
#include "model/validate.h"

#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "dns/name.h"
#include "model/instance.h"
#include "model/rules.h"

enum {
    FIELD_SIZE = 96,
    PORT_NAME_MAX = 15, /* RFC 6335 §5.1 */
    LEASE_MIN_MS = 100
};

static const uint64_t lease_max_ms = 366ull * 24 * 3600 * 1000;
static const uint64_t grace_max_ms = 24ull * 3600 * 1000;
static const uint64_t dns_ttl_max = INT32_MAX; /* RFC 2181 §8 */

static enum rollcall_status check_names(const struct rollcall_instance *is,
                                        struct reason *why)
{
    enum rollcall_status status = rule_label("service", is->service, why);
    if (status == ROLLCALL_OK)
        status = rule_label("namespace", is->namespace_name, why);
    if (status == ROLLCALL_OK)
        status = rule_text("id", is->id, 1, MODEL_ID_MAX, why);
    if (status == ROLLCALL_OK)
        status = rule_text("version", is->version, 0, MODEL_TAG_LENGTH_MAX, why);
    if (status == ROLLCALL_OK)
        status = rule_text("zone", is->zone, 0, MODEL_TAG_LENGTH_MAX, why);
    if (status == ROLLCALL_OK && is->datacenter != NULL && is->datacenter[0] != '\0')
        status = rule_label("datacenter", is->datacenter, why);
    return status;
}

static bool is_unspecified(const struct rollcall_address *address)
{
    static const uint8_t zeros[16];
    return memcmp(address->bytes, zeros, address->family == 4 ? 4 : 16) == 0;
}

static enum rollcall_status check_address(const struct rollcall_instance *is,
                                          unsigned index, struct reason *why)
{
    const struct rollcall_address *address = &is->addresses[index];
    char text[ADDRESS_TEXT];

    if (address->family != 4 && address->family != 6) {
        reason_field(why, "addresses", "an address is neither IPv4 nor IPv6");
        return ROLLCALL_E_INVALID;
    }
    address_print_ip(address, text, sizeof text);
    if (is_unspecified(address)) {
        reason_field(why, "address",
                     "address %s stands for every address of a host; give the one that "
                     "clients connect to",
                     text);
        return ROLLCALL_E_INVALID;
    }
    for (unsigned i = 0; i < index; i++) {
        if (address_ip_equal(&is->addresses[i], address)) {
            reason_field(why, "addresses", "address %s is given twice", text);
            return ROLLCALL_E_INVALID;
        }
    }
    return ROLLCALL_OK;
}

static enum rollcall_status check_addresses(const struct rollcall_instance *is,
                                            struct reason *why)
{
    if (is->host[0] != '\0' && is->address_count > 0) {
        reason_field(why, "addresses",
                     "host name \"%.80s\" and an address are given; an instance has "
                     "either a host name or addresses",
                     is->host);
        return ROLLCALL_E_INVALID;
    }
    if (is->host[0] != '\0')
        return rule_host("address", is->host, why);
    if (is->address_count == 0) {
        reason_field(why, "address",
                     "address is missing; give an IPv4 or IPv6 address or a host name");
        return ROLLCALL_E_MISSING_FIELD;
    }
    enum rollcall_status status = rule_number("addresses", is->address_count, 1,
                                              MODEL_ADDRESSES_MAX, " addresses", why);
    for (unsigned i = 0; i < is->address_count && status == ROLLCALL_OK; i++)
        status = check_address(is, i, why);
    return status;
}

/* RFC 6335 §5.1: letters, digits, hyphens, at least one letter, no two hyphens. */
static bool is_port_name(const char *name)
{
    size_t length = strlen(name);
    bool letter = false;

    if (length > PORT_NAME_MAX || !dns_label_is_ldh(name, length) ||
        strstr(name, "--") != NULL)
        return false;
    for (; *name != '\0'; name++) {
        if (*name >= 'A' && *name <= 'Z')
            return false;
        letter = letter || (*name >= 'a' && *name <= 'z');
    }
    return letter;
}

static enum rollcall_status check_port(const struct rollcall_instance *is, unsigned index,
                                       struct reason *why)
{
    const struct rollcall_port *port = &is->ports[index];
    char field[FIELD_SIZE];

    snprintf(field, sizeof field, "ports.%.80s", port->name);
    if (!is_port_name(port->name)) {
        reason_field(why, field,
                     "port name \"%.80s\" is not allowed; give 1 to 15 letters, digits "
                     "and single hyphens with at least one letter (RFC 6335)",
                     port->name);
        return ROLLCALL_E_INVALID;
    }
    if (port->protocol > ROLLCALL_DCCP) {
        reason_field(why, field,
                     "the protocol of port \"%s\" is not tcp, udp, sctp or "
                     "dccp",
                     port->name);
        return ROLLCALL_E_INVALID;
    }
    for (unsigned i = 0; i < index; i++) {
        if (is->ports[i].protocol == port->protocol &&
            strcmp(is->ports[i].name, port->name) == 0) {
            reason_field(why, field, "port \"%s\" is given twice", port->name);
            return ROLLCALL_E_INVALID;
        }
    }
    return ROLLCALL_OK;
}

static enum rollcall_status check_ports(const struct rollcall_instance *is,
                                        struct reason *why)
{
    enum rollcall_status status =
        rule_number("ports", is->port_count, 0, MODEL_PORTS_MAX, " ports", why);
    for (unsigned i = 0; i < is->port_count && status == ROLLCALL_OK; i++)
        status = check_port(is, i, why);
    return status;
}

static enum rollcall_status check_tag(const struct rollcall_instance *is, unsigned index,
                                      struct reason *why)
{
    char field[FIELD_SIZE];

    snprintf(field, sizeof field, "tags[%u]", index);
    enum rollcall_status status =
        rule_text(field, is->tags[index], 1, MODEL_TAG_LENGTH_MAX, why);
    for (unsigned i = 0; i < index && status == ROLLCALL_OK; i++) {
        if (strcmp(is->tags[i], is->tags[index]) == 0) {
            reason_field(why, field, "tag \"%.80s\" is given twice", is->tags[index]);
            status = ROLLCALL_E_INVALID;
        }
    }
    return status;
}

static enum rollcall_status check_tags(const struct rollcall_instance *is,
                                       struct reason *why)
{
    enum rollcall_status status =
        rule_number("tags", is->tag_count, 0, MODEL_TAGS_MAX, " tags", why);
    for (unsigned i = 0; i < is->tag_count && status == ROLLCALL_OK; i++)
        status = check_tag(is, i, why);
    return status;
}

static enum rollcall_status check_pair(const struct rollcall_instance *is, unsigned index,
                                       struct reason *why)
{
    const struct rollcall_pair *pair = &is->meta[index];
    char field[FIELD_SIZE];

    enum rollcall_status status =
        rule_text("meta", pair->key, 1, MODEL_META_KEY_MAX, why);
    if (status != ROLLCALL_OK)
        return status;
    snprintf(field, sizeof field, "meta.%.80s", pair->key);
    if (index > 0 && strcmp(is->meta[index - 1].key, pair->key) >= 0) {
        reason_field(why, field, "meta key \"%.80s\" is given twice or out of order",
                     pair->key);
        return ROLLCALL_E_INVALID;
    }
    return rule_text(field, pair->value, 0, MODEL_META_VALUE_MAX, why);
}

static enum rollcall_status check_meta(const struct rollcall_instance *is,
                                       struct reason *why)
{
    enum rollcall_status status =
        rule_number("meta", is->meta_count, 0, MODEL_META_MAX, " pairs", why);
    for (unsigned i = 0; i < is->meta_count && status == ROLLCALL_OK; i++)
        status = check_pair(is, i, why);
    return status;
}

static enum rollcall_status check_lease(const struct rollcall_lease *lease,
                                        struct reason *why)
{
    switch (lease->kind) {
    case ROLLCALL_LEASE_NONE:
        return ROLLCALL_OK;
    case ROLLCALL_LEASE_TTL:
        return rule_number("lease.ttl", lease->ms, LEASE_MIN_MS, lease_max_ms, " ms",
                           why);
    case ROLLCALL_LEASE_CONNECTION:
        return rule_number("lease.grace", lease->ms, 0, grace_max_ms, " ms", why);
    case ROLLCALL_LEASE_PID:
        if (lease->pid > 0)
            return ROLLCALL_OK;
        reason_field(why, "lease.pid", "pid %d is not a process", (int)lease->pid);
        return ROLLCALL_E_INVALID;
    }
    reason_field(why, "lease", "the lease is none of ttl, connection and pid");
    return ROLLCALL_E_INVALID;
}

/* Whose it is knows what may stand in it; here it only must not grow without end. */
static enum rollcall_status check_annex(const struct rollcall_instance *is,
                                        struct reason *why)
{
    size_t length = is->annex == NULL ? 0 : strlen(is->annex);

    if (length <= MODEL_ANNEX_MAX)
        return ROLLCALL_OK;
    reason_set(why,
               "what the definition says beyond the common fields takes %zu octets, and "
               "at most %u are kept",
               length, (unsigned)MODEL_ANNEX_MAX);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status check_numbers(const struct rollcall_instance *is,
                                          struct reason *why)
{
    if (is->status != ROLLCALL_CRITICAL && is->status != ROLLCALL_WARNING &&
        is->status != ROLLCALL_PASSING) {
        reason_field(why, "status", "status is none of passing, warning and critical");
        return ROLLCALL_E_INVALID;
    }
    if (is->ttl != ROLLCALL_TTL_UNSET)
        return rule_number("ttl", is->ttl, 0, dns_ttl_max, " s", why);
    return ROLLCALL_OK;
}

/* Shadows decide nothing, so they cannot be required. */
static enum rollcall_status check_require(const struct rollcall_instance *is,
                                          struct reason *why)
{
    unsigned live = instance_live_checks(is);

    if (is->checks_require <= live)
        return ROLLCALL_OK;
    reason_field(why, "checks_require",
                 "checks_require %u is more than the %u checks that count (those with "
                 "shadow do not); give \"all\", \"any\" or a number from 1 to %u",
                 is->checks_require, live, live);
    if (live == 0)
        reason_field(why, "checks_require",
                     "checks_require %u, but the instance has no check that counts; give "
                     "it one, or leave checks_require out",
                     is->checks_require);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status check_checks(const struct rollcall_instance *is,
                                         const struct check_schema *const *schemas,
                                         struct reason *why)
{
    enum rollcall_status status =
        rule_number("checks", is->check_count, 0, MODEL_CHECKS_MAX, " checks", why);
    for (unsigned i = 0; i < is->check_count && status == ROLLCALL_OK; i++)
        status = rule_check(is, i, schemas, why);
    return status == ROLLCALL_OK ? check_require(is, why) : status;
}

enum rollcall_status instance_validate(const struct rollcall_instance *instance,
                                       const struct check_schema *const *schemas,
                                       struct reason *why)
{
    enum rollcall_status status = check_names(instance, why);
    if (status == ROLLCALL_OK)
        status = check_addresses(instance, why);
    if (status == ROLLCALL_OK)
        status = check_ports(instance, why);
    if (status == ROLLCALL_OK)
        status = check_tags(instance, why);
    if (status == ROLLCALL_OK)
        status = check_meta(instance, why);
    if (status == ROLLCALL_OK)
        status = check_numbers(instance, why);
    if (status == ROLLCALL_OK)
        status = check_annex(instance, why);
    if (status == ROLLCALL_OK)
        status = check_lease(&instance->lease, why);
    if (status == ROLLCALL_OK)
        status = check_checks(instance, schemas, why);
    return status;
}

enum rollcall_status name_validate(const char *field, const char *name,
                                   struct reason *why)
{
    return rule_label(field, name, why);
}

/* Automatic ids and instance labels. */
#include "model/identity.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/hash.h"
#include "dns/name.h"
#include "model/instance.h"
#include "model/validate.h"

enum {
    DASHED_SIZE = 288, /* a host name or an address, with a port, and room to spare */
    HASH_DIGITS = 16,
    SQUEEZED_MAX = IDENTITY_LABEL_MAX - 1 - HASH_DIGITS
};

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_ldh(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* "10-0-0-1", "fd00--2", "www-example-net". A dashed address that would begin or end
 * with a hyphen gets a zero there: "::1" is "0--1", "fd00::" is "fd00--0". */
static void print_dashed(const struct rollcall_instance *instance, char *out, size_t size)
{
    char text[DASHED_SIZE] = "0";
    if (instance->address_count > 0)
        address_print_ip(&instance->addresses[0], text, sizeof text);
    else if (instance->host[0] != '\0')
        snprintf(text, sizeof text, "%.255s", instance->host);

    size_t length = strlen(text);
    if (length > 1 && text[length - 1] == '.')
        text[--length] = '\0'; /* the root of a host name that ends in a dot */
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ':' || text[i] == '.')
            text[i] = '-';
    }
    snprintf(out, size, "%s%s%s", text[0] == '-' ? "0" : "", text,
             length > 0 && text[length - 1] == '-' ? "0" : "");
}

static void print_address_and_port(const struct rollcall_instance *instance, char *out,
                                   size_t size)
{
    char dashed[DASHED_SIZE - 8]; /* less than `out`, for the port */
    uint16_t port = 0;
    uint8_t protocol;

    print_dashed(instance, dashed, sizeof dashed);
    (void)instance_default_port(instance, &port, &protocol);
    snprintf(out, size, "%s-%u", dashed, (unsigned)port);
}

/* An id longer than allowed (a very long host name) is cut and told apart by a hash. */
static void cut_id(char *id)
{
    if (strlen(id) <= MODEL_ID_MAX)
        return;
    uint64_t hash = hash_stable(id, strlen(id));
    snprintf(id + MODEL_ID_MAX - 1 - HASH_DIGITS, HASH_DIGITS + 2, "-%016llx",
             (unsigned long long)hash);
}

void instance_auto_id(const struct rollcall_instance *instance, char *out, size_t size)
{
    char tail[DASHED_SIZE], id[2 * DASHED_SIZE];
    bool usual = strcmp(instance->namespace_name, "default") == 0;

    print_address_and_port(instance, tail, sizeof tail);
    /* A dot cannot be in either name, so no other service has the same prefix. */
    snprintf(id, sizeof id, "%.63s%s%.63s-%s", instance->service, usual ? "" : ".",
             usual ? "" : instance->namespace_name, tail);
    cut_id(id);
    snprintf(out, size, "%s", id);
}

/* Octets at the end of an id that only say where it stands: "cache-1@dc2" in dc2. */
static size_t datacenter_suffix(const struct rollcall_instance *instance, const char *id)
{
    size_t length = strlen(id);
    size_t suffix = instance->datacenter == NULL ? 0 : strlen(instance->datacenter) + 1;

    if (suffix < 2 || suffix >= length || id[length - suffix] != '@' ||
        strcasecmp(id + length - suffix + 1, instance->datacenter) != 0)
        return 0;
    return suffix;
}

bool instance_plain_label(const struct rollcall_instance *instance, char *out)
{
    char text[MODEL_ID_MAX + 1], tail[DASHED_SIZE];
    const char *label = instance->id;

    instance_auto_id(instance, text, sizeof text);
    if (strcmp(text, instance->id) == 0) {
        print_address_and_port(instance, tail, sizeof tail);
        label = tail;
    }
    size_t length = strlen(label) - datacenter_suffix(instance, label);
    if (!dns_label_is_ldh(label, length))
        return false;
    for (size_t i = 0; i < length; i++)
        out[i] = lower(label[i]);
    out[length] = '\0';
    return true;
}

void instance_hashed_label(const struct rollcall_instance *instance, const char *node,
                           unsigned salt, char *out)
{
    size_t used = 0;
    for (const char *at = instance->id; *at != '\0' && used < SQUEEZED_MAX; at++) {
        char c = is_ldh(lower(*at)) ? lower(*at) : '-';
        if (c != '-' || (used > 0 && out[used - 1] != '-'))
            out[used++] = c;
    }
    while (used > 0 && out[used - 1] == '-')
        used--;
    if (used == 0)
        out[used++] = 'x'; /* nothing of it can be in a name */

    char text[2 * MODEL_ID_MAX + 16];
    int length = snprintf(text, sizeof text, "%.255s/%.255s", node, instance->id);
    if (salt > 0)
        length += snprintf(text + length, sizeof text - (size_t)length, "/%u", salt);
    snprintf(out + used, (size_t)(IDENTITY_LABEL_SIZE)-used, "-%016llx",
             (unsigned long long)hash_stable(text, (size_t)length));
}

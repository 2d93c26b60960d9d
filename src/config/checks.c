#include "config/checks.h"

#include <string.h>
#include <strings.h>

#include "base/base64.h"

/* An entry of a list at the top; NULL: the list is a default. */
static const struct yaml *entry_of(const struct yaml *root, const char *list, uint32_t i)
{
    const struct yaml *node = yaml_find(root, list);

    return node == NULL || i >= node->count ? NULL : node->children[i];
}

const struct yaml *config_node(const struct yaml *root, const char *list, uint32_t i,
                               const char *key)
{
    const struct yaml *entry = entry_of(root, list, i);

    return entry == NULL || entry->kind != YAML_MAP ? NULL : yaml_find(entry, key);
}

struct place config_place(const struct yaml *root, const char *list, uint32_t i,
                          const char *key)
{
    const struct yaml *entry = entry_of(root, list, i);
    const struct yaml *value = config_node(root, list, i, key);

    if (entry == NULL)
        return (struct place){ .source = "default" };
    return value == NULL ? entry->place : value->place;
}

static void check_apex(const struct config *config, const struct yaml *root, uint32_t i,
                       struct faults *faults)
{
    const char *apex = config->zones[i].apex;
    struct place place = config_place(root, "zones", i, "apex");
    char key[64];

    if (apex == NULL)
        return;
    snprintf(key, sizeof key, "zones.%u.apex", i);
    /* nss-mdns turns multicast DNS off where a unicast SOA for local. exists. */
    if (strcmp(apex, "local.") == 0)
        fault_add(faults, &place, key,
                  "local. belongs to multicast DNS (RFC 6762); use a name below it, "
                  "like service.local.");
    for (uint32_t j = 0; j < i; j++)
        if (config->zones[j].apex != NULL && strcmp(config->zones[j].apex, apex) == 0)
            fault_add(faults, &place, key, "%s is given twice; the first is zones.%u",
                      apex, j);
}

/* "ns" lies in the zone, so does "ns.service.local."; "ns.example.net." does not. */
static bool lies_below(const char *name, const char *apex)
{
    size_t length = strlen(name);
    size_t apex_length = strlen(apex);

    if (name[length - 1] != '.')
        return true;
    return length > apex_length && name[length - apex_length - 1] == '.' &&
           strcmp(name + length - apex_length, apex) == 0;
}

static bool has_own_server(const struct config_zone *zone)
{
    for (uint32_t i = 0; i < zone->ns_count; i++)
        if (lies_below(zone->ns[i], zone->apex))
            return true;
    return false;
}

static void check_servers(const struct config *config, const struct yaml *root,
                          uint32_t i, struct faults *faults)
{
    const struct config_zone *zone = &config->zones[i];
    struct place place = config_place(root, "zones", i, "ns_addresses");
    char key[64];

    if (zone->apex == NULL || zone->ns_address_count == 0 || has_own_server(zone))
        return;
    snprintf(key, sizeof key, "zones.%u.ns_addresses", i);
    fault_add(faults, &place, key,
              "no name of zones.%u.ns lies in %s; addresses belong to such a name", i,
              zone->apex);
}

static void check_services(const struct config *config, const struct yaml *root,
                           struct faults *faults)
{
    char key[64];

    for (uint32_t i = 0; i < config->service_count; i++) {
        const struct config_service *service = &config->services[i];
        for (uint32_t j = 0; j < i && service->name != NULL; j++) {
            const struct config_service *other = &config->services[j];
            if (other->name == NULL || strcmp(other->name, service->name) != 0 ||
                service->namespace_name == NULL || other->namespace_name == NULL ||
                strcmp(other->namespace_name, service->namespace_name) != 0)
                continue;
            struct place place = config_place(root, "services", i, "name");
            snprintf(key, sizeof key, "services.%u.name", i);
            fault_add(faults, &place, key, "%s is given twice; the first is services.%u",
                      service->name, j);
            break;
        }
    }
}

/* The final dot does not matter, nor does case. */
static bool same_name(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);

    a_length -= a_length > 0 && a[a_length - 1] == '.';
    b_length -= b_length > 0 && b[b_length - 1] == '.';
    return a_length == b_length && strncasecmp(a, b, a_length) == 0;
}

/* Is there a key of this name? "." is none. */
static bool has_key(const struct config *config, const char *name)
{
    for (uint32_t i = 0; i < config->key_count; i++)
        if (config->keys[i].name != NULL && same_name(config->keys[i].name, name))
            return true;
    return same_name(name, ".");
}

static void check_key_use(const struct config *config, const struct yaml *root,
                          uint32_t i, struct faults *faults)
{
    const struct config_zone *zone = &config->zones[i];
    struct place place = config_place(root, "zones", i, "transfer_keys");
    char key[64];

    snprintf(key, sizeof key, "zones.%u.transfer_keys", i);
    for (uint32_t j = 0; j < zone->transfer_key_count; j++)
        if (zone->transfer_keys[j] != NULL && !has_key(config, zone->transfer_keys[j]))
            fault_add(faults, &place, key, "there is no key %s in keys",
                      zone->transfer_keys[j]);
    place = config_place(root, "zones", i, "notify_key");
    snprintf(key, sizeof key, "zones.%u.notify_key", i);
    if (zone->notify_key != NULL && !has_key(config, zone->notify_key))
        fault_add(faults, &place, key, "there is no key %s in keys", zone->notify_key);
}

static void check_notify(const struct config *config, const struct yaml *root, uint32_t i,
                         struct faults *faults)
{
    const struct config_zone *zone = &config->zones[i];
    struct place place = config_place(root, "zones", i, "notify");
    char key[64];

    if (zone->notify_count == 0 || zone->allow_transfer_count > 0 ||
        zone->transfer_key_count > 0)
        return;
    snprintf(key, sizeof key, "zones.%u.notify", i);
    fault_add(faults, &place, key,
              "these would be told of changes and may not fetch them; give "
              "allow_transfer or transfer_keys too");
}

static void check_keys(const struct config *config, const struct yaml *root,
                       struct faults *faults)
{
    uint8_t secret[512];
    size_t length;
    char key[64];

    for (uint32_t i = 0; i < config->key_count; i++) {
        const struct config_key *is = &config->keys[i];
        struct place place = config_place(root, "keys", i, "secret");
        snprintf(key, sizeof key, "keys.%u.secret", i);
        if (is->secret != NULL &&
            (!base64_decode(is->secret, secret, sizeof secret, &length) || length == 0))
            fault_add(
                faults, &place, key,
                "not base64 (RFC 4648), like what `head -c 32 /dev/urandom | base64` "
                "prints");
        place = config_place(root, "keys", i, "name");
        snprintf(key, sizeof key, "keys.%u.name", i);
        for (uint32_t j = 0; j < i && is->name != NULL; j++)
            if (config->keys[j].name != NULL &&
                strcmp(config->keys[j].name, is->name) == 0)
                fault_add(faults, &place, key, "%s is given twice; the first is keys.%u",
                          is->name, j);
    }
}

static void check_listen(const struct config *config, const struct yaml *root,
                         struct faults *faults)
{
    const struct yaml *dns = yaml_find(root, "dns");
    const struct yaml *node =
        dns == NULL || dns->kind != YAML_MAP ? NULL : yaml_find(dns, "listen");
    char text[ADDRESS_TEXT];
    char other[ADDRESS_TEXT];

    for (uint32_t i = 0; node != NULL && i < config->dns.listen_count; i++) {
        address_print(&config->dns.listen[i], text, sizeof text);
        for (uint32_t j = 0; j < i; j++) {
            address_print(&config->dns.listen[j], other, sizeof other);
            if (strcmp(text, other) == 0)
                fault_add(faults, &node->place, "dns.listen", "%s is given twice", text);
        }
    }
}

void config_check(const struct config *config, const struct yaml *root,
                  struct faults *faults)
{
    for (uint32_t i = 0; i < config->zone_count; i++) {
        config_check_rules(config, root, i, faults);
        check_apex(config, root, i, faults);
        config_check_names(config, root, i, faults);
        check_servers(config, root, i, faults);
        check_key_use(config, root, i, faults);
        check_notify(config, root, i, faults);
    }
    check_services(config, root, faults);
    config_check_reserved(config, root, faults);
    check_keys(config, root, faults);
    check_listen(config, root, faults);
    config_check_alerts(config, root, faults);
    config_check_api(config, root, faults);
    config_check_registry(config, root, faults);
}

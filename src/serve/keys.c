#include "serve/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "serve/acl.h"

static bool key_fill(const struct config_key *config, struct tsig_key *out)
{
    size_t length;

    out->algorithm = tsig_algorithm_find(config->algorithm);
    if (out->algorithm == NULL || !dns_name_parse(config->name, &out->name) ||
        !base64_decode(config->secret, out->secret, sizeof out->secret, &length))
        return false;
    dns_name_lower(out->name.wire, out->name.length, out->name.wire);
    out->secret_length = (uint16_t)length;
    return true;
}

enum rollcall_status keys_init(const struct config *config, struct tsig_keys *out,
                               struct reason *why)
{
    struct tsig_key *keys = calloc(config->key_count + 1, sizeof *keys);

    if (keys == NULL) {
        reason_set(why, "no memory for the keys");
        return ROLLCALL_E_NOMEM;
    }
    *out = (struct tsig_keys){ keys, 0 };
    for (uint32_t i = 0; i < config->key_count; i++) {
        if (!key_fill(&config->keys[i], &keys[i])) {
            reason_set(why, "key %s: the name, algorithm or secret cannot be used",
                       config->keys[i].name);
            keys_deinit(out);
            return ROLLCALL_E_CONFIG;
        }
        out->count++;
    }
    return ROLLCALL_OK;
}

void keys_deinit(struct tsig_keys *keys)
{
    struct tsig_key *owned = (struct tsig_key *)(uintptr_t)keys->keys;

    if (owned != NULL)
        explicit_bzero(owned, keys->count * sizeof *owned);
    free(owned);
    *keys = (struct tsig_keys){ NULL, 0 };
}

static bool is_called(const struct tsig_key *key, const char *name)
{
    struct dns_name wanted;

    return dns_name_parse(name, &wanted) &&
           dns_name_equal(key->name.wire, key->name.length, wanted.wire, wanted.length);
}

const struct tsig_key *keys_find(const struct tsig_keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++)
        if (is_called(&keys->keys[i], name))
            return &keys->keys[i];
    return NULL;
}

bool keys_allow_transfer(const struct config_zone *zone, const struct sockaddr *from,
                         const struct tsig_key *key)
{
    if (zone->allow_transfer_count == 0 && zone->transfer_key_count == 0)
        return false;
    if (zone->allow_transfer_count > 0 &&
        !acl_allows(zone->allow_transfer, zone->allow_transfer_count, from))
        return false;
    if (zone->transfer_key_count == 0)
        return true;
    for (uint32_t i = 0; i < zone->transfer_key_count; i++)
        if (key != NULL && is_called(key, zone->transfer_keys[i]))
            return true;
    return false;
}

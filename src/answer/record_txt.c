/* TXT: the metadata, one string "key=value" for each pair, all in one RR, in the order of
 * the keys (docs/dns.md §2.12). A pair that is longer than a string can be is left out.
 */
#include <string.h>

#include "answer/records.h"
#include "dns/wire.h"

enum { STRING_MAX = 255 };

static size_t string_length(const struct rollcall_pair *pair)
{
    size_t length = strlen(pair->key) + 1 + strlen(pair->value);

    return length <= STRING_MAX ? length : 0;
}

static void txt_write(struct record_writer *out, const struct member *member,
                      uint32_t ttl)
{
    size_t total = 0;

    for (unsigned i = 0; i < member->pair_count; i++) {
        size_t length = string_length(&member->pairs[i]);
        total += length > 0 ? 1 + length : 0;
    }
    uint8_t *at = total == 0 ? NULL : record_begin(out, DNS_TYPE_TXT, ttl, total);
    for (unsigned i = 0; at != NULL && i < member->pair_count; i++) {
        const struct rollcall_pair *pair = &member->pairs[i];
        size_t length = string_length(pair), key = strlen(pair->key);
        if (length == 0)
            continue;
        *at++ = (uint8_t)length;
        memcpy(at, pair->key, key);
        at[key] = '=';
        memcpy(at + key + 1, pair->value, length - key - 1);
        at += length;
    }
}

const struct record_kind record_txt = {
    .type = DNS_TYPE_TXT,
    .where = RECORD_AT_SERVICE | RECORD_AT_INSTANCE,
    .write = txt_write,
};

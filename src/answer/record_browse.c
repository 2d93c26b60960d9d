/* TXT of DNS-SD (RFC 6763 §6): exactly one for each instance, "id=..." and the metadata
 * of the instance and its service (docs/dns.md §1.9). */
#include <string.h>

#include "answer/records.h"
#include "dns/wire.h"

enum {
    TXT_MAX = 1300, /* octets that a TXT record of DNS-SD should have at most */
    STRING_MAX = 255
};

static size_t put_string(uint8_t *out, size_t used, const char *key, const char *value)
{
    size_t key_length = strlen(key), length = key_length + 1 + strlen(value);

    if (length > STRING_MAX || used + 1 + length > TXT_MAX)
        return used;
    out[used++] = (uint8_t)length;
    memcpy(out + used, key, key_length);
    out[used + key_length] = '=';
    memcpy(out + used + key_length + 1, value, length - key_length - 1);
    return used + length;
}

/* Both lists are sorted; what the instance says goes before what its service says. */
static size_t put_pairs(uint8_t *out, size_t used, const struct member *member)
{
    const struct rollcall_instance *is = member->is;
    unsigned i = 0, k = 0, common = member->common_count;

    while (i < is->meta_count || k < common) {
        int order = i == is->meta_count ? 1
                    : k == common       ? -1
                                        : strcmp(is->meta[i].key, member->common[k].key);
        const struct rollcall_pair *pair = order <= 0 ? &is->meta[i] : &member->common[k];
        i += order <= 0;
        k += order >= 0;
        if (strcmp(pair->key, "id") != 0)
            used = put_string(out, used, pair->key, pair->value);
    }
    return used;
}

static void browse_write(struct record_writer *out, const struct member *member,
                         uint32_t ttl)
{
    uint8_t text[TXT_MAX];
    size_t used = put_string(text, 0, "id", member->is->id);

    used = put_pairs(text, used, member);
    if (used == 0)
        text[used++] = 0; /* one empty string (RFC 6763 §6.1) */
    uint8_t *rdata = record_begin(out, DNS_TYPE_TXT, ttl, used);
    if (rdata != NULL)
        memcpy(rdata, text, used);
}

const struct record_kind record_browse = {
    .type = DNS_TYPE_TXT,
    .where = RECORD_AT_BROWSED,
    .write = browse_write,
};

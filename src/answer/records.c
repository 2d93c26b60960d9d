#include "answer/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "dns/name.h"
#include "dns/wire.h"

const struct record_kind *const record_kinds[RECORD_KINDS] = {
    &record_a,      /* IPv4 addresses */
    &record_aaaa,   /* IPv6 addresses */
    &record_srv,    /* port, priority, weight and own name (RFC 2782) */
    &record_txt,    /* metadata */
    &record_browse, /* metadata, as DNS-SD has it */
    &record_ptr,    /* instances of a type (RFC 6763) */
    &record_cname,  /* members that have a host name in place of addresses */
    &record_svcb,   /* port and protocols in one (RFC 9460) */
    &record_https,  /* the same for the web */
    &record_grpc,   /* configuration of gRPC clients */
};

uint8_t *record_begin(struct record_writer *out, uint16_t type, uint32_t ttl,
                      size_t length)
{
    uint8_t *rr = out->at;
    size_t size = 2 + 2 + 2 + 4 + 2 + length;

    if (out->full || (size_t)(out->end - rr) < size) {
        out->full = true;
        return NULL;
    }
    bytes_put16(rr, 0xc000 | DNS_HEADER_SIZE);
    bytes_put16(rr + 2, type);
    bytes_put16(rr + 4, DNS_CLASS_IN);
    bytes_put32(rr + 6, ttl);
    bytes_put16(rr + 10, (uint16_t)length);
    out->at += size;
    out->count++;
    return rr + 12;
}

static int by_id(const void *a, const void *b)
{
    const struct member *left = a, *right = b;

    return strcmp(left->is->id, right->is->id);
}

void members_sort_by_id(struct member *members, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (by_id(&members[i - 1], &members[i]) > 0) {
            qsort(members, count, sizeof *members, by_id);
            return;
        }
}

bool member_host(const struct rollcall_instance *is, struct dns_name *out)
{
    if (is->host == NULL || is->host[0] == '\0' || !dns_name_parse(is->host, out))
        return false;
    for (size_t i = 0; i < out->length; i++)
        if (out->wire[i] >= 'A' && out->wire[i] <= 'Z')
            out->wire[i] |= 0x20;
    return true;
}

static const char *find(const struct rollcall_pair *pairs, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return pairs[i].value;
    return NULL;
}

const char *member_meta(const struct member *member, const char *key)
{
    const char *value = find(member->is->meta, member->is->meta_count, key);

    return value != NULL ? value : find(member->common, member->common_count, key);
}

size_t member_target(const struct member *member, uint8_t *out)
{
    struct dns_name host;
    size_t label = member->label_length;

    if (member_host(member->is, &host)) {
        memcpy(out, host.wire, host.length);
        return host.length;
    }
    if (1 + label + member->base_length > DNS_NAME_MAX)
        return 0;
    out[0] = (uint8_t)label;
    memcpy(out + 1, member->label, label);
    memcpy(out + 1 + label, member->base, member->base_length);
    return 1 + label + member->base_length;
}

void record_marker(struct record_writer *out, uint32_t ttl)
{
    record_begin(out, DNS_TYPE_MARKER, ttl, 0);
}

int member_compare_target(const struct member *a, const struct member *b)
{
    int order = (int)a->label_length - (int)b->label_length;

    if (order == 0)
        order = memcmp(a->label, b->label, a->label_length);
    if (order == 0)
        order = (int)a->base_length - (int)b->base_length;
    return order != 0 ? order : memcmp(a->base, b->base, a->base_length);
}

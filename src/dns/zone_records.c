#include "dns/zone_records.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "dns/types.h"

static int compare_rrset(const struct zonefile_record *a, const struct zonefile_record *b)
{
    size_t shorter =
        a->owner.length < b->owner.length ? a->owner.length : b->owner.length;
    int order = memcmp(a->owner.wire, b->owner.wire, shorter);

    if (order == 0)
        order = (int)a->owner.length - (int)b->owner.length;
    if (order == 0)
        order = (int)a->type - (int)b->type;
    return order;
}

static int compare_line(const void *left, const void *right)
{
    const struct zonefile_record *a = left, *b = right;
    int order = compare_rrset(a, b);

    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static bool same_rdata(const struct zonefile_record *a, const struct zonefile_record *b)
{
    return a->rdata_length == b->rdata_length &&
           memcmp(a->rdata, b->rdata, a->rdata_length) == 0;
}

static int compare_rdata(const void *left, const void *right)
{
    const struct zonefile_record *a = left, *b = right;
    int order = compare_rrset(a, b);

    if (order == 0)
        order = (int)a->rdata_length - (int)b->rdata_length;
    if (order == 0)
        order = memcmp(a->rdata, b->rdata, a->rdata_length);
    return order != 0 ? order : compare_line(a, b);
}

/* Repeated records become one, the first in the file (RFC 2181 §5). A record with the
 * lower TTL of a repeated pair leaves it to the one that stays. */
static void collapse(struct zonefile *found)
{
    size_t kept = 0;

    for (size_t i = 0; i < found->count; i++) {
        struct zonefile_record *record = &found->records[i];
        struct zonefile_record *last = kept == 0 ? NULL : &found->records[kept - 1];
        if (last != NULL && compare_rrset(last, record) == 0 &&
            same_rdata(last, record)) {
            if (record->ttl < last->ttl)
                last->ttl = record->ttl;
            free(record->rdata);
            continue;
        }
        found->records[kept++] = *record;
    }
    found->count = kept;
}

/* Bring the records [first, end) of one RRset to one TTL (RFC 2181 §5.2). */
static void level_ttl(const struct zonefile *found, size_t first, size_t end,
                      const char *label)
{
    struct zonefile_record *records = found->records;
    uint32_t least = records[first].ttl;
    unsigned line = 0;

    for (size_t i = first + 1; i < end; i++) {
        if (records[i].ttl != records[first].ttl && line == 0)
            line = records[i].line;
        if (records[i].ttl < least)
            least = records[i].ttl;
    }
    if (line == 0)
        return;
    for (size_t i = first; i < end; i++)
        records[i].ttl = least;
    char owner[DNS_NAME_TEXT], type[16];
    dns_name_print(records[first].owner.wire, records[first].owner.length, owner,
                   sizeof owner);
    dns_type_print(records[first].type, type, sizeof type);
    log_warning("dns", "%s:%u: the records %s %s have different TTLs; %u is taken", label,
                line, owner, type, least);
}

/* Rules about all records [first, end) of one owner. */
static enum rollcall_status check_owner(const struct zonefile *found, size_t first,
                                        size_t end, const char *label, struct reason *why)
{
    const struct zonefile_record *records = found->records;
    char owner[DNS_NAME_TEXT];

    dns_name_print(records[first].owner.wire, records[first].owner.length, owner,
                   sizeof owner);
    for (size_t i = first; i < end; i++) {
        if (records[i].type == DNS_TYPE_CNAME && end - first > 1) {
            unsigned other = records[i == first ? first + 1 : first].line;
            reason_set(why,
                       "%s:%u: %s is an alias (CNAME) and can hold nothing else; "
                       "see line %u",
                       label, records[i].line, owner, other);
            return ROLLCALL_E_CONFIG;
        }
        if (i > first && records[i].type == DNS_TYPE_SOA &&
            records[i - 1].type == DNS_TYPE_SOA) {
            reason_set(why, "%s:%u: %s has a second SOA; see line %u", label,
                       records[i].line, owner, records[i - 1].line);
            return ROLLCALL_E_CONFIG;
        }
    }
    return ROLLCALL_OK;
}

static bool same_owner(const struct zonefile_record *a, const struct zonefile_record *b)
{
    return dns_name_equal(a->owner.wire, a->owner.length, b->owner.wire, b->owner.length);
}

static enum rollcall_status check_owners(const struct zonefile *found, const char *label,
                                         struct reason *why)
{
    for (size_t first = 0, end; first < found->count; first = end) {
        for (end = first + 1; end < found->count; end++)
            if (!same_owner(&found->records[first], &found->records[end]))
                break;
        enum rollcall_status status = check_owner(found, first, end, label, why);
        if (status != ROLLCALL_OK)
            return status;
        for (size_t set = first, next; set < end; set = next) {
            for (next = set + 1; next < end; next++)
                if (found->records[next].type != found->records[set].type)
                    break;
            level_ttl(found, set, next, label);
        }
    }
    return ROLLCALL_OK;
}

enum rollcall_status zone_records_settle(struct zonefile *found, const char *label,
                                         struct reason *why)
{
    if (found->count == 0)
        return ROLLCALL_OK;
    qsort(found->records, found->count, sizeof *found->records, compare_rdata);
    collapse(found);
    qsort(found->records, found->count, sizeof *found->records, compare_line);
    return check_owners(found, label, why);
}

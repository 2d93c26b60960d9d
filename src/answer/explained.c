#include "answer/explained.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer/layout.h"
#include "answer/records.h"
#include "dns/wire.h"

enum { STRING_MAX = 255, TIME_TEXT = 32, MILLI = 1000 };

static const char label[] = "_explain";

static bool apex_of(const struct answer_zone *zone, struct dns_name *out)
{
    *out = zone->apex;
    return dns_name_prepend(out, label, sizeof label - 1);
}

bool explained_name(const struct answer_zone *zone, const char *namespace_name,
                    const char *service, struct dns_name *out)
{
    struct dns_name apex;

    return layout_of(zone)->base != NULL && apex_of(zone, &apex) &&
           layout_of(zone)->base(&apex, namespace_name, service, out);
}

bool explained_holds(const struct answer_zone *zone, const uint8_t *name, size_t length)
{
    struct dns_name apex;

    return zone->config->explain_names && apex_of(zone, &apex) &&
           dns_name_below(name, length, apex.wire, apex.length) >= 0;
}

static void put_string(struct block_builder *builder, const char *text)
{
    struct record_writer out = block_rr_writer(builder, RECORD_ROOM);
    size_t length = strlen(text);

    if (out.at == NULL)
        return;
    uint8_t *at = record_begin(&out, DNS_TYPE_TXT, 0, length + 1);
    if (at == NULL)
        return;
    at[0] = (uint8_t)length;
    memcpy(at + 1, text, length);
    block_rr_take(builder, &out, 1);
}

/* When it ends by itself, as far as that is known. */
static int64_t ends(const struct candidate *candidate)
{
    const struct standing *standing = candidate->entry->standing;

    switch (candidate->reason) {
    case MEMBER_OVERRIDDEN_UP:
    case MEMBER_OVERRIDDEN_DOWN:
        return standing->override_until;
    case MEMBER_DAMPED:
        return standing->damped_until;
    default:
        return 0;
    }
}

/* "web-2 out: damped until 2026-03-01T12:03:44Z" */
static void put_candidate(struct block_builder *builder,
                          const struct candidate *candidate)
{
    time_t until = (time_t)(ends(candidate) / MILLI);
    char text[STRING_MAX + 1], when[TIME_TEXT] = "";
    struct tm parts;

    if (until > 0 && gmtime_r(&until, &parts) != NULL)
        strftime(when, sizeof when, " until %Y-%m-%dT%H:%M:%SZ", &parts);
    snprintf(text, sizeof text, "%.180s %s: %s%s", candidate->entry->id,
             member_is_in(candidate->reason) ? "in" : "out",
             member_reason_word(candidate->reason), when);
    put_string(builder, text);
}

uint32_t explained_set(struct block_builder *builder, const struct candidate *candidates,
                       size_t count)
{
    struct answer_set_entry entry = { .type = DNS_TYPE_TXT };
    char text[STRING_MAX + 1];
    size_t in = 0, told = 0;

    for (size_t i = 0; i < count; i++)
        in += member_is_in(candidates[i].reason);
    block_rrset_begin(builder, DNS_TYPE_TXT, 0, CONFIG_ORDER_FIXED, 0);
    snprintf(text, sizeof text, "%zu of %zu in%s", in, count,
             count > EXPLAINED_MOST ? ", not all are listed" : "");
    put_string(builder, text);
    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count && told < EXPLAINED_MOST; i++)
            if (member_is_in(candidates[i].reason) == (pass == 1)) {
                put_candidate(builder, &candidates[i]);
                told++;
            }
    entry.at = block_rrset_finish(builder);
    return entry.at == 0 ? 0 : block_set(builder, &entry, 1, ANSWER_SET_PLAIN, 0);
}

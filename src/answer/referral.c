/* Delegations in a zone's file: NS records below the apex, where the zone ends. At and
 * below such a cut the asker is sent on, with the addresses of its servers (RFC 1034
 * §4.3.2 step 3b, RFC 9471). */
#include "answer/layout.h"
#include "answer/question.h"
#include "dns/wire.h"

/* The cut that is nearest to the apex; NULL: the name is in the zone. DS at a cut belongs
 * to the zone above it (RFC 4035 §3.1.4.1). */
static const struct answer_set *find_cut(const struct question *question,
                                         const struct answer_zone *zone, size_t *at)
{
    size_t end = (size_t)question->name_length - zone->apex.length;
    const struct answer_set *cut = NULL;

    for (size_t from = 0; from < end; from += (size_t)question->name[from] + 1) {
        size_t length = question->name_length - from;
        uint8_t padded[DNS_NAME_PADDED];
        if (from == 0 && question->type == DNS_TYPE_DS)
            continue;
        memcpy(padded, question->name + from, length);
        memset(padded + length, 0, answer_padded(length) - length);
        const struct answer_name *name =
            answer_table_find(question->table, padded, length,
                              answer_index_hash(question->index, padded, length));
        const struct answer_set *set =
            name == NULL ? NULL : answer_content_set(answer_name_content(name));
        if (set == NULL || set->kind != ANSWER_SET_CUT)
            continue;
        cut = set;
        *at = from;
    }
    return cut;
}

bool question_referral(const struct question *question, const struct answer_zone *zone)
{
    struct reply *reply = question->reply;
    size_t at;

    if (!zone->has_cuts)
        return false;
    const struct answer_set *cut = find_cut(question, zone, &at);
    for (unsigned i = 0; cut != NULL && i < cut->count; i++) {
        if (cut->entry[i].type != DNS_TYPE_NS)
            continue;
        const struct answer_rrset *servers = answer_set_rrset(cut, &cut->entry[i]);
        uint16_t answers = reply->answers, additional = reply->additional;
        bool whole = reply_rrset(reply, servers, 0,
                                 (uint16_t)(question_owner(question) + at), true);
        reply->authority = (uint16_t)(reply->authority + reply->answers - answers);
        reply->answers = answers;
        reply->referral = true;
        whole = whole && reply->additional - additional == (int)servers->extra_count;
        reply->truncated = reply->truncated || (!whole && !reply->tcp);
        return true;
    }
    return false;
}

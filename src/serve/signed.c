#include "serve/signed.h"

#include "answer/transfer.h"
#include "dns/wire.h"
#include "serve/keys.h"

enum transfer_verdict signed_transfer(const struct answer_index *index,
                                      const struct exchange *exchange,
                                      struct reply *reply)
{
    const struct dns_query *query = exchange->query;
    const struct tsig *tsig = exchange->tsig;
    const struct answer_zone *zone =
        answer_transfer_zone(index, query->name, query->name_length);
    bool allowed = zone != NULL && keys_allow_transfer(zone->config, exchange->from,
                                                       tsig == NULL ? NULL : tsig->key);

    if (!exchange->tcp && (query->type == DNS_TYPE_AXFR || !allowed))
        return TRANSFER_NEEDS_TCP;
    if (!allowed)
        return TRANSFER_DENIED;
    if (exchange->tcp)
        return TRANSFER_HANDED_OVER;
    reply_soa(reply, zone, DNS_HEADER_SIZE, true);
    return TRANSFER_ANSWERED;
}

bool signed_read(const struct exchange *exchange, const struct tsig_keys *keys,
                 uint32_t wall_s, struct tsig *out)
{
    size_t at = tsig_find(exchange->message, exchange->length);

    return at != 0 &&
           tsig_check(exchange->message, exchange->length, at, keys, wall_s, out);
}

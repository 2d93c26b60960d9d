#include <stdbool.h>

#include "answer/resolve.h"
#include "serve/acl.h"
#include "serve/chaos.h"
#include "serve/pipeline_state.h"
#include "serve/signed.h"

/* Class * has no authority: the data comes without AA (RFC 1034 §3.7.1). */
static struct outcome answer_names(const struct pipeline *pipeline,
                                   const struct dns_query *query, struct reply *reply)
{
    unsigned rcode = answer_resolve(pipeline->index, query, reply);

    if (rcode == DNS_RCODE_REFUSED)
        return (struct outcome){ rcode, false, DNS_EDE_NOT_AUTHORITATIVE, NULL };
    if (rcode == DNS_RCODE_SERVFAIL)
        return (struct outcome){ rcode, false, DNS_EDE_NOT_READY,
                                 "the registry is not loaded yet" };
    bool authoritative =
        query->class_ == DNS_CLASS_IN && (!reply->referral || reply->answers > 0);
    if (reply->note != NULL)
        return (struct outcome){ rcode, authoritative, reply->note->code,
                                 reply->note->text };
    return (struct outcome){ rcode, authoritative, DNS_EDE_NONE, NULL };
}

static struct outcome answer_transfer(const struct pipeline *pipeline,
                                      struct exchange *exchange, struct reply *reply)
{
    switch (signed_transfer(pipeline->index, exchange, reply)) {
    case TRANSFER_NEEDS_TCP:
        return (struct outcome){ DNS_RCODE_NOTIMP, false, DNS_EDE_NOT_SUPPORTED,
                                 "transfers need TCP" };
    case TRANSFER_ANSWERED:
        return (struct outcome){ DNS_RCODE_NOERROR, true, DNS_EDE_NONE, NULL };
    case TRANSFER_HANDED_OVER:
        exchange->handed_over = pipeline->hand_over;
        return (struct outcome){ DNS_RCODE_SERVFAIL, false, DNS_EDE_NOT_READY,
                                 "not ready for transfers" };
    case TRANSFER_DENIED:
        break;
    }
    return (struct outcome){ DNS_RCODE_REFUSED, false, DNS_EDE_PROHIBITED,
                             "transfers are not allowed" };
}

static bool is_transfer(uint16_t type)
{
    return type == DNS_TYPE_AXFR || type == DNS_TYPE_IXFR;
}

/* docs/dns.md §3.1, steps 8 to 11. */
static struct outcome answer(const struct pipeline *pipeline, struct exchange *exchange,
                             struct reply *reply)
{
    const struct dns_query *query = exchange->query;

    if (query->class_ == DNS_CLASS_CH)
        return (struct outcome){ chaos_answer(pipeline->dns, query, reply), false,
                                 DNS_EDE_NONE, NULL };
    if (query->class_ != DNS_CLASS_IN && query->class_ != DNS_CLASS_ANY)
        return (struct outcome){ DNS_RCODE_REFUSED, false, DNS_EDE_NONE, NULL };
    if (is_transfer(query->type))
        return answer_transfer(pipeline, exchange, reply);
    return answer_names(pipeline, query, reply);
}

struct outcome pipeline_decide(struct pipeline *pipeline, struct exchange *exchange,
                               struct reply *reply)
{
    const struct config_dns *dns = pipeline->dns;
    bool doubtful =
        exchange->cookie == COOKIE_WRONG || exchange->cookie == COOKIE_CLIENT_ONLY;

    if (exchange->tsig != NULL && exchange->tsig->error != TSIG_NOERROR)
        return (struct outcome){ DNS_RCODE_NOTAUTH, false, DNS_EDE_NONE, NULL };
    if (doubtful && !exchange->tcp && dns->cookies == CONFIG_COOKIES_ENFORCE)
        return (struct outcome){ DNS_RCODE_BADCOOKIE, false, DNS_EDE_NONE, NULL };
    if (pipeline->restricted &&
        !acl_allows(dns->allow_query, dns->allow_query_count, exchange->from))
        return (struct outcome){ DNS_RCODE_REFUSED, false, DNS_EDE_PROHIBITED,
                                 "you may not ask here" };
    return answer(pipeline, exchange, reply);
}

#include "serve/explain.h"

#include "base/address.h"
#include "serve/acl.h"

enum rollcall_status explain_question(void *owner,
                                      const struct explanation_question *question,
                                      struct explanation **out, struct reason *why)
{
    const struct explain_owner *explain = owner;
    const struct config_dns *dns = &explain->config->dns;
    struct explanation_question asked = *question;
    struct rollcall_address ip;
    struct address from;

    if (question->client != NULL) {
        if (!address_parse_ip(question->client, &ip)) {
            reason_field(why, "client",
                         "client: '%.64s' is no address; 10.0.0.1 and fd00::1 are "
                         "examples",
                         question->client);
            return ROLLCALL_E_INVALID;
        }
        address_from_ip(&ip, 0, &from);
        asked.refused = dns->allow_query_count > 0 &&
                        !acl_allows(dns->allow_query, dns->allow_query_count, &from.any);
    }
    return answer_explain(explain->answer, &asked, out, why);
}

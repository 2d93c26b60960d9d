#include "daemon/hosts.h"

#include "base/clock.h"

static void on_reply(void *owner, const struct resolver_reply *reply)
{
    struct answer *answer = owner;
    int64_t now = clock_monotonic_ms();

    if (reply->why != NULL)
        answer_host_failed(answer, reply->host, reply->why, now);
    else
        answer_host_learnt(answer, reply->host, reply->addresses, reply->count,
                           reply->ttl, now);
}

static bool ask(void *owner, const char *host)
{
    return resolver_ask(owner, host);
}

enum rollcall_status hosts_open(uv_loop_t *loop, const struct config *config,
                                struct answer *answer, struct resolver **out,
                                struct reason *why)
{
    *out = NULL;
    if (!answer_wants_resolver(config))
        return ROLLCALL_OK;
    enum rollcall_status status =
        resolver_open(loop, config->dns.resolvers, config->dns.resolver_count, on_reply,
                      answer, out, why);
    if (status == ROLLCALL_OK)
        answer_use_resolver(answer, ask, *out);
    return status;
}

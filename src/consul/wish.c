/* Answers that wait for the disk. */
#include <stdlib.h>

#include "consul/keep.h"

struct wish *wish_create(struct exchange *exchange, void (*answer)(struct wish *wish))
{
    struct wish *wish = calloc(1, sizeof *wish);

    if (wish == NULL) {
        exchange_text(exchange, 503, "out of memory");
        return NULL;
    }
    wish->exchange = exchange;
    wish->answer = answer;
    wish->sending = true;
    return wish;
}

static void refuse(struct wish *wish, enum rollcall_status status,
                   const struct reason *why)
{
    if (status == ROLLCALL_E_NOMEM)
        exchange_text(wish->exchange, 503, "out of memory");
    else
        exchange_text(wish->exchange, 500, "%s",
                      reason_text(why, "it could not be saved"));
}

void wish_done(void *context, enum rollcall_status status, const struct reason *why)
{
    struct wish *wish = context;

    if (status == ROLLCALL_OK)
        wish->answer(wish);
    else
        refuse(wish, status, why);
    wish->over = true;
    if (!wish->sending)
        free(wish);
}

void wish_sent(struct wish *wish, enum rollcall_status status, const struct reason *why)
{
    if (status != ROLLCALL_OK && !wish->over) {
        refuse(wish, status, why);
        wish->over = true;
    }
    if (wish->over) {
        free(wish);
        return;
    }
    wish->sending = false;
    exchange_defer(wish->exchange);
}

void wish_submit(struct wish *wish, struct bundle *bundle)
{
    struct reason why = REASON_NONE;

    wish_sent(wish, bundle_submit(bundle, wish_done, wish, &why), &why);
}

void wish_say(struct wish *wish)
{
    buffer_text(exchange_out(wish->exchange), wish->text);
    exchange_reply(wish->exchange, 200, HTTP_JSON);
}

/* serve/exchange.h - one query while it is answered.
 * Threads  one worker.
 */
#ifndef SERVE_EXCHANGE_H
#define SERVE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "dns/query.h"
#include "serve/cookie.h"

struct tsig;

struct exchange {
    uint8_t *message; /* the query, then the reply */
    size_t length;    /* of the query */
    size_t capacity;
    const struct dns_query *query;
    const struct sockaddr *from; /* NULL: this host itself */
    bool tcp;
    enum cookie_verdict cookie;
    const struct tsig *tsig; /* of the query; NULL: not signed */
    bool handed_over;        /* the connection goes to whoever sends zones */
};

#endif

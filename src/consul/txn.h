/* consul/txn.h - the body of a transaction, read.
 *
 * Numbers are of 64 bits without a sign: no double is on their way.
 * Threads  pure functions, any thread.
 */
#ifndef CONSUL_TXN_H
#define CONSUL_TXN_H

#include <jansson.h>
#include <stdint.h>

#include "base/reason.h"
#include "consul/kv_verbs.h"
#include "consul/txn_catalog.h"
#include "rollcall/status.h"

enum {
    TXN_OPERATIONS_MAX = 128,
    TXN_BODY_MAX = KV_VALUE_MAX /* octets, as in Consul */
};

struct txn {
    size_t count;
    struct kv_operation operations[TXN_OPERATIONS_MAX];
    struct catalog_operation catalog[TXN_OPERATIONS_MAX]; /* in their places */
    json_t *root;     /* owned; keys and sessions are in it */
    uint8_t *values;  /* owned; all values, one behind the other */
    bool has_catalog; /* some are about nodes, services, checks */
};

/* E_INVALID: no such body, "Failed to parse body: ..."; E_LIMIT: too many operations. On
 * OK the caller ends it with txn_deinit(). */
enum rollcall_status txn_parse(const char *text, size_t length, struct txn *out,
                               struct reason *why);
void txn_deinit(struct txn *txn);
/* Does it change nothing? */
bool txn_reads(const struct txn *txn);

#endif

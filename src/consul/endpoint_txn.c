/* PUT /v1/txn: several operations on keys, all or none. */
#include <stdlib.h>

#include "base/clock.h"
#include "consul/keep.h"
#include "consul/kv_shape.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/shapes.h"
#include "consul/txn.h"
#include "consul/txn_catalog.h"
#include "http/exchange.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

struct running {
    struct consul *consul;
    struct exchange *exchange;
    struct bundle *bundle;
    struct buffer errors; /* JSON objects with commas between */
    enum kv_outcome worst;
    struct reason why; /* of the worst */
};

static void put_result(void *context, const char *key, size_t length,
                       const struct kv_entry *entry, bool with_value)
{
    const struct running *running = context;
    struct buffer *out = exchange_out(running->exchange);

    shape_next(out);
    buffer_text(out, "{\"KV\":");
    shape_kv(out, key, length, entry, with_value);
    buffer_char(out, '}');
}

static void note_error(struct running *running, size_t index, enum kv_outcome outcome,
                       const struct reason *why)
{
    struct buffer *out = &running->errors;

    if (out->length > 0)
        buffer_char(out, ',');
    buffer_text(out, "{\"OpIndex\":");
    encode_number(out, index);
    buffer_text(out, ",\"What\":");
    encode_text(out, why->text);
    buffer_char(out, '}');
    if (outcome <= running->worst)
        return;
    running->worst = outcome;
    running->why = *why;
}

static bool is_tree(enum kv_verb verb)
{
    return verb == KV_GET_TREE || verb == KV_DELETE_TREE;
}

/* All are tried, so that all errors are told. */
static void run_all(struct running *running, const struct txn *txn)
{
    struct consul *consul = running->consul;
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < txn->count; i++) {
        const struct kv_operation *operation = &txn->operations[i];
        struct reason why = REASON_NONE;
        enum kv_outcome outcome = KV_DECLINED;
        if (operation->key_length == 0 && !is_tree(operation->verb))
            reason_set(&why, "Must provide key");
        else
            outcome = kv_apply(consul->kv, running->bundle, operation, now, put_result,
                               running, &why);
        if (outcome != KV_OK)
            note_error(running, i, outcome, &why);
    }
}

static bool may_run(struct exchange *exchange, const struct txn *txn)
{
    for (size_t i = 0; i < txn->count; i++) {
        const struct kv_operation *at = &txn->operations[i];
        enum token_right right = kv_verb_reads(at->verb) ? RIGHT_READ : RIGHT_REGISTER;
        if (is_tree(at->verb)
                ? exchange_may_keys(exchange, right, at->key, at->key_length)
                : exchange_may_key(exchange, right, at->key, at->key_length))
            continue;
        exchange_forbid(exchange, right, at->key);
        return false;
    }
    return true;
}

static void answer(struct wish *wish)
{
    exchange_reply(wish->exchange, 200, HTTP_JSON);
}

/* What a condition did not allow is a conflict; what is full is our trouble. */
static void roll_back(struct running *running)
{
    struct buffer *out = exchange_out(running->exchange);

    bundle_abort(running->bundle);
    if (running->worst == KV_FULL || running->worst == KV_NO_MEMORY) {
        exchange_text(running->exchange, running->worst == KV_FULL ? 500 : 503, "%s",
                      running->why.text);
        return;
    }
    counter_add(&running->consul->keep->counts.rollbacks, 1);
    buffer_clear(out);
    buffer_text(out, "{\"Results\":null,\"Errors\":[");
    buffer_append(out, running->errors.data, running->errors.length);
    buffer_text(out, "]}");
    exchange_reply(running->exchange, 409, HTTP_JSON);
}

static void run_txn(struct exchange *exchange, const struct txn *txn)
{
    struct running running = { .consul = exchange_owner(exchange), .exchange = exchange };

    buffer_init(&running.errors, 1 << 20);
    running.bundle = ledger_begin(running.consul->ledger);
    if (running.bundle == NULL) {
        exchange_text(exchange, 503, "out of memory");
        return;
    }
    buffer_text(exchange_out(exchange), "{\"Results\":[");
    run_all(&running, txn);
    buffer_text(exchange_out(exchange), "],\"Errors\":null}");
    struct wish *wish = NULL;
    if (running.worst != KV_OK)
        roll_back(&running);
    else if ((wish = wish_create(exchange, answer)) == NULL)
        bundle_abort(running.bundle);
    else
        wish_submit(wish, running.bundle);
    buffer_deinit(&running.errors);
}

static void refuse(struct exchange *exchange, enum rollcall_status status,
                   const struct reason *why)
{
    if (status == ROLLCALL_E_NOMEM)
        exchange_text(exchange, 503, "out of memory");
    else
        exchange_text(exchange, status == ROLLCALL_E_LIMIT ? 413 : 400, "%s", why->text);
}

static void put_txn(struct exchange *exchange)
{
    struct reason why = REASON_NONE;
    size_t length;
    const char *body = exchange_body(exchange, &length);
    struct txn txn;

    if (!reading_datacenter(exchange))
        return;
    enum rollcall_status status = txn_parse(body, length, &txn, &why);
    if (status != ROLLCALL_OK) {
        refuse(exchange, status, &why);
        return;
    }
    if (txn.catalog) {
        txn_catalog_run(exchange, txn.root);
        txn_deinit(&txn);
        return;
    }
    if (txn_reads(&txn)) {
        exchange_set_header(exchange, "X-Consul-LastContact", "0");
        exchange_set_header(exchange, "X-Consul-KnownLeader", "true");
    }
    if (may_run(exchange, &txn))
        run_txn(exchange, &txn);
    txn_deinit(&txn);
}

static const struct route_parameter parameters[] = {
    PARAMETER_DC,
    { "stale", "boolean", "accepted; every answer is the newest", false },
    { .name = NULL },
};

const struct route consul_txn_routes[] = {
    { HTTP_PUT, "/v1/txn", RIGHT_READ, TXN_BODY_MAX, put_txn,
      "Several operations on keys, or on checks of external nodes; all of them or none.",
      parameters, "Transaction", "TransactionResult", NULL },
    { .path = NULL },
};

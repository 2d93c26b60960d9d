/* PUT /v1/txn: several operations on keys and on checks of nodes that are not ours, all
 * or none. */
#include <stdlib.h>

#include "base/clock.h"
#include "consul/catalog_write.h"
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

/* Octets, as an answer has at most. */
enum { RESULTS_MAX = 256 << 20, ERRORS_MAX = 1 << 20 };

struct running {
    struct consul *consul;
    struct exchange *exchange;
    const struct reading *reading; /* NULL: there are only keys */
    struct bundle *bundle;
    struct buffer *out;   /* results, behind a bracket */
    struct buffer errors; /* JSON objects with commas between */
    enum kv_outcome worst;
    struct reason why; /* of the worst */
};

static void put_result(void *context, const char *key, size_t length,
                       const struct kv_entry *entry, bool with_value)
{
    const struct running *running = context;
    struct buffer *out = running->out;

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

static enum kv_outcome run_one(struct running *running, const struct txn *txn, size_t at,
                               struct reason *why)
{
    const struct kv_operation *operation = &txn->operations[at];

    if (txn->catalog[at].thing != CATALOG_NONE)
        return txn_catalog_holds(running->reading, &txn->catalog[at], why) ? KV_OK
                                                                           : KV_DECLINED;
    if (operation->key_length > 0 || is_tree(operation->verb))
        return kv_apply(running->consul->kv, running->bundle, operation,
                        clock_monotonic_ms(), put_result, running, why);
    reason_set(why, "Must provide key");
    return KV_DECLINED;
}

/* All are tried, so that all errors are told. `ends`: of the results of each; NULL: no
 * matter. */
static void run_all(struct running *running, const struct txn *txn, size_t *ends)
{
    for (size_t i = 0; i < txn->count; i++) {
        struct reason why = REASON_NONE;
        enum kv_outcome outcome = run_one(running, txn, i, &why);
        if (outcome != KV_OK)
            note_error(running, i, outcome, &why);
        if (ends != NULL)
            ends[i] = running->out->length;
    }
}

static bool may_catalog(struct exchange *exchange, const struct catalog_operation *at)
{
    enum token_right right = catalog_operation_writes(at) ? RIGHT_REGISTER : RIGHT_READ;

    if (exchange_may_all(exchange, right))
        return true;
    exchange_forbid(exchange, right, NULL);
    return false;
}

static bool may_key(struct exchange *exchange, const struct kv_operation *at)
{
    enum token_right right = kv_verb_reads(at->verb) ? RIGHT_READ : RIGHT_REGISTER;

    if (is_tree(at->verb) ? exchange_may_keys(exchange, right, at->key, at->key_length)
                          : exchange_may_key(exchange, right, at->key, at->key_length))
        return true;
    exchange_forbid(exchange, right, at->key);
    return false;
}

static bool may_run(struct exchange *exchange, const struct txn *txn)
{
    bool may = true;

    for (size_t i = 0; i < txn->count && may; i++)
        may = txn->catalog[i].thing != CATALOG_NONE
                  ? may_catalog(exchange, &txn->catalog[i])
                  : may_key(exchange, &txn->operations[i]);
    return may;
}

static void answer(struct wish *wish)
{
    exchange_reply(wish->exchange, 200, HTTP_JSON);
}

/* What a condition did not allow is a conflict; what is full is our trouble. */
static void say_errors(struct running *running)
{
    struct buffer *out = exchange_out(running->exchange);

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
    struct running running = { .consul = exchange_owner(exchange),
                               .exchange = exchange,
                               .out = exchange_out(exchange) };
    struct wish *wish = NULL;

    buffer_init(&running.errors, ERRORS_MAX);
    running.bundle = ledger_begin(running.consul->ledger);
    if (running.bundle == NULL) {
        exchange_text(exchange, 503, "out of memory");
        return;
    }
    buffer_text(exchange_out(exchange), "{\"Results\":[");
    run_all(&running, txn, NULL);
    buffer_text(exchange_out(exchange), "],\"Errors\":null}");
    if (running.worst != KV_OK)
        say_errors(&running);
    else
        wish = wish_create(exchange, answer);
    if (wish == NULL)
        bundle_abort(running.bundle);
    else
        wish_submit(wish, running.bundle);
    buffer_deinit(&running.errors);
}

/* ---- with checks ----------------------------------------------------------------- */

/* What is needed until all is on disk: checks are shown as they are then. */
struct mixed {
    struct txn txn;
    struct buffer results; /* of keys, behind a bracket */
    size_t ends[TXN_OPERATIONS_MAX];
};

static void drop_mixed(void *context)
{
    struct mixed *mixed = context;

    buffer_deinit(&mixed->results);
    txn_deinit(&mixed->txn);
    free(mixed);
}

/* The results of operation `at`, on a key. */
static void show_keys(const struct mixed *mixed, size_t at, struct buffer *out)
{
    const char *text = mixed->results.data;
    size_t from = at == 0 ? 1 : mixed->ends[at - 1];

    if (from == mixed->ends[at])
        return;
    if (text[from] == ',')
        from++;
    shape_next(out);
    buffer_append(out, text + from, mixed->ends[at] - from);
}

static void answer_mixed(struct exchange *exchange, void *context)
{
    const struct mixed *mixed = context;
    const struct txn *txn = &mixed->txn;
    struct buffer *out = exchange_out(exchange);
    struct reading reading;

    if (!reading_begin(exchange, &reading))
        return;
    buffer_text(out, "{\"Results\":[");
    for (size_t i = 0; i < txn->count; i++)
        if (txn->catalog[i].thing != CATALOG_NONE)
            txn_catalog_show(&reading, &txn->catalog[i], out);
        else
            show_keys(mixed, i, out);
    buffer_text(out, "],\"Errors\":null}");
    exchange_reply(exchange, 200, HTTP_JSON);
}

static void write_mixed(struct running *running, struct mixed *mixed,
                        struct writing *writing)
{
    struct reason why = REASON_NONE;

    running->bundle = writing_bundle(writing);
    running->out = &mixed->results;
    writing_then(writing, answer_mixed, mixed, drop_mixed);
    buffer_char(running->out, '[');
    run_all(running, &mixed->txn, mixed->ends);
    if (running->worst != KV_OK) {
        say_errors(running);
        writing_cancel(writing);
    } else if (mixed->results.failed) {
        exchange_text(running->exchange, 500,
                      "the answer is too large, or memory is short");
        writing_cancel(writing);
    } else {
        (void)txn_catalog_put(mixed->txn.catalog, mixed->txn.count, writing, &why);
        writing_end(writing);
    }
}

static void run_mixed(struct exchange *exchange, struct mixed *mixed)
{
    struct running running = { .consul = exchange_owner(exchange), .exchange = exchange };
    struct writing *writing = NULL;
    struct reason why = REASON_NONE;
    struct reading reading;

    if (!reading_begin(exchange, &reading)) {
        drop_mixed(mixed);
        return;
    }
    running.reading = &reading;
    buffer_init(&running.errors, ERRORS_MAX);
    if (!txn_catalog_put(mixed->txn.catalog, mixed->txn.count, NULL, &why))
        exchange_text(exchange, 400, "%s", why.text);
    else
        writing = writing_begin(exchange);
    if (writing == NULL)
        drop_mixed(mixed);
    else
        write_mixed(&running, mixed, writing);
    buffer_deinit(&running.errors);
}

/* Takes `txn` over. */
static void begin_mixed(struct exchange *exchange, struct txn *txn)
{
    struct mixed *mixed = calloc(1, sizeof *mixed);

    if (mixed == NULL) {
        exchange_text(exchange, 503, "out of memory");
        return;
    }
    mixed->txn = *txn;
    *txn = (struct txn){ .count = 0 };
    buffer_init(&mixed->results, RESULTS_MAX);
    run_mixed(exchange, mixed);
}

/* ---- the body -------------------------------------------------------------------- */

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
    if (txn_reads(&txn)) {
        exchange_set_header(exchange, "X-Consul-LastContact", "0");
        exchange_set_header(exchange, "X-Consul-KnownLeader", "true");
    }
    if (may_run(exchange, &txn)) {
        if (txn.has_catalog)
            begin_mixed(exchange, &txn);
        else
            run_txn(exchange, &txn);
    }
    txn_deinit(&txn);
}

static const struct route_parameter parameters[] = {
    PARAMETER_DC,
    { "stale", "boolean", "accepted; every answer is the newest", false },
    { .name = NULL },
};

const struct route consul_txn_routes[] = {
    { HTTP_PUT, "/v1/txn", RIGHT_READ, TXN_BODY_MAX, put_txn,
      "Several operations on keys and checks of external nodes; all of them or none.",
      parameters, "Transaction", "TransactionResult", NULL },
    { .path = NULL },
};

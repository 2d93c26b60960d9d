/* The body of a transaction. What is read is run against a store of keys: it is done as
 * a whole, or it leaves no trace. */
#include <string.h>

#include "consul/session.h"
#include "consul/txn.h"
#include "fuzz/fuzz.h"

enum { KEYS_MAX = 64 };

static struct change *waiting; /* what the store was given; one at a time */

static void submit(struct store *store, struct change *change)
{
    (void)store;
    FUZZ_REQUIRE(waiting == NULL);
    waiting = change;
}

static uint64_t take(void *owner)
{
    uint64_t *last = owner;

    return ++*last;
}

static enum session_check_state fine(void *owner, const char *node,
                                     const struct session_check *check)
{
    (void)owner;
    (void)node;
    (void)check;
    return SESSION_CHECK_FINE;
}

static void ended(void *context, enum rollcall_status status, const struct reason *why)
{
    (void)why;
    *(bool *)context = status == ROLLCALL_OK;
}

static void finish(enum rollcall_status status)
{
    struct change *change = waiting;

    waiting = NULL;
    if (change == NULL)
        return;
    change->status = status;
    change->done(change, NULL);
}

static bool apply_all(struct kv *kv, struct bundle *bundle, const struct txn *txn)
{
    bool good = true;

    for (size_t i = 0; i < txn->count; i++) {
        struct reason why = REASON_NONE;
        if (txn->catalog[i].thing != CATALOG_NONE)
            continue; /* of the catalog, which is not here */
        enum kv_outcome outcome =
            kv_apply(kv, bundle, &txn->operations[i], 1000, NULL, NULL, &why);
        FUZZ_REQUIRE(outcome == KV_OK || why.text[0] != '\0');
        good = good && outcome == KV_OK;
    }
    return good;
}

/* Saved, or refused by the disk. */
static void run(struct kv *kv, struct ledger *ledger, const struct txn *txn,
                enum rollcall_status disk)
{
    uint64_t bytes = kv->shelf.bytes, count = kv->shelf.count;
    struct reason why = REASON_NONE;
    struct bundle *bundle = ledger_begin(ledger);
    bool saved = false;

    FUZZ_REQUIRE(bundle != NULL);
    if (apply_all(kv, bundle, txn)) {
        bool alone;
        FUZZ_REQUIRE(bundle_submit(bundle, ended, &saved, &why) == ROLLCALL_OK);
        alone = waiting == NULL;
        finish(disk);
        FUZZ_REQUIRE(saved == (alone || disk == ROLLCALL_OK));
    } else {
        bundle_abort(bundle);
    }
    FUZZ_REQUIRE(kv->shelf.bytes == kv->shelf.bytes_on_disk);
    FUZZ_REQUIRE(kv->shelf.count == kv->shelf.count_on_disk);
    FUZZ_REQUIRE(kv->keys.count == kv->shelf.count);
    FUZZ_REQUIRE(saved || (kv->shelf.bytes == bytes && kv->shelf.count == count));
    FUZZ_REQUIRE(ledger_under_way(ledger) == 0);
}

static void run_against_keys(const struct txn *txn)
{
    struct store store = { .name = "fuzz", .submit = submit };
    uint64_t revision = 0;
    const struct session_settings bounds = { .max = 1, .check = fine };
    const struct kv_settings settings = { .bytes_max = 1 << 20, .keys_max = KEYS_MAX };
    struct ledger *ledger = ledger_create(&store, take, &revision);
    struct sessions *sessions = sessions_create(ledger, &bounds);
    struct kv *kv = kv_create(ledger, sessions, &settings);

    FUZZ_REQUIRE(kv != NULL);
    run(kv, ledger, txn, ROLLCALL_OK);
    run(kv, ledger, txn, ROLLCALL_E_UNAVAILABLE);
    run(kv, ledger, txn, ROLLCALL_OK);
    kv_destroy(kv);
    sessions_destroy(sessions);
    ledger_destroy(ledger);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reason why = REASON_NONE;
    struct txn txn;

    if (size > TXN_BODY_MAX)
        return 0;
    enum rollcall_status status = txn_parse((const char *)data, size, &txn, &why);
    if (status != ROLLCALL_OK) {
        FUZZ_REQUIRE(why.text[0] != '\0');
        return 0;
    }
    FUZZ_REQUIRE(txn.count <= TXN_OPERATIONS_MAX);
    for (size_t i = 0; i < txn.count; i++)
        FUZZ_REQUIRE(txn.operations[i].length <= size &&
                     txn.operations[i].key_length <= KV_KEY_MAX &&
                     txn.operations[i].verb < KV_VERBS);
    run_against_keys(&txn);
    txn_deinit(&txn);
    return 0;
}

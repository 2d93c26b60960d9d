/* What the tests of keys and sessions share: both rooms over a store of records, and a
 * restart. Times are those of the test. */
#ifndef UNIT_CONSUL_KEEPING_H
#define UNIT_CONSUL_KEEPING_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consul/kv_verbs.h"
#include "consul/session.h"
#include "support/record_store.h"

enum { NOW = 1000000 };
#define WALL ((int64_t)1700000000000)

struct keeping {
    struct record_store store;
    struct ledger *ledger;
    struct sessions *sessions;
    struct kv *kv;
    struct kv_settings bounds;
    uint64_t sessions_max;
    enum session_check_state check; /* of every check but serfHealth */
    bool node_gone;
    int64_t now, wall;
    char moved[256]; /* keys that moved, each with a space */
    char told[1024]; /* what results said */
    char done[256];  /* how bundles ended, each with a space */
    char last_id[SESSION_ID_SIZE];
    struct reason why;
};

static inline void note_moved(void *owner, const char *key, size_t length)
{
    struct keeping *it = owner;
    size_t used = strlen(it->moved);

    snprintf(it->moved + used, sizeof it->moved - used, "%.*s ", (int)length, key);
}

static inline enum session_check_state look_at(void *owner, const char *node,
                                               const struct session_check *check)
{
    const struct keeping *it = owner;

    if (check == NULL)
        return strcmp(node, "n1") == 0 && !it->node_gone ? SESSION_CHECK_FINE
                                                         : SESSION_CHECK_GONE;
    return strcmp(check->id, "serfHealth") == 0 ? SESSION_CHECK_FINE : it->check;
}

static inline void open_keeping(struct keeping *it)
{
    struct kv_settings settings = it->bounds;
    const struct session_settings bounds = { .max = it->sessions_max,
                                             .check = look_at,
                                             .owner = it };

    settings.moved = note_moved;
    settings.owner = it;
    it->ledger = ledger_create(&it->store.base, record_store_take, &it->store);
    it->sessions = sessions_create(it->ledger, &bounds);
    it->kv = kv_create(it->ledger, it->sessions, &settings);
    it->sessions->kv = it->kv;
    assert_int_equal(sessions_load(it->sessions, &it->store.base, it->store.revision,
                                   it->now, &it->why),
                     ROLLCALL_OK);
    assert_int_equal(
        kv_load(it->kv, &it->store.base, it->store.revision, it->now, it->wall, &it->why),
        ROLLCALL_OK);
}

static inline void close_keeping(struct keeping *it)
{
    kv_destroy(it->kv);
    sessions_destroy(it->sessions);
    ledger_destroy(it->ledger);
}

static inline void restart(struct keeping *it)
{
    close_keeping(it);
    open_keeping(it);
}

static inline int setup_keeping(void **state)
{
    struct keeping *it = calloc(1, sizeof *it);

    it->now = NOW;
    it->wall = WALL;
    it->sessions_max = 100;
    it->bounds.bytes_max = 1 << 20;
    it->bounds.keys_max = 100;
    record_store_init(&it->store);
    open_keeping(it);
    *state = it;
    return 0;
}

static inline int teardown_keeping(void **state)
{
    struct keeping *it = *state;

    close_keeping(it);
    record_store_deinit(&it->store);
    free(it);
    return 0;
}

#define KEPT(test) cmocka_unit_test_setup_teardown(test, setup_keeping, teardown_keeping)

static inline void note_done(void *context, enum rollcall_status status,
                             const struct reason *why)
{
    struct keeping *it = context;
    size_t used = strlen(it->done);

    (void)why;
    snprintf(it->done + used, sizeof it->done - used, "%s ",
             status == ROLLCALL_OK ? "saved" : "refused");
}

/* "k=v@MODIFY;", a "#N" where it was locked, "-" for what is not there. */
static inline void note_entry(void *context, const char *key, size_t length,
                              const struct kv_entry *entry, bool with_value)
{
    struct keeping *it = context;
    size_t used = strlen(it->told);
    char *at = it->told + used;
    size_t room = sizeof it->told - used;

    if (entry == NULL)
        snprintf(at, room, "%.*s-;", (int)length, key);
    else
        snprintf(at, room, "%.*s=%.*s@%" PRIu64 "#%" PRIu64 ";", (int)length, key,
                 with_value ? (int)entry->length : 0, (const char *)entry->value,
                 entry->modify, entry->lock_index);
}

static inline struct kv_operation operation(enum kv_verb verb, const char *key,
                                            const char *value)
{
    return (struct kv_operation){ .verb = verb,
                                  .key = key,
                                  .key_length = strlen(key),
                                  .value = value,
                                  .length = value == NULL ? 0 : strlen(value) };
}

/* One operation in a bundle of its own; not saved yet. */
static inline enum kv_outcome ask(struct keeping *it, const struct kv_operation *asked)
{
    struct bundle *bundle = ledger_begin(it->ledger);

    it->told[0] = '\0';
    enum kv_outcome outcome =
        kv_apply(it->kv, bundle, asked, it->now, note_entry, it, &it->why);
    if (outcome == KV_OK)
        assert_int_equal(bundle_submit(bundle, note_done, it, &it->why), ROLLCALL_OK);
    else
        bundle_abort(bundle);
    return outcome;
}

static inline enum kv_outcome ask_saved(struct keeping *it,
                                        const struct kv_operation *asked)
{
    enum kv_outcome outcome = ask(it, asked);

    record_store_save(&it->store);
    return outcome;
}

static inline void put(struct keeping *it, const char *key, const char *value)
{
    const struct kv_operation set = operation(KV_SET, key, value);

    assert_int_equal(ask_saved(it, &set), KV_OK);
}

static inline const struct kv_entry *find(const struct keeping *it, const char *key)
{
    return kv_find(it->kv, key, strlen(key));
}

static inline void assert_value(const struct keeping *it, const char *key,
                                const char *value)
{
    const struct kv_entry *entry = find(it, key);

    if (value == NULL) {
        assert_null(entry);
        return;
    }
    assert_non_null(entry);
    assert_int_equal(entry->length, strlen(value));
    assert_memory_equal(entry->value, value, strlen(value));
}

static inline enum kv_outcome lock(struct keeping *it, const char *key,
                                   const char *session)
{
    struct kv_operation asked = operation(KV_LOCK, key, "mine");

    asked.session = session;
    return ask_saved(it, &asked);
}

static inline enum kv_outcome unlock(struct keeping *it, const char *key,
                                     const char *session)
{
    struct kv_operation asked = operation(KV_UNLOCK, key, "");

    asked.session = session;
    return ask_saved(it, &asked);
}

static inline enum rollcall_status begin(struct keeping *it, struct session_terms terms,
                                         char id[SESSION_ID_SIZE])
{
    static const struct session_check node[] = { { "serfHealth", false } };

    terms.name = terms.name == NULL ? "" : terms.name;
    terms.node = "n1";
    terms.ttl = terms.ttl == NULL ? "" : terms.ttl;
    if (terms.checks == NULL) {
        terms.checks = node;
        terms.check_count = 1;
    }
    enum rollcall_status status =
        sessions_begin(it->sessions, &terms, it->now, id, note_done, it, &it->why);
    record_store_save(&it->store);
    return status;
}

#endif

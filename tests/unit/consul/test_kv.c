/* Keys: found, ordered, kept; what a transaction leaves behind. */
#include "keeping.h"

static void a_key_is_seen_when_it_is_on_disk(void **state)
{
    struct keeping *it = *state;
    const struct kv_operation set = operation(KV_SET, "a", "1");

    assert_int_equal(ask(it, &set), KV_OK);
    assert_value(it, "a", NULL);
    assert_string_equal(it->done, "");
    record_store_save(&it->store);
    assert_value(it, "a", "1");
    assert_string_equal(it->done, "saved ");
    assert_string_equal(it->moved, "a ");
    assert_int_equal(find(it, "a")->create, 1);
    assert_int_equal(find(it, "a")->modify, 1);
}

static void writing_the_same_again_moves_nothing(void **state)
{
    struct keeping *it = *state;

    put(it, "a", "1");
    put(it, "a", "1");
    assert_int_equal(find(it, "a")->modify, 1);
    assert_string_equal(it->moved, "a ");
    assert_string_equal(it->done, "saved saved ");
    put(it, "a", "2");
    assert_int_equal(find(it, "a")->modify, 2);
    assert_int_equal(find(it, "a")->create, 1);
}

static void what_changes_nothing_waits_for_what_it_saw(void **state)
{
    struct keeping *it = *state;
    const struct kv_operation set = operation(KV_SET, "a", "1");

    assert_int_equal(ask(it, &set), KV_OK);
    assert_int_equal(ask(it, &set), KV_OK);
    assert_string_equal(it->done, "");
    record_store_refuse(&it->store);
    assert_string_equal(it->done, "refused refused ");
    assert_value(it, "a", NULL);
}

static void a_refusal_takes_all_that_was_under_way_with_it(void **state)
{
    struct keeping *it = *state;
    const struct kv_operation more[] = { operation(KV_SET, "a", "2"),
                                         operation(KV_DELETE, "b", NULL),
                                         operation(KV_SET, "c", "new") };

    put(it, "a", "1");
    put(it, "b", "1");
    uint64_t bytes = it->kv->shelf.bytes;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ask(it, &more[i]), KV_OK);
    record_store_refuse(&it->store);
    assert_value(it, "a", "1");
    assert_value(it, "b", "1");
    assert_null(kv_key_get(it->kv, "c", 1));
    assert_true(it->kv->shelf.bytes == bytes);
    assert_int_equal(it->kv->shelf.count, 2);
    assert_int_equal(ledger_under_way(it->ledger), 0);
    struct kv_operation cas = operation(KV_CAS, "a", "3");
    cas.index = 1;
    assert_int_equal(ask_saved(it, &cas), KV_OK); /* as if nothing had been */
    assert_value(it, "a", "3");
}

static void flags_of_64_bits_survive_a_restart(void **state)
{
    struct keeping *it = *state;
    struct kv_operation set = operation(KV_SET, "dir//k\xc3\xbc", "\x01\xff");

    set.flags = UINT64_MAX;
    assert_int_equal(ask_saved(it, &set), KV_OK);
    restart(it);
    const struct kv_entry *entry = find(it, "dir//k\xc3\xbc");
    assert_non_null(entry);
    assert_true(entry->flags == UINT64_MAX);
    assert_int_equal(entry->modify, 1);
    assert_memory_equal(entry->value, "\x01\xff", 2);
    assert_int_equal(it->kv->shelf.count, 1);
}

static void keys_stand_in_bytewise_order(void **state)
{
    struct keeping *it = *state;
    static const char *const keys[] = { "b", "a/", "a", "a\xff", "a/b/c", "a/b", "a//" };
    char all[64] = "";
    const struct ordered_node *at = NULL;
    const struct kv_key *key;

    for (size_t i = 0; i < 7; i++)
        put(it, keys[i], "x");
    while ((key = kv_next(it->kv, "", 0, &at)) != NULL)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", key->key);
    assert_string_equal(all, "a a/ a// a/b a/b/c a\xff b ");
    all[0] = '\0';
    at = NULL;
    while ((key = kv_next(it->kv, "a/b", 3, &at)) != NULL)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", key->key);
    assert_string_equal(all, "a/b a/b/c ");
}

static void cas_goes_by_what_was_submitted_last(void **state)
{
    struct keeping *it = *state;
    struct kv_operation cas = operation(KV_CAS, "a", "1");

    assert_int_equal(ask(it, &cas), KV_OK); /* index 0: absent */
    cas.value = "2";
    assert_int_equal(ask(it, &cas), KV_DECLINED); /* not on disk yet, and there */
    assert_string_equal(it->why.text, "failed to set key \"a\", index is stale");
    cas.index = 1;
    assert_int_equal(ask(it, &cas), KV_OK);
    record_store_save(&it->store);
    assert_value(it, "a", "2");
}

static void a_deletion_is_newer_than_what_it_leaves(void **state)
{
    struct keeping *it = *state;
    const struct kv_operation gone = operation(KV_DELETE, "p/a", NULL);

    put(it, "p/a", "1");
    put(it, "p/b", "1");
    put(it, "q", "1");
    assert_int_equal(kv_index_of_prefix(it->kv, "p/", 2), 2);
    assert_int_equal(ask_saved(it, &gone), KV_OK); /* takes a number of its own */
    assert_int_equal(it->kv->index, 4);
    assert_int_equal(kv_index_of_prefix(it->kv, "p/", 2), 4);
    assert_int_equal(kv_index_of_prefix(it->kv, "q", 1), 3);
    assert_int_equal(kv_index_of_key(it->kv, "p/a", 3), 4);
    assert_int_equal(kv_index_of_key(it->kv, "p/never", 7), 0);
    assert_int_equal(ask_saved(it, &gone), KV_OK); /* again: no news */
    assert_int_equal(kv_index_of_prefix(it->kv, "p/", 2), 4);
}

static void a_tree_goes_as_one(void **state)
{
    struct keeping *it = *state;
    const struct kv_operation tree = operation(KV_DELETE_TREE, "p/", NULL);

    put(it, "p/a", "1");
    put(it, "p/b", "1");
    put(it, "p", "1");
    assert_int_equal(ask(it, &tree), KV_OK);
    assert_int_equal(it->store.waiting, 1);
    record_store_save(&it->store);
    assert_value(it, "p/a", NULL);
    assert_value(it, "p", "1");
    assert_int_equal(record_store_count(&it->store, KV_AREA), 1);
    assert_int_equal(find(it, "p")->modify, 3);
}

/* set a, get a, fail: nothing of it stays, and the numbers of others do not move. */
static void a_transaction_that_fails_leaves_no_trace(void **state)
{
    struct keeping *it = *state;
    struct kv_operation set = operation(KV_SET, "a", "2");
    const struct kv_operation get = operation(KV_GET, "a", NULL);
    const struct kv_operation absent = operation(KV_GET, "nothing", NULL);

    put(it, "a", "1");
    struct bundle *bundle = ledger_begin(it->ledger);
    it->told[0] = '\0';
    assert_int_equal(kv_apply(it->kv, bundle, &set, it->now, note_entry, it, &it->why),
                     KV_OK);
    set.key = "new";
    set.key_length = 3;
    assert_int_equal(kv_apply(it->kv, bundle, &set, it->now, note_entry, it, &it->why),
                     KV_OK);
    assert_int_equal(kv_apply(it->kv, bundle, &get, it->now, note_entry, it, &it->why),
                     KV_OK);
    assert_string_equal(it->told, "a=@2#0;new=@2#0;a=2@2#0;");
    assert_int_equal(kv_apply(it->kv, bundle, &absent, it->now, note_entry, it, &it->why),
                     KV_DECLINED);
    assert_string_equal(it->why.text, "key \"nothing\" doesn't exist");
    bundle_abort(bundle);
    assert_int_equal(it->store.waiting, 0);
    assert_value(it, "a", "1");
    assert_null(kv_key_get(it->kv, "new", 3));
    assert_int_equal(it->kv->shelf.count, 1);
}

static void the_bounds_hold_for_what_grows(void **state)
{
    struct keeping *it = *state;
    char big[2048];
    struct kv_operation set = operation(KV_SET, "big", NULL);

    memset(big, 'x', sizeof big);
    it->bounds.bytes_max = 3000;
    it->bounds.keys_max = 2;
    restart(it);
    set.value = big;
    set.length = sizeof big;
    assert_int_equal(ask_saved(it, &set), KV_OK);
    set.key = "gib";
    assert_int_equal(ask_saved(it, &set), KV_FULL);
    assert_non_null(strstr(it->why.text, "api.kv_max"));
    assert_null(kv_key_get(it->kv, "gib", 3));
    put(it, "x", "1");
    set.key = "big";
    set.length = 10;
    assert_int_equal(ask_saved(it, &set), KV_OK); /* less is allowed */
    set.key = "gib";
    assert_int_equal(ask_saved(it, &set), KV_FULL);
    assert_non_null(strstr(it->why.text, "api.kv_keys"));
}

static void checks_say_why(void **state)
{
    struct keeping *it = *state;
    struct kv_operation check = operation(KV_CHECK_INDEX, "a", NULL);

    put(it, "a", "1");
    check.index = 3;
    assert_int_equal(ask(it, &check), KV_DECLINED);
    assert_string_equal(it->why.text,
                        "failed index check for key \"a\", current modify index 1 != 3");
    check.index = 1;
    assert_int_equal(ask(it, &check), KV_OK);
    assert_string_equal(it->told, "a=@1#0;");
    check.verb = KV_CHECK_NOT_EXISTS;
    assert_int_equal(ask(it, &check), KV_DECLINED);
    assert_string_equal(it->why.text, "key \"a\" exists");
    check.key = "b";
    assert_int_equal(ask(it, &check), KV_OK);
    check.verb = KV_CHECK_SESSION;
    assert_int_equal(ask(it, &check), KV_DECLINED);
    assert_string_equal(it->why.text, "failed to check session, key \"b\" doesn't exist");
    check.verb = KV_GET_OR_EMPTY;
    assert_int_equal(ask(it, &check), KV_OK);
    assert_string_equal(it->told, "b-;");
}

static void every_verb_has_its_word(void **state)
{
    static const char *const words[KV_VERBS] = { [KV_SET] = "set",
                                                 [KV_CAS] = "cas",
                                                 [KV_LOCK] = "lock",
                                                 [KV_UNLOCK] = "unlock",
                                                 [KV_GET] = "get",
                                                 [KV_GET_OR_EMPTY] = "get-or-empty",
                                                 [KV_GET_TREE] = "get-tree",
                                                 [KV_CHECK_INDEX] = "check-index",
                                                 [KV_CHECK_SESSION] = "check-session",
                                                 [KV_CHECK_NOT_EXISTS] =
                                                     "check-not-exists",
                                                 [KV_DELETE] = "delete",
                                                 [KV_DELETE_CAS] = "delete-cas",
                                                 [KV_DELETE_TREE] = "delete-tree" };
    enum kv_verb verb;

    (void)state;
    for (unsigned i = 0; i < KV_VERBS; i++) {
        assert_true(kv_verb_find(words[i], &verb));
        assert_int_equal(verb, i);
    }
    assert_false(kv_verb_find("Set", &verb));
    assert_true(kv_verb_reads(KV_CHECK_SESSION));
    assert_false(kv_verb_reads(KV_DELETE_TREE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEPT(a_key_is_seen_when_it_is_on_disk),
        KEPT(writing_the_same_again_moves_nothing),
        KEPT(what_changes_nothing_waits_for_what_it_saw),
        KEPT(a_refusal_takes_all_that_was_under_way_with_it),
        KEPT(flags_of_64_bits_survive_a_restart),
        KEPT(keys_stand_in_bytewise_order),
        KEPT(cas_goes_by_what_was_submitted_last),
        KEPT(a_deletion_is_newer_than_what_it_leaves),
        KEPT(a_tree_goes_as_one),
        KEPT(a_transaction_that_fails_leaves_no_trace),
        KEPT(the_bounds_hold_for_what_grows),
        KEPT(checks_say_why),
        cmocka_unit_test(every_verb_has_its_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

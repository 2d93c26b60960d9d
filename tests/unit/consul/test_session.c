/* Sessions and the locks that hang on them. */
#include "keeping.h"

#define S(seconds) ((int64_t)(seconds)*1000 * 1000 * 1000)

static void end(struct keeping *it, const char *id)
{
    assert_int_equal(
        sessions_end(it->sessions, id, it->now, it->wall, note_done, it, &it->why),
        ROLLCALL_OK);
    record_store_save(&it->store);
}

static void pass(struct keeping *it, int64_t seconds)
{
    it->now += seconds * 1000;
    it->wall += seconds * 1000;
    (void)sessions_run_due(it->sessions, it->now, it->wall);
    (void)delays_run_due(it->kv->delays, it->now);
    record_store_save(&it->store);
}

static bool lives(const struct keeping *it, const char *id)
{
    const struct session *session = sessions_get(it->sessions, id);

    return session != NULL && session_saved(session) != NULL;
}

static void one_session_holds_a_lock_at_a_time(void **state)
{
    struct keeping *it = *state;
    char a[SESSION_ID_SIZE], b[SESSION_ID_SIZE];

    assert_int_equal(begin(it, (struct session_terms){ .name = "a" }, a), ROLLCALL_OK);
    assert_int_equal(begin(it, (struct session_terms){ .name = "b" }, b), ROLLCALL_OK);
    assert_string_not_equal(a, b);
    assert_int_equal(lock(it, "k", a), KV_OK);
    assert_int_equal(find(it, "k")->lock_index, 1);
    assert_string_equal(find(it, "k")->session, a);
    assert_int_equal(lock(it, "k", b), KV_DECLINED);
    assert_string_equal(it->why.text, "failed to lock key \"k\", lock is already held");
    assert_int_equal(lock(it, "k", a), KV_OK);
    assert_int_equal(find(it, "k")->lock_index, 1);
    assert_int_equal(unlock(it, "k", b), KV_DECLINED);
    assert_int_equal(unlock(it, "k", a), KV_OK);
    assert_value(it, "k", "");
    assert_string_equal(find(it, "k")->session, "");
    assert_int_equal(find(it, "k")->lock_index, 1);
    assert_int_equal(lock(it, "k", b), KV_OK); /* an orderly release delays nobody */
    assert_int_equal(find(it, "k")->lock_index, 2);
}

static void a_plain_write_leaves_the_lock_alone(void **state)
{
    struct keeping *it = *state;
    char a[SESSION_ID_SIZE];

    assert_int_equal(begin(it, (struct session_terms){ .name = "a" }, a), ROLLCALL_OK);
    assert_int_equal(lock(it, "k", a), KV_OK);
    put(it, "k", "other");
    assert_string_equal(find(it, "k")->session, a);
    assert_int_equal(find(it, "k")->lock_index, 1);
}

static void nobody_locks_with_a_session_that_is_not(void **state)
{
    struct keeping *it = *state;

    assert_int_equal(lock(it, "k", "no-such"), KV_INVALID);
    assert_string_equal(it->why.text, "invalid session \"no-such\"");
    assert_int_equal(lock(it, "k", ""), KV_INVALID);
    assert_string_equal(it->why.text, "missing session");
    assert_null(kv_key_get(it->kv, "k", 1));
}

static void its_end_frees_its_locks_after_the_delay(void **state)
{
    struct keeping *it = *state;
    const struct session_terms terms = { .lock_delay_ns = S(15) };
    char a[SESSION_ID_SIZE], b[SESSION_ID_SIZE];

    assert_int_equal(begin(it, terms, a), ROLLCALL_OK);
    assert_int_equal(begin(it, terms, b), ROLLCALL_OK);
    assert_int_equal(lock(it, "k", a), KV_OK);
    uint64_t before = find(it, "k")->modify;
    end(it, a);
    assert_false(lives(it, a));
    assert_value(it, "k", "mine");
    assert_string_equal(find(it, "k")->session, "");
    assert_true(find(it, "k")->modify > before);
    assert_int_equal(lock(it, "k", b), KV_DECLINED);
    assert_non_null(strstr(it->why.text, "lock delay"));
    pass(it, 14);
    assert_int_equal(lock(it, "k", b), KV_DECLINED);
    pass(it, 1);
    assert_int_equal(lock(it, "k", b), KV_OK);
    assert_int_equal(find(it, "k")->lock_index, 2);
    assert_int_equal(record_store_count(&it->store, DELAYS_AREA), 0);
}

static void the_delay_outlives_a_restart(void **state)
{
    struct keeping *it = *state;
    const struct session_terms terms = { .lock_delay_ns = S(15) };
    char a[SESSION_ID_SIZE], b[SESSION_ID_SIZE];

    assert_int_equal(begin(it, terms, a), ROLLCALL_OK);
    assert_int_equal(begin(it, terms, b), ROLLCALL_OK);
    assert_int_equal(lock(it, "k", a), KV_OK);
    end(it, a);
    it->wall += 5000;
    it->now = 17; /* another boot */
    restart(it);
    assert_int_equal(lock(it, "k", b), KV_DECLINED);
    pass(it, 9);
    assert_int_equal(lock(it, "k", b), KV_DECLINED);
    pass(it, 1);
    assert_int_equal(lock(it, "k", b), KV_OK);
}

static void behaviour_delete_takes_the_keys_along(void **state)
{
    struct keeping *it = *state;
    const struct session_terms terms = { .remove = true };
    char a[SESSION_ID_SIZE];

    assert_int_equal(begin(it, terms, a), ROLLCALL_OK);
    assert_int_equal(lock(it, "k1", a), KV_OK);
    assert_int_equal(lock(it, "k2", a), KV_OK);
    put(it, "k3", "stays");
    it->moved[0] = '\0';
    end(it, a);
    assert_value(it, "k1", NULL);
    assert_value(it, "k2", NULL);
    assert_value(it, "k3", "stays");
    assert_string_equal(it->moved, "k1 k2 ");
    assert_int_equal(record_store_count(&it->store, KV_AREA), 1);
    assert_int_equal(record_store_count(&it->store, SESSION_AREA), 0);
}

static void locks_and_their_session_end_together_or_not_at_all(void **state)
{
    struct keeping *it = *state;
    char a[SESSION_ID_SIZE];

    assert_int_equal(begin(it, (struct session_terms){ .remove = true }, a), ROLLCALL_OK);
    assert_int_equal(lock(it, "k", a), KV_OK);
    assert_int_equal(
        sessions_end(it->sessions, a, it->now, it->wall, note_done, it, &it->why),
        ROLLCALL_OK);
    assert_int_equal(it->store.waiting, 1);
    record_store_refuse(&it->store);
    assert_true(lives(it, a));
    assert_string_equal(find(it, "k")->session, a);
    assert_int_equal(lock(it, "k", a), KV_OK);
    end(it, a); /* its list of locks is whole again */
    assert_value(it, "k", NULL);
}

static void a_ttl_ends_it_between_once_and_twice_its_time(void **state)
{
    struct keeping *it = *state;
    const struct session_terms terms = { .ttl = "10s", .ttl_ns = S(10) };
    char a[SESSION_ID_SIZE];

    assert_int_equal(begin(it, terms, a), ROLLCALL_OK);
    assert_int_equal(lock(it, "k", a), KV_OK);
    pass(it, 10);
    assert_true(lives(it, a));
    assert_non_null(sessions_renew(it->sessions, a, it->now));
    pass(it, 10);
    assert_true(lives(it, a));
    pass(it, 10);
    assert_false(lives(it, a));
    assert_null(sessions_renew(it->sessions, a, it->now));
    assert_string_equal(find(it, "k")->session, "");
}

static void a_ttl_begins_anew_after_a_restart(void **state)
{
    struct keeping *it = *state;
    const struct session_terms terms = { .ttl = "10s", .ttl_ns = S(10), .name = "n" };
    char a[SESSION_ID_SIZE];

    assert_int_equal(begin(it, terms, a), ROLLCALL_OK);
    assert_int_equal(lock(it, "k", a), KV_OK);
    it->now += 9000;
    restart(it);
    assert_true(lives(it, a));
    pass(it, 10);
    assert_true(lives(it, a));
    assert_string_equal(session_saved(sessions_get(it->sessions, a))->terms.name, "n");
    assert_string_equal(session_saved(sessions_get(it->sessions, a))->terms.ttl, "10s");
    pass(it, 6);
    assert_false(lives(it, a)); /* and its locks were known to be its */
    assert_string_equal(find(it, "k")->session, "");
}

static void a_disk_that_refuses_only_delays_the_end(void **state)
{
    struct keeping *it = *state;
    const struct session_terms terms = { .ttl = "10s", .ttl_ns = S(10) };
    char a[SESSION_ID_SIZE];

    assert_int_equal(begin(it, terms, a), ROLLCALL_OK);
    it->now += 20000;
    (void)sessions_run_due(it->sessions, it->now, it->wall);
    record_store_refuse(&it->store);
    assert_true(lives(it, a));
    assert_null(sessions_renew(it->sessions, a, it->now));
    pass(it, 5);
    assert_false(lives(it, a));
}

static void a_check_that_is_critical_or_gone_ends_it(void **state)
{
    struct keeping *it = *state;
    static const struct session_check bound[] = { { "service:web", true } };
    const struct session_terms terms = { .checks = bound, .check_count = 1 };
    char a[SESSION_ID_SIZE], b[SESSION_ID_SIZE];

    assert_int_equal(begin(it, terms, a), ROLLCALL_OK);
    assert_int_equal(begin(it, (struct session_terms){ .name = "b" }, b), ROLLCALL_OK);
    sessions_look(it->sessions, it->now);
    pass(it, 0);
    assert_true(lives(it, a));
    it->check = SESSION_CHECK_CRITICAL;
    sessions_look(it->sessions, it->now);
    pass(it, 0);
    assert_false(lives(it, a));
    assert_true(lives(it, b)); /* serfHealth is fine */
    assert_int_equal(begin(it, terms, a), ROLLCALL_E_INVALID);
    assert_string_equal(it->why.text, "Check 'service:web' is in critical state");
    it->check = SESSION_CHECK_GONE;
    assert_int_equal(begin(it, terms, a), ROLLCALL_E_INVALID);
    assert_string_equal(it->why.text, "Missing check 'service:web' registration");
}

static void a_session_ends_with_its_node(void **state)
{
    struct keeping *it = *state;
    char a[SESSION_ID_SIZE];

    assert_int_equal(begin(it, (struct session_terms){ .name = "a" }, a), ROLLCALL_OK);
    it->node_gone = true;
    sessions_look(it->sessions, it->now);
    pass(it, 0);
    assert_false(lives(it, a));
    assert_int_equal(begin(it, (struct session_terms){ .name = "a" }, a),
                     ROLLCALL_E_INVALID);
    assert_string_equal(it->why.text, "Missing node registration");
}

static void there_are_no_more_than_allowed(void **state)
{
    struct keeping *it = *state;
    char a[SESSION_ID_SIZE];

    it->sessions_max = 1;
    restart(it);
    assert_int_equal(begin(it, (struct session_terms){ .name = "" }, a), ROLLCALL_OK);
    assert_int_equal(begin(it, (struct session_terms){ .name = "" }, a),
                     ROLLCALL_E_LIMIT);
    assert_non_null(strstr(it->why.text, "api.sessions"));
}

static void ending_what_is_not_is_no_error(void **state)
{
    struct keeping *it = *state;

    end(it, "no-such");
    assert_string_equal(it->done, "saved ");
    assert_int_equal(it->sessions->index, 0);
}

static void whose_it_is_outlives_a_restart(void **state)
{
    struct keeping *it = *state;
    struct session_terms mine = { .ttl = "10s", .ttl_ns = INT64_C(10000000000) };
    char id[SESSION_ID_SIZE], other[SESSION_ID_SIZE];
    static const uint8_t nobody[SESSION_MAKER_SIZE];

    memset(mine.maker, 0xa7, sizeof mine.maker);
    assert_int_equal(begin(it, mine, id), ROLLCALL_OK);
    assert_int_equal(begin(it, (struct session_terms){ .ttl = "" }, other), ROLLCALL_OK);
    restart(it);
    const struct session_terms *terms =
        &session_saved(sessions_get(it->sessions, id))->terms;
    assert_memory_equal(terms->maker, mine.maker, sizeof mine.maker);
    assert_string_equal(terms->checks[0].id, "serfHealth");
    terms = &session_saved(sessions_get(it->sessions, other))->terms;
    assert_memory_equal(terms->maker, nobody, sizeof nobody);
}

/* As an earlier rollcalld wrote all, and reads them. */
static void a_session_of_nobody_is_written_as_ever(void **state)
{
    struct session_terms terms = { .name = "n", .node = "n1", .ttl = "" };
    struct buffer bytes;

    (void)state;
    for (int owned = 0; owned < 2; owned++) {
        memset(terms.maker, owned, sizeof terms.maker);
        struct session_version *made = session_version_make(&terms, 1, 2);
        buffer_init(&bytes, SIZE_MAX);
        session_pack(&made->is, &bytes);
        assert_int_equal(bytes.data[0], owned + 1);
        uint32_t length = (uint32_t)bytes.length;
        assert_null(session_unpack((const uint8_t *)bytes.data, length - 1));
        struct session_version *read =
            session_unpack((const uint8_t *)bytes.data, length);
        assert_memory_equal(read->terms.maker, terms.maker, sizeof terms.maker);
        version_unref(&read->is);
        version_unref(&made->is);
        buffer_deinit(&bytes);
    }
}

static void a_damaged_record_is_no_session(void **state)
{
    (void)state;
    struct session_terms terms = { .name = "n", .node = "x", .ttl = "10s" };
    struct buffer bytes;

    buffer_init(&bytes, 1024);
    struct session_version *version = session_version_make(&terms, 1, 2);
    session_pack(&version->is, &bytes);
    for (uint32_t cut = 0; cut < bytes.length; cut++)
        assert_null(session_unpack((const uint8_t *)bytes.data, cut));
    struct session_version *again =
        session_unpack((const uint8_t *)bytes.data, (uint32_t)bytes.length);
    assert_non_null(again);
    assert_string_equal(again->terms.node, "x");
    version_unref(&again->is);
    version_unref(&version->is);
    buffer_deinit(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEPT(one_session_holds_a_lock_at_a_time),
        KEPT(a_plain_write_leaves_the_lock_alone),
        KEPT(nobody_locks_with_a_session_that_is_not),
        KEPT(its_end_frees_its_locks_after_the_delay),
        KEPT(the_delay_outlives_a_restart),
        KEPT(behaviour_delete_takes_the_keys_along),
        KEPT(locks_and_their_session_end_together_or_not_at_all),
        KEPT(a_ttl_ends_it_between_once_and_twice_its_time),
        KEPT(a_ttl_begins_anew_after_a_restart),
        KEPT(a_disk_that_refuses_only_delays_the_end),
        KEPT(a_check_that_is_critical_or_gone_ends_it),
        KEPT(a_session_ends_with_its_node),
        KEPT(there_are_no_more_than_allowed),
        KEPT(ending_what_is_not_is_no_error),
        KEPT(whose_it_is_outlives_a_restart),
        cmocka_unit_test(a_session_of_nobody_is_written_as_ever),
        cmocka_unit_test(a_damaged_record_is_no_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

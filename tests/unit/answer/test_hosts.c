/* Host names that are looked up: when they are asked for, and what stays of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "answer/hosts.h"

struct fixture {
    struct hosts hosts;
    unsigned asked;
};

static bool ask(void *owner, const char *host)
{
    struct fixture *f = owner;

    (void)host;
    f->asked++;
    return true;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    hosts_init(&f->hosts);
    f->hosts.ask = ask;
    f->hosts.ask_owner = f;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    hosts_deinit(&f->hosts);
    free(f);
    return 0;
}

static const struct rollcall_address two[] = { { 4, { 10, 0, 0, 2 } },
                                               { 4, { 10, 0, 0, 1 } } };

static void learn(struct fixture *f, uint32_t count, uint32_t ttl, int64_t now)
{
    hosts_learnt(&f->hosts, "a.test.", two, count, ttl, now);
}

static void a_name_is_asked_for_when_it_is_held_and_again_after_its_ttl(void **state)
{
    struct fixture *f = *state;

    assert_true(hosts_hold(&f->hosts, "a.test.", 1000));
    hosts_run_due(&f->hosts, 1000);
    assert_int_equal(f->asked, 1);
    hosts_run_due(&f->hosts, 9000);
    assert_int_equal(f->asked, 1);
    learn(f, 2, 60, 10000);
    assert_int_equal(f->hosts.due, 70000);
    hosts_run_due(&f->hosts, 69999);
    assert_int_equal(f->asked, 1);
    hosts_run_due(&f->hosts, 70000);
    assert_int_equal(f->asked, 2);
}

static void a_ttl_of_nothing_does_not_mean_all_the_time(void **state)
{
    struct fixture *f = *state;

    assert_true(hosts_hold(&f->hosts, "a.test.", 0));
    hosts_run_due(&f->hosts, 0);
    learn(f, 1, 0, 0);
    assert_int_equal(f->hosts.due, HOSTS_TTL_MIN * 1000);
    assert_int_equal(hosts_find(&f->hosts, "a.test.")->ttl, 0);
}

static void what_is_learnt_is_sorted_and_a_change_only_once(void **state)
{
    struct fixture *f = *state;
    static const struct rollcall_address turned[] = { { 4, { 10, 0, 0, 1 } },
                                                      { 4, { 10, 0, 0, 2 } } };

    assert_true(hosts_hold(&f->hosts, "a.test.", 0));
    hosts_run_due(&f->hosts, 0);
    learn(f, 2, 60, 0);
    assert_true(f->hosts.changed);
    assert_int_equal(hosts_find(&f->hosts, "A.Test.")->addresses[0].bytes[3], 1);
    hosts_settle(&f->hosts);
    hosts_run_due(&f->hosts, 60000);
    hosts_learnt(&f->hosts, "a.test.", turned, 2, 60, 60000);
    assert_false(f->hosts.changed);
}

static void failures_wait_longer_each_time_and_keep_what_was_known(void **state)
{
    struct fixture *f = *state;
    int64_t now = 60000;

    assert_true(hosts_hold(&f->hosts, "a.test.", 0));
    hosts_run_due(&f->hosts, 0);
    learn(f, 2, 60, 0);
    for (int64_t wait = HOSTS_RETRY_MS; wait <= 4 * HOSTS_RETRY_MS; wait *= 2) {
        hosts_run_due(&f->hosts, now);
        hosts_failed(&f->hosts, "a.test.", "test", now);
        assert_int_equal(f->hosts.due, now + wait);
        now = f->hosts.due;
    }
    assert_int_equal(hosts_find(&f->hosts, "a.test.")->count, 2);
}

static void after_an_hour_without_a_reply_nothing_is_known(void **state)
{
    struct fixture *f = *state;

    assert_true(hosts_hold(&f->hosts, "a.test.", 0));
    hosts_run_due(&f->hosts, 0);
    learn(f, 2, 60, 0);
    hosts_settle(&f->hosts);
    hosts_run_due(&f->hosts, HOSTS_KEEP_MS - 1);
    hosts_failed(&f->hosts, "a.test.", "test", HOSTS_KEEP_MS - 1);
    assert_int_equal(hosts_find(&f->hosts, "a.test.")->count, 2);
    hosts_run_due(&f->hosts, f->hosts.due);
    assert_int_equal(hosts_find(&f->hosts, "a.test.")->count, 0);
    assert_true(f->hosts.changed);
}

static void a_name_is_forgotten_with_the_last_who_has_it(void **state)
{
    struct fixture *f = *state;

    assert_true(hosts_hold(&f->hosts, "a.test.", 0));
    assert_true(hosts_hold(&f->hosts, "A.test.", 0));
    hosts_run_due(&f->hosts, 0);
    hosts_release(&f->hosts, "a.test.");
    assert_non_null(hosts_find(&f->hosts, "a.test."));
    hosts_release(&f->hosts, "a.test.");
    assert_null(hosts_find(&f->hosts, "a.test."));
    learn(f, 2, 60, 0); /* the reply comes late */
    assert_int_equal(f->hosts.asking, 0);
    assert_false(f->hosts.changed);
}

static void only_so_many_are_asked_for_at_once(void **state)
{
    struct fixture *f = *state;
    char name[32];

    for (int i = 0; i < HOSTS_AT_ONCE + 10; i++) {
        snprintf(name, sizeof name, "h%d.test.", i);
        assert_true(hosts_hold(&f->hosts, name, 0));
    }
    hosts_run_due(&f->hosts, 0);
    assert_int_equal(f->asked, HOSTS_AT_ONCE);
    for (int i = 0; i < HOSTS_AT_ONCE + 10; i++) {
        snprintf(name, sizeof name, "h%d.test.", i);
        if (hosts_find(&f->hosts, name)->asking)
            hosts_failed(&f->hosts, name, "test", 50);
    }
    hosts_run_due(&f->hosts, f->hosts.due);
    assert_int_equal(f->asked, HOSTS_AT_ONCE + 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_name_is_asked_for_when_it_is_held_and_again_after_its_ttl, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ttl_of_nothing_does_not_mean_all_the_time,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_learnt_is_sorted_and_a_change_only_once,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            failures_wait_longer_each_time_and_keep_what_was_known, setup, teardown),
        cmocka_unit_test_setup_teardown(after_an_hour_without_a_reply_nothing_is_known,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_is_forgotten_with_the_last_who_has_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(only_so_many_are_asked_for_at_once, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

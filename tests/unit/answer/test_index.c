#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "answer/index.h"
#include "answer/reader.h"
#include "answer/zone.h"

/* A zone that is only an apex. */
struct fixture {
    struct answer_index index;
    struct answer_zone zone;
    struct answer_zone *zones[1];
};

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    assert_true(dns_name_parse(text, &name));
    return name;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    answer_reader_register();
    answer_reader_online();
    assert_int_equal(answer_index_init(&f->index, 7), ROLLCALL_OK);
    f->index.zones = calloc(1, sizeof f->index.zones[0]);
    f->zone.apex = name_of("z.");
    f->zone.index = &f->index;
    f->index.numbered = calloc(1, sizeof f->index.numbered[0]);
    f->index.numbered[0] = &f->zone;
    f->index.zones[0] = &f->zone;
    f->index.zone_count = 1;
    struct answer_name *apex = answer_index_add(&f->index, &f->zone.apex, &f->zone);
    atomic_store(&apex->content, 8); /* never looked at, only not nothing */
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    answer_reader_offline();
    answer_reader_barrier();
    answer_index_deinit(&f->index);
    answer_reader_unregister();
    free(f);
    return 0;
}

static struct answer_name *add(struct fixture *f, const char *text)
{
    struct dns_name name = name_of(text);
    struct answer_name *added = answer_index_add(&f->index, &name, &f->zone);

    assert_non_null(added);
    return added;
}

static struct answer_name *find(struct fixture *f, const char *text)
{
    struct dns_name name = name_of(text);

    return answer_index_find(&f->index, &name);
}

static struct answer_name *add_with_content(struct fixture *f, const char *text)
{
    struct answer_name *name = add(f, text);

    atomic_store(&name->content, 8);
    return name;
}

static void drop(struct fixture *f, const char *text)
{
    struct answer_name *name = find(f, text);

    atomic_store(&name->content, 0);
    answer_index_release(&f->index, name);
}

static void names_above_come_with_a_name(void **state)
{
    struct fixture *f = *state;

    add_with_content(f, "a.b.c.z.");
    assert_non_null(find(f, "b.c.z."));
    assert_non_null(find(f, "c.z."));
    assert_null(find(f, "x.c.z."));
    assert_int_equal(find(f, "c.z.")->below, 1);
    assert_int_equal(f->index.names, 4);
}

static void an_empty_name_goes_with_the_last_below_it(void **state)
{
    struct fixture *f = *state;

    add_with_content(f, "a.b.c.z.");
    add_with_content(f, "d.b.c.z.");
    drop(f, "a.b.c.z.");
    assert_null(find(f, "a.b.c.z."));
    assert_non_null(find(f, "b.c.z."));
    drop(f, "d.b.c.z.");
    assert_null(find(f, "b.c.z."));
    assert_null(find(f, "c.z."));
    assert_non_null(find(f, "z."));
    assert_int_equal(f->index.names, 1);
}

static void a_name_with_content_stays_when_all_below_it_go(void **state)
{
    struct fixture *f = *state;

    add_with_content(f, "c.z.");
    add_with_content(f, "a.b.c.z.");
    drop(f, "a.b.c.z.");
    assert_non_null(find(f, "c.z."));
    assert_null(find(f, "b.c.z."));
}

static void a_name_that_loses_its_content_stays_above_others(void **state)
{
    struct fixture *f = *state;

    add_with_content(f, "c.z.");
    add_with_content(f, "a.c.z.");
    drop(f, "c.z.");
    assert_non_null(find(f, "c.z."));
    assert_int_equal(answer_name_content(find(f, "c.z.")), 0);
}

static void a_name_is_known_by_all_its_octets(void **state)
{
    struct fixture *f = *state;

    add_with_content(f, "abcdefgh.z.");
    assert_null(find(f, "abcdefgi.z."));
    assert_null(find(f, "abcdefg.z."));
    assert_null(find(f, "abcdefghi.z."));
}

static void many_names_are_found_while_the_table_grows_and_shrinks(void **state)
{
    struct fixture *f = *state;
    char text[32];

    for (unsigned i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "n%u.z.", i);
        add_with_content(f, text);
    }
    for (unsigned i = 0; i < 5000; i += 2) {
        snprintf(text, sizeof text, "n%u.z.", i);
        drop(f, text);
    }
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "n%u.z.", i);
        assert_true((find(f, text) != NULL) == (i % 2 == 1));
    }
    assert_int_equal(f->index.names, 2501);
}

static void coming_and_going_does_not_fill_the_table(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < 20000; i++) {
        char text[32];
        snprintf(text, sizeof text, "n%u.z.", i);
        add_with_content(f, text);
        drop(f, text);
    }
    assert_in_range(f->index.building->mask, 1, 255);
}

struct reader {
    struct fixture *fixture;
    _Atomic bool stop;
    unsigned missed;
    _Atomic unsigned looked; /* written by the reader alone */
};

/* The name that never goes must be seen at every instant. */
static void *read_all_the_time(void *argument)
{
    struct reader *reader = argument;
    const struct answer_index *index = &reader->fixture->index;
    struct dns_name name;
    uint8_t padded[DNS_NAME_PADDED] = { 0 };

    dns_name_parse("stays.z.", &name);
    memcpy(padded, name.wire, name.length);
    uint64_t hash = answer_index_hash(index, padded, name.length);
    answer_reader_register();
    while (!atomic_load_explicit(&reader->stop, memory_order_relaxed)) {
        answer_reader_online();
        for (unsigned i = 0; i < 100; i++) {
            const struct answer_table *table =
                atomic_load_explicit(&index->table, memory_order_acquire);
            reader->missed += answer_table_find(table, padded, name.length, hash) == NULL;
        }
        answer_reader_offline();
        atomic_fetch_add_explicit(&reader->looked, 100, memory_order_relaxed);
    }
    answer_reader_unregister();
    return NULL;
}

/* However busy the machine is, every round meets a reader that looks. */
static void wait_for_a_look(struct reader *reader)
{
    unsigned before = atomic_load_explicit(&reader->looked, memory_order_relaxed);

    while (atomic_load_explicit(&reader->looked, memory_order_relaxed) == before)
        sched_yield();
}

static void a_reader_never_misses_a_name_that_stays(void **state)
{
    struct fixture *f = *state;
    struct reader reader = { .fixture = f };
    pthread_t thread;
    char text[32];

    add_with_content(f, "stays.z.");
    answer_index_publish(&f->index);
    assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, &reader), 0);
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < 3000; i++) {
            snprintf(text, sizeof text, "n%u.m.z.", i);
            add_with_content(f, text);
        }
        wait_for_a_look(&reader);
        for (unsigned i = 0; i < 3000; i++) {
            snprintf(text, sizeof text, "n%u.m.z.", i);
            drop(f, text);
        }
    }
    atomic_store_explicit(&reader.stop, true, memory_order_relaxed);
    pthread_join(thread, NULL);
    assert_int_equal(reader.missed, 0);
}

static void the_longest_zone_is_found(void **state)
{
    struct fixture *f = *state;
    struct dns_name in = name_of("a.b.z."), out = name_of("a.y."),
                    beside = name_of("az.");

    assert_ptr_equal(answer_index_zone(&f->index, in.wire, in.length), &f->zone);
    assert_null(answer_index_zone(&f->index, out.wire, out.length));
    assert_null(answer_index_zone(&f->index, beside.wire, beside.length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(names_above_come_with_a_name),
        TEST(an_empty_name_goes_with_the_last_below_it),
        TEST(a_name_with_content_stays_when_all_below_it_go),
        TEST(a_name_that_loses_its_content_stays_above_others),
        TEST(a_name_is_known_by_all_its_octets),
        TEST(many_names_are_found_while_the_table_grows_and_shrinks),
        TEST(coming_and_going_does_not_fill_the_table),
        TEST(a_reader_never_misses_a_name_that_stays),
        TEST(the_longest_zone_is_found),
    };
    return cmocka_run_group_tests_name("answer/index", tests, NULL, NULL);
}

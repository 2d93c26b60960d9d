/* Static records and registrations that claim the same names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "model/validate.h"
#include "support/sample.h"
#include "support/scratch.h"
#include "support/test_store.h"
#include "support/town.h"

struct fixture {
    struct scratch scratch;
    char path[128];
    struct town town;
    struct test_store store;
    struct registry *registry;
    struct reason why;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct registry_settings settings = { .node = "n",
                                          .datacenter = "d",
                                          .max_instances = 10 };

    scratch_make(&f->scratch);
    scratch_path(&f->scratch, "z.zone", f->path, sizeof f->path);
    test_store_init(&f->store);
    f->registry = registry_create(&settings, &f->store.base);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    registry_destroy(f->registry);
    town_close(&f->town);
    test_store_deinit(&f->store);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void open_with(struct fixture *f, const char *text)
{
    FILE *file = fopen(f->path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    town_zone(&f->town, "z.");
    f->town.zone[0].file = f->path;
    assert_int_equal(town_open(&f->town, &f->why), ROLLCALL_OK);
    answer_attach(f->town.answer, f->registry);
}

static void on_done(void *context, enum rollcall_status status,
                    const struct registry_reply *reply, const struct reason *why)
{
    (void)reply;
    (void)why;
    *(enum rollcall_status *)context = status;
}

/* Service web, instance w1, tag blue. */
static void put_web(struct fixture *f)
{
    const char *tag = "blue";
    struct rollcall_instance is = sample_values("w1", "web");
    struct requester who = { .privileged = true };
    enum rollcall_status status = ROLLCALL_E_INTERNAL;

    is.tags = &tag;
    is.tag_count = 1;
    struct instance *instance = instance_copy(&is);
    struct register_request request = { .instance = instance };
    assert_int_equal(
        registry_register(f->registry, &request, &who, 1, 1, on_done, &status, &f->why),
        ROLLCALL_OK);
    test_store_save_all(&f->store);
    assert_int_equal(status, ROLLCALL_OK);
    instance_unref(instance);
}

static void expect_clash(void **state, const char *zone, const char *name,
                         const char *place)
{
    struct fixture *f = *state;

    open_with(f, zone);
    put_web(f);
    assert_int_equal(answer_check(f->town.answer, &f->why), ROLLCALL_E_CONFLICT);
    assert_non_null(strstr(f->why.text, name));
    assert_non_null(strstr(f->why.text, place));
    assert_non_null(strstr(f->why.text, "web"));
}

static void the_name_of_a_service_clashes(void **state)
{
    expect_clash(state, "\nweb 60 IN A 10.0.0.1\n", "web.z.", "z.zone:2");
}

static void the_name_of_a_tag_clashes(void **state)
{
    expect_clash(state, "blue.web 60 IN A 10.0.0.1\n", "blue.web.z.", "z.zone:1");
}

static void the_name_of_an_instance_clashes(void **state)
{
    expect_clash(state, "w1.web 60 IN A 10.0.0.1\n", "w1.web.z.", "z.zone:1");
}

static void the_name_beside_a_service_clashes(void **state)
{
    expect_clash(state, "_web._tcp 60 IN TXT x\n", "_web._tcp.z.", "z.zone:1");
}

static void names_that_only_look_alike_do_not_clash(void **state)
{
    struct fixture *f = *state;

    open_with(f, "webs 60 IN A 10.0.0.1\nweb.other 60 IN A 10.0.0.1\n"
                 "red.web 60 IN A 10.0.0.1\n_web 60 IN TXT x\n@ 60 IN TXT web\n");
    put_web(f);
    assert_int_equal(answer_check(f->town.answer, &f->why), ROLLCALL_OK);
}

static void a_declared_service_clashes_without_instances(void **state)
{
    struct fixture *f = *state;

    open_with(f, "void 60 IN A 10.0.0.1\n");
    assert_int_equal(registry_declare(f->registry, "default", "void"), ROLLCALL_OK);
    assert_int_equal(answer_check(f->town.answer, &f->why), ROLLCALL_E_CONFLICT);
    assert_non_null(strstr(f->why.text, "void.z."));
}

static void a_registered_service_is_answered_and_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    struct requester who = { .privileged = true };
    enum rollcall_status status = ROLLCALL_E_INTERNAL;

    open_with(f, "");
    answer_flush(f->town.answer);
    size_t before = f->town.answer->index.names;
    put_web(f);
    answer_flush(f->town.answer);
    assert_true(f->town.answer->index.names > before);
    assert_int_equal(
        registry_deregister(f->registry, "w1", &who, 1, 1, on_done, &status, &f->why),
        ROLLCALL_OK);
    test_store_save_all(&f->store);
    answer_flush(f->town.answer);
    registry_run_due(f->registry, 2);
    assert_int_equal(f->town.answer->index.names, before);
}

/* What is said of a new instance of web with this tag, while w1 is there. */
static const char *warning_of(struct fixture *f, const char *tag)
{
    static struct reason warning;
    struct rollcall_instance is = sample_values("w2", "web");

    memset(&warning, 0, sizeof warning);
    is.tags = &tag;
    is.tag_count = 1;
    assert_int_equal(answer_admit(f->town.answer, &is, "w2", &warning, &f->why),
                     ROLLCALL_OK);
    return warning.text;
}

static void tags_that_select_nothing_are_told(void **state)
{
    struct fixture *f = *state;

    open_with(f, "");
    put_web(f);
    assert_string_equal(warning_of(f, "green"), "");
    assert_string_equal(warning_of(f, "a.b"), "");
    assert_non_null(strstr(warning_of(f, "not a label"), "selects nothing"));
    assert_non_null(strstr(warning_of(f, "udp"), "protocol"));
    assert_non_null(strstr(warning_of(f, "w1"), "instance alone"));
}

static void a_pair_too_long_for_txt_is_told(void **state)
{
    struct fixture *f = *state;
    struct rollcall_instance is = sample_values("w2", "web");
    struct rollcall_pair pair = { "note", NULL };
    char value[MODEL_META_VALUE_MAX + 1] = "";

    open_with(f, "");
    pair.value = value;
    is.meta = &pair;
    is.meta_count = 1;
    for (size_t length = 250; length <= 251; length++) {
        struct reason warning = REASON_NONE;
        memset(value, 'x', length);
        assert_int_equal(answer_admit(f->town.answer, &is, "w2", &warning, &f->why),
                         ROLLCALL_OK);
        if (length == 250)
            assert_string_equal(warning.text, "");
        else
            assert_non_null(strstr(warning.text, "left out of TXT"));
    }
}

#define SIXTY "a-label-of-sixty-octets-that-makes-the-name-of-the-zone-long"

static void names_longer_than_255_octets_are_told(void **state)
{
    struct fixture *f = *state;
    struct rollcall_instance is = sample_values("w2", "web");
    struct reason warning = REASON_NONE;

    town_zone(&f->town, SIXTY "." SIXTY "." SIXTY ".");
    assert_int_equal(town_open(&f->town, &f->why), ROLLCALL_OK);
    assert_int_equal(answer_admit(f->town.answer, &is, "w2", &warning, &f->why),
                     ROLLCALL_OK);
    assert_string_equal(warning.text, "");
    is = sample_values(SIXTY, SIXTY);
    assert_int_equal(answer_admit(f->town.answer, &is, SIXTY, &warning, &f->why),
                     ROLLCALL_OK);
    assert_non_null(strstr(warning.text, "longer than 255 octets"));
}

static void a_host_that_is_the_service_itself_is_refused(void **state)
{
    struct fixture *f = *state;
    struct reason warning = REASON_NONE, why = REASON_NONE;
    struct rollcall_instance is = sample_bare("w1", "web");

    is.host = "WEB.z.";

    open_with(f, "");
    assert_int_equal(answer_admit(f->town.answer, &is, "w1", &warning, &why),
                     ROLLCALL_E_INVALID);
    assert_string_equal(why.field, "address");
    is.host = "web.example.net.";
    assert_int_equal(answer_admit(f->town.answer, &is, "w1", &warning, &why),
                     ROLLCALL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(the_name_of_a_service_clashes),
        TEST(the_name_of_a_tag_clashes),
        TEST(the_name_of_an_instance_clashes),
        TEST(the_name_beside_a_service_clashes),
        TEST(names_that_only_look_alike_do_not_clash),
        TEST(a_declared_service_clashes_without_instances),
        TEST(tags_that_select_nothing_are_told),
        TEST(a_pair_too_long_for_txt_is_told),
        TEST(names_longer_than_255_octets_are_told),
        TEST(a_host_that_is_the_service_itself_is_refused),
        TEST(a_registered_service_is_answered_and_leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("answer/admit", tests, NULL, NULL);
}

/* An instance and its checks as options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/instance_options.h"
#include "model/instance.h"

static struct instance_draft *draft_of(const struct instance_options *options)
{
    struct instance_draft *draft = instance_draft_create();
    struct reason why = REASON_NONE;

    assert_non_null(draft);
    if (!instance_options_apply(options, draft, &why))
        fail_msg("%s", why.text);
    return draft;
}

static void every_option_reaches_its_field(void **state)
{
    const struct instance_options options = {
        .service = "web",
        .addresses = { { "10.0.0.1", "fd00::1" }, 2 },
        .named_ports = { { "metrics=9100", "sip=5060/udp" }, 2 },
        .meta = { { "a=b=c" }, 1 },
        .tags = { { "v2" }, 1 },
        .port = { true, 8080 },
        .ttl = { true, 30000 },
        .status = "warning",
    };
    (void)state;

    struct instance_draft *draft = draft_of(&options);
    const struct rollcall_instance *is = &draft->registration.instance;
    assert_int_equal(is->address_count, 2);
    assert_int_equal(is->addresses[1].family, 6);
    assert_string_equal(is->ports[0].name, "metrics");
    assert_int_equal(is->ports[1].number, 5060);
    assert_int_equal(is->ports[1].protocol, ROLLCALL_UDP);
    assert_string_equal(is->meta[0].key, "a");
    assert_string_equal(is->meta[0].value, "b=c");
    assert_int_equal(is->port, 8080);
    assert_int_equal(is->ttl, 30);
    assert_true(draft->registration.has_status);
    assert_int_equal(is->status, ROLLCALL_WARNING);
    assert_string_equal(is->namespace_name, "default");
    free(draft);
}

static void a_name_is_taken_as_a_host(void **state)
{
    const struct instance_options options = { .service = "web",
                                              .addresses = { { "db.example" }, 1 } };
    (void)state;

    struct instance_draft *draft = draft_of(&options);
    assert_string_equal(draft->registration.instance.host, "db.example");
    assert_int_equal(draft->registration.instance.address_count, 0);
    free(draft);
}

static void each_fault_names_the_option(void **state)
{
    static const struct {
        struct instance_options options;
        const char *word;
    } faults[] = {
        { { .service = NULL }, "--service NAME is missing" },
        { { .service = "a", .addresses = { { "10.0.0.1", "name" }, 2 } }, "\"name\"" },
        { { .service = "a", .named_ports = { { "metrics" }, 1 } }, "NAME=PORT" },
        { { .service = "a", .named_ports = { { "m=70000" }, 1 } }, "\"m=70000\"" },
        { { .service = "a", .named_ports = { { "m=1/ip" }, 1 } }, "\"m=1/ip\"" },
        { { .service = "a", .meta = { { "lonely" }, 1 } }, "KEY=VALUE" },
        { { .service = "a", .status = "fine" }, "--status \"fine\"" },
        { { .service = "a", .ttl = { true, 1500 } }, "whole seconds" },
        { { .service = "a", .checks = { { "" }, 1 } }, "begins with its kind" },
        { { .service = "a", .checks = { { "tcp,fast" }, 1 } }, "KEY=VALUE" },
        { { .service = "a", .checks = { { "tcp,interval=5" }, 1 } }, "duration" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct instance_draft *draft = instance_draft_create();
        struct reason why = REASON_NONE;
        assert_false(instance_options_apply(&faults[i].options, draft, &why));
        if (strstr(why.text, faults[i].word) == NULL)
            fail_msg("expected %s in: %s", faults[i].word, why.text);
        free(draft);
    }
}

/* The one check that `text` says. */
static const struct rollcall_check *check_of(struct instance_draft *draft,
                                             const char *text)
{
    struct reason why = REASON_NONE;
    struct rollcall_instance *is = &draft->registration.instance;

    is->checks = draft->checks;
    if (!check_option_add(draft, text, &why))
        fail_msg("%s", why.text);
    return &draft->checks[is->check_count - 1];
}

static void a_check_is_read_with_where_and_settings(void **state)
{
    struct instance_draft *draft = instance_draft_create();
    (void)state;

    const struct rollcall_check *check = check_of(
        draft, "http:/health,interval=1s,failure_threshold=2,headers.Host=a\\,b");
    assert_string_equal(check->kind, "http");
    assert_int_equal(check->interval_ms, 1000);
    assert_int_equal(check->failure_threshold, 2);
    assert_int_equal(check->timeout_ms, 0);
    assert_string_equal(check_option(check, "path", 0), "/health");
    assert_string_equal(check_option(check, "headers.Host", 0), "a,b");

    check = check_of(draft, "http://10.0.0.1:9000/ready?x=1");
    assert_string_equal(check_option(check, "target", 0), "10.0.0.1:9000");
    assert_string_equal(check_option(check, "path", 0), "/ready?x=1");

    check = check_of(draft, "tcp:[::1]:5432,name=db");
    assert_string_equal(check_option(check, "target", 0), "[::1]:5432");
    assert_string_equal(check->name, "db");

    check = check_of(draft, "exec:/usr/lib/checks/disk  --free 10%,command=a b");
    assert_string_equal(check_option(check, "command", 0), "/usr/lib/checks/disk");
    assert_string_equal(check_option(check, "command", 1), "--free");
    assert_string_equal(check_option(check, "command", 2), "10%");
    assert_string_equal(check_option(check, "command", 3), "a b");

    check = check_of(draft, "dns:example.org AAAA,recursion=false");
    assert_string_equal(check_option(check, "query", 0), "example.org AAAA");
    assert_string_equal(check_option(check, "recursion", 0), "false");

    check = check_of(draft, "ttl");
    assert_string_equal(check->kind, "ttl");
    assert_int_equal(check->option_count, 0);
    free(draft);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_reaches_its_field),
        cmocka_unit_test(a_name_is_taken_as_a_host),
        cmocka_unit_test(each_fault_names_the_option),
        cmocka_unit_test(a_check_is_read_with_where_and_settings),
    };
    return cmocka_run_group_tests_name("cli/instance_options", tests, NULL, NULL);
}

/* What is kept of a run where keep_output is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "health/said.h"
#include "support/sample.h"

struct asked {
    struct rollcall_check spec;
    struct entry *entry;
    struct check check;
};

static int setup(void **state)
{
    struct asked *asked = calloc(1, sizeof *asked);

    asked->spec = sample_check("http-1");
    asked->spec.kind = "http";
    asked->spec.keep_output = true;
    asked->entry = calloc(1, sizeof *asked->entry + 8);
    asked->entry->instance = sample_instance("web-1", "web");
    asked->check = (struct check){ .spec = &asked->spec, .entry = asked->entry };
    *state = asked;
    return 0;
}

static int teardown(void **state)
{
    struct asked *asked = *state;

    instance_unref(asked->entry->instance);
    free(asked->entry);
    free(asked);
    return 0;
}

static void a_reply_is_told_with_its_request(void **state)
{
    const struct rollcall_pair options[] = { { "method", "POST" },
                                             { "path", "/ready?x=1" },
                                             { "target", "10.1.2.3:81" } };
    const struct said_reply reply = {
        .scheme = "https", .status = 200, .phrase = "OK", .body = "well", .length = 4
    };
    struct asked *asked = *state;
    char said[SAID_MAX];

    assert_non_null(
        strstr(said_reply(&asked->check, &reply, said), "HTTP GET https://10.0.0.1:"));
    asked->spec.options = options;
    asked->spec.option_count = 3;
    assert_string_equal(said_reply(&asked->check, &reply, said),
                        "HTTP POST https://10.1.2.3:81/ready?x=1: 200 OK Output: well");
}

static void the_end_of_a_long_body_is_kept_and_begins_with_a_character(void **state)
{
    static char body[9000];
    struct asked *asked = *state;
    char said[SAID_MAX];

    memset(body, 'a', sizeof body);
    memcpy(body + sizeof body - CHECK_OUTPUT_TOLD - 1, "\xc3\xa9", 2); /* cut in two */
    body[sizeof body - 3] = '\0';
    const struct said_reply reply = {
        .scheme = "http", .status = 500, .phrase = "", .body = body, .length = sizeof body
    };
    const char *output = strstr(said_reply(&asked->check, &reply, said), "Output: ");
    assert_non_null(output);
    output += strlen("Output: ");
    assert_int_equal(strlen(output), CHECK_OUTPUT_TOLD - 1);
    assert_int_equal(output[0], 'a');
    assert_string_equal(output + strlen(output) - 4, "a aa");
}

static void nothing_is_made_where_it_is_not_kept(void **state)
{
    const struct said_reply reply = { .scheme = "http", .status = 200, .phrase = "OK" };
    struct asked *asked = *state;
    char said[SAID_MAX];

    assert_non_null(said_reply(&asked->check, &reply, said));
    asked->spec.keep_output = false;
    assert_null(said_reply(&asked->check, &reply, said));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reply_is_told_with_its_request, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            the_end_of_a_long_body_is_kept_and_begins_with_a_character, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_made_where_it_is_not_kept, setup,
                                        teardown),
    };
    return cmocka_run_group_tests_name("health/said", tests, NULL, NULL);
}

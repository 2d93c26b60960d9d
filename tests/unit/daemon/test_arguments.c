/* The command line of rollcalld. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/arguments.h"

#define WORDS_MAX 8

/* Parse "rollcalld" and the given words, up to a NULL. */
static enum rollcall_status parse(struct arguments *out, struct reason *why,
                                  const char *const *words)
{
    char *argv[WORDS_MAX + 2] = { (char[]){ "rollcalld" } };
    int argc = 1;

    while (words[argc - 1] != NULL && argc <= WORDS_MAX) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
        argc++;
    }
    return arguments_parse(argc, argv, out, why);
}

#define PARSE(out, why, ...)                                                             \
    parse((out), (why), (const char *const[]){ __VA_ARGS__, NULL })

static void the_file_and_every_override_are_kept_in_order(void **state)
{
    (void)state;
    struct arguments arguments;

    assert_int_equal(PARSE(&arguments, NULL, "-c", "a.yaml", "--set", "node=a",
                           "--set=dns.workers=2", "-v"),
                     ROLLCALL_OK);
    assert_int_equal(arguments.action, ACTION_RUN);
    assert_string_equal(arguments.config_path, "a.yaml");
    assert_int_equal(arguments.override_count, 2);
    assert_string_equal(arguments.overrides[0].text, "node=a");
    assert_string_equal(arguments.overrides[1].text, "dns.workers=2");
    assert_true(arguments.verbose);
    arguments_deinit(&arguments);
}

static void a_value_may_stand_in_the_same_word(void **state)
{
    (void)state;
    struct arguments arguments;

    assert_int_equal(PARSE(&arguments, NULL, "-ca.yaml", "--check"), ROLLCALL_OK);
    assert_string_equal(arguments.config_path, "a.yaml");
    assert_int_equal(arguments.action, ACTION_CHECK);
    arguments_deinit(&arguments);

    assert_int_equal(PARSE(&arguments, NULL, "--config=b.yaml"), ROLLCALL_OK);
    assert_string_equal(arguments.config_path, "b.yaml");
    assert_int_equal(arguments.action, ACTION_RUN);
    arguments_deinit(&arguments);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        const char *said;
    } cases[] = {
        { "--chek", "--chek: there is no such argument; try rollcalld --help" },
        { "--checked", "--checked: there is no such argument; try rollcalld --help" },
        { "-x", "-x: there is no such argument; try rollcalld --help" },
        { "a.yaml", "a.yaml: there is no such argument; try rollcalld --help" },
        { "-", "-: there is no such argument; try rollcalld --help" },
        { "--check=now", "--check=now: --check takes no value" },
        { "-c", "--config needs FILE behind it" },
        { "--set", "--set needs KEY=VALUE behind it" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arguments arguments;
        struct reason why = REASON_NONE;
        assert_int_equal(PARSE(&arguments, &why, cases[i].word), ROLLCALL_E_INVALID);
        assert_string_equal(why.text, cases[i].said);
    }
}

static void the_help_has_every_argument_and_an_example(void **state)
{
    (void)state;
    static const char *const wanted[] = { "-c, --config FILE", "--set KEY=VALUE",
                                          "--check",           "--show-config",
                                          "-v, --verbose",     "--version",
                                          "example: rollcalld" };
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    arguments_help(out);
    fclose(out);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_non_null(strstr(text, wanted[i]));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_and_every_override_are_kept_in_order),
        cmocka_unit_test(a_value_may_stand_in_the_same_word),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(the_help_has_every_argument_and_an_example),
    };
    return cmocka_run_group_tests_name("daemon/arguments", tests, NULL, NULL);
}

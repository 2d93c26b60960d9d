/* Options as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/commands.h"

struct options {
    bool force;
    const char *name;
    struct argument_list tags;
    struct argument_number count;
    struct argument_number timeout;
};

#define FIELD(field) offsetof(struct options, field)
static const struct argument table[] = {
    { "force", NULL, ARGUMENT_FLAG, FIELD(force), 0, "" },
    { "name", "NAME", ARGUMENT_TEXT, FIELD(name), 0, "" },
    { "tag", "TAG", ARGUMENT_LIST, FIELD(tags), 0, "" },
    { "count", "NUMBER", ARGUMENT_NUMBER, FIELD(count), 99, "" },
    { "timeout", "DURATION", ARGUMENT_DURATION, FIELD(timeout), 0, "" },
    { 0 },
};

static const struct command command = {
    .name = "test",
    .arguments = "[WORD]",
    .tables = (const struct argument *const[]){ table, NULL },
    .max_words = 1,
};

static const struct command wrapper = {
    .name = "wrap",
    .arguments = "-- COMMAND",
    .tables = (const struct argument *const[]){ table, NULL },
    .takes_rest = true,
};

struct parsed {
    struct options options;
    struct invocation invocation;
    struct reason why;
    char line[256];
    char *argv[32];
    bool good;
};

/* `line` is cut at its blanks. */
static void parse(struct parsed *out, const struct command *with, const char *line)
{
    int argc = 0;

    memset(out, 0, sizeof *out);
    snprintf(out->line, sizeof out->line, "%s", line);
    for (char *word = strtok(out->line, " "); word != NULL; word = strtok(NULL, " "))
        out->argv[argc++] = word;
    out->invocation.command = with;
    out->invocation.options = &out->options;
    out->good = arguments_parse(&out->invocation, argc, out->argv, &out->why);
}

static void every_type_is_read_in_both_spellings(void **state)
{
    struct parsed it;
    (void)state;

    parse(&it, &command,
          "--force --name=web word --tag a --tag=b --count 7 --timeout 1m30s");
    assert_true(it.good);
    assert_true(it.options.force);
    assert_string_equal(it.options.name, "web");
    assert_int_equal(it.options.tags.count, 2);
    assert_string_equal(it.options.tags.items[1], "b");
    assert_int_equal(it.options.count.value, 7);
    assert_int_equal(it.options.timeout.value, 90000);
    assert_int_equal(it.invocation.word_count, 1);
    assert_string_equal(it.invocation.words[0], "word");
}

static void options_of_every_command_are_known_too(void **state)
{
    struct parsed it;
    (void)state;

    parse(&it, &command, "--json --socket /run/x.sock");
    assert_true(it.good);
    assert_true(it.invocation.json);
    assert_string_equal(it.invocation.socket, "/run/x.sock");
}

static void after_two_dashes_nothing_is_an_option(void **state)
{
    struct parsed it;
    (void)state;

    parse(&it, &command, "-- --force");
    assert_true(it.good);
    assert_false(it.options.force);
    assert_string_equal(it.invocation.words[0], "--force");
}

static void what_follows_two_dashes_is_the_command_of_a_wrapper(void **state)
{
    struct parsed it;
    (void)state;

    parse(&it, &wrapper, "--force -- sleep --help 1");
    assert_true(it.good);
    assert_false(it.invocation.help);
    assert_string_equal(it.invocation.rest[0], "sleep");
    assert_string_equal(it.invocation.rest[2], "1");
    assert_null(it.invocation.rest[3]);
}

static void a_wrapper_without_its_command_is_refused(void **state)
{
    struct parsed it;
    (void)state;

    parse(&it, &wrapper, "--force");
    assert_false(it.good);
    parse(&it, &wrapper, "--force --");
    assert_false(it.good);
}

static void each_fault_has_its_sentence(void **state)
{
    static const struct {
        const char *line;
        const char *sentence;
    } faults[] = {
        { "--nmae web", "there is no option --nmae; did you mean --name?" },
        { "--socet x", "there is no option --socet; did you mean --socket?" },
        { "--quite-different", "there is no option --quite-different" },
        { "-f", "there is no option -f; options begin with two dashes" },
        { "--name", "--name needs a value: --name NAME" },
        { "--force=yes", "--force takes no value" },
        { "--count 100", "--count \"100\": a number from 0 to 99 is needed" },
        { "--count x", "--count \"x\": a number from 0 to 99 is needed" },
        { "--timeout 5",
          "--timeout \"5\": a duration with its unit is needed, like 250ms, "
          "10s or 1h30m" },
        { "one two", "\"two\" is too much: rollcall test [WORD]" },
    };
    struct parsed it;
    (void)state;

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        parse(&it, &command, faults[i].line);
        assert_false(it.good);
        assert_string_equal(it.why.text, faults[i].sentence);
    }
}

static void every_command_can_be_found_and_has_an_example(void **state)
{
    (void)state;

    for (size_t i = 0; commands_all()[i] != NULL; i++) {
        const struct command *one = commands_all()[i];
        assert_ptr_equal(commands_find(one->name), one);
        assert_non_null(strstr(one->example, "rollcall"));
        assert_int_not_equal(one->summary[0], '\0');
    }
    assert_null(commands_find("fly"));
    assert_string_equal(commands_nearest("lits"), "list");
    assert_null(commands_nearest("fly-me-to-the-moon"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read_in_both_spellings),
        cmocka_unit_test(options_of_every_command_are_known_too),
        cmocka_unit_test(after_two_dashes_nothing_is_an_option),
        cmocka_unit_test(what_follows_two_dashes_is_the_command_of_a_wrapper),
        cmocka_unit_test(a_wrapper_without_its_command_is_refused),
        cmocka_unit_test(each_fault_has_its_sentence),
        cmocka_unit_test(every_command_can_be_found_and_has_an_example),
    };
    return cmocka_run_group_tests_name("cli/arguments", tests, NULL, NULL);
}

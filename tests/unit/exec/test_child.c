/* exec/child.h: what may run as root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec/child.h"

static char *const named[] = { "/usr/bin/true", "/tmp/anything" };
static const struct exec_settings settings = { .root_commands = named,
                                               .root_command_count = 2 };

static enum exec_end judge(const char *path, uid_t uid)
{
    const char *const arguments[] = { path, NULL };
    const struct exec_request request = { .arguments = arguments, .uid = uid };

    return child_judge(&settings, &request);
}

static void an_ordinary_user_may_run_anything(void **state)
{
    (void)state;
    assert_int_equal(judge("/bin/sh", 1000), EXEC_EXITED);
}

static void root_may_run_what_is_named(void **state)
{
    (void)state;
    assert_int_equal(judge("/usr/bin/true", 0), EXEC_EXITED);
    assert_int_equal(judge("/bin/sh", 0), EXEC_ROOT);
    assert_int_equal(judge("/usr/bin/../bin/true", 0), EXEC_ROOT);
}

static void no_user_at_all_is_not_what_we_are(void **state)
{
    (void)state;
    assert_int_equal(judge("/usr/bin/true", (uid_t)-1), EXEC_ROOT);
}

static void a_folder_that_all_may_write_to_spoils_it(void **state)
{
    (void)state;
    /* /tmp itself is enough, but a file that is not there cannot be run anyway. */
    assert_int_equal(judge("/tmp/anything", 0), EXEC_WRITABLE);
}

/* Is `path` -> `to` good enough for root? `path` is made and removed. */
static enum exec_end judge_link(const char *path, const char *to)
{
    const char *const arguments[] = { path, NULL };
    char *const only[] = { (char *)(uintptr_t)path };
    const struct exec_settings one = { .root_commands = only, .root_command_count = 1 };
    const struct exec_request request = { .arguments = arguments };

    assert_int_equal(symlink(to, path), 0);
    enum exec_end end = child_judge(&one, &request);
    assert_int_equal(unlink(path), 0);
    return end;
}

/* Only root can make a link in a folder that is root's alone. */
static void what_a_link_leads_to_is_judged_too(void **state)
{
    char folder[] = "/run/rollcall-test-XXXXXX", spoilt[] = "/tmp/rollcall-test-XXXXXX";
    char link[64], inner[64];

    (void)state;
    if (geteuid() != 0 || mkdtemp(folder) == NULL)
        skip();
    assert_non_null(mkdtemp(spoilt));
    snprintf(link, sizeof link, "%s/link", folder);
    snprintf(inner, sizeof inner, "%s/inner", spoilt);
    assert_int_equal(judge_link(link, "/usr/bin/true"), EXEC_EXITED);
    assert_int_equal(judge_link(link, "../../usr/bin/true"), EXEC_EXITED);
    assert_int_equal(judge_link(link, "link"), EXEC_WRITABLE);
    assert_int_equal(judge_link(inner, "/usr/bin/true"), EXEC_WRITABLE);
    assert_int_equal(symlink("/usr/bin/true", inner), 0);
    assert_int_equal(judge_link(link, inner), EXEC_WRITABLE);
    assert_int_equal(unlink(inner), 0);
    assert_int_equal(rmdir(spoilt), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void endings_are_sentences(void **state)
{
    const struct exec_result killed = { .end = EXEC_SIGNALLED, .code = 9 };
    const struct exec_result denied = { .end = EXEC_NOT_EXECUTABLE, .code = 13 };
    char text[160];

    (void)state;
    exec_print(&killed, text, sizeof text);
    assert_string_equal(text, "was killed by signal 9 (SIGKILL)");
    exec_print(&denied, text, sizeof text);
    assert_string_equal(text, "it cannot be executed: Permission denied");
    for (int i = 0; i < EXEC_END_COUNT; i++) {
        const struct exec_result any = { .end = (enum exec_end)i, .code = 1 };
        exec_print(&any, text, sizeof text);
        assert_true(text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_user_may_run_anything),
        cmocka_unit_test(root_may_run_what_is_named),
        cmocka_unit_test(no_user_at_all_is_not_what_we_are),
        cmocka_unit_test(a_folder_that_all_may_write_to_spoils_it),
        cmocka_unit_test(what_a_link_leads_to_is_judged_too),
        cmocka_unit_test(endings_are_sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* exec/forbid.h: after it nothing is executed, by nobody below either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/forbid.h"

enum { RAN = 0, FORBIDDEN = 7, OTHERWISE = 8, NO_FILTER = 9 };

/* In a child: the filter is for good. */
static int try_to_execute(void)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (!exec_forbid())
            _exit(NO_FILTER);
        execl("/bin/true", "true", (char *)NULL);
        _exit(errno == EPERM && getpid() > 0 ? FORBIDDEN : OTHERWISE);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_process_that_forbids_it_executes_nothing(void **state)
{
    int code = try_to_execute();

    (void)state;
    if (code == NO_FILTER)
        skip();
    assert_int_equal(code, FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_forbids_it_executes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

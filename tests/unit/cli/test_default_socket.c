/* The library carries no configuration: its own idea of the socket and the daemon's must
 * stay the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "rollcall/client.h"

#define MACHINE "/run/rollcall/rollcall.sock"

static void assert_both_say_the_same(void)
{
    char daemon[256];
    char library[256];

    config_default_socket(daemon, sizeof daemon);
    rollcall_default_socket(library, sizeof library);
    /* With no socket of its own a user may mean the one of the machine. */
    if (strcmp(library, MACHINE) != 0 || access(MACHINE, F_OK) != 0)
        assert_string_equal(library, daemon);
}

static void daemon_and_library_agree_where_the_socket_is(void **state)
{
    static const char *const folders[] = { NULL, "/run/user/1", "relative", "/a:/b" };
    (void)state;

    unsetenv("ROLLCALL_SOCKET");
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++) {
            unsetenv("RUNTIME_DIRECTORY");
            unsetenv("XDG_RUNTIME_DIR");
            if (folders[i] != NULL)
                setenv("RUNTIME_DIRECTORY", folders[i], 1);
            if (folders[j] != NULL)
                setenv("XDG_RUNTIME_DIR", folders[j], 1);
            assert_both_say_the_same();
        }
    }
}

static void the_environment_names_the_socket_first(void **state)
{
    char library[256];
    (void)state;

    setenv("ROLLCALL_SOCKET", "/somewhere/else.sock", 1);
    rollcall_default_socket(library, sizeof library);
    assert_string_equal(library, "/somewhere/else.sock");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(daemon_and_library_agree_where_the_socket_is),
        cmocka_unit_test(the_environment_names_the_socket_first),
    };
    return cmocka_run_group_tests_name("cli/default_socket", tests, NULL, NULL);
}

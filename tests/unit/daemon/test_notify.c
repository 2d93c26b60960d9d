/* What systemd hears from us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/notify.h"
#include "support/scratch.h"

/* Bind a datagram socket to `name` ('@': abstract), as systemd does. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    size_t length = strlen(name);

    assert_true(fd >= 0 && length < sizeof address.sun_path);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
    return fd;
}

static void hears_ready(const char *name)
{
    char heard[64] = "";
    int fd = listen_at(name);

    setenv("NOTIFY_SOCKET", name, 1);
    notify_send("READY=1");
    assert_int_equal(recv(fd, heard, sizeof heard - 1, 0), 7);
    assert_string_equal(heard, "READY=1");
    close(fd);
}

static void a_path_in_the_file_system_hears_us(void **state)
{
    (void)state;
    struct scratch scratch;
    char path[100];

    scratch_make(&scratch);
    scratch_path(&scratch, "notify", path, sizeof path);
    hears_ready(path);
    scratch_remove(&scratch);
}

static void an_abstract_name_hears_us(void **state)
{
    (void)state;
    char name[64];

    snprintf(name, sizeof name, "@rollcall-test-%d", (int)getpid());
    hears_ready(name);
}

static void without_a_socket_nothing_happens(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    notify_send("READY=1");
    setenv("NOTIFY_SOCKET", "relative", 1);
    notify_send("READY=1");
    setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
    notify_send("READY=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_in_the_file_system_hears_us),
        cmocka_unit_test(an_abstract_name_hears_us),
        cmocka_unit_test(without_a_socket_nothing_happens),
    };
    return cmocka_run_group_tests_name("daemon/notify", tests, NULL, NULL);
}

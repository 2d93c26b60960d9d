/* The socket file: what may stand there before, its rights, and that it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "loop/acceptor.h"
#include "support/scratch.h"

struct room {
    uv_loop_t loop;
    struct scratch scratch;
    char path[128];
    int closed;
};

static void on_accept(void *owner, int fd)
{
    (void)owner;
    close(fd);
}

static void on_closed(void *owner)
{
    struct room *room = owner;

    room->closed++;
}

static int make(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    assert_non_null(room);
    uv_loop_init(&room->loop);
    scratch_make(&room->scratch);
    scratch_path(&room->scratch, "s.sock", room->path, sizeof room->path);
    *state = room;
    return 0;
}

static int drop(void **state)
{
    struct room *room = *state;

    uv_run(&room->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&room->loop), 0);
    scratch_remove(&room->scratch);
    free(room);
    return 0;
}

static enum rollcall_status open_at(struct room *room, const char *path, const char *mode,
                                    struct acceptor **out, struct reason *why)
{
    const struct acceptor_place place = {
        .path = path, .mode = mode, .key = "registry.socket", .area = "test"
    };
    return acceptor_open(&room->loop, &place, on_accept, on_closed, room, out, why);
}

static int socket_at(const char *path, bool listening)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    if (listening)
        assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void the_socket_has_its_mode_and_goes_with_the_daemon(void **state)
{
    struct room *room = *state;
    struct acceptor *acceptor;
    struct reason why;
    struct stat file;

    assert_int_equal(open_at(room, room->path, "0660", &acceptor, &why), ROLLCALL_OK);
    assert_int_equal(stat(room->path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0660);
    acceptor_close(acceptor);
    assert_int_equal(stat(room->path, &file), -1);
    uv_run(&room->loop, UV_RUN_DEFAULT);
    assert_int_equal(room->closed, 1);
}

static void a_socket_that_nobody_answers_is_replaced(void **state)
{
    struct room *room = *state;
    struct acceptor *acceptor;
    struct reason why;

    close(socket_at(room->path, true));
    assert_int_equal(open_at(room, room->path, "0600", &acceptor, &why), ROLLCALL_OK);
    acceptor_close(acceptor);
}

static void a_socket_that_answers_is_left_alone(void **state)
{
    struct room *room = *state;
    struct acceptor *acceptor;
    struct reason why;
    struct stat file;
    int other = socket_at(room->path, true);

    assert_int_equal(open_at(room, room->path, "0600", &acceptor, &why), ROLLCALL_E_IO);
    assert_non_null(strstr(why.text, "another rollcalld is running"));
    assert_int_equal(stat(room->path, &file), 0);
    close(other);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
    struct room *room = *state;
    struct acceptor *acceptor;
    struct reason why;
    struct stat file;

    close(open(room->path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(open_at(room, room->path, "0600", &acceptor, &why), ROLLCALL_E_IO);
    assert_non_null(strstr(why.text, "not a socket"));
    assert_int_equal(stat(room->path, &file), 0);
}

static void the_socket_of_a_later_daemon_is_not_removed(void **state)
{
    struct room *room = *state;
    struct acceptor *acceptor;
    struct reason why;
    struct stat file;

    assert_int_equal(open_at(room, room->path, "0600", &acceptor, &why), ROLLCALL_OK);
    unlink(room->path);
    /* Something else first, so that the number of the file is not used again. */
    char other_path[128];
    scratch_path(&room->scratch, "other", other_path, sizeof other_path);
    int filler = socket_at(other_path, false);
    int later = socket_at(room->path, true);
    acceptor_close(acceptor);
    assert_int_equal(stat(room->path, &file), 0);
    close(later);
    close(filler);
}

static void the_folder_is_made(void **state)
{
    struct room *room = *state;
    struct acceptor *acceptor;
    struct reason why;
    char path[160];

    scratch_path(&room->scratch, "run/s.sock", path, sizeof path);
    assert_int_equal(open_at(room, path, "0600", &acceptor, &why), ROLLCALL_OK);
    acceptor_close(acceptor);
}

static void too_long_a_path_says_what_is_allowed(void **state)
{
    struct room *room = *state;
    struct acceptor *acceptor;
    struct reason why;
    char path[256];

    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    assert_int_equal(open_at(room, path, "0600", &acceptor, &why), ROLLCALL_E_CONFIG);
    assert_non_null(strstr(why.text, "107"));
    assert_string_equal(why.field, "registry.socket");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)
    const struct CMUnitTest tests[] = {
        TEST(the_socket_has_its_mode_and_goes_with_the_daemon),
        TEST(a_socket_that_nobody_answers_is_replaced),
        TEST(a_socket_that_answers_is_left_alone),
        TEST(a_file_that_is_no_socket_is_left_alone),
        TEST(the_socket_of_a_later_daemon_is_not_removed),
        TEST(the_folder_is_made),
        TEST(too_long_a_path_says_what_is_allowed),
    };
#undef TEST
    return cmocka_run_group_tests_name("intake/listener", tests, NULL, NULL);
}

/* Leases on processes: whose they may be, and that their end is seen. */
#include "door.h"

#include <signal.h>
#include <sys/wait.h>

#include "intake/peer.h"

/* A process that waits to be ended. */
static pid_t start_process(void)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        for (;;)
            pause();
    }
    return pid;
}

static void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void register_pid(struct door *door, int fd, const char *id, pid_t pid)
{
    char line[256];

    snprintf(line, sizeof line,
             "{\"op\":\"register\",\"service\":\"web\",\"address\":\"10.0.0.1\","
             "\"id\":\"%s\",\"lease\":{\"pid\":%d}}\n",
             id, (int)pid);
    door_send(fd, line);
    door_save(door);
}

static bool is_registered(struct door *door, const char *id)
{
    const struct service *service = registry_service(door->registry, "default", "web");

    for (uint32_t i = 0; service != NULL && i < service->count; i++) {
        if (strcmp(service->entries[i]->id, id) == 0)
            return true;
    }
    return false;
}

static void the_lease_ends_when_the_process_does(void **state)
{
    struct door *door = *state;
    pid_t pid = start_process();
    int fd = door_connect(door);
    int eye = door_connect(door);

    door_send(eye, "{\"op\":\"watch\"}\n");
    register_pid(door, fd, "a", pid);
    assert_non_null(strstr(door_take(door, fd), "\"created\":true"));
    assert_true(is_registered(door, "a"));
    end_process(pid);
    door_turns(door);
    assert_false(is_registered(door, "a"));
    ASSERT_IN_ORDER(door_take(door, eye), "\"deregister\"",
                    "\"cause\":\"process exited\"");
    close(fd);
    close(eye);
}

static void a_process_that_ended_before_the_save_ends_the_lease(void **state)
{
    struct door *door = *state;
    pid_t pid = start_process();
    int fd = door_connect(door);
    char line[256];

    snprintf(line, sizeof line,
             "{\"op\":\"register\",\"service\":\"web\",\"address\":\"10.0.0.1\","
             "\"id\":\"a\",\"lease\":{\"pid\":%d}}\n",
             (int)pid);
    door_send(fd, line);
    door_turns(door);
    assert_int_equal(door->store.waiting, 1);
    end_process(pid);
    door_save(door);
    assert_non_null(strstr(door_take(door, fd), "\"created\":true"));
    assert_false(is_registered(door, "a"));
    close(fd);
}

static void a_process_that_ended_while_the_daemon_was_down_is_found(void **state)
{
    struct door *door = *state;
    pid_t gone = start_process();
    pid_t lives = start_process();
    int fd = door_connect(door);

    register_pid(door, fd, "gone", gone);
    register_pid(door, fd, "lives", lives);
    close(fd);
    door_stop(door);
    end_process(gone);
    door_start(door);
    door_turns(door);
    assert_false(is_registered(door, "gone"));
    assert_true(is_registered(door, "lives"));
    end_process(lives);
    door_turns(door);
    assert_false(is_registered(door, "lives"));
}

static void another_process_takes_over_the_lease(void **state)
{
    struct door *door = *state;
    pid_t first = start_process();
    pid_t second = start_process();
    int fd = door_connect(door);

    register_pid(door, fd, "a", first);
    register_pid(door, fd, "a", second);
    end_process(first);
    door_turns(door);
    assert_true(is_registered(door, "a"));
    end_process(second);
    door_turns(door);
    assert_false(is_registered(door, "a"));
    close(fd);
}

static void a_process_that_is_not_there_is_refused(void **state)
{
    struct door *door = *state;
    pid_t pid = start_process();
    int fd = door_connect(door);

    end_process(pid);
    register_pid(door, fd, "a", pid);
    ASSERT_IN_ORDER(door_take(door, fd), "\"invalid_field\"", "\"lease.pid\"");
    close(fd);
}

static void a_process_of_another_user_is_refused_but_to_root(void **state)
{
    uint64_t start = 0;
    struct reason why = REASON_NONE;

    (void)state;
    assert_int_equal(peer_check_process(getuid(), getpid(), &start, &why), ROLLCALL_OK);
    assert_true(start > 0);
    assert_int_equal(peer_check_process(0, getpid(), &start, &why), ROLLCALL_OK);
    assert_int_equal(peer_check_process(getuid() + 1, getpid(), &start, &why),
                     ROLLCALL_E_UNAUTHORIZED);
    assert_string_equal(why.field, "lease.pid");
}

static void a_later_process_with_the_same_number_has_another_start(void **state)
{
    uint64_t mine = 0;
    uint64_t first = 0;

    (void)state;
    assert_true(process_start(getpid(), &mine));
    assert_true(process_start(1, &first));
    assert_true(first < mine);
    assert_false(process_start(-5, &first));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, door_open, door_close)
    const struct CMUnitTest tests[] = {
        TEST(the_lease_ends_when_the_process_does),
        TEST(a_process_that_ended_before_the_save_ends_the_lease),
        TEST(a_process_that_ended_while_the_daemon_was_down_is_found),
        TEST(another_process_takes_over_the_lease),
        TEST(a_process_that_is_not_there_is_refused),
        cmocka_unit_test(a_process_of_another_user_is_refused_but_to_root),
        cmocka_unit_test(a_later_process_with_the_same_number_has_another_start),
    };
#undef TEST
    return cmocka_run_group_tests_name("intake/pid_watch", tests, NULL, NULL);
}

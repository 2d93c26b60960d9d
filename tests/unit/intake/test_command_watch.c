/* Events: which, in what order, from when on, and what a slow reader is told. */
#include "door.h"

static void change(struct door *door, int fd, const char *line)
{
    door_send(fd, line);
    door_save(door);
    assert_non_null(strstr(door_take(door, fd), "\"ok\":true"));
}

static uint64_t revision(struct door *door)
{
    return registry_revision(door->registry);
}

static int watcher(struct door *door, const char *request)
{
    int fd = door_connect(door);

    door_send(fd, request);
    assert_non_null(strstr(door_take(door, fd), "{\"ok\":true,"));
    return fd;
}

/* A watch from `since` on; what it gets at once. */
static const char *since(struct door *door, int fd, uint64_t from)
{
    char line[128];

    snprintf(line, sizeof line, "{\"op\":\"watch\",\"seq\":\"s\",\"since\":%llu}\n",
             (unsigned long long)from);
    door_send(fd, line);
    return door_take(door, fd);
}

static void every_change_is_told_in_order(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    int eye = watcher(door, "{\"op\":\"watch\",\"seq\":5}\n");

    change(door, fd, REGISTER("web", "10.0.0.1", ""));
    change(door, fd, REGISTER("web", "10.0.0.1", ",\"weight\":2"));
    change(door, fd,
           "{\"op\":\"renew\",\"id\":\"web-10.0.0.1\",\"status\":\"critical\"}\n");
    change(door, fd, "{\"op\":\"deregister\",\"id\":\"web-10.0.0.1\"}\n");
    ASSERT_IN_ORDER(
        door_take(door, eye), "{\"event\":\"register\",\"seq\":5,\"revision\":",
        "\"service\":\"web\",\"namespace\":\"default\",\"id\":\"web-10.0.0.1\"",
        "\"health\":\"passing\"", "\"cause\":\"request\"", "\"instance\":{", "}}\n",
        "{\"event\":\"change\",", "\"weight\":2", "\n", "{\"event\":\"health\",",
        "\"health\":\"critical\"", "\"cause\":\"renew\"", "\n",
        "{\"event\":\"deregister\",", "\n");
    close(fd);
    close(eye);
}

static void a_watch_hears_only_of_its_service_and_namespace(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    int web = watcher(door, "{\"op\":\"watch\",\"service\":\"web\"}\n");
    int prod = watcher(door, "{\"op\":\"watch\",\"namespace\":\"prod\"}\n");

    change(door, fd, REGISTER("db", "10.0.0.1", ""));
    change(door, fd, REGISTER("web", "10.0.0.2", ",\"namespace\":\"prod\""));
    door_expect(door, web, "");
    ASSERT_IN_ORDER(door_take(door, prod), "{\"event\":\"register\",", "10.0.0.2");
    change(door, fd, REGISTER("web", "10.0.0.3", ""));
    ASSERT_IN_ORDER(door_take(door, web), "{\"event\":\"register\",", "10.0.0.3");
    door_expect(door, prod, "");
    close(fd);
    close(web);
    close(prod);
}

static void since_brings_what_was_missed_and_then_the_new(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    change(door, fd, REGISTER("web", "10.0.0.1", ""));
    uint64_t seen = revision(door);
    change(door, fd, REGISTER("web", "10.0.0.2", ""));
    change(door, fd, "{\"op\":\"deregister\",\"id\":\"web-10.0.0.1\"}\n");
    int eye = door_connect(door);
    const char *text = since(door, eye, seen);
    ASSERT_IN_ORDER(text, "{\"ok\":true,\"seq\":\"s\",\"revision\":", "\n",
                    "{\"event\":\"register\",\"seq\":\"s\"", "10.0.0.2", "\n",
                    "{\"event\":\"deregister\"", "10.0.0.1", "\n");
    change(door, fd, REGISTER("web", "10.0.0.3", ""));
    ASSERT_IN_ORDER(door_take(door, eye), "{\"event\":\"register\"", "10.0.0.3");
    close(fd);
    close(eye);
}

static void since_the_present_brings_nothing_old(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    change(door, fd, REGISTER("web", "10.0.0.1", ""));
    int eye = door_connect(door);
    assert_null(strstr(since(door, eye, revision(door)), "event"));
    close(fd);
    close(eye);
}

static void since_longer_ago_than_history_is_a_resync(void **state)
{
    struct door *door = *state; /* watch_history is 4 */
    int fd = door_connect(door);
    uint64_t start = revision(door);

    for (int i = 1; i <= 5; i++) {
        char line[256];
        snprintf(line, sizeof line,
                 "{\"op\":\"register\",\"service\":\"web\",\"address\":\"10.0.0.%d\"}\n",
                 i);
        change(door, fd, line);
    }
    int eye = door_connect(door);
    const char *text = since(door, eye, start);
    ASSERT_IN_ORDER(text, "{\"ok\":true,",
                    "{\"event\":\"resync\",\"seq\":\"s\",\"revision\":");
    assert_null(strstr(text, "register"));
    change(door, fd, REGISTER("web", "10.0.1.1", ""));
    ASSERT_IN_ORDER(door_take(door, eye), "{\"event\":\"register\"", "10.0.1.1");
    close(fd);
    close(eye);
}

static void since_another_life_is_a_resync(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    change(door, fd, REGISTER("web", "10.0.0.1", ""));
    uint64_t seen = revision(door);
    door_stop(door);
    close(fd);
    door_start(door);
    int eye = door_connect(door);
    ASSERT_IN_ORDER(since(door, eye, seen), "{\"event\":\"resync\"");
    ASSERT_IN_ORDER(since(door, eye, revision(door) + 1000), "{\"event\":\"resync\"");
    close(eye);
}

/* Instances with 60 KB of text each, more than a reader may leave unread. */
static void register_large(struct door *door, int fd, int number)
{
    static char line[PROTO_LINE_MAX];
    int used = snprintf(line, sizeof line,
                        "{\"op\":\"register\",\"service\":\"web\",\"id\":\"large-%d\","
                        "\"address\":\"10.1.0.1\",\"port\":%d,\"meta\":{",
                        number, number + 1);

    for (int i = 0; i < 60; i++)
        used += snprintf(line + used, sizeof line - (size_t)used,
                         "%s\"key%d\":\"%0500d\"", i == 0 ? "" : ",", i, i);
    snprintf(line + used, sizeof line - (size_t)used, "}}\n");
    change(door, fd, line);
}

static void a_slow_reader_is_told_to_start_over_and_misses_none_after(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    int eye = watcher(door, "{\"op\":\"watch\",\"seq\":1}\n");

    for (int i = 0; i < 60; i++)
        register_large(door, fd, i);
    const char *text = "";
    int resyncs = 0;
    int events = 0;
    while (*(text = door_take(door, eye)) != '\0') {
        for (const char *at = text; (at = strstr(at, "\"event\":")) != NULL; at++) {
            resyncs += strncmp(at, "\"event\":\"resync\"", 16) == 0;
            events++;
        }
    }
    assert_int_equal(resyncs, 1);
    assert_in_range(events, 2, 60); /* some came before it, not all */
    change(door, fd, REGISTER("web", "10.0.0.9", ""));
    ASSERT_IN_ORDER(door_take(door, eye), "{\"event\":\"register\"", "10.0.0.9");
    close(fd);
    close(eye);
}

static void one_connection_may_watch_twice_and_not_for_ever(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    int eye =
        watcher(door, "{\"op\":\"watch\",\"seq\":1}\n{\"op\":\"watch\",\"seq\":2}\n");

    change(door, fd, REGISTER("web", "10.0.0.1", ""));
    ASSERT_IN_ORDER(door_take(door, eye), "\"seq\":1", "\n", "\"seq\":2", "\n");
    for (int i = 0; i < 62; i++)
        door_send(eye, "{\"op\":\"watch\"}\n");
    assert_null(strstr(door_take(door, eye), "error"));
    door_send(eye, "{\"op\":\"watch\"}\n");
    ASSERT_IN_ORDER(door_take(door, eye), "\"code\":\"limit\"");
    close(fd);
    close(eye);
}

static void a_watch_ends_with_its_connection(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    int eye = watcher(door, "{\"op\":\"watch\"}\n");

    close(eye);
    door_turns(door);
    change(door, fd, REGISTER("web", "10.0.0.1", ""));
    door_send(fd, "{\"op\":\"stats\"}\n");
    ASSERT_IN_ORDER(door_take(door, fd), "\"events\":0", "\"watches\":0");
    close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, door_open, door_close)
    const struct CMUnitTest tests[] = {
        TEST(every_change_is_told_in_order),
        TEST(a_watch_hears_only_of_its_service_and_namespace),
        TEST(since_brings_what_was_missed_and_then_the_new),
        TEST(since_the_present_brings_nothing_old),
        TEST(since_longer_ago_than_history_is_a_resync),
        TEST(since_another_life_is_a_resync),
        TEST(a_slow_reader_is_told_to_start_over_and_misses_none_after),
        TEST(one_connection_may_watch_twice_and_not_for_ever),
        TEST(a_watch_ends_with_its_connection),
    };
#undef TEST
    return cmocka_run_group_tests_name("intake/command_watch", tests, NULL, NULL);
}

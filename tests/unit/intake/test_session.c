/* The order of replies, what waits for what, and how a connection ends. */
#include "door.h"

static void a_reply_waits_for_the_store(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", ",\"seq\":1"));
    door_expect(door, fd, "");
    assert_int_equal(door->store.waiting, 1);
    door_save(door);
    ASSERT_IN_ORDER(door_take(door, fd), "{\"ok\":true,\"seq\":1,\"id\":\"web-10.0.0.1\"",
                    "\"created\":true}\n");
    close(fd);
}

static void replies_come_in_the_order_of_the_requests(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", ",\"seq\":1")
                      REGISTER("web", "nonsense:", ",\"seq\":2")
                          REGISTER("web", "10.0.0.2", ",\"seq\":3"));
    door_expect(door, fd, ""); /* the fault is known, and still waits its turn */
    door_save(door);
    ASSERT_IN_ORDER(door_take(door, fd), "{\"ok\":true,\"seq\":1,", "\n",
                    "{\"ok\":false,\"seq\":2,", "\n", "{\"ok\":true,\"seq\":3,", "\n");
    close(fd);
}

static void pipelined_changes_are_under_way_together(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", "") REGISTER("web", "10.0.0.2", "")
                      REGISTER("web", "10.0.0.3", ""));
    door_turns(door);
    assert_int_equal(door->store.waiting, 3);
    close(fd);
}

static void a_read_sees_the_changes_before_it(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1",
                           "") "{\"op\":\"get\",\"service\":\"web\"}\n"
                               "{\"op\":\"deregister\",\"id\":\"web-10.0.0.1\"}\n"
                               "{\"op\":\"list\"}\n");
    door_expect(door, fd, "");
    door_save(door); /* the removal is sent only after the read was answered */
    door_save(door);
    ASSERT_IN_ORDER(door_take(door, fd), "\"created\":true}\n",
                    "\"instances\":[{\"service\":\"web\"", "\n",
                    "{\"ok\":true,\"revision\":", "}\n", "\"services\":[]}\n");
    close(fd);
}

static void a_reply_is_not_written_before_the_flush(void **state)
{
    struct door *door = *state;
    char byte;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_turns(door);
    test_store_save_all(&door->store);
    for (int i = 0; i < DOOR_TURNS; i++)
        uv_run(&door->loop, UV_RUN_NOWAIT);
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    intake_flush(door->intake);
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 1);
    close(fd);
}

static void more_changes_than_allowed_wait_in_the_socket(void **state)
{
    struct door *door = *state; /* max_pending is 4 */
    int fd = door_connect(door);

    for (int i = 1; i <= 6; i++) {
        char line[256];
        snprintf(line, sizeof line,
                 "{\"op\":\"register\",\"service\":\"web\",\"address\":\"10.0.0.%d\"}\n",
                 i);
        door_send(fd, line);
    }
    door_turns(door);
    assert_int_equal(door->store.waiting, 4);
    test_store_save(&door->store);
    door_turns(door);
    assert_int_equal(door->store.waiting, 2);
    close(fd);
}

static void a_refusal_is_unavailable_and_the_connection_lives(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_turns(door);
    test_store_refuse(&door->store);
    ASSERT_IN_ORDER(door_take(door, fd), "{\"ok\":false,", "\"code\":\"unavailable\"");
    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_save(door);
    ASSERT_IN_ORDER(door_take(door, fd), "\"created\":true");
    close(fd);
}

static void bad_requests_keep_the_connection(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, "nonsense\n\n  \r\n{\"op\":\"dance\"}\n{\"op\":\"get\",\"seq\":\"x\"}\n"
                  "{\"op\":\"list\",\"seq\":7}\n");
    ASSERT_IN_ORDER(door_take(door, fd), "\"bad_json\"", "\n", "\"unknown_op\"", "\n",
                    "\"seq\":\"x\"", "\"missing_field\"", "\"service\"", "\n",
                    "{\"ok\":true,\"seq\":7,\"revision\":0,\"services\":[]}\n");
    close(fd);
}

static void a_line_may_come_in_pieces(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, "{\"op\":\"li");
    door_turns(door);
    door_send(fd, "st\",\"seq\":1");
    door_turns(door);
    door_send(fd, "}\n");
    door_expect(door, fd, "{\"ok\":true,\"seq\":1,\"revision\":0,\"services\":[]}\n");
    close(fd);
}

static void too_long_a_line_is_one_error_and_the_end(void **state)
{
    struct door *door = *state;
    static char line[PROTO_LINE_MAX + 2];
    int fd = door_connect(door);

    memset(line, 'x', sizeof line - 1);
    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_send(fd, line);
    door_save(door);
    ASSERT_IN_ORDER(door_take(door, fd), "\"created\":true}\n", "\"code\":\"too_long\"",
                    "\n");
    door_expect(door, fd, "(end)");
    close(fd);
}

static void a_change_of_a_client_that_left_is_made(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1",
                           "") "{\"op\":\"list\"}\n" REGISTER("web", "10.0.0.2", ""));
    close(fd);
    door_save(door);
    door_save(door);
    assert_non_null(test_store_row(&door->store, "web-10.0.0.1"));
    assert_non_null(test_store_row(&door->store, "web-10.0.0.2"));
}

static void who_only_stops_sending_gets_every_reply(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", "") "{\"op\":\"list\"}\n");
    shutdown(fd, SHUT_WR);
    door_save(door);
    ASSERT_IN_ORDER(door_take(door, fd), "\"created\":true}\n", "\"name\":\"web\"", "\n");
    door_expect(door, fd, "(end)");
    close(fd);
}

static void a_connection_lease_ends_with_its_connection(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", ",\"lease\":{\"connection\":true}"));
    door_save(door);
    assert_non_null(registry_find(door->registry, "web-10.0.0.1"));
    close(fd);
    door_turns(door);
    assert_null(registry_service(door->registry, "default", "web"));
}

static void a_connection_lease_outlives_the_daemon(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1",
                           ",\"lease\":{\"connection\":true,\"grace\":\"1m\"}"));
    door_save(door);
    door_stop(door);
    assert_non_null(test_store_row(&door->store, "web-10.0.0.1"));
    door_start(door);
    assert_non_null(registry_find(door->registry, "web-10.0.0.1"));
    close(fd);
}

static void one_connection_too_many_is_told_so(void **state)
{
    struct door *door = *state; /* max_clients is 8 */
    int fds[9];

    for (int i = 0; i < 9; i++)
        fds[i] = door_connect(door);
    ASSERT_IN_ORDER(door_take(door, fds[8]), "{\"ok\":false,", "\"code\":\"limit\"",
                    "\n");
    door_expect(door, fds[8], "(end)");
    door_send(fds[7], "{\"op\":\"list\"}\n");
    ASSERT_IN_ORDER(door_take(door, fds[7]), "{\"ok\":true,");
    for (int i = 0; i < 9; i++)
        close(fds[i]);
}

static void a_second_daemon_at_the_socket_is_refused_and_harms_nothing(void **state)
{
    struct door *door = *state;
    const struct intake_settings settings = { .config = &door->config,
                                              .schemas = door_schemas };
    struct intake *second = NULL;
    struct reason why;
    int fd = door_connect(door);

    assert_int_equal(intake_create(&door->loop, door->registry, &settings, &second, &why),
                     ROLLCALL_E_IO);
    assert_null(second);
    assert_non_null(strstr(why.text, "another rollcalld is running"));
    door_send(fd, "{\"op\":\"list\"}\n");
    ASSERT_IN_ORDER(door_take(door, fd), "{\"ok\":true,");
    close(fd);
}

static void hello_says_who_and_stats_count(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, "{\"op\":\"hello\",\"client\":\"test\",\"version\":1}\n"
                  "{\"op\":\"stats\"}\n");
    ASSERT_IN_ORDER(door_take(door, fd), "\"version\":\"", "\"zone\":\"service.test.\"",
                    "\"zones\":[\"service.test.\"]", "\"node\":\"n1\"", "\"revision\":0",
                    "\"features\":[", "\"check.ttl\"]}\n", "\"instances\":0",
                    "\"counters\":{\"intake\":{\"connections\":1", "\"requests\":2");
    close(fd);
}

static void renew_tells_how_long_the_lease_lasts(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", ",\"lease\":{\"ttl\":\"10s\"}")
                      REGISTER("web", "10.0.0.2",
                               "") "{\"op\":\"renew\",\"id\":\"web-10.0.0.1\"}\n"
                                   "{\"op\":\"renew\",\"id\":\"web-10.0.0.2\"}\n"
                                   "{\"op\":\"renew\",\"id\":\"nobody\"}\n");
    door_save(door);
    ASSERT_IN_ORDER(door_take(door, fd), "true}\n", "true}\n",
                    "\"expires_in\":\"10s\"}\n", "{\"ok\":true,\"revision\":", "}\n",
                    "\"not_found\"");
    close(fd);
}

static void get_filters_by_health_tag_and_limit(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", ",\"tags\":[\"v1\"]")
                      REGISTER("web", "10.0.0.2", ",\"tags\":[\"v2\"]")
                          REGISTER("web", "10.0.0.3", ",\"status\":\"critical\""));
    door_save(door);
    door_take(door, fd);
    door_send(fd, "{\"op\":\"get\",\"service\":\"WEB\"}\n");
    const char *text = door_take(door, fd);
    ASSERT_IN_ORDER(text, "10.0.0.1", "10.0.0.2");
    assert_null(strstr(text, "10.0.0.3"));
    door_send(fd, "{\"op\":\"get\",\"service\":\"web\",\"healthy\":false}\n");
    ASSERT_IN_ORDER(door_take(door, fd), "10.0.0.1", "10.0.0.2", "10.0.0.3",
                    "\"health\":\"critical\"");
    door_send(fd, "{\"op\":\"get\",\"service\":\"web\",\"tag\":\"V2\"}\n");
    text = door_take(door, fd);
    assert_null(strstr(text, "10.0.0.1"));
    assert_non_null(strstr(text, "10.0.0.2"));
    door_send(fd, "{\"op\":\"get\",\"service\":\"web\",\"limit\":1}\n");
    assert_null(strstr(door_take(door, fd), "10.0.0.2"));
    door_send(fd, "{\"op\":\"get\",\"service\":\"nosuch\"}\n");
    ASSERT_IN_ORDER(door_take(door, fd), "{\"ok\":true,", "\"instances\":[]}\n");
    door_send(fd, "{\"op\":\"list\"}\n");
    ASSERT_IN_ORDER(door_take(door, fd), "\"services\":[{\"name\":\"web\"",
                    "\"instances\":3,\"healthy\":2}]}\n");
    close(fd);
}

static void the_same_registration_again_is_answered_at_once(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);

    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_save(door);
    door_take(door, fd);
    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    ASSERT_IN_ORDER(door_take(door, fd), "\"created\":false}\n");
    assert_int_equal(door->store.waiting, 0);
    close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, door_open, door_close)
    const struct CMUnitTest tests[] = {
        TEST(a_reply_waits_for_the_store),
        TEST(replies_come_in_the_order_of_the_requests),
        TEST(pipelined_changes_are_under_way_together),
        TEST(a_read_sees_the_changes_before_it),
        TEST(a_reply_is_not_written_before_the_flush),
        TEST(more_changes_than_allowed_wait_in_the_socket),
        TEST(a_refusal_is_unavailable_and_the_connection_lives),
        TEST(bad_requests_keep_the_connection),
        TEST(a_line_may_come_in_pieces),
        TEST(too_long_a_line_is_one_error_and_the_end),
        TEST(a_change_of_a_client_that_left_is_made),
        TEST(who_only_stops_sending_gets_every_reply),
        TEST(a_connection_lease_ends_with_its_connection),
        TEST(a_connection_lease_outlives_the_daemon),
        TEST(one_connection_too_many_is_told_so),
        TEST(a_second_daemon_at_the_socket_is_refused_and_harms_nothing),
        TEST(hello_says_who_and_stats_count),
        TEST(renew_tells_how_long_the_lease_lasts),
        TEST(get_filters_by_health_tag_and_limit),
        TEST(the_same_registration_again_is_answered_at_once),
    };
#undef TEST
    return cmocka_run_group_tests_name("intake/session", tests, NULL, NULL);
}

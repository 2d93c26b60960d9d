/* A guest: a client without a socket, with the replies of a client at the same moments.
 */
#include "door.h"
#include "intake/guest.h"

struct visit {
    struct guest_door door;
    struct guest *guest;
    char reply[DOOR_LINE];
    char events[DOOR_LINE];
    unsigned replies;
    unsigned told;
    unsigned gone;
    uint64_t number; /* of the last event */
    bool full;       /* takes no event */
    bool leaves;     /* closes inside on_reply */
};

static void on_reply(void *owner, const char *line, size_t length)
{
    struct visit *visit = owner;

    visit->replies++;
    snprintf(visit->reply, sizeof visit->reply, "%.*s", (int)length,
             line == NULL ? "" : line);
    if (visit->leaves)
        visit->door.close(visit->guest);
}

static bool on_event(void *owner, const struct guest_event *event)
{
    struct visit *visit = owner;
    size_t used = strlen(visit->events);

    if (visit->full)
        return false;
    visit->told++;
    visit->number = event->number;
    snprintf(visit->events + used, sizeof visit->events - used, "%s %.*s", event->word,
             (int)event->length, event->tail);
    return true;
}

static void on_gone(void *owner)
{
    struct visit *visit = owner;

    visit->gone++;
}

static const struct guest_callbacks callbacks = { .on_reply = on_reply,
                                                  .on_event = on_event,
                                                  .on_gone = on_gone };

static void visit_as(struct door *door, struct visit *visit, bool privileged,
                     const char *request)
{
    const struct guest_terms terms = { .uid = (uint32_t)-2, .privileged = privileged };
    char line[4096];

    memset(visit, 0, sizeof *visit);
    snprintf(line, sizeof line, "%s", request);
    visit->door = intake_guests(door->intake);
    visit->guest = visit->door.open(visit->door.owner, &terms, &callbacks, visit);
    assert_non_null(visit->guest);
    visit->door.ask(visit->guest, line, strlen(line));
}

static void visit_ask(struct door *door, struct visit *visit, const char *request)
{
    visit_as(door, visit, false, request);
}

static void leave(struct visit *visit)
{
    visit->door.close(visit->guest);
}

static void a_read_is_answered_with_the_flush(void **state)
{
    struct door *door = *state;
    struct visit visit;

    visit_ask(door, &visit, "{\"op\":\"list\"}");
    assert_int_equal(visit.replies, 0);
    intake_flush(door->intake);
    assert_int_equal(visit.replies, 1);
    assert_string_equal(visit.reply, "{\"ok\":true,\"revision\":0,\"services\":[]}\n");
    leave(&visit);
}

static void a_change_is_answered_when_it_is_saved(void **state)
{
    struct door *door = *state;
    struct visit visit;

    visit_ask(door, &visit, REGISTER("web", "10.0.0.1", ""));
    door_turns(door);
    assert_int_equal(visit.replies, 0);
    door_save(door);
    ASSERT_IN_ORDER(visit.reply, "{\"ok\":true,\"id\":\"web-10.0.0.1\"",
                    "created\":true");
    leave(&visit);
}

static void an_owner_may_leave_inside_its_reply(void **state)
{
    struct door *door = *state;
    struct visit visit;

    visit_ask(door, &visit, "{\"op\":\"stats\"}");
    visit.leaves = true;
    door_turns(door);
    assert_int_equal(visit.replies, 1);
    door_turns(door);
    assert_int_equal(visit.gone, 0);
}

static void who_left_before_the_answer_hears_nothing(void **state)
{
    struct door *door = *state;
    struct visit visit;

    visit_ask(door, &visit, REGISTER("web", "10.0.0.1", ""));
    leave(&visit);
    door_save(door);
    assert_int_equal(visit.replies, 0);
    assert_non_null(registry_find(door->registry, "web-10.0.0.1"));
}

static void a_lease_hangs_on_nothing_that_a_guest_has(void **state)
{
    struct door *door = *state;
    struct visit visit;

    visit_ask(door, &visit,
              REGISTER("web", "10.0.0.1", ",\"lease\":{\"connection\":true}"));
    door_turns(door);
    ASSERT_IN_ORDER(visit.reply, "\"code\":\"invalid_field\"", "\"field\":\"lease\"",
                    "over HTTP");
    leave(&visit);
    visit_ask(door, &visit, REGISTER("web", "10.0.0.1", ",\"lease\":{\"pid\":1}"));
    door_turns(door);
    ASSERT_IN_ORDER(visit.reply, "\"code\":\"invalid_field\"", "\"field\":\"lease\"");
    leave(&visit);
    assert_null(registry_find(door->registry, "web-10.0.0.1"));
}

static void what_a_client_owns_only_a_privileged_guest_changes(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    struct visit visit;
    static const char request[] = "{\"op\":\"deregister\",\"id\":\"web-10.0.0.1\"}";

    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_save(door);
    visit_ask(door, &visit, request);
    door_save(door);
    ASSERT_IN_ORDER(visit.reply, "\"code\":\"unauthorized\"");
    leave(&visit);
    visit_as(door, &visit, true, request);
    door_save(door);
    ASSERT_IN_ORDER(visit.reply, "{\"ok\":true,\"revision\":");
    leave(&visit);
    close(fd);
}

static void a_watch_is_answered_at_once_and_then_told(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    struct visit first;
    struct visit second;

    visit_ask(door, &first, "{\"op\":\"watch\"}");
    assert_int_equal(first.replies, 1);
    visit_ask(door, &second, "{\"op\":\"watch\",\"service\":\"web\"}");
    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_save(door);
    ASSERT_IN_ORDER(first.events, "register ,\"revision\":", "\"id\":\"web-10.0.0.1\"",
                    "}\n");
    assert_string_equal(first.events, second.events);
    assert_int_equal(first.number, second.number); /* encoded once */
    leave(&first);
    leave(&second);
    door_send(fd, REGISTER("web", "10.0.0.2", ""));
    door_save(door);
    assert_int_equal(first.told + second.told, 2);
    close(fd);
}

static void a_watch_that_is_refused_is_answered_at_once_too(void **state)
{
    struct door *door = *state;
    struct visit visit;

    visit_ask(door, &visit, "{\"op\":\"watch\",\"since\":\"x\"}");
    assert_int_equal(visit.replies, 1);
    ASSERT_IN_ORDER(visit.reply, "\"code\":\"invalid_field\",\"field\":\"since\"");
    leave(&visit);
}

static void since_comes_after_the_reply(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    struct visit visit;

    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_save(door);
    visit_ask(door, &visit, "{\"op\":\"watch\",\"since\":0}");
    assert_int_equal(visit.replies, 1);
    ASSERT_IN_ORDER(visit.events, "register ,\"revision\":", "web-10.0.0.1");
    leave(&visit);
    close(fd);
}

static void a_reader_that_lags_behind_is_told_to_start_over(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    struct visit visit;

    visit_ask(door, &visit, "{\"op\":\"watch\"}");
    visit.full = true;
    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_save(door);
    visit.full = false;
    door_send(fd, REGISTER("web", "10.0.0.2", ""));
    door_save(door);
    assert_int_equal(visit.told, 0);
    visit.door.resume(visit.guest);
    ASSERT_IN_ORDER(visit.events, "resync ,\"revision\":");
    assert_int_equal(visit.told, 1);
    door_send(fd, REGISTER("web", "10.0.0.3", ""));
    door_save(door);
    ASSERT_IN_ORDER(visit.events, "resync", "register", "web-10.0.0.3");
    leave(&visit);
    close(fd);
}

static void a_drain_is_followed_by_safe_to_stop(void **state)
{
    struct door *door = *state;
    int fd = door_connect(door);
    struct visit visit;

    door_send(fd, REGISTER("web", "10.0.0.1", ""));
    door_save(door);
    visit_as(door, &visit, true,
             "{\"op\":\"drain\",\"id\":\"web-10.0.0.1\",\"for\":\"0s\"}");
    door_save(door);
    assert_int_equal(visit.replies, 1);
    door_turns(door);
    ASSERT_IN_ORDER(visit.events, "safe_to_stop ,\"revision\":");
    leave(&visit);
    close(fd);
}

static void when_the_daemon_stops_every_owner_is_told(void **state)
{
    struct door *door = *state;
    struct visit waiting;
    struct visit watching;

    visit_ask(door, &watching, "{\"op\":\"watch\"}");
    visit_ask(door, &waiting, REGISTER("web", "10.0.0.1", ""));
    intake_destroy(door->intake); /* as door_stop() does, but nothing is saved before */
    uv_run(&door->loop, UV_RUN_DEFAULT);
    test_store_save_all(&door->store);
    registry_destroy(door->registry);
    assert_int_equal(watching.gone, 1);
    assert_int_equal(waiting.replies, 1);
    assert_string_equal(waiting.reply, "");
    door_start(door);
}

int main(void)
{
#define AT_THE_DOOR(test) cmocka_unit_test_setup_teardown(test, door_open, door_close)
    const struct CMUnitTest tests[] = {
        AT_THE_DOOR(a_read_is_answered_with_the_flush),
        AT_THE_DOOR(a_change_is_answered_when_it_is_saved),
        AT_THE_DOOR(an_owner_may_leave_inside_its_reply),
        AT_THE_DOOR(who_left_before_the_answer_hears_nothing),
        AT_THE_DOOR(a_lease_hangs_on_nothing_that_a_guest_has),
        AT_THE_DOOR(what_a_client_owns_only_a_privileged_guest_changes),
        AT_THE_DOOR(a_watch_is_answered_at_once_and_then_told),
        AT_THE_DOOR(a_watch_that_is_refused_is_answered_at_once_too),
        AT_THE_DOOR(since_comes_after_the_reply),
        AT_THE_DOOR(a_reader_that_lags_behind_is_told_to_start_over),
        AT_THE_DOOR(a_drain_is_followed_by_safe_to_stop),
        AT_THE_DOOR(when_the_daemon_stops_every_owner_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* loop/curl_bridge.h: HTTP requests on our loop, to a server in a thread of this test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/curl_bridge.h"

/* Answers every connection alike, until it is shut down. */
struct server {
    int listener;
    pthread_t thread;
    _Atomic(const char *) reply;
    atomic_int served;
    char request[4096]; /* the last one; ours to read once it was served */
};

struct room {
    uv_loop_t loop;
    struct curl_bridge *bridge;
    struct server server;
    struct address address;
    int ended;
    enum fetch_end end;
    uint16_t status;
    bool cut;
    size_t body_length;
    char body[64];
    char detail[256];
    char phrase[64];
    char field[64];
};

/* A request may come in pieces; ours end with the empty line, or with "{}" after it. */
static void read_request(struct server *server, int fd)
{
    size_t length = 0;
    ssize_t got = 1;
    const char *end = NULL;

    server->request[0] = '\0';
    while (got > 0 && end == NULL && length < sizeof server->request - 1) {
        got = recv(fd, server->request + length, sizeof server->request - 1 - length, 0);
        length += got > 0 ? (size_t)got : 0;
        server->request[length] = '\0';
        end = strstr(server->request, "\r\n\r\n");
        if (end != NULL && strncmp(server->request, "POST", 4) == 0)
            end = strstr(end, "{}");
    }
}

static void *serve(void *argument)
{
    struct server *server = argument;
    int fd;

    while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
        read_request(server, fd);
        const char *reply = atomic_load(&server->reply);
        send(fd, reply, strlen(reply), MSG_NOSIGNAL);
        close(fd);
        atomic_fetch_add(&server->served, 1);
    }
    return NULL;
}

/* The reply is at its reader before the server has closed: its descriptor counts too. */
static void await_served(struct server *server, int count)
{
    while (atomic_load(&server->served) < count)
        sched_yield();
}

static void start_server(struct room *room)
{
    struct server *server = &room->server;

    assert_true(address_parse("127.0.0.1:0", 1, &room->address));
    room->address.v4.sin_port = 0;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, &room->address.any, room->address.length), 0);
    assert_int_equal(listen(server->listener, 100), 0);
    getsockname(server->listener, &room->address.any, &room->address.length);
    atomic_store(&server->reply,
                 "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX-One: 1\r\nx-one:  2 "
                 "\r\n\r\nok");
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static int open_room(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    assert_non_null(room);
    uv_loop_init(&room->loop);
    assert_int_equal(curl_bridge_open(&room->loop, &room->bridge), ROLLCALL_OK);
    start_server(room);
    *state = room;
    return 0;
}

/* Closing must leave nothing behind in the loop. */
static int close_room(void **state)
{
    struct room *room = *state;

    curl_bridge_close(room->bridge);
    uv_run(&room->loop, UV_RUN_NOWAIT);
    uv_run(&room->loop, UV_RUN_NOWAIT);
    assert_int_equal(uv_loop_close(&room->loop), 0);
    shutdown(room->server.listener, SHUT_RDWR);
    pthread_join(room->server.thread, NULL);
    close(room->server.listener);
    free(room);
    return 0;
}

static void on_end(void *owner, const struct fetch_result *result)
{
    struct room *room = owner;

    room->ended++;
    uv_stop(&room->loop);
    room->end = result->end;
    room->status = result->status;
    room->cut = result->cut;
    room->body_length = result->body_length;
    snprintf(room->body, sizeof room->body, "%s", result->body);
    snprintf(room->detail, sizeof room->detail, "%s", result->detail);
    snprintf(room->phrase, sizeof room->phrase, "%s", result->phrase);
    if (!fetch_field(result, "X-One", room->field, sizeof room->field))
        room->field[0] = '\0';
}

static struct fetch_request request_to(const struct room *room)
{
    return (struct fetch_request){ .url = "http://web.example:99/a?b",
                                   .connect_to = &room->address,
                                   .timeout_ms = 20000,
                                   .keep_max = 20,
                                   .read_max = 1000,
                                   .reset_on_close = true };
}

static struct fetch *begin(struct room *room, const struct fetch_request *request)
{
    struct fetch *fetch = NULL;
    struct reason why = REASON_NONE;
    enum rollcall_status status =
        fetch_start(room->bridge, request, on_end, room, &fetch, &why);

    if (status != ROLLCALL_OK)
        fail_msg("%s", why.text);
    return fetch;
}

static void finish(struct room *room, int count)
{
    while (room->ended < count)
        uv_run(&room->loop, UV_RUN_DEFAULT);
}

static void ask(struct room *room, const char *reply)
{
    struct fetch_request request = request_to(room);

    if (reply != NULL)
        atomic_store(&room->server.reply, reply);
    begin(room, &request);
    finish(room, 1);
}

static void a_reply_is_told_with_its_status_fields_and_body(void **state)
{
    struct room *room = *state;

    ask(room, NULL);
    assert_int_equal(room->end, FETCH_DONE);
    assert_int_equal(room->status, 200);
    assert_string_equal(room->phrase, "Fine");
    assert_string_equal(room->body, "ok");
    assert_string_equal(room->field, "2");
    assert_string_equal(room->detail, "");
    assert_false(room->cut);
}

static void a_request_says_what_it_is_given_and_no_more(void **state)
{
    struct room *room = *state;
    const struct rollcall_pair headers[] = { { "X-Token", "a b" }, { "X-Empty", "" } };
    struct fetch_request request = request_to(room);

    request.headers = headers;
    request.header_count = 2;
    request.body = "{}";
    request.body_length = 2;
    begin(room, &request);
    finish(room, 1);
    await_served(&room->server, 1);
    assert_string_equal(room->server.request, "POST /a?b HTTP/1.1\r\n"
                                              "Host: web.example:99\r\n"
                                              "X-Token: a b\r\n"
                                              "X-Empty:\r\n"
                                              "Content-Length: 2\r\n"
                                              "\r\n"
                                              "{}");
}

static void the_proxy_of_the_environment_is_not_asked(void **state)
{
    struct room *room = *state;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    ask(room, NULL);
    unsetenv("http_proxy");
    assert_int_equal(room->end, FETCH_DONE);
}

static void a_redirect_is_a_reply_like_others(void **state)
{
    struct room *room = *state;

    ask(room, "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(room->end, FETCH_DONE);
    assert_int_equal(room->status, 302);
}

static void a_body_is_kept_and_read_to_its_bounds(void **state)
{
    struct room *room = *state;
    static char reply[3000]; /* the server reads on when we have enough */

    memset(reply, 'x', sizeof reply);
    memcpy(reply, "HTTP/1.0 200 OK\r\n\r\n", 19);
    reply[sizeof reply - 1] = '\0';
    ask(room, reply);
    assert_int_equal(room->end, FETCH_DONE);
    assert_int_equal(room->body_length, 20);
    assert_true(room->cut);
}

static void nonsense_has_its_names(void **state)
{
    struct room *room = *state;
    static char head[20000];
    struct {
        const char *reply;
        enum fetch_end end;
    } rows[] = {
        { "hello\r\n\r\n", FETCH_MALFORMED },
        { "", FETCH_CLOSED },
        { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", FETCH_MALFORMED },
        { "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", FETCH_MALFORMED },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
          FETCH_MALFORMED },
        { head, FETCH_MALFORMED },
    };
    int count = sizeof rows / sizeof rows[0];

    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nX: %018000d\r\n\r\n", 1);
    for (int i = 0; i < count; i++) {
        room->ended = 0;
        ask(room, rows[i].reply);
        if (room->end != rows[i].end)
            fail_msg("row %d ended with %s: %s", i, fetch_end_phrase(room->end),
                     room->detail);
    }
}

static bool none_allowed(const struct rollcall_address *ip)
{
    (void)ip;
    return false;
}

static bool all_forbidden(const struct rollcall_address *ip)
{
    return ip->family == 4;
}

static void an_address_may_be_forbidden_also_behind_a_name(void **state)
{
    struct room *room = *state;
    struct fetch_request request = request_to(room);
    char url[64];

    request.forbidden = none_allowed;
    begin(room, &request);
    finish(room, 1);
    assert_int_equal(room->end, FETCH_DONE);
    request.forbidden = all_forbidden;
    request.connect_to = NULL;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", address_port(&room->address));
    request.url = url;
    begin(room, &request);
    finish(room, 2);
    assert_int_equal(room->end, FETCH_FORBIDDEN);
}

static void a_closed_port_refuses(void **state)
{
    struct room *room = *state;
    struct fetch_request request = request_to(room);
    struct address closed;

    assert_true(address_parse("127.0.0.1:1", 0, &closed));
    request.connect_to = &closed;
    begin(room, &request);
    finish(room, 1);
    assert_int_equal(room->end, FETCH_REFUSED);
}

static void what_is_no_url_is_refused_at_once(void **state)
{
    struct room *room = *state;
    struct fetch_request request = request_to(room);
    struct fetch *fetch = NULL;
    struct reason why = REASON_NONE;

    request.url = "file:///etc/passwd";
    assert_int_equal(fetch_start(room->bridge, &request, on_end, room, &fetch, &why),
                     ROLLCALL_E_INVALID);
    assert_null(fetch);
    assert_non_null(strstr(why.text, "file:///etc/passwd"));
}

static void a_cancelled_fetch_is_not_told(void **state)
{
    struct room *room = *state;
    struct fetch_request request = request_to(room);
    struct fetch *first = begin(room, &request);

    fetch_cancel(first);
    struct fetch *second = begin(room, &request);
    uv_run(&room->loop, UV_RUN_NOWAIT);
    fetch_cancel(second);
    begin(room, &request);
    finish(room, 1);
    uv_run(&room->loop, UV_RUN_NOWAIT);
    assert_int_equal(room->ended, 1);
}

static void a_bridge_may_close_over_its_fetches(void **state)
{
    struct room *room = *state;
    struct fetch_request request = request_to(room);

    begin(room, &request);
    uv_run(&room->loop, UV_RUN_NOWAIT);
    begin(room, &request);
}

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static void without_a_descriptor_it_is_our_own_trouble(void **state)
{
    struct room *room = *state;
    struct fetch_request request = request_to(room);
    struct rlimit limit;
    struct rlimit none;

    ask(room, NULL);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){ .rlim_cur = 3, .rlim_max = limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    begin(room, &request);
    finish(room, 2);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(room->end, FETCH_NO_RESOURCES);
}

static void many_at_once_leave_no_descriptor(void **state)
{
    struct room *room = *state;
    struct fetch_request request = request_to(room);

    ask(room, NULL);
    await_served(&room->server, 1);
    int before = open_descriptors();
    for (int i = 0; i < 64; i++)
        begin(room, &request);
    finish(room, 65);
    await_served(&room->server, 65);
    assert_int_equal(room->end, FETCH_DONE);
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, open_room, close_room)
    const struct CMUnitTest tests[] = {
        CASE(a_reply_is_told_with_its_status_fields_and_body),
        CASE(a_request_says_what_it_is_given_and_no_more),
        CASE(the_proxy_of_the_environment_is_not_asked),
        CASE(a_redirect_is_a_reply_like_others),
        CASE(a_body_is_kept_and_read_to_its_bounds),
        CASE(nonsense_has_its_names),
        CASE(an_address_may_be_forbidden_also_behind_a_name),
        CASE(a_closed_port_refuses),
        CASE(what_is_no_url_is_refused_at_once),
        CASE(a_cancelled_fetch_is_not_told),
        CASE(a_bridge_may_close_over_its_fetches),
        CASE(without_a_descriptor_it_is_our_own_trouble),
        CASE(many_at_once_leave_no_descriptor),
    };
#undef CASE

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The library against a daemon that says what the test wrote down. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "rollcall/client.h"
#include "support/scratch.h"

/* Answers request number i with script[i]; closes at the end of the script. */
struct play {
    struct scratch scratch;
    char path[100];
    int listener;
    const char *const *script; /* ends with NULL; a NULL script echoes */
    char heard[4096];          /* all requests */
    pthread_t thread;
};

static void say(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void follow_script(struct play *play, FILE *in, int fd)
{
    char line[4096];

    for (size_t i = 0; play->script[i] != NULL && fgets(line, sizeof line, in); i++) {
        size_t used = strlen(play->heard);
        snprintf(play->heard + used, sizeof play->heard - used, "%s", line);
        say(fd, play->script[i], strlen(play->script[i]));
    }
}

static void echo(FILE *in, int fd)
{
    char line[4096];

    while (fgets(line, sizeof line, in))
        say(fd, line, strlen(line));
}

static void *run_play(void *argument)
{
    struct play *play = argument;
    int fd = accept(play->listener, NULL, NULL);
    FILE *in = fdopen(dup(fd), "r");

    if (play->script != NULL)
        follow_script(play, in, fd);
    else
        echo(in, fd);
    shutdown(fd, SHUT_WR);
    while (fgetc(in) != EOF)
        ; /* let the client close first, so nothing it still reads is lost */
    fclose(in);
    close(fd);
    return NULL;
}

static void open_door(struct play *play)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    scratch_make(&play->scratch);
    scratch_path(&play->scratch, "socket", play->path, sizeof play->path);
    strcpy(address.sun_path, play->path);
    play->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(play->listener, (struct sockaddr *)&address, sizeof address),
                     0);
    assert_int_equal(listen(play->listener, 1), 0);
}

static void close_door(struct play *play)
{
    close(play->listener);
    scratch_remove(&play->scratch);
}

static void start_play(struct play *play, const char *const *script)
{
    memset(play, 0, sizeof *play);
    play->script = script;
    open_door(play);
    assert_int_equal(pthread_create(&play->thread, NULL, run_play, play), 0);
}

static struct rollcall_client *enter(struct play *play)
{
    struct rollcall_client *client = NULL;
    struct rollcall_error error;

    if (rollcall_connect(play->path, &client, &error) != ROLLCALL_OK)
        fail_msg("%s", error.message);
    return client;
}

static void end_play(struct play *play, struct rollcall_client *client)
{
    rollcall_close(client);
    pthread_join(play->thread, NULL);
    close_door(play);
}

static void a_registration_is_one_line_and_its_reply_comes_as_values(void **state)
{
    (void)state;
    const char *const script[] = {
        "{\"ok\":true,\"id\":\"web-1\",\"revision\":7,\"created\":true,"
        "\"warning\":\"beware\"}\n",
        NULL,
    };
    struct play play;
    start_play(&play, script);
    struct rollcall_client *client = enter(&play);
    const struct rollcall_address address = { .family = 4, .bytes = { 10, 0, 0, 1 } };
    struct rollcall_registration registration = { .has_if_revision = true };
    struct rollcall_registered out;

    rollcall_instance_defaults(&registration.instance);
    registration.instance.service = "web";
    registration.instance.addresses = &address;
    registration.instance.address_count = 1;
    registration.instance.port = 80;
    assert_int_equal(rollcall_register(client, &registration, &out, NULL), ROLLCALL_OK);
    assert_string_equal(out.id, "web-1");
    assert_int_equal(out.revision, 7);
    assert_true(out.created);
    assert_string_equal(out.warning, "beware");
    end_play(&play, client);
    assert_non_null(strstr(play.heard, "\"service\":\"web\""));
    assert_non_null(strstr(play.heard, "\"if_revision\":0"));
}

static void a_refusal_gives_code_field_and_sentence(void **state)
{
    (void)state;
    const char *const script[] = {
        "{\"ok\":false,\"error\":{\"code\":\"not_found\",\"field\":\"id\","
        "\"message\":\"there is no instance nobody\"}}\n",
        NULL,
    };
    struct play play;
    start_play(&play, script);
    struct rollcall_client *client = enter(&play);
    struct rollcall_error error;

    assert_int_equal(rollcall_deregister(client, "nobody", NULL, &error),
                     ROLLCALL_E_NOTFOUND);
    assert_int_equal(error.status, ROLLCALL_E_NOTFOUND);
    assert_string_equal(error.field, "id");
    assert_string_equal(error.message, "there is no instance nobody");
    end_play(&play, client);
}

#define EVENT(n)                                                                         \
    "{\"event\":\"deregister\",\"revision\":" #n ",\"service\":\"web\","                 \
    "\"namespace\":\"default\",\"id\":\"web-" #n "\",\"health\":\"passing\","            \
    "\"cause\":\"request\"}\n"

static void events_that_come_before_a_reply_are_kept_in_order(void **state)
{
    (void)state;
    const char *const script[] = {
        "{\"ok\":true,\"revision\":1}\n",
        EVENT(2) EVENT(3) "{\"ok\":true,\"revision\":9}\n" EVENT(4),
        NULL,
    };
    struct play play;
    start_play(&play, script);
    struct rollcall_client *client = enter(&play);
    const struct rollcall_watch all = { 0 };
    struct rollcall_event event;
    uint64_t revision = 0;

    assert_int_equal(rollcall_watch(client, &all, &revision, NULL), ROLLCALL_OK);
    assert_int_equal(revision, 1);
    assert_int_equal(rollcall_deregister(client, "x", &revision, NULL), ROLLCALL_OK);
    assert_int_equal(revision, 9);
    for (uint64_t expected = 2; expected <= 4; expected++) {
        assert_int_equal(rollcall_next_event(client, 5000, &event, NULL), ROLLCALL_OK);
        assert_int_equal(event.revision, expected);
    }
    assert_string_equal(event.id, "web-4");
    assert_string_equal(event.cause, "request");
    end_play(&play, client);
}

static void services_and_instances_are_read_by_number(void **state)
{
    (void)state;
    const char *const script[] = {
        "{\"ok\":true,\"revision\":5,\"services\":[{\"name\":\"api\",\"namespace\":"
        "\"default\",\"instances\":3,\"healthy\":2}]}\n",
        "{\"ok\":true,\"revision\":5,\"instances\":[{\"id\":\"api-1\",\"service\":"
        "\"api\",\"namespace\":\"default\",\"address\":\"10.0.0.9\",\"port\":443,"
        "\"health\":\"warning\",\"state\":\"serving\",\"revision\":4}]}\n",
        NULL,
    };
    struct play play;
    start_play(&play, script);
    struct rollcall_client *client = enter(&play);
    const struct rollcall_get query = { .service = "api" };
    struct rollcall_counted service;
    struct rollcall_shown shown;
    size_t count = 0;

    assert_int_equal(rollcall_list(client, NULL, NULL, &count, NULL, NULL), ROLLCALL_OK);
    assert_int_equal(count, 1);
    assert_true(rollcall_service(client, 0, &service));
    assert_string_equal(service.name, "api");
    assert_int_equal(service.healthy, 2);
    assert_false(rollcall_service(client, 1, &service));

    assert_int_equal(rollcall_get(client, &query, &count, NULL, NULL), ROLLCALL_OK);
    assert_int_equal(count, 1);
    assert_int_equal(rollcall_instance(client, 0, &shown, NULL), ROLLCALL_OK);
    assert_string_equal(shown.is->id, "api-1");
    assert_int_equal(shown.is->port, 443);
    assert_int_equal(shown.health, ROLLCALL_WARNING);
    assert_int_not_equal(rollcall_instance(client, 1, &shown, NULL), ROLLCALL_OK);
    end_play(&play, client);
}

static void nobody_at_home_is_said_with_the_path(void **state)
{
    (void)state;
    struct rollcall_client *client = NULL;
    struct rollcall_error error;

    assert_int_equal(rollcall_connect("/nonexistent/rollcall.sock", &client, &error),
                     ROLLCALL_E_IO);
    assert_null(client);
    assert_string_equal(error.message, "cannot reach rollcalld at /nonexistent/"
                                       "rollcall.sock: No such file or directory");
}

static void a_daemon_that_goes_away_is_an_io_error(void **state)
{
    (void)state;
    const char *const script[] = { "{\"ok\":tr", NULL };
    struct play play;
    start_play(&play, script);
    struct rollcall_client *client = enter(&play);
    struct rollcall_hello hello;
    struct rollcall_error error;

    assert_int_equal(rollcall_hello(client, &hello, &error), ROLLCALL_E_IO);
    assert_string_equal(error.message, "rollcalld closed the connection");
    end_play(&play, client);
}

/* It stops reading in the middle of a long request and says why: no thread is needed. */
static void the_last_words_of_a_daemon_that_hangs_up_are_heard(void **state)
{
    (void)state;
    static const char words[] = "{\"ok\":false,\"error\":{\"code\":\"too_long\","
                                "\"message\":\"the line is too long\"}}\n";
    struct play play = { .listener = -1 };
    open_door(&play);
    struct rollcall_client *client = enter(&play);
    int fd = accept(play.listener, NULL, NULL);
    struct rollcall_hello hello;
    struct rollcall_error error;

    say(fd, words, sizeof words - 1);
    close(fd);
    assert_int_equal(rollcall_hello(client, &hello, &error), ROLLCALL_E_TOO_LONG);
    assert_string_equal(error.message, "the line is too long");
    rollcall_close(client);
    close_door(&play);
}

static void a_daemon_that_is_silent_is_a_timeout(void **state)
{
    (void)state;
    const char *const script[] = { "", "", NULL };
    struct play play;
    start_play(&play, script);
    struct rollcall_client *client = enter(&play);
    struct rollcall_hello hello;

    rollcall_timeout(client, 1);
    assert_int_equal(rollcall_hello(client, &hello, NULL), ROLLCALL_E_TIMEOUT);
    end_play(&play, client);
}

static void somebody_who_speaks_otherwise_is_not_taken_for_the_daemon(void **state)
{
    (void)state;
    const char *const script[] = { "220 mail.example ESMTP\n", NULL };
    struct play play;
    start_play(&play, script);
    struct rollcall_client *client = enter(&play);
    struct rollcall_hello hello;
    struct rollcall_error error;

    assert_int_equal(rollcall_hello(client, &hello, &error), ROLLCALL_E_IO);
    assert_non_null(strstr(error.message, "does not answer like rollcalld: 220"));
    end_play(&play, client);
}

/* More than both socket buffers hold: the peer stops reading until we do. */
static void pipelining_more_than_the_sockets_hold_does_not_lock(void **state)
{
    (void)state;
    enum { LINES = 20000 };
    const char line[] =
        "{\"ok\":true,\"id\":\"0123456789012345678901234567890123456789\"}";
    struct play play;
    start_play(&play, NULL);
    struct rollcall_client *client = enter(&play);
    struct rollcall_line reply;

    for (int i = 0; i < LINES; i++)
        assert_int_equal(rollcall_send(client, line, strlen(line), NULL), ROLLCALL_OK);
    for (int i = 0; i < LINES; i++) {
        assert_int_equal(rollcall_receive(client, 5000, &reply, NULL), ROLLCALL_OK);
        assert_string_equal(reply.text, line);
        assert_int_equal(reply.status, ROLLCALL_OK);
    }
    end_play(&play, client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registration_is_one_line_and_its_reply_comes_as_values),
        cmocka_unit_test(a_refusal_gives_code_field_and_sentence),
        cmocka_unit_test(events_that_come_before_a_reply_are_kept_in_order),
        cmocka_unit_test(services_and_instances_are_read_by_number),
        cmocka_unit_test(nobody_at_home_is_said_with_the_path),
        cmocka_unit_test(a_daemon_that_goes_away_is_an_io_error),
        cmocka_unit_test(the_last_words_of_a_daemon_that_hangs_up_are_heard),
        cmocka_unit_test(a_daemon_that_is_silent_is_a_timeout),
        cmocka_unit_test(somebody_who_speaks_otherwise_is_not_taken_for_the_daemon),
        cmocka_unit_test(pipelining_more_than_the_sockets_hold_does_not_lock),
    };
    return cmocka_run_group_tests_name("client/client", tests, NULL, NULL);
}

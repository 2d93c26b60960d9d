/* health/http_response.h: replies as strings, whole and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "health/http_response.h"

enum { BODY_MAX = 64 };

/* Feed `text` in pieces of `piece` octets; the peer closes behind it. */
static void read_pieces(struct http_response *response, const char *text, size_t length,
                        size_t piece, bool head_request)
{
    http_response_init(response, head_request, BODY_MAX);
    for (size_t at = 0; at < length; at += piece)
        http_response_feed(response, text + at,
                           length - at < piece ? length - at : piece);
    http_response_end(response);
}

static void gives(const char *text, size_t length, bool head_request,
                  enum http_phase phase, uint16_t status, const char *body)
{
    /* However the octets are cut, the result is the same. */
    for (size_t piece = 1; piece <= length; piece++) {
        struct http_response response;
        read_pieces(&response, text, length, piece, head_request);
        if (response.phase != phase)
            fail_msg("in pieces of %zu: phase %d (%s)", piece, (int)response.phase,
                     response.fault != NULL ? response.fault : "");
        assert_int_equal(response.status, status);
        assert_int_equal(response.body.length, strlen(body));
        if (body[0] != '\0')
            assert_memory_equal(response.body.data, body, strlen(body));
        http_response_deinit(&response);
    }
}

#define GIVES(text, phase, status, body)                                                 \
    gives(text, sizeof(text) - 1, false, phase, status, body)

static void malformed(const char *text)
{
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        struct http_response response;
        read_pieces(&response, text, strlen(text), piece, false);
        if (response.phase != HTTP_MALFORMED)
            fail_msg("taken in pieces of %zu: %s", piece, text);
        assert_non_null(response.fault);
        http_response_deinit(&response);
    }
}

static void a_plain_reply_is_read_to_its_length(void **state)
{
    (void)state;
    GIVES("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellomore", HTTP_COMPLETE, 200,
          "hello");
    GIVES("HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", HTTP_COMPLETE,
          503, "");
}

static void a_reply_without_length_ends_with_the_connection(void **state)
{
    struct http_response response;
    const char *text = "HTTP/1.0 200 OK\r\n\r\nhello";

    (void)state;
    GIVES("HTTP/1.0 200 OK\r\n\r\nhello", HTTP_COMPLETE, 200, "hello");
    http_response_init(&response, false, BODY_MAX);
    http_response_feed(&response, text, strlen(text));
    assert_int_equal(response.phase, HTTP_BODY);
    http_response_deinit(&response);
}

static void a_chunked_reply_is_put_together(void **state)
{
    (void)state;
    GIVES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          "5\r\nhello\r\nA;x=y\r\n, world!!!\r\n0\r\nX-Trailer: 1\r\n\r\n",
          HTTP_COMPLETE, 200, "hello, world!!!");
    GIVES("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 3\r\n"
          "\r\n1\r\nx\r\n0\r\n\r\n",
          HTTP_COMPLETE, 200, "x");
}

static void a_short_body_is_not_complete(void **state)
{
    (void)state;
    GIVES("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", HTTP_BODY, 200, "hel");
    GIVES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", HTTP_BODY, 200,
          "hel");
}

static void some_replies_have_no_body_whatever_they_say(void **state)
{
    static const char to_head[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

    (void)state;
    GIVES("HTTP/1.1 204 No Content\r\n\r\n", HTTP_COMPLETE, 204, "");
    GIVES("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", HTTP_COMPLETE, 304,
          "");
    GIVES("HTTP/1.1 101 Switching Protocols\r\n\r\nxxx", HTTP_COMPLETE, 101, "");
    gives(to_head, sizeof to_head - 1, true, HTTP_COMPLETE, 200, "");
}

static void interim_replies_are_read_over(void **state)
{
    (void)state;
    GIVES("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n"
          "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
          HTTP_COMPLETE, 200, "ok");
}

static void what_is_lenient_in_the_standard_is_lenient_here(void **state)
{
    (void)state;
    GIVES("HTTP/1.1 200\nContent-Length:2\n\nok", HTTP_COMPLETE, 200, "ok");
    GIVES("HTTP/1.1 200 \r\nX: a\r\n folded\r\ncontent-LENGTH: \t2 \r\n\r\nok",
          HTTP_COMPLETE, 200, "ok");
    GIVES("HTTP/1.1 200 OK\r\nX-Latin: caf\xe9\r\nX-Empty:\r\nContent-Length: 1\r\n"
          "Content-Length: 1\r\n\r\n1",
          HTTP_COMPLETE, 200, "1");
}

static void what_is_not_http_is_malformed(void **state)
{
    (void)state;
    malformed("SSH-2.0-OpenSSH_9.2p1\r\n");
    malformed("\r\nHTTP/1.1 200 OK\r\n\r\n");
    malformed("HTTP/2.0 200 OK\r\n\r\n");
    malformed("HTTP/1.1  200 OK\r\n\r\n");
    malformed("HTTP/1.1 20 OK\r\n\r\n");
    malformed("HTTP/1.1 2000 OK\r\n\r\n");
    malformed("HTTP/1.1 099 OK\r\n\r\n");
    malformed("HTTP/1.1 2x0 OK\r\n\r\n");
    malformed("http/1.1 200 OK\r\n\r\n");
    malformed("\n");
}

static void broken_headers_are_malformed(void **state)
{
    (void)state;
    malformed("HTTP/1.1 200 OK\r\nno colon\r\n\r\n");
    malformed("HTTP/1.1 200 OK\r\n: value\r\n\r\n");
    malformed("HTTP/1.1 200 OK\r\nName : value\r\n\r\n");
    malformed("HTTP/1.1 200 OK\r\nX: a\x01z\r\n\r\n");
    malformed("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
    malformed("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n");
    malformed("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n");
    malformed("HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n");
    malformed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
}

static void broken_chunks_are_malformed(void **state)
{
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    (void)state;
    malformed(CHUNKED "\r\n");
    malformed(CHUNKED "g\r\n");
    malformed(CHUNKED "-1\r\n");
    malformed(CHUNKED "5x\r\n");
    malformed(CHUNKED "2\r\nabc\r\n");
    malformed(CHUNKED "ffffffffffffffff\r\n");
#undef CHUNKED
}

static void feed_many(struct http_response *response, const char *piece, int times)
{
    http_response_init(response, false, BODY_MAX);
    http_response_feed(response, "HTTP/1.1 200 OK\r\n", 17);
    for (int i = 0; i < times; i++)
        http_response_feed(response, piece, strlen(piece));
}

static void an_endless_head_is_cut_off(void **state)
{
    struct http_response response;

    (void)state;
    feed_many(&response, "X: y\r\n", 3000);
    assert_int_equal(response.phase, HTTP_MALFORMED);
    http_response_deinit(&response);
    feed_many(&response, "xxxxxxxxxx", 1000);
    assert_int_equal(response.phase, HTTP_MALFORMED);
    assert_true(response.line.length <= 8192);
    http_response_deinit(&response);
    feed_many(&response, "X: y\r\n", 100);
    assert_int_equal(response.phase, HTTP_FIELDS);
    http_response_deinit(&response);
}

static void of_a_long_body_only_its_beginning_is_kept(void **state)
{
    struct http_response response;

    (void)state;
    http_response_init(&response, false, BODY_MAX);
    http_response_feed(&response, "HTTP/1.1 200 OK\r\n\r\n", 19);
    for (int i = 0; i < 100; i++)
        http_response_feed(&response, "0123456789", 10);
    assert_int_equal(response.body.length, BODY_MAX);
    assert_false(response.body.failed);
    assert_int_equal(response.phase, HTTP_BODY);
    http_response_deinit(&response);
}

static void the_reason_phrase_is_kept_printable_and_short(void **state)
{
    struct http_response response;
    char text[200];

    (void)state;
    snprintf(text, sizeof text, "HTTP/1.1 500 Bad\x1b[31m %0100d\r\n\r\n", 0);
    http_response_init(&response, false, 0);
    http_response_feed(&response, text, strlen(text));
    assert_memory_equal(response.phrase, "Bad?[31m 000", 12);
    assert_int_equal(strlen(response.phrase), sizeof response.phrase - 1);
    assert_null(response.body.data);
    http_response_deinit(&response);
}

static void an_end_before_the_head_is_complete_is_no_reply(void **state)
{
    (void)state;
    GIVES("HTTP/1.1 200 OK\r\nContent-Le", HTTP_FIELDS, 200, "");
    GIVES("HTTP/1.1 2", HTTP_STATUS_LINE, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_reply_is_read_to_its_length),
        cmocka_unit_test(a_reply_without_length_ends_with_the_connection),
        cmocka_unit_test(a_chunked_reply_is_put_together),
        cmocka_unit_test(a_short_body_is_not_complete),
        cmocka_unit_test(some_replies_have_no_body_whatever_they_say),
        cmocka_unit_test(interim_replies_are_read_over),
        cmocka_unit_test(what_is_lenient_in_the_standard_is_lenient_here),
        cmocka_unit_test(what_is_not_http_is_malformed),
        cmocka_unit_test(broken_headers_are_malformed),
        cmocka_unit_test(broken_chunks_are_malformed),
        cmocka_unit_test(an_endless_head_is_cut_off),
        cmocka_unit_test(of_a_long_body_only_its_beginning_is_kept),
        cmocka_unit_test(the_reason_phrase_is_kept_printable_and_short),
        cmocka_unit_test(an_end_before_the_head_is_complete_is_no_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

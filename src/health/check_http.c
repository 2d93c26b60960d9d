/* A check of kind "http": a request over plain TCP is answered as expected. One
 * connection a run. The reply is read to its end, or as far as REPLY_MAX, before it is
 * judged: a server that is cut off in the middle of a reply fills its log with it. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "health/check.h"
#include "health/check_rows.h"
#include "health/http_request.h"
#include "health/http_response.h"
#include "health/probe.h"
#include "health/said.h"
#include "health/web.h"
#include "model/instance.h"

enum {
    BODY_MAX = 64 * 1024, /* where expect_body is looked for */
    REQUEST_MAX = 128 * 1024,
    REPLY_MAX = 2 * BODY_MAX, /* of head and body; what is longer is judged by this */
    READ_SIZE = 16 * 1024
};

/* One request under way. Owned by check->run. */
struct http_run {
    struct poll_waiter waiter;
    struct check *check; /* borrowed */
    struct buffer request;
    size_t sent;
    struct http_response response;
    size_t received;
};

static void destroy_run(struct http_run *run)
{
    buffer_deinit(&run->request);
    http_response_deinit(&run->response);
    free(run);
}

static void drop(struct http_run *run)
{
    poller_forget(check_poller(run->check), &run->waiter);
    probe_close(run->waiter.fd);
    run->check->run = NULL;
    destroy_run(run);
}

static void finish(struct http_run *run, enum check_outcome outcome, const char *detail)
{
    struct check *check = run->check;

    drop(run);
    check_finish(check, outcome, detail);
}

/* A whole reply came. It lies in run->response, which does not outlive drop(). */
static void finish_with_reply(struct http_run *run, enum check_outcome outcome,
                              const char *detail)
{
    const struct http_response *response = &run->response;
    const struct said_reply reply = { .scheme = "http",
                                      .status = response->status,
                                      .phrase = response->phrase,
                                      .body = response->body.data,
                                      .length = response->body.length };
    struct check *check = run->check;
    char status[64], said[SAID_MAX];

    snprintf(status, sizeof status, "HTTP %u %s", (unsigned)response->status,
             response->phrase);
    const char *kept = said_reply(check, &reply, said);
    drop(run);
    check_finish_said(check, outcome, detail != NULL ? detail : status, kept);
}

static bool body_has(const struct buffer *body, const char *text)
{
    size_t length = body->length < BODY_MAX ? body->length : BODY_MAX;

    return length > 0 && memmem(body->data, length, text, strlen(text)) != NULL;
}

/* A whole reply, or as much of it as is read. */
static void judge_reply(struct http_run *run, bool at_end)
{
    const struct rollcall_check *spec = run->check->spec;
    const struct http_response *response = &run->response;
    const char *text = check_option(spec, "expect_body", 0);

    if (http_status_warns(spec, response->status))
        finish_with_reply(run, OUTCOME_WARNING_STATUS, NULL);
    else if (!http_status_expected(spec, response->status))
        finish_with_reply(run, OUTCOME_WRONG_STATUS, NULL);
    else if (at_end && response->phase != HTTP_COMPLETE)
        finish(run, OUTCOME_MALFORMED, "it closed in the middle of the body");
    else if (text != NULL && !body_has(&response->body, text))
        finish_with_reply(run, OUTCOME_BODY_MISMATCH,
                          "the text of expect_body is not in the body");
    else
        finish_with_reply(run, OUTCOME_PASSED, NULL);
}

/* True when the run is over. */
static bool judge(struct http_run *run, bool at_end)
{
    const struct http_response *response = &run->response;

    if (response->line.failed || response->body.failed) {
        finish(run, OUTCOME_NO_RESOURCES, "out of memory");
        return true;
    }
    if (response->phase == HTTP_MALFORMED) {
        finish(run, OUTCOME_MALFORMED, response->fault);
        return true;
    }
    if (response->phase == HTTP_STATUS_LINE || response->phase == HTTP_FIELDS) {
        if (at_end)
            finish(run, OUTCOME_CLOSED, NULL);
        return at_end;
    }
    if (!at_end && response->phase != HTTP_COMPLETE && run->received < REPLY_MAX)
        return false;
    if (redirect_status(response->status) && http_redirects(run->check->spec) > 0) {
        struct check *check = run->check;
        drop(run);
        web_run_http(check, false); /* from the start, and onwards */
        return true;
    }
    judge_reply(run, at_end);
    return true;
}

/* Until it is judged or nothing is left to read (the poller is edge-triggered).
 * What one reply may hold is bounded, so this is too. */
static void read_reply(struct http_run *run)
{
    char bytes[READ_SIZE];

    for (;;) {
        ssize_t got = recv(run->waiter.fd, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            if (errno != EAGAIN)
                finish(run, probe_outcome(errno), NULL);
            return;
        }
        run->received += (size_t)(got > 0 ? got : 0);
        if (got == 0)
            http_response_end(&run->response);
        else
            http_response_feed(&run->response, bytes, (size_t)got);
        if (judge(run, got == 0))
            return;
    }
}

/* What the socket takes now. 0, or the error that ends the run. */
static int send_request(struct http_run *run)
{
    while (run->sent < run->request.length) {
        ssize_t taken = send(run->waiter.fd, run->request.data + run->sent,
                             run->request.length - run->sent, MSG_NOSIGNAL);
        if (taken >= 0)
            run->sent += (size_t)taken;
        else if (errno == EAGAIN)
            return 0;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

static void on_ready(struct poll_waiter *waiter, uint32_t events)
{
    struct http_run *run = list_entry(waiter, struct http_run, waiter);

    /* A peer that has replied and closed may refuse our request, or the rest of it: its
     * reply counts. Reading then ends with the error itself. */
    if ((events & EPOLLOUT) && !(events & EPOLLERR)) {
        int error = send_request(run);
        if (error != 0 && !(events & EPOLLIN)) {
            finish(run, probe_outcome(error), NULL);
            return;
        }
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP | EPOLLERR))
        read_reply(run);
}

static struct http_run *create_run(struct check *check, int fd)
{
    const char *text = check_option(check->spec, "expect_body", 0);
    struct http_run *run = calloc(1, sizeof *run);
    struct address target;

    if (run == NULL || !check_target(check, &target)) {
        free(run);
        return NULL;
    }
    run->waiter.on_ready = on_ready;
    run->waiter.fd = fd;
    run->check = check;
    buffer_init(&run->request, REQUEST_MAX);
    http_request_write(check->spec, &target, &run->request);
    http_response_init(&run->response, http_request_is_head(check->spec),
                       check->spec->keep_output ? REPLY_MAX
                       : text != NULL           ? BODY_MAX
                                                : 0);
    return run;
}

/* Send at once where the connection is open already, then wait. */
static enum check_outcome begin(struct http_run *run, bool connected)
{
    uint32_t events = EPOLLIN;

    if (run->request.failed)
        return OUTCOME_NO_RESOURCES;
    if (connected) {
        int error = send_request(run);
        if (error != 0)
            return probe_outcome(error);
    }
    if (run->sent < run->request.length)
        events |= EPOLLOUT;
    if (poller_add(check_poller(run->check), &run->waiter, events) != ROLLCALL_OK)
        return OUTCOME_NO_RESOURCES;
    run->check->run = run;
    return OUTCOME_PASSED;
}

/* Another connection each time is our own business, and cheap; keeping them open is
 * libcurl's. So are redirects: where asking twice does no harm, when there is one. */
static bool is_for_libcurl(const struct check *check)
{
    const char *reuse = check_option(check->spec, "reuse", 0);
    const char *method = check_option(check->spec, "method", 0);

    if (reuse != NULL && strcmp(reuse, "true") == 0)
        return true;
    return method != NULL && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
           http_redirects(check->spec) > 0;
}

static void start_own(struct check *check)
{
    int fd;
    bool connected;
    enum check_outcome outcome = probe_connect(check, &fd, &connected);

    if (outcome == OUTCOME_PASSED) {
        struct http_run *run = create_run(check, fd);
        outcome = run == NULL ? OUTCOME_NO_RESOURCES : begin(run, connected);
        if (outcome == OUTCOME_PASSED)
            return;
        if (run != NULL)
            destroy_run(run);
        probe_close(fd);
    }
    check_finish(check, outcome, NULL);
}

static void http_start(struct check *check)
{
    if (is_for_libcurl(check))
        web_run_http(check, false);
    else
        start_own(check);
}

static void http_cancel(struct check *check)
{
    assert(check->run != NULL);
    if (check->fetching)
        web_cancel(check);
    else
        drop(check->run);
}

static enum rollcall_status http_validate(const struct rollcall_check *check,
                                          const struct rollcall_instance *instance,
                                          struct reason *why)
{
    enum rollcall_status status = probe_validate_target(check, why);

    (void)instance;
    return status == ROLLCALL_OK ? http_request_validate(check, why) : status;
}

static const struct check_field http_fields[] = {
    HTTP_REQUEST_FIELDS,
    WEB_REUSE_FIELD,
    { 0 },
};

const struct check_kind check_http = {
    .schema = { .kind = "http",
                .summary = "an HTTP request is answered as expected",
                .fields = http_fields,
                .default_failure_threshold = 3,
                .needs_target = true,
                .validate = http_validate },
    .start = http_start,
    .cancel = http_cancel,
};

/* A check of kind "dns": a question to the instance is answered, by UDP, and by TCP where
 * the answer says that it was cut. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/random.h"
#include "dns/wire.h"
#include "health/check.h"
#include "health/check_rows.h"
#include "health/dns_question.h"
#include "health/probe.h"
#include "model/instance.h"

enum { FOREIGN_MAX = 64, DETAIL = 200, EXPECTED_MAX = 256 };

/* One question under way. Owned by check->run. */
struct dns_run {
    struct poll_waiter waiter; /* fd: the socket; owned */
    struct check *check;       /* borrowed */
    struct dns_question question;
    uint8_t asked[2 + DNS_QUESTION_MAX]; /* with the length that TCP wants before it */
    size_t asked_length;                 /* without that */
    size_t sent;                         /* TCP, with it */
    uint8_t *reply;                      /* owned; TCP: its length and itself */
    size_t received;
    char expected[EXPECTED_MAX + 1];
    char detail[DETAIL];
    unsigned foreign; /* replies that were not to our question */
    bool tcp;
};

static void hang_up(struct dns_run *run)
{
    if (run->waiter.fd < 0)
        return;
    poller_forget(check_poller(run->check), &run->waiter);
    if (run->tcp)
        probe_close(run->waiter.fd);
    else
        close(run->waiter.fd);
    run->waiter.fd = -1;
}

static void drop(struct dns_run *run)
{
    hang_up(run);
    run->check->run = NULL;
    free(run->reply);
    free(run);
}

static void finish(struct dns_run *run, enum check_outcome outcome, const char *detail)
{
    struct check *check = run->check;
    char kept[DETAIL] = "";

    if (detail != NULL)
        memccpy(kept, detail, '\0', sizeof kept - 1);
    drop(run);
    check_finish(check, outcome, kept[0] != '\0' ? kept : NULL);
}

static void start_tcp(struct dns_run *run);

/* True: the run is over, or has gone on to TCP. */
static bool take_reply(struct dns_run *run, const uint8_t *reply, size_t length)
{
    enum check_outcome outcome;
    enum dns_reply_kind kind =
        dns_reply_judge(&run->question, run->asked + 2, run->asked_length,
                        run->expected[0] != '\0' ? run->expected : NULL, run->tcp, reply,
                        length, &outcome, run->detail, sizeof run->detail);

    if (kind == DNS_REPLY_FOREIGN)
        return ++run->foreign > FOREIGN_MAX
                   ? (finish(run, OUTCOME_MALFORMED, run->detail), true)
                   : false;
    if (kind == DNS_REPLY_CUT)
        start_tcp(run);
    else
        finish(run, outcome, run->detail);
    return true;
}

static void on_udp(struct poll_waiter *waiter, uint32_t events)
{
    struct dns_run *run = list_entry(waiter, struct dns_run, waiter);
    uint8_t reply[DNS_UDP_MAX];

    (void)events;
    for (;;) {
        ssize_t got = recv(waiter->fd, reply, sizeof reply, 0);
        if (got >= 0 && take_reply(run, reply, (size_t)got))
            return;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got < 0 && errno != EINTR) {
            finish(run, probe_outcome(errno), NULL);
            return;
        }
    }
}

/* 0, or what went wrong. */
static int send_tcp(struct dns_run *run)
{
    size_t length = 2 + run->asked_length;

    while (run->sent < length) {
        ssize_t put = send(run->waiter.fd, run->asked + run->sent, length - run->sent,
                           MSG_NOSIGNAL);
        if (put >= 0)
            run->sent += (size_t)put;
        else if (errno == EAGAIN)
            return 0;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

/* The octets that are wanted next; 0: the reply is whole. */
static size_t missing(const struct dns_run *run)
{
    if (run->received < 2)
        return 2 - run->received;
    return 2 + (size_t)bytes_get16(run->reply) - run->received;
}

static void read_tcp(struct dns_run *run)
{
    size_t wanted;

    while ((wanted = missing(run)) > 0) {
        ssize_t got = recv(run->waiter.fd, run->reply + run->received, wanted, 0);
        if (got > 0) {
            run->received += (size_t)got;
        } else if (got == 0) {
            finish(run, OUTCOME_CLOSED, "its reply by TCP ended too early");
            return;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            finish(run, probe_outcome(errno), "by TCP");
            return;
        }
    }
    take_reply(run, run->reply + 2, run->received - 2);
}

static void on_tcp(struct poll_waiter *waiter, uint32_t events)
{
    struct dns_run *run = list_entry(waiter, struct dns_run, waiter);

    if ((events & EPOLLOUT) && !(events & EPOLLERR)) {
        int error = send_tcp(run);
        if (error != 0 && !(events & EPOLLIN)) {
            finish(run, probe_outcome(error), "by TCP");
            return;
        }
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP | EPOLLERR))
        read_tcp(run);
}

static void start_tcp(struct dns_run *run)
{
    bool connected;
    int fd;

    hang_up(run);
    enum check_outcome outcome = probe_connect(run->check, &fd, &connected);
    if (outcome == OUTCOME_PASSED) {
        run->tcp = true;
        run->waiter.on_ready = on_tcp;
        run->waiter.fd = fd;
        run->reply = malloc(2 + (size_t)DNS_MESSAGE_MAX);
        outcome = OUTCOME_NO_RESOURCES;
        if (run->reply != NULL && poller_add(check_poller(run->check), &run->waiter,
                                             EPOLLIN | EPOLLOUT) == ROLLCALL_OK)
            return;
        probe_close(fd);
        run->waiter.fd = -1;
    }
    finish(run, outcome, "by TCP, because the reply by UDP was cut");
}

static struct dns_run *create(struct check *check)
{
    const char *expected = check_option(check->spec, "expect_answer", 0);
    struct dns_run *run = calloc(1, sizeof *run);

    if (run == NULL)
        return NULL;
    run->check = check;
    run->waiter.fd = -1;
    run->waiter.on_ready = on_udp;
    if (expected != NULL)
        memccpy(run->expected, expected, '\0', EXPECTED_MAX);
    if (dns_question_read(check->spec, check->entry->instance->is.host, &run->question,
                          NULL) != ROLLCALL_OK) {
        free(run);
        return NULL;
    }
    run->asked_length =
        dns_question_write(&run->question, (uint16_t)random_seed(), run->asked + 2);
    bytes_put16(run->asked, (uint16_t)run->asked_length);
    return run;
}

static enum check_outcome begin(struct dns_run *run)
{
    enum check_outcome outcome = probe_open_udp(run->check, &run->waiter);

    if (outcome != OUTCOME_PASSED)
        return outcome;
    if (send(run->waiter.fd, run->asked + 2, run->asked_length, MSG_NOSIGNAL) < 0)
        return probe_outcome(errno);
    return OUTCOME_PASSED;
}

static void dns_start(struct check *check)
{
    struct dns_run *run = create(check);

    if (run == NULL) {
        check_finish(check, OUTCOME_NO_RESOURCES, NULL);
        return;
    }
    check->run = run;
    enum check_outcome outcome = begin(run);
    if (outcome != OUTCOME_PASSED)
        finish(run, outcome, NULL);
}

static void dns_cancel(struct check *check)
{
    assert(check->run != NULL);
    drop(check->run);
}

static const char *dns_late(const struct check *check)
{
    const struct dns_run *run = check->run;

    if (run->foreign > 0)
        return run->detail;
    return run->tcp ? "it was asked by TCP, because its reply by UDP was cut" : NULL;
}

static enum rollcall_status dns_validate(const struct rollcall_check *check,
                                         const struct rollcall_instance *instance,
                                         struct reason *why)
{
    struct dns_question question;
    enum rollcall_status status = probe_validate_target(check, why);

    return status == ROLLCALL_OK
               ? dns_question_read(check, instance->host, &question, why)
               : status;
}

static const struct check_field dns_fields[] = {
    { "target", CHECK_FIELD_TEXT, 1, 260, NULL,
      "Address or host name, and port, to ask, in place of the instance's own." },
    { "query", CHECK_FIELD_TEXT, 1, 300, NULL,
      "Name and type to ask for, like \"example.org AAAA\"; without a type A, without "
      "all "
      "of it the A of the instance's host name." },
    { "recursion", CHECK_FIELD_BOOL, 0, 0, "true",
      "Ask it to look further (RD), as resolvers are asked; false for a server that only "
      "answers for its own zones." },
    { "expect_rcode", CHECK_FIELD_TEXT, 1, 200, "NOERROR",
      "DNS status that passes: NOERROR, NXDOMAIN, REFUSED, or several with commas." },
    { "expect_answer", CHECK_FIELD_TEXT, 1, EXPECTED_MAX, NULL,
      "\"any\": a record of the type must be in the answer; anything else: one of them "
      "must be this, like \"192.0.2.1\"." },
    { 0 },
};

const struct check_kind check_dns = {
    .schema = { .kind = "dns",
                .summary = "a DNS question is answered, by UDP or, where cut, by TCP",
                .fields = dns_fields,
                .default_failure_threshold = 3,
                .needs_target = true,
                .validate = dns_validate },
    .start = dns_start,
    .cancel = dns_cancel,
    .late = dns_late,
};

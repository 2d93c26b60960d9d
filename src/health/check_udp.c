/* A check of kind "udp": a datagram to the instance is answered. Where no reply is
 * expected, the most that can be seen is that nobody refuses: the host says by ICMP that
 * nothing listens on the port. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/units.h"
#include "health/check.h"
#include "health/check_rows.h"
#include "health/probe.h"
#include "health/said.h"
#include "loop/ticker.h"
#include "model/instance.h"

enum {
    BODY_MAX = 1024,
    DATAGRAM_MAX = 65535,
    QUIET_MAX_MS = 1000, /* how long to wait for a refusal, where no reply is expected */
    READS_MAX = 64       /* of one turn */
};

/* One datagram under way. Owned by check->run. */
struct udp_run {
    struct poll_waiter waiter; /* fd: the socket; owned */
    struct check *check;       /* borrowed */
    struct ticker *quiet;      /* owned; NULL: a reply is expected */
    char *expected;            /* owned; text or what the hex says; NULL: any reply */
    size_t expected_length;
};

static void drop(struct udp_run *run)
{
    if (run->waiter.fd >= 0) {
        poller_forget(check_poller(run->check), &run->waiter);
        close(run->waiter.fd);
    }
    ticker_close(run->quiet);
    run->check->run = NULL;
    free(run->expected);
    free(run);
}

static void finish(struct udp_run *run, enum check_outcome outcome, const char *detail)
{
    struct check *check = run->check;

    drop(run);
    said_connect(check, "UDP", outcome, detail);
}

static bool reply_fits(const struct udp_run *run, const char *reply, size_t length)
{
    return run->expected == NULL ||
           memmem(reply, length, run->expected, run->expected_length) != NULL;
}

static void take_reply(struct udp_run *run, const char *reply, size_t length)
{
    char detail[48];

    snprintf(detail, sizeof detail, "a reply of %zu octets", length);
    finish(run, reply_fits(run, reply, length) ? OUTCOME_PASSED : OUTCOME_BODY_MISMATCH,
           detail);
}

static void on_ready(struct poll_waiter *waiter, uint32_t events)
{
    struct udp_run *run = list_entry(waiter, struct udp_run, waiter);
    char reply[DATAGRAM_MAX];

    (void)events;
    for (int i = 0; i < READS_MAX; i++) {
        ssize_t got = recv(waiter->fd, reply, sizeof reply, 0);
        if (got >= 0) {
            take_reply(run, reply, (size_t)got);
            return;
        }
        if (errno == EAGAIN)
            return;
        if (errno != EINTR) {
            finish(run, probe_outcome(errno), NULL);
            return;
        }
    }
}

static uint32_t quiet_ms(uint32_t timeout_ms)
{
    return timeout_ms / 2 < QUIET_MAX_MS ? timeout_ms / 2 : QUIET_MAX_MS;
}

static void on_quiet(void *owner, int64_t now)
{
    struct udp_run *run = owner;
    char wait[32];
    char detail[80];

    (void)now;
    units_print_duration(quiet_ms(run->check->spec->timeout_ms), wait, sizeof wait);
    snprintf(detail, sizeof detail, "nobody refused it within %s", wait);
    finish(run, OUTCOME_PASSED, detail);
}

/* "0d 0A" as well as "0d0a". False: it is not pairs of hex digits. */
static bool read_hex(const char *text, struct buffer *out)
{
    while (*text != '\0') {
        unsigned octet;
        int used = 0;
        if (*text == ' ') {
            text++;
            continue;
        }
        if (strspn(text, "0123456789abcdefABCDEF") < 2 ||
            sscanf(text, "%2x%n", &octet, &used) != 1 || used != 2)
            return false;
        buffer_char(out, (char)octet);
        text += 2;
    }
    return !out->failed;
}

/* The octets of "KEY" or "KEY_hex"; an empty buffer when neither is there. */
static bool read_octets(const struct rollcall_check *check, const char *key,
                        const char *hex_key, struct buffer *out)
{
    const char *text = check_option(check, key, 0);
    const char *hex = check_option(check, hex_key, 0);

    if (hex != NULL)
        return read_hex(hex, out);
    if (text != NULL)
        buffer_text(out, text);
    return !out->failed;
}

static bool has(const struct rollcall_check *check, const char *key)
{
    return check_option(check, key, 0) != NULL;
}

/* Whoever says something, or says what should come back, expects a reply. */
static bool expects_reply(const struct rollcall_check *check)
{
    const char *said = check_option(check, "expect_reply", 0);

    if (said != NULL)
        return strcmp(said, "true") == 0;
    return has(check, "body") || has(check, "body_hex") || has(check, "expect_body") ||
           has(check, "expect_body_hex");
}

static bool take_expected(struct udp_run *run)
{
    struct buffer expected;

    buffer_init(&expected, BODY_MAX);
    if (!read_octets(run->check->spec, "expect_body", "expect_body_hex", &expected)) {
        buffer_deinit(&expected);
        return false;
    }
    run->expected = expected.data; /* NULL where there is none */
    run->expected_length = expected.length;
    return true;
}

static int send_body(const struct udp_run *run)
{
    struct buffer body;
    int error = 0;

    buffer_init(&body, BODY_MAX);
    if (!read_octets(run->check->spec, "body", "body_hex", &body))
        error = ENOMEM;
    else if (send(run->waiter.fd, body.length > 0 ? body.data : "", body.length,
                  MSG_NOSIGNAL) < 0)
        error = errno;
    buffer_deinit(&body);
    return error;
}

static enum check_outcome wait_quietly(struct udp_run *run)
{
    struct check *check = run->check;

    if (ticker_open(check_loop(check), on_quiet, run, &run->quiet) != ROLLCALL_OK)
        return OUTCOME_NO_RESOURCES;
    ticker_set(run->quiet, clock_monotonic_ms() + quiet_ms(check->spec->timeout_ms));
    return OUTCOME_PASSED;
}

static enum check_outcome begin(struct udp_run *run)
{
    enum check_outcome outcome = probe_open_udp(run->check, &run->waiter);

    if (outcome != OUTCOME_PASSED)
        return outcome;
    if (!take_expected(run))
        return OUTCOME_NO_RESOURCES;
    int error = send_body(run);
    if (error != 0)
        return probe_outcome(error);
    return expects_reply(run->check->spec) ? OUTCOME_PASSED : wait_quietly(run);
}

static void udp_start(struct check *check)
{
    struct udp_run *run = calloc(1, sizeof *run);

    if (run == NULL) {
        check_finish(check, OUTCOME_NO_RESOURCES, NULL);
        return;
    }
    run->waiter.on_ready = on_ready;
    run->waiter.fd = -1;
    run->check = check;
    check->run = run;
    enum check_outcome outcome = begin(run);
    if (outcome != OUTCOME_PASSED)
        finish(run, outcome, NULL);
}

static void udp_cancel(struct check *check)
{
    assert(check->run != NULL);
    drop(check->run);
}

/* One of the two spellings, and one that can be read. */
static enum rollcall_status validate_octets(const struct rollcall_check *check,
                                            const char *key, const char *hex_key,
                                            struct reason *why)
{
    struct buffer octets;

    if (has(check, key) && has(check, hex_key)) {
        reason_field(why, hex_key,
                     "%s and %s say the same in two ways; leave one of them "
                     "out",
                     key, hex_key);
        return ROLLCALL_E_INVALID;
    }
    buffer_init(&octets, BODY_MAX);
    bool good = read_octets(check, key, hex_key, &octets);
    buffer_deinit(&octets);
    if (good)
        return ROLLCALL_OK;
    reason_field(why, hex_key,
                 "\"%.80s\" is not hexadecimal; give two digits for each octet, like "
                 "\"0d0a\", at most %d octets",
                 check_option(check, hex_key, 0), BODY_MAX);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status validate_silence(const struct rollcall_check *check,
                                             struct reason *why)
{
    const char *field = has(check, "expect_body")       ? "expect_body"
                        : has(check, "expect_body_hex") ? "expect_body_hex"
                        : check->max_latency_ms != 0    ? "max_latency"
                        : check->latency_factor != 0    ? "latency_factor"
                                                        : NULL;

    if (field == NULL || expects_reply(check))
        return ROLLCALL_OK;
    reason_field(why, field,
                 "%s has no meaning where no reply is expected; give a body that is "
                 "answered, or expect_reply: true",
                 field);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status udp_validate(const struct rollcall_check *check,
                                         const struct rollcall_instance *instance,
                                         struct reason *why)
{
    enum rollcall_status status = probe_validate_target(check, why);

    (void)instance;
    if (status == ROLLCALL_OK)
        status = validate_octets(check, "body", "body_hex", why);
    if (status == ROLLCALL_OK)
        status = validate_octets(check, "expect_body", "expect_body_hex", why);
    return status == ROLLCALL_OK ? validate_silence(check, why) : status;
}

static const struct check_field udp_fields[] = {
    { "target", CHECK_FIELD_TEXT, 1, 260, NULL,
      "Address or host name, and port, to send to, in place of the instance's own." },
    { "body", CHECK_FIELD_LINES, 0, BODY_MAX, NULL,
      "Text to send; without body and body_hex the datagram is empty." },
    { "body_hex", CHECK_FIELD_TEXT, 2, 3 * BODY_MAX, NULL,
      "The same in hexadecimal, two digits an octet." },
    { "expect_reply", CHECK_FIELD_BOOL, 0, 0, "true with a body or expect_body",
      "Must something come back? Where not, it passes when nobody refuses within half "
      "the timeout, at most 1s: UDP tells no more." },
    { "expect_body", CHECK_FIELD_LINES, 1, BODY_MAX, NULL,
      "Text that must be in the reply." },
    { "expect_body_hex", CHECK_FIELD_TEXT, 2, 3 * BODY_MAX, NULL,
      "The same in hexadecimal." },
    { 0 },
};

const struct check_kind check_udp = {
    .schema = { .kind = "udp",
                .summary = "a datagram is answered, or at least not refused",
                .fields = udp_fields,
                .default_failure_threshold = 3,
                .needs_target = true,
                .validate = udp_validate },
    .start = udp_start,
    .cancel = udp_cancel,
};

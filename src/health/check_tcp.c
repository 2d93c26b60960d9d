/* A check of kind "tcp": a connection to the instance opens in time, or a TLS handshake
 * ends well. */
#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "health/check.h"
#include "health/check_rows.h"
#include "health/probe.h"
#include "health/said.h"
#include "health/web.h"

/* One connection under way. Owned by check->run. */
struct tcp_run {
    struct poll_waiter waiter;
    struct check *check; /* borrowed */
};

static void drop(struct tcp_run *run)
{
    poller_forget(check_poller(run->check), &run->waiter);
    probe_close(run->waiter.fd);
    run->check->run = NULL;
    free(run);
}

static void on_ready(struct poll_waiter *waiter, uint32_t events)
{
    struct tcp_run *run = list_entry(waiter, struct tcp_run, waiter);
    struct check *check = run->check;
    enum check_outcome outcome = OUTCOME_PASSED;

    if (events & (EPOLLERR | EPOLLHUP)) {
        int error = probe_socket_error(waiter->fd);
        /* Opened and gone again: the connection did open. */
        outcome = error == 0 ? OUTCOME_PASSED : probe_outcome(error);
    }
    drop(run);
    said_connect(check, "TCP", outcome, NULL);
}

static bool wait_for(struct check *check, int fd)
{
    struct tcp_run *run = malloc(sizeof *run);

    if (run == NULL)
        return false;
    *run =
        (struct tcp_run){ .waiter = { .on_ready = on_ready, .fd = fd }, .check = check };
    if (poller_add(check_poller(check), &run->waiter, EPOLLOUT) != ROLLCALL_OK) {
        free(run);
        return false;
    }
    check->run = run;
    return true;
}

static void on_tls(struct check *check, const struct fetch_result *result)
{
    (void)result;
    said_connect(check, "TCP+TLS", OUTCOME_PASSED, NULL);
}

/* As far as the end of the handshake, with a certificate that is good. */
static void start_tls(struct check *check)
{
    struct web_request request;
    struct reason why = REASON_NONE;
    enum check_outcome outcome = web_prepare(check, true, "/", &request, &why);

    if (outcome == OUTCOME_PASSED) {
        request.is.connect_only = true;
        web_start(check, &request, on_tls);
    } else {
        check_finish(check, outcome, why.text[0] != '\0' ? why.text : NULL);
    }
    web_deinit(&request);
}

static void start_plain(struct check *check)
{
    int fd;
    bool connected;
    enum check_outcome outcome = probe_connect(check, &fd, &connected);

    if (outcome == OUTCOME_PASSED) {
        if (!connected && wait_for(check, fd))
            return;
        outcome = connected ? OUTCOME_PASSED : OUTCOME_NO_RESOURCES;
        probe_close(fd);
    }
    said_connect(check, "TCP", outcome, NULL);
}

static void tcp_start(struct check *check)
{
    if (check->spec->option_count > 0 && web_wants_tls(check->spec))
        start_tls(check);
    else
        start_plain(check);
}

static void tcp_cancel(struct check *check)
{
    assert(check->run != NULL);
    if (check->fetching)
        web_cancel(check);
    else
        drop(check->run);
}

static enum rollcall_status tcp_validate(const struct rollcall_check *check,
                                         const struct rollcall_instance *instance,
                                         struct reason *why)
{
    enum rollcall_status status = probe_validate_target(check, why);

    (void)instance;
    return status == ROLLCALL_OK ? web_validate_optional_tls(check, why) : status;
}

static const struct check_field tcp_fields[] = {
    { "target", CHECK_FIELD_TEXT, 1, 260, NULL,
      "Address or host name, and port, to connect to, in place of the instance's own." },
    WEB_TLS_ENABLE_FIELD,
    WEB_TLS_FIELDS,
    { 0 },
};

const struct check_kind check_tcp = {
    .schema = { .kind = "tcp",
                .summary = "a TCP connection to the instance opens in time",
                .fields = tcp_fields,
                .default_failure_threshold = 3,
                .needs_target = true,
                .validate = tcp_validate,
                .admit = web_admit_files },
    .start = tcp_start,
    .cancel = tcp_cancel,
};

#include "serve/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "answer/reader.h"
#include "base/clock.h"
#include "base/thread_role.h"
#include "serve/tcp.h"
#include "serve/transfers.h"
#include "serve/udp.h"

struct worker {
    uv_loop_t loop;
    uv_async_t stop;
    bool loop_open;
    bool running; /* the thread was made and is not joined */
    pthread_t thread;
    struct pipeline *pipeline;
    uint64_t wall_due;           /* loop time at which the wall clock is read again */
    uint32_t wall_s;             /* seconds since 1970, modulo 2^32 */
    struct transfers *transfers; /* borrowed; NULL: none are given */
    struct udp_batch *batch;
    struct pipeline_message *messages; /* of the batch */
    struct tcp_server *tcp;
    struct udp_socket *udp;
    uint32_t udp_count;
    struct socket_counters sockets;
};

/* The wall clock is read once a second of the loop's time; nobody needs it closer. */
static void begin_group(void *owner)
{
    struct worker *worker = owner;
    uint64_t now = uv_now(&worker->loop);

    if (now >= worker->wall_due) {
        worker->wall_due = now + 1000;
        worker->wall_s = (uint32_t)(clock_wall_ms() / 1000);
    }
    pipeline_set_time(worker->pipeline, now, worker->wall_s);
    answer_reader_online();
}

static void end_group(void *owner)
{
    (void)owner;
    answer_reader_offline();
}

static void took_over_tcp(void *owner, int64_t us, unsigned answered)
{
    struct worker *worker = owner;

    pipeline_took(worker->pipeline, true, us, answered);
}

static size_t answer_over_tcp(void *owner, const struct sockaddr *peer, uint8_t *message,
                              size_t length, size_t capacity)
{
    struct worker *worker = owner;

    return pipeline_answer(worker->pipeline, message, length, capacity, peer, true);
}

static void hand_over(void *owner, int fd, const struct address *peer,
                      const uint8_t *octets, size_t length)
{
    struct worker *worker = owner;

    if (worker->transfers != NULL)
        (void)transfers_hand_over(worker->transfers, fd, peer, octets, length);
}

/* Every handle of the loop begins to close; the loop runs out when pending TCP replies
 * are sent. */
static void close_all(struct worker *worker, bool answer_waiting)
{
    for (uint32_t i = 0; i < worker->udp_count; i++)
        udp_close(&worker->udp[i], answer_waiting);
    if (worker->tcp != NULL)
        tcp_server_stop(worker->tcp);
    uv_close((uv_handle_t *)&worker->stop, NULL);
}

static void on_stop(uv_async_t *stop)
{
    struct worker *worker = stop->data;

    pipeline_stopping(worker->pipeline);
    close_all(worker, true);
}

static enum rollcall_status open_loop(struct worker *worker, struct reason *why)
{
    int error = uv_loop_init(&worker->loop);
    if (error == 0) {
        error = uv_async_init(&worker->loop, &worker->stop, on_stop);
        if (error == 0)
            worker->loop_open = true;
        else
            (void)uv_loop_close(&worker->loop);
    }
    if (error == 0) {
        worker->stop.data = worker;
        return ROLLCALL_OK;
    }
    reason_set(why, "cannot make the loop of a DNS worker: %s", uv_strerror(error));
    return ROLLCALL_E_IO;
}

static enum rollcall_status open_udp(struct worker *worker, const struct config_dns *dns,
                                     struct reason *why)
{
    worker->udp = calloc(dns->listen_count, sizeof *worker->udp);
    if (worker->udp == NULL)
        return ROLLCALL_E_NOMEM;

    for (uint32_t i = 0; i < dns->listen_count; i++) {
        struct udp_socket *udp = &worker->udp[i];
        udp->fd = -1;
        udp->batch = worker->batch;
        udp->pipeline = worker->pipeline;
        udp->begin = begin_group;
        udp->owner = worker;
        udp->messages = worker->messages;
        udp->counters = &worker->sockets;
        enum rollcall_status status = udp_open(udp, &worker->loop, &dns->listen[i], why);
        if (status != ROLLCALL_OK)
            return status;
        worker->udp_count++;
    }
    return ROLLCALL_OK;
}

static enum rollcall_status open_tcp(struct worker *worker, const struct config_dns *dns,
                                     struct reason *why)
{
    const struct tcp_limits limits = { .clients = dns->tcp_clients,
                                       .clients_per_address =
                                           dns->tcp_clients_per_address,
                                       .idle_ms = dns->tcp_idle_ms,
                                       .io_ms = dns->tcp_io_ms };
    const struct tcp_answers answers = { .begin = begin_group,
                                         .answer = answer_over_tcp,
                                         .end = end_group,
                                         .took = took_over_tcp,
                                         .hand_over = hand_over,
                                         .owner = worker };

    worker->tcp = tcp_server_create(&worker->loop, &limits, &answers, &worker->sockets);
    if (worker->tcp == NULL)
        return ROLLCALL_E_NOMEM;
    for (uint32_t i = 0; i < dns->listen_count; i++) {
        enum rollcall_status status =
            tcp_server_listen(worker->tcp, &dns->listen[i], why);
        if (status != ROLLCALL_OK)
            return status;
    }
    return ROLLCALL_OK;
}

enum rollcall_status worker_open(const struct config_dns *dns, struct answer_index *index,
                                 const struct cookie_secrets *secrets,
                                 struct worker **out, struct reason *why)
{
    enum rollcall_status status = ROLLCALL_E_NOMEM;
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return status;

    worker->pipeline = pipeline_create(index, dns);
    worker->batch = udp_batch_create(dns->batch);
    worker->messages = calloc(dns->batch, sizeof *worker->messages);
    if (worker->pipeline == NULL || worker->batch == NULL || worker->messages == NULL)
        goto fail;
    pipeline_use_cookies(worker->pipeline, secrets);
    status = open_loop(worker, why);
    if (status != ROLLCALL_OK)
        goto fail;
    status = open_udp(worker, dns, why);
    if (status != ROLLCALL_OK)
        goto fail;
    status = open_tcp(worker, dns, why);
    if (status != ROLLCALL_OK)
        goto fail;

    *out = worker;
    return ROLLCALL_OK;

fail:
    worker_destroy(worker);
    return status;
}

void worker_use_log(struct worker *worker, struct query_ring *ring)
{
    pipeline_use_log(worker->pipeline, ring);
}

void worker_use_transfers(struct worker *worker, struct transfers *transfers)
{
    worker->transfers = transfers;
    pipeline_use_keys(worker->pipeline, transfers_keys(transfers), true);
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;

    thread_role_set(ROLE_WORKER);
    answer_reader_register();
    (void)uv_run(&worker->loop, UV_RUN_DEFAULT);
    answer_reader_unregister();
    return NULL;
}

enum rollcall_status worker_start(struct worker *worker, unsigned number,
                                  struct reason *why)
{
    sigset_t all, before;

    /* A new thread inherits the mask: signals are for control alone. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&worker->thread, NULL, worker_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        reason_set(why, "cannot start DNS worker %u: %s", number, strerror(error));
        return ROLLCALL_E_IO;
    }
    worker->running = true;

    char name[16]; /* the kernel's bound, with its zero (pthread_setname_np(3)) */
    (void)snprintf(name, sizeof name, "dns-%u", number);
    (void)pthread_setname_np(worker->thread, name);
    return ROLLCALL_OK;
}

void worker_stop(struct worker *worker)
{
    if (worker->running)
        (void)uv_async_send(&worker->stop);
}

void worker_join(struct worker *worker)
{
    if (!worker->running)
        return;
    pthread_join(worker->thread, NULL);
    worker->running = false;
}

void worker_destroy(struct worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->loop_open) {
        if (!uv_is_closing((uv_handle_t *)&worker->stop)) /* it never ran */
            close_all(worker, false);
        (void)uv_run(&worker->loop, UV_RUN_DEFAULT);
        (void)uv_loop_close(&worker->loop);
    }
    tcp_server_destroy(worker->tcp);
    free(worker->udp);
    free(worker->messages);
    udp_batch_destroy(worker->batch);
    pipeline_destroy(worker->pipeline);
    free(worker);
}

const struct pipeline_counters *worker_pipeline_counters(const struct worker *worker)
{
    return pipeline_counters(worker->pipeline);
}

const struct socket_counters *worker_socket_counters(const struct worker *worker)
{
    return &worker->sockets;
}

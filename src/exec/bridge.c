/* The daemon's end of the channel: jobs that wait for their DONE. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread_role.h"
#include "exec/exec.h"
#include "exec/helper.h"
#include "loop/watch.h"

enum {
    FRAMES_MAX = 64 /* in one turn of the loop */
};

struct exec_job {
    struct exec_bridge *bridge; /* borrowed */
    void (*on_done)(void *owner, const struct exec_result *result);
    void *owner; /* borrowed */
    uint32_t number;
    bool lost;
};

struct exec_bridge {
    struct exec_helper *helper; /* borrowed */
    struct watch *watch;        /* owned; owns the channel */
    int channel;                /* -1: the helper is gone */
    uint32_t round;             /* numbers of jobs differ when a place is used again */
    uint32_t running;
    uint8_t *message;         /* owned; EXEC_FRAME_MAX octets, what came */
    uint8_t *request;         /* owned; the same for what goes: an owner may start a job
                               * while it still looks at what came */
    struct exec_frame *frame; /* owned */
    struct exec_job *jobs[];  /* owned; helper->max_running places, NULL: free */
};

static struct exec_job *find_job(const struct exec_bridge *bridge, uint32_t number)
{
    uint32_t place = number % EXEC_RUNNING_MAX;
    struct exec_job *job =
        place < bridge->helper->max_running ? bridge->jobs[place] : NULL;

    return job != NULL && job->number == number ? job : NULL;
}

static void forget(struct exec_job *job)
{
    struct exec_bridge *bridge = job->bridge;

    bridge->jobs[job->number % EXEC_RUNNING_MAX] = NULL;
    bridge->running--;
    free(job);
}

static void finish(struct exec_job *job, const struct exec_result *result)
{
    void (*on_done)(void *, const struct exec_result *) = job->on_done;
    void *owner = job->owner;

    forget(job);
    on_done(owner, result);
}

/* An owner may start new jobs and cancel others while it hears of its own. */
static void lose_all(struct exec_bridge *bridge)
{
    const struct exec_result lost = { .end = EXEC_LOST };

    for (uint32_t i = 0; i < bridge->helper->max_running; i++)
        if (bridge->jobs[i] != NULL)
            bridge->jobs[i]->lost = true;
    for (uint32_t i = 0; i < bridge->helper->max_running; i++)
        if (bridge->jobs[i] != NULL && bridge->jobs[i]->lost)
            finish(bridge->jobs[i], &lost);
}

static void on_gone(struct exec_bridge *bridge)
{
    log_error("exec", "the helper that runs commands is gone, and so is its keeper; no "
                      "command runs until rollcalld is started again");
    bridge->channel = -1;
    watch_close(bridge->watch);
    bridge->watch = NULL;
    lose_all(bridge);
}

static void take_frame(struct exec_bridge *bridge, size_t length)
{
    const struct exec_frame *frame = bridge->frame;
    struct exec_job *job;

    if (!exec_frame_read(bridge->message, length, bridge->frame)) {
        log_error("exec", "the helper that runs commands sent what is no frame");
    } else if (frame->kind == EXEC_FRAME_DONE) {
        job = find_job(bridge, frame->job);
        if (job != NULL)
            finish(job, &frame->done);
    } else if (frame->kind == EXEC_FRAME_REBORN) {
        log_error("exec",
                  "the helper that runs commands died; a new one starts, and the "
                  "%u commands under way are lost",
                  (unsigned)bridge->running);
        lose_all(bridge);
    }
}

static void on_ready(void *owner, int events)
{
    struct exec_bridge *bridge = owner;

    (void)events;
    for (int i = 0; i < FRAMES_MAX && bridge->channel >= 0; i++) {
        ssize_t got = recv(bridge->channel, bridge->message, EXEC_FRAME_MAX, 0);
        if (got > 0)
            take_frame(bridge, (size_t)got);
        else if (got == 0 || (errno != EAGAIN && errno != EINTR))
            on_gone(bridge);
        else
            return;
    }
}

static void destroy(struct exec_bridge *bridge)
{
    free(bridge->message);
    free(bridge->request);
    free(bridge->frame);
    free(bridge);
}

static const struct watch_callbacks callbacks = { .on_ready = on_ready };

enum rollcall_status exec_bridge_open(uv_loop_t *loop, struct exec_helper *helper,
                                      struct exec_bridge **out)
{
    struct exec_bridge *bridge =
        calloc(1, sizeof *bridge + helper->max_running * sizeof(struct exec_job *));

    if (bridge == NULL)
        return ROLLCALL_E_NOMEM;
    bridge->helper = helper;
    bridge->channel = helper->channel;
    bridge->message = malloc(EXEC_FRAME_MAX);
    bridge->request = malloc(EXEC_FRAME_MAX);
    bridge->frame = malloc(sizeof *bridge->frame);
    if (bridge->message == NULL || bridge->request == NULL || bridge->frame == NULL ||
        watch_open(loop, helper->channel, &callbacks, bridge, &bridge->watch) !=
            ROLLCALL_OK) {
        destroy(bridge);
        return ROLLCALL_E_NOMEM;
    }
    helper->channel = -1;
    watch_events(bridge->watch, UV_READABLE);
    *out = bridge;
    return ROLLCALL_OK;
}

void exec_bridge_close(struct exec_bridge *bridge)
{
    if (bridge == NULL)
        return;
    for (uint32_t i = 0; i < bridge->helper->max_running; i++)
        if (bridge->jobs[i] != NULL)
            forget(bridge->jobs[i]);
    if (bridge->watch != NULL)
        watch_close(bridge->watch);
    destroy(bridge);
}

static enum rollcall_status find_place(struct exec_bridge *bridge, uint32_t *place,
                                       struct reason *why)
{
    if (bridge->channel < 0) {
        reason_set(why, "the helper that runs commands is gone; start rollcalld again");
        return ROLLCALL_E_UNAVAILABLE;
    }
    for (*place = 0; *place < bridge->helper->max_running; ++*place)
        if (bridge->jobs[*place] == NULL)
            return ROLLCALL_OK;
    reason_set(why, "%u commands run already, and health.exec.max_running allows no more",
               (unsigned)bridge->running);
    return ROLLCALL_E_LIMIT;
}

static enum rollcall_status send_run(struct exec_bridge *bridge, uint32_t number,
                                     const struct exec_request *request,
                                     struct reason *why)
{
    size_t length = exec_frame_run(bridge->request, EXEC_FRAME_MAX, number, request);

    if (length == 0) {
        reason_set(why, "the command is too long: its arguments, variables and input "
                        "together are more than 96 KiB");
        return ROLLCALL_E_INVALID;
    }
    if (send(bridge->channel, bridge->request, length, MSG_NOSIGNAL) >= 0)
        return ROLLCALL_OK;
    if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) {
        reason_set(why, "the helper that runs commands is behind");
        return ROLLCALL_E_LIMIT;
    }
    reason_set(why, "the helper that runs commands cannot be reached: %s",
               strerror(errno));
    return ROLLCALL_E_UNAVAILABLE;
}

enum rollcall_status exec_start(struct exec_bridge *bridge,
                                const struct exec_request *request,
                                void (*on_done)(void *owner,
                                                const struct exec_result *result),
                                void *owner, struct exec_job **out, struct reason *why)
{
    uint32_t place;

    thread_role_assert(ROLE_CONTROL);
    assert(request->timeout_ms > 0 && request->output_max <= EXEC_OUTPUT_MAX);
    enum rollcall_status status = find_place(bridge, &place, why);
    if (status != ROLLCALL_OK)
        return status;
    struct exec_job *job = malloc(sizeof *job);
    if (job == NULL)
        return ROLLCALL_E_NOMEM;
    uint32_t number = bridge->round++ * EXEC_RUNNING_MAX + place;
    *job = (struct exec_job){
        .bridge = bridge, .on_done = on_done, .owner = owner, .number = number
    };
    status = send_run(bridge, number, request, why);
    if (status != ROLLCALL_OK) {
        free(job);
        return status;
    }
    bridge->jobs[place] = job;
    bridge->running++;
    *out = job;
    return ROLLCALL_OK;
}

/* Where the channel is full the command goes on until its own time is over. */
void exec_cancel(struct exec_job *job)
{
    uint8_t frame[8];
    size_t length = exec_frame_stop(frame, sizeof frame, job->number);

    if (job->bridge->channel >= 0 &&
        send(job->bridge->channel, frame, length, MSG_NOSIGNAL) < 0) {
        /* see above */
    }
    forget(job);
}

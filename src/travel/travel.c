#include "travel/travel.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/thread_role.h"
#include "loop/mailbox.h"
#include "travel/tell.h"

enum {
    WAITING_MAX = 32,    /* questions */
    REPLY_MAX = 1 << 23, /* octets of one answer: a thousand rows with long outputs */
    LIMIT_DEFAULT = 100,
    FILE_MAX = 64 << 20 /* octets of a zone file that are hashed */
};

struct job {
    struct mail mail; /* first: the mailbox hands it back */
    struct job *next;
    enum proto_op op;
    struct history_filter filter;
    int64_t at;
    char *texts[3]; /* owned: name and namespace, or name, type and client */
    bool tcp;
    enum rollcall_status status;
    struct buffer members;
    struct reason why;
    travel_done done;
    void *context; /* borrowed */
};

struct travel {
    struct travel_settings settings;
    struct mailbox *mailbox; /* owned */
    pthread_t thread;
    bool has_thread;
    unsigned waiting; /* control's: asked and not answered */

    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *first, **last; /* under `lock` */
    bool stopping;
};

static void job_free(struct job *job)
{
    if (job == NULL)
        return;
    buffer_deinit(&job->members);
    free(job->texts[0]);
    free(job->texts[1]);
    free(job->texts[2]);
    free(job);
}

/* ---- the thread ----------------------------------------------------------------- */

static enum rollcall_status tell(const struct tell_settings *settings,
                                 struct history *history, struct job *job)
{
    const struct explanation_question question = { .name = job->texts[0],
                                                   .type = job->texts[1],
                                                   .client = job->texts[2],
                                                   .tcp = job->tcp,
                                                   .wall = job->at };

    switch (job->op) {
    case PROTO_HISTORY:
        return tell_history(settings, history, &job->filter, &job->members, &job->why);
    case PROTO_EXPLAIN:
        return tell_explanation(settings, history, &question, &job->members, &job->why);
    default:
        return tell_answer(settings, history, job->texts[0], job->texts[1], job->at,
                           &job->members, &job->why);
    }
}

static void work_on(const struct travel *travel, struct job *job)
{
    const struct tell_settings settings = { .config = travel->settings.config,
                                            .config_hash = travel->settings.config_hash,
                                            .outcome = travel->settings.outcome };
    struct history *history = NULL;

    job->status =
        history_open(travel->settings.config->registry.database, &history, &job->why);
    if (job->status == ROLLCALL_OK)
        job->status = tell(&settings, history, job);
    if (job->status == ROLLCALL_OK && job->members.failed) {
        reason_set(&job->why, "the answer is longer than %d octets; ask for less",
                   (int)REPLY_MAX);
        job->status = ROLLCALL_E_TOO_LONG;
    }
    history_close(history);
    malloc_trim(0); /* a second registry was here */
}

static struct job *take_job(struct travel *travel)
{
    struct job *job;

    pthread_mutex_lock(&travel->lock);
    while (!travel->stopping && travel->first == NULL)
        pthread_cond_wait(&travel->work, &travel->lock);
    job = travel->stopping ? NULL : travel->first;
    if (job != NULL) {
        travel->first = job->next;
        if (travel->first == NULL)
            travel->last = &travel->first;
    }
    pthread_mutex_unlock(&travel->lock);
    return job;
}

/* It has no role: the rooms that it builds are its own, and nobody else knows them. */
static void *travel_main(void *argument)
{
    struct travel *travel = argument;
    struct job *job;

    while ((job = take_job(travel)) != NULL) {
        work_on(travel, job);
        mailbox_post(travel->mailbox, &job->mail);
    }
    return NULL;
}

/* ---- control -------------------------------------------------------------------- */

static void finish(struct travel *travel, struct job *job)
{
    bool good = job->status == ROLLCALL_OK;

    travel->waiting--;
    job->done(job->context, job->status, good ? &job->members : NULL, &job->why);
    job_free(job);
}

static void on_mail(void *owner, struct mail *mail)
{
    finish(owner, (struct job *)mail);
}

static int start_thread(struct travel *travel)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* signals belong to the control loop */
    int error = pthread_create(&travel->thread, NULL, travel_main, travel);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        pthread_setname_np(travel->thread, "past");
    travel->has_thread = error == 0;
    return error;
}

enum rollcall_status travel_open(uv_loop_t *loop, const struct travel_settings *settings,
                                 struct travel **out, struct reason *why)
{
    struct travel *travel = calloc(1, sizeof *travel);

    if (travel == NULL)
        return ROLLCALL_E_NOMEM;
    travel->settings = *settings;
    travel->last = &travel->first;
    pthread_mutex_init(&travel->lock, NULL);
    pthread_cond_init(&travel->work, NULL);
    if (mailbox_open(loop, on_mail, travel, &travel->mailbox) != ROLLCALL_OK ||
        start_thread(travel) != 0) {
        reason_set(why, "cannot start the thread that reads the history");
        travel_close(travel);
        return ROLLCALL_E_NOMEM;
    }
    *out = travel;
    return ROLLCALL_OK;
}

static char *copy(const char *text, bool *failed)
{
    char *copied = text == NULL ? NULL : strdup(text);

    *failed |= text != NULL && copied == NULL;
    return copied;
}

static bool fill(struct job *job, const struct request *request)
{
    bool failed = false;

    if (request->op == PROTO_QUERY) {
        job->texts[0] = copy(request->query.name, &failed);
        job->texts[1] = copy(request->query.type, &failed);
        job->at = (int64_t)request->query.at;
        return !failed;
    }
    if (request->op == PROTO_EXPLAIN) {
        job->texts[0] = copy(request->explain.name, &failed);
        job->texts[1] = copy(request->explain.type, &failed);
        job->texts[2] = copy(request->explain.client, &failed);
        job->tcp = request->explain.tcp;
        job->at = (int64_t)request->explain.at;
        return !failed;
    }
    const struct request_history *asked = &request->history;
    job->texts[0] = copy(asked->name, &failed);
    job->texts[1] = copy(asked->namespace_name, &failed);
    job->filter = (struct history_filter){
        .name = job->texts[0],
        .namespace_name = job->texts[1],
        .since = (int64_t)asked->since,
        .until = asked->until == 0 ? INT64_MAX : (int64_t)asked->until,
        .before = asked->before == 0 ? INT64_MAX : (int64_t)asked->before,
        .limit = asked->limit == 0 ? LIMIT_DEFAULT : asked->limit,
    };
    return !failed;
}

static uint64_t asked_time(const struct request *request)
{
    if (request->op == PROTO_QUERY)
        return request->query.at;
    return request->op == PROTO_EXPLAIN ? request->explain.at : 0;
}

static enum rollcall_status judge(const struct travel *travel,
                                  const struct request *request, struct reason *why)
{
    if (strcmp(travel->settings.config->registry.store, "sqlite") != 0) {
        reason_set(why, "this registry is kept in memory and has no history "
                        "(registry.store)");
        return ROLLCALL_E_NOTFOUND;
    }
    if (asked_time(request) > (uint64_t)clock_wall_ms()) {
        reason_field(why, PROTO_AT, "at: that time has not come yet");
        return ROLLCALL_E_INVALID;
    }
    if (travel->waiting < WAITING_MAX)
        return ROLLCALL_OK;
    reason_set(why, "%d questions about the past wait already; ask again later",
               (int)WAITING_MAX);
    return ROLLCALL_E_LIMIT;
}

enum rollcall_status travel_ask(void *owner, const struct request *request,
                                travel_done done, void *context, struct reason *why)
{
    struct travel *travel = owner;
    enum rollcall_status status = judge(travel, request, why);

    thread_role_assert(ROLE_CONTROL);
    if (status != ROLLCALL_OK)
        return status;
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL || !fill(job, request)) {
        job_free(job);
        return ROLLCALL_E_NOMEM;
    }
    job->op = request->op;
    job->why = (struct reason)REASON_NONE;
    buffer_init(&job->members, REPLY_MAX);
    job->done = done;
    job->context = context;
    travel->waiting++;
    pthread_mutex_lock(&travel->lock);
    *travel->last = job;
    travel->last = &job->next;
    pthread_cond_signal(&travel->work);
    pthread_mutex_unlock(&travel->lock);
    return ROLLCALL_OK;
}

void travel_close(struct travel *travel)
{
    if (travel == NULL)
        return;
    pthread_mutex_lock(&travel->lock);
    travel->stopping = true;
    pthread_cond_signal(&travel->work);
    pthread_mutex_unlock(&travel->lock);
    if (travel->has_thread)
        pthread_join(travel->thread, NULL);
    if (travel->mailbox != NULL)
        mailbox_drain(travel->mailbox);
    while (travel->first != NULL) {
        struct job *job = travel->first;
        travel->first = job->next;
        job->status = ROLLCALL_E_UNAVAILABLE;
        reason_set(&job->why, "rollcalld stops");
        finish(travel, job);
    }
    mailbox_close(travel->mailbox);
    pthread_cond_destroy(&travel->work);
    pthread_mutex_destroy(&travel->lock);
    free(travel);
}

/* ---- what the configuration is -------------------------------------------------- */

static uint64_t hash_file(const char *path, uint64_t hash)
{
    char part[8192];
    size_t length, left = FILE_MAX;
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return hash;
    while (left > 0 && (length = fread(part, 1, sizeof part, file)) > 0) {
        hash = hash_bytes(part, length, hash);
        left -= length < left ? length : left;
    }
    fclose(file);
    return hash;
}

uint64_t travel_config_hash(const struct config *config)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    if (out == NULL)
        return 0;
    config_show(config, out);
    fclose(out);
    uint64_t hash = hash_bytes(text, length, 1);
    free(text);
    for (uint32_t i = 0; i < config->zone_count; i++)
        if (config->zones[i].file != NULL)
            hash = hash_file(config->zones[i].file, hash);
    return hash;
}

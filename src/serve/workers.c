#include "serve/workers.h"

#include <stdlib.h>

#include "base/clock.h"
#include "serve/cookie.h"
#include "serve/query_log.h"
#include "serve/socket.h"
#include "serve/worker.h"

struct workers {
    struct worker **all;
    uint32_t count;
    struct cookie_secrets secrets; /* of all workers */
    struct query_log *log;         /* owned; NULL: off */
    const void **pipeline_blocks;
    const void **socket_blocks;
    struct counter_group pipeline_counters;
    struct counter_group socket_counters;
};

static enum rollcall_status probe_all(const struct config_dns *dns, struct reason *why)
{
    for (uint32_t i = 0; i < dns->listen_count; i++) {
        enum rollcall_status status = socket_probe(&dns->listen[i], why);
        if (status != ROLLCALL_OK)
            return status;
    }
    return ROLLCALL_OK;
}

static void describe_counters(struct workers *workers)
{
    for (uint32_t i = 0; i < workers->count; i++) {
        workers->pipeline_blocks[i] = worker_pipeline_counters(workers->all[i]);
        workers->socket_blocks[i] = worker_socket_counters(workers->all[i]);
    }
    workers->pipeline_counters = pipeline_counter_group;
    workers->pipeline_counters.blocks = workers->pipeline_blocks;
    workers->pipeline_counters.block_count = workers->count;
    workers->socket_counters = socket_counter_group;
    workers->socket_counters.blocks = workers->socket_blocks;
    workers->socket_counters.block_count = workers->count;
}

enum rollcall_status workers_open(const struct config_dns *dns,
                                  struct answer_index *index, struct workers **out,
                                  struct reason *why)
{
    enum rollcall_status status = ROLLCALL_E_NOMEM;
    struct workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL)
        return status;

    workers->all = calloc(dns->workers, sizeof *workers->all);
    workers->pipeline_blocks = calloc(dns->workers, sizeof *workers->pipeline_blocks);
    workers->socket_blocks = calloc(dns->workers, sizeof *workers->socket_blocks);
    if (workers->all == NULL || workers->pipeline_blocks == NULL ||
        workers->socket_blocks == NULL)
        goto fail;
    cookie_secrets_init(&workers->secrets, dns->cookie_secret,
                        (uint32_t)(clock_wall_ms() / 1000));
    cookie_secrets_stage(&workers->secrets, dns->cookie_staging_secret);
    status = probe_all(dns, why);
    if (status != ROLLCALL_OK)
        goto fail;
    status = query_log_open(dns, &workers->log, why);
    if (status != ROLLCALL_OK)
        goto fail;
    while (workers->count < dns->workers) {
        status = worker_open(dns, index, &workers->secrets, &workers->all[workers->count],
                             why);
        if (status != ROLLCALL_OK)
            goto fail;
        worker_use_log(workers->all[workers->count],
                       query_log_ring(workers->log, workers->count));
        workers->count++;
    }
    describe_counters(workers);
    *out = workers;
    return ROLLCALL_OK;

fail:
    workers_destroy(workers);
    return status;
}

void workers_use_transfers(struct workers *workers, struct transfers *transfers)
{
    for (uint32_t i = 0; i < workers->count; i++)
        worker_use_transfers(workers->all[i], transfers);
}

enum rollcall_status workers_start(struct workers *workers, struct reason *why)
{
    enum rollcall_status log = query_log_start(workers->log, why);

    if (log != ROLLCALL_OK)
        return log;
    for (uint32_t i = 0; i < workers->count; i++) {
        enum rollcall_status status = worker_start(workers->all[i], i, why);
        if (status != ROLLCALL_OK) {
            workers_stop(workers);
            return status;
        }
    }
    return ROLLCALL_OK;
}

void workers_roll_cookies(struct workers *workers, int64_t wall)
{
    cookie_secrets_roll(&workers->secrets, (uint32_t)(wall / 1000));
}

void workers_stop(struct workers *workers)
{
    for (uint32_t i = 0; i < workers->count; i++)
        worker_stop(workers->all[i]);
    for (uint32_t i = 0; i < workers->count; i++)
        worker_join(workers->all[i]);
}

void workers_destroy(struct workers *workers)
{
    if (workers == NULL)
        return;
    for (uint32_t i = 0; i < workers->count; i++)
        worker_destroy(workers->all[i]);
    query_log_destroy(workers->log);
    free(workers->socket_blocks);
    free(workers->pipeline_blocks);
    free(workers->all);
    free(workers);
}

const struct counter_group *workers_counters(const struct workers *workers)
{
    return &workers->pipeline_counters;
}

const struct counter_group *workers_socket_counters(const struct workers *workers)
{
    return &workers->socket_counters;
}

const struct counter_group *workers_log_counters(const struct workers *workers)
{
    return query_log_counters(workers->log);
}

#include "conformance/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "answer/answer.h"
#include "answer/reader.h"
#include "base/clock.h"
#include "base/thread_role.h"
#include "config/config.h"
#include "conformance/instances.h"
#include "registry/registry.h"
#include "serve/pipeline.h"
#include "serve/transfers.h"
#include "store/stores.h"

struct world {
    uv_loop_t loop;
    bool loop_open;
    struct config *config;
    struct answer *answer;
    struct store *store;
    struct registry *registry;
    struct cookie_secrets secrets;
    struct pipeline *pipeline;
    struct transfers *transfers; /* NULL: not asked for */
    int64_t serials_at;          /* monotonic ms */
};

static enum rollcall_status build_registry(struct world *world, struct reason *why)
{
    const struct config *config = world->config;
    const struct registry_settings settings = {
        .node = config->node,
        .datacenter = config->datacenter,
        .max_instances = config->registry.max_instances,
        .admit = answer_admit,
        .admit_owner = world->answer,
    };

    world->registry = registry_create(&settings, world->store);
    if (world->registry == NULL)
        return ROLLCALL_E_NOMEM;
    for (uint32_t i = 0; i < config->service_count; i++) {
        const struct config_service *service = &config->services[i];
        enum rollcall_status status =
            registry_declare(world->registry, service->namespace_name, service->name);
        if (status != ROLLCALL_OK) {
            reason_set(why, "cannot declare %s", service->name);
            return status;
        }
    }
    answer_attach(world->answer, world->registry);
    return ROLLCALL_OK;
}

static enum rollcall_status load(struct world *world, struct reason *why)
{
    enum rollcall_status status =
        registry_load(world->registry, clock_monotonic_ms(), clock_wall_ms(),
                      answer_restore_serial, world->answer, why);

    if (status == ROLLCALL_OK)
        status = answer_check(world->answer, why);
    if (status == ROLLCALL_OK)
        answer_flush(world->answer);
    return status;
}

static enum rollcall_status build(struct world *world, const char *config_path,
                                  struct reason *why)
{
    const struct store_settings settings = { .kind = "memory", .path = "" };

    if (uv_loop_init(&world->loop) != 0)
        return ROLLCALL_E_NOMEM;
    world->loop_open = true;
    enum rollcall_status status =
        config_read(config_path, NULL, 0, stderr, &world->config, why);
    if (status == ROLLCALL_OK)
        status = answer_create(world->config, &world->answer, why);
    if (status == ROLLCALL_OK)
        status = store_open(&world->loop, &settings, &world->store, why);
    if (status == ROLLCALL_OK)
        status = build_registry(world, why);
    if (status == ROLLCALL_OK)
        status = load(world, why);
    if (status != ROLLCALL_OK)
        return status;
    world->pipeline = pipeline_create(answer_index(world->answer), &world->config->dns);
    if (world->pipeline == NULL)
        return ROLLCALL_E_NOMEM;
    cookie_secrets_init(&world->secrets, world->config->dns.cookie_secret, WORLD_TIME_S);
    pipeline_use_cookies(world->pipeline, &world->secrets);
    pipeline_set_time(world->pipeline, 0, WORLD_TIME_S);
    return ROLLCALL_OK;
}

static void on_registered(void *context, enum rollcall_status status,
                          const struct registry_reply *reply, const struct reason *why)
{
    struct reason *failed = context;
    (void)reply;

    if (status != ROLLCALL_OK)
        reason_set(failed, "not registered: %s", reason_text(why, "no reason given"));
}

static enum rollcall_status add(void *owner, const struct rollcall_instance *values,
                                enum rollcall_health health, struct reason *why)
{
    struct world *world = owner;
    const struct requester who = { .privileged = true };
    struct reason failed = REASON_NONE;

    struct register_request request = { .instance = instance_copy(values) };
    if (request.instance == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status =
        registry_register(world->registry, &request, &who, clock_monotonic_ms(),
                          clock_wall_ms(), on_registered, &failed, why);
    instance_unref(request.instance);
    if (status != ROLLCALL_OK)
        return status;
    world->store->drain(world->store);
    struct entry *entry = registry_find(world->registry, values->id);
    if (failed.text[0] != '\0' || entry == NULL) {
        reason_set(why, "%s: %s", values->id, reason_text(&failed, "was not kept"));
        return ROLLCALL_E_INTERNAL;
    }
    registry_set_check(world->registry, entry, 0, health, 1, NULL, clock_wall_ms());
    world->store->drain(world->store);
    return ROLLCALL_OK;
}

enum rollcall_status world_create(const char *config_path, const char *instances_path,
                                  struct world **out, struct reason *why)
{
    struct world *world = calloc(1, sizeof *world);

    if (world == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = build(world, config_path, why);
    if (status == ROLLCALL_OK)
        status = instances_read(instances_path, add, world, why);
    if (status != ROLLCALL_OK) {
        world_destroy(world);
        return status;
    }
    answer_flush(world->answer);
    *out = world;
    return ROLLCALL_OK;
}

size_t world_answer(struct world *world, uint8_t *message, size_t length, size_t capacity,
                    bool tcp)
{
    return world_answer_from(world, NULL, message, length, capacity, tcp);
}

size_t world_answer_from(struct world *world, const struct sockaddr *from,
                         uint8_t *message, size_t length, size_t capacity, bool tcp)
{
    answer_reader_online(); /* answer_create() registered this thread */
    size_t reply = pipeline_answer(world->pipeline, message, length, capacity, from, tcp);
    answer_reader_offline();
    return reply;
}

/* Publish what there is, and show it as the next serial of each zone. */
static void publish(struct world *world)
{
    answer_flush(world->answer);
    for (int i = 0; i < 2; i++) {
        world->serials_at += 60000; /* longer than any pause */
        answer_run_serials(world->answer, world->serials_at,
                           INT64_C(1000) * WORLD_TIME_S);
        world->store->drain(world->store);
    }
    answer_run_serials(world->answer, world->serials_at, INT64_C(1000) * WORLD_TIME_S);
}

struct transfers *world_transfers(struct world *world)
{
    struct reason why = REASON_NONE;

    if (world->transfers != NULL)
        return world->transfers;
    if (transfers_create(&world->loop, world->answer, world->config, &world->transfers,
                         &why) != ROLLCALL_OK) {
        transfers_stop(world->transfers);
        return NULL;
    }
    pipeline_use_keys(world->pipeline, transfers_keys(world->transfers), false);
    publish(world);
    return world->transfers;
}

void world_turn(struct world *world)
{
    uv_run(&world->loop, UV_RUN_NOWAIT);
}

bool world_flip(struct world *world, const char *id, enum rollcall_health health)
{
    struct entry *entry = registry_find(world->registry, id);

    if (entry == NULL)
        return false;
    registry_set_check(world->registry, entry, 0, health, 1, NULL, clock_wall_ms());
    world->store->drain(world->store);
    publish(world);
    return true;
}

void world_destroy(struct world *world)
{
    if (world == NULL)
        return;
    transfers_stop(world->transfers);
    pipeline_destroy(world->pipeline);
    if (world->store != NULL)
        world->store->drain(world->store);
    if (world->registry != NULL)
        registry_destroy(world->registry);
    if (world->store != NULL)
        world->store->close(world->store);
    if (world->answer != NULL)
        answer_destroy(world->answer);
    config_destroy(world->config);
    answer_reader_barrier();
    if (world->loop_open) {
        uv_run(&world->loop, UV_RUN_DEFAULT);
        uv_loop_close(&world->loop);
    }
    transfers_destroy(world->transfers);
    free(world);
}

#include "daemon/daemon.h"

#include <string.h>
#include <uv.h>

#include "alert/alert.h"
#include "answer/answer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread_role.h"
#include "consul/keep.h"
#include "daemon/commands.h"
#include "daemon/desk.h"
#include "daemon/edge.h"
#include "daemon/hosts.h"
#include "daemon/judging.h"
#include "daemon/limits.h"
#include "daemon/nameserver.h"
#include "daemon/notify.h"
#include "daemon/parts.h"
#include "daemon/past.h"
#include "daemon/process.h"
#include "daemon/ready.h"
#include "daemon/reload.h"
#include "daemon/signals.h"
#include "daemon/turn.h"
#include "health/health.h"
#include "health/kinds.h"
#include "http/reload.h"
#include "intake/guest.h"
#include "intake/intake.h"
#include "registry/registry.h"
#include "serve/explain.h"
#include "serve/transfers.h"
#include "serve/workers.h"
#include "store/stores.h"
#include "token/tokens.h"

#define COUNTER_GROUPS 17
#define DAY_MS         INT64_C(86400000)

/* Everything that lives as long as the daemon. Control thread. */
struct daemon {
    struct config *config; /* borrowed */
    uv_loop_t loop;
    bool loop_open;
    struct signals signals;
    struct reload reload;
    struct commands commands;
    struct answer *answer;       /* owned */
    struct workers *workers;     /* owned */
    struct transfers *transfers; /* owned */
    struct store *store;         /* owned */
    struct registry *registry;   /* owned */
    struct health *health;       /* owned */
    struct intake *intake;       /* owned */
    struct alert *alert;         /* owned */
    struct desk desk;            /* what intake may ask of alert */
    struct travel *travel;       /* owned */
    struct explain_owner explain;
    uint64_t config_hash;
    struct tokens *tokens;    /* owned; of all doors */
    struct judge judge;       /* what intake may ask of health */
    struct edge edge;         /* what is served over HTTP */
    struct guest_door guests; /* what HTTP may ask of intake */
    struct parts parts;       /* what is at work */
    struct turn turn;
    struct ticker *daily;                                     /* owned */
    struct resolver *resolver;                                /* owned; may be NULL */
    const struct counter_group *counters[COUNTER_GROUPS + 1]; /* ends with NULL */
    int64_t started;                                          /* monotonic ms */
    int64_t started_wall;
    struct process process; /* what the process itself shows */
};

static void on_stop(void *owner)
{
    struct daemon *daemon = owner;

    uv_stop(&daemon->loop);
}

/* Before the first request is answered nobody can have changed anything. */
static void on_reload(void *owner)
{
    struct daemon *daemon = owner;

    if (daemon->parts.serving)
        reload_by_signal(&daemon->reload);
}

static enum rollcall_status open_loop(struct daemon *daemon, struct reason *why)
{
    int error = uv_loop_init(&daemon->loop);

    if (error != 0) {
        reason_set(why, "cannot make the event loop: %s", uv_strerror(error));
        return ROLLCALL_E_IO;
    }
    daemon->loop_open = true;
    daemon->signals =
        (struct signals){ .on_stop = on_stop, .on_reload = on_reload, .owner = daemon };
    return signals_open(&daemon->loop, &daemon->signals, why);
}

/* What the outside may refuse (ports that are taken, a database that is newer) comes
 * before anything that takes time. */
static enum rollcall_status open_doors(struct daemon *daemon, struct reason *why)
{
    struct config *config = daemon->config;
    const struct store_settings settings = { .kind = config->registry.store,
                                             .path = config->registry.database,
                                             .history = config->registry.history };
    enum rollcall_status status = nameserver_fill(config, why);

    if (status == ROLLCALL_OK)
        status = answer_create(config, &daemon->answer, why);
    if (status == ROLLCALL_OK)
        status = workers_open(&config->dns, answer_index(daemon->answer),
                              &daemon->workers, why);
    if (status == ROLLCALL_OK)
        status = transfers_create(&daemon->loop, daemon->answer, config,
                                  &daemon->transfers, why);
    if (status == ROLLCALL_OK)
        workers_use_transfers(daemon->workers, daemon->transfers);
    if (status == ROLLCALL_OK)
        status = store_open(&daemon->loop, &settings, &daemon->store, why);
    if (status == ROLLCALL_OK)
        status =
            past_open(&daemon->loop, config, &daemon->travel, &daemon->config_hash, why);
    if (status == ROLLCALL_OK)
        status = tokens_create(&config->api, &daemon->tokens, why);
    daemon->reload.tokens = daemon->tokens;
    if (status == ROLLCALL_OK)
        status = edge_open(&daemon->loop, config, daemon->tokens, &daemon->edge, why);
    return status;
}

static enum rollcall_status build_registry(struct daemon *daemon, struct reason *why)
{
    const struct config *config = daemon->config;
    const struct registry_settings settings = {
        .node = config->node,
        .datacenter = config->datacenter,
        .max_instances = config->registry.max_instances,
        .admit = answer_admit,
        .longest_ttl = answer_longest_ttl,
        .admit_owner = daemon->answer,
        .history =
            config->registry.history > 0 && strcmp(config->registry.store, "sqlite") == 0,
    };

    daemon->registry = registry_create(&settings, daemon->store);
    if (daemon->registry == NULL)
        return ROLLCALL_E_NOMEM;
    for (uint32_t i = 0; i < config->service_count; i++) {
        const struct config_service *service = &config->services[i];
        enum rollcall_status status =
            registry_declare(daemon->registry, service->namespace_name, service->name);
        if (status != ROLLCALL_OK) {
            reason_set(why, "cannot declare the service %s", service->name);
            return status;
        }
    }
    return ROLLCALL_OK;
}

static enum rollcall_status build_alert(struct daemon *daemon, struct reason *why)
{
    const struct alert_settings settings = { .config = daemon->config,
                                             .store = daemon->store,
                                             .exec = daemon->commands.bridge };
    enum rollcall_status status =
        alert_create(&daemon->loop, daemon->registry, &settings, &daemon->alert, why);

    if (status == ROLLCALL_OK)
        daemon->desk = desk_of_alert(daemon->alert);
    return status;
}

static enum rollcall_status build_edge(struct daemon *daemon, struct reason *why)
{
    const struct consul_settings consul = { .config = daemon->config,
                                            .store = daemon->store,
                                            .judge = &daemon->judge,
                                            .schemas = check_schemas(),
                                            .counters = daemon->counters,
                                            .reloader = &daemon->reload.door,
                                            .started_wall = daemon->started_wall };
    const struct api_settings api = { .config = daemon->config,
                                      .registry = daemon->registry,
                                      .schemas = check_schemas(),
                                      .counters = daemon->counters,
                                      .guests = &daemon->guests,
                                      .part = parts_show,
                                      .part_owner = &daemon->parts,
                                      .silence = daemon->desk.silence_view,
                                      .silence_owner = daemon->desk.owner,
                                      .started_wall = daemon->started_wall };

    daemon->parts.store = daemon->store;
    daemon->reload.http = daemon->edge.http;
    daemon->guests = intake_guests(daemon->intake);
    return edge_build(&daemon->loop, daemon->registry, &consul, &api, &daemon->edge, why);
}

/* What stats and metrics show. A new group has its place in metrics_reference.c too. */
static void list_counters(struct daemon *daemon)
{
    process_init(&daemon->process, daemon->started_wall);
    const struct counter_group *const groups[COUNTER_GROUPS] = {
        workers_counters(daemon->workers),
        workers_socket_counters(daemon->workers),
        answer_counters(daemon->answer),
        registry_counters(daemon->registry),
        &daemon->store->counters,
        health_counters(daemon->health),
        intake_counters(daemon->intake),
        transfers_counters(daemon->transfers),
        workers_log_counters(daemon->workers),
        alert_counters(daemon->alert),
        http_counters(daemon->edge.http),
        api_counters(daemon->edge.api),
        keep_counters(daemon->edge.consul),
        &daemon->turn.group,
        &daemon->process.build,
        &daemon->process.process,
        &daemon->reload.group,
    };
    memcpy(daemon->counters, groups, sizeof groups);
}

/* Health and answers subscribe before the load, so that they hear of every instance. */
static enum rollcall_status build_rooms(struct daemon *daemon, struct reason *why)
{
    const struct config *config = daemon->config;
    struct health_settings health = judging_settings(&config->health);
    const struct intake_settings intake = { .config = config,
                                            .tokens = daemon->tokens,
                                            .schemas = check_schemas(),
                                            .judge = &daemon->judge,
                                            .counters = daemon->counters,
                                            .desk = &daemon->desk,
                                            .reloader = &daemon->reload.door,
                                            .started_wall = daemon->started_wall,
                                            .ask_past = travel_ask,
                                            .past_owner = daemon->travel,
                                            .explain = explain_question,
                                            .explain_owner = &daemon->explain,
                                            .http_at = edge_listens,
                                            .http_off = edge_off,
                                            .http_owner = &daemon->edge };
    enum rollcall_status status = build_registry(daemon, why);

    daemon->explain =
        (struct explain_owner){ .answer = daemon->answer, .config = config };
    if (status != ROLLCALL_OK)
        return status;
    status = hosts_open(&daemon->loop, config, daemon->answer, &daemon->resolver, why);
    if (status == ROLLCALL_OK)
        status = commands_open(&daemon->loop, &daemon->commands, why);
    if (status != ROLLCALL_OK)
        return status;
    answer_attach(daemon->answer, daemon->registry);
    health.commands = config->health.exec.enabled ? daemon->commands.bridge : NULL;
    daemon->health = health_create(&daemon->loop, daemon->registry, &health);
    if (daemon->health == NULL)
        return ROLLCALL_E_NOMEM;
    daemon->judge = judging_door(daemon->health);
    status = build_alert(daemon, why);
    if (status != ROLLCALL_OK)
        return status;
    status =
        intake_create(&daemon->loop, daemon->registry, &intake, &daemon->intake, why);
    if (status == ROLLCALL_OK)
        status = build_edge(daemon, why);
    if (status != ROLLCALL_OK)
        return status;

    list_counters(daemon);
    const struct turn_rooms rooms = { .answer = daemon->answer,
                                      .registry = daemon->registry,
                                      .intake = daemon->intake,
                                      .http = daemon->edge.http };
    return turn_open(&daemon->loop, &rooms, &daemon->turn, why);
}

static enum rollcall_status load(struct daemon *daemon, struct reason *why)
{
    enum rollcall_status status =
        registry_load(daemon->registry, clock_monotonic_ms(), clock_wall_ms(),
                      answer_restore_serial, daemon->answer, why);

    if (status == ROLLCALL_OK)
        status = edge_load(&daemon->edge, why);
    if (status == ROLLCALL_OK)
        status = answer_check(daemon->answer, why);
    if (status == ROLLCALL_OK)
        answer_flush(daemon->answer);
    if (status == ROLLCALL_OK)
        registry_note_start(daemon->registry, daemon->config_hash);
    daemon->parts.loaded = status == ROLLCALL_OK;
    return status;
}

static void on_daily(void *owner, int64_t now)
{
    struct daemon *daemon = owner;

    workers_roll_cookies(daemon->workers, clock_wall_ms());
    http_warn_certificate(daemon->edge.http, clock_wall_ms());
    ticker_set(daemon->daily, now + DAY_MS);
}

static enum rollcall_status begin_daily(struct daemon *daemon, struct reason *why)
{
    enum rollcall_status status =
        ticker_open(&daemon->loop, on_daily, daemon, &daemon->daily);

    if (status != ROLLCALL_OK)
        reason_set(why, "cannot make a timer: out of memory");
    else
        ticker_set(daemon->daily, clock_monotonic_ms() + DAY_MS);
    return status;
}

static enum rollcall_status begin_service(struct daemon *daemon, struct reason *why)
{
    enum rollcall_status status = begin_daily(daemon, why);

    if (status == ROLLCALL_OK)
        status = workers_start(daemon->workers, why);
    daemon->parts.serving = status == ROLLCALL_OK;
    if (status == ROLLCALL_OK)
        alert_start(daemon->alert);
    /* Whoever asks for the past finds this start in it. DNS does not wait for that. */
    if (status == ROLLCALL_OK)
        daemon->store->drain(daemon->store);
    if (status == ROLLCALL_OK)
        status = intake_start(daemon->intake, why);
    return status == ROLLCALL_OK ? edge_start(&daemon->edge, why) : status;
}

/* What was asked before the signal is saved, published and answered. */
static void finish_requests(struct daemon *daemon)
{
    notify_send("STOPPING=1");
    alert_stop(daemon->alert);
    daemon->store->drain(daemon->store);
    turn_flush(&daemon->turn);
}

/* The rooms in reverse. Handles are gone only after the loop has turned, and callbacks
 * of the last turn may still look at the registry, so it goes after the loop. */
static void take_down(struct daemon *daemon)
{
    turn_close(&daemon->turn);
    edge_stop(&daemon->edge);
    ticker_close(daemon->daily);
    resolver_close(daemon->resolver);
    alert_stop(daemon->alert);
    intake_destroy(daemon->intake);
    travel_close(daemon->travel);
    health_destroy(daemon->health);
    commands_close(&daemon->commands);
    if (daemon->workers != NULL)
        workers_stop(daemon->workers);
    transfers_stop(daemon->transfers);
    if (daemon->store != NULL)
        daemon->store->close(daemon->store);
    signals_close(&daemon->signals);
    if (daemon->loop_open)
        uv_run(&daemon->loop, UV_RUN_DEFAULT);
    commands_stop(&daemon->commands);
    edge_destroy(&daemon->edge);
    tokens_destroy(daemon->tokens);
    alert_destroy(daemon->alert);
    registry_destroy(daemon->registry);
    workers_destroy(daemon->workers);
    transfers_destroy(daemon->transfers);
    answer_destroy(daemon->answer);
    if (daemon->loop_open && uv_loop_close(&daemon->loop) != 0)
        log_error("daemon", "handles of the event loop were left open");
}

enum rollcall_status daemon_run(struct config *config, const struct config_source *source,
                                struct reason *why)
{
    struct daemon daemon = { .config = config,
                             .reload = { .running = config, .source = source },
                             .started = clock_monotonic_ms(),
                             .started_wall = clock_wall_ms() };
    enum rollcall_status status;

    thread_role_set(ROLE_CONTROL);
    limits_raise_files();
    reload_init(&daemon.reload);
    if ((status = commands_start(config, &daemon.commands, why)) != ROLLCALL_OK ||
        (status = open_loop(&daemon, why)) != ROLLCALL_OK ||
        (status = open_doors(&daemon, why)) != ROLLCALL_OK ||
        (status = build_rooms(&daemon, why)) != ROLLCALL_OK ||
        (status = load(&daemon, why)) != ROLLCALL_OK ||
        (status = begin_service(&daemon, why)) != ROLLCALL_OK)
        goto down;

    ready_announce(config, daemon.edge.http, registry_instance_count(daemon.registry),
                   clock_monotonic_ms() - daemon.started);
    uv_run(&daemon.loop, UV_RUN_DEFAULT);
    finish_requests(&daemon);
down:
    take_down(&daemon);
    if (status == ROLLCALL_OK)
        log_info("daemon", "stopped");
    return status;
}

enum rollcall_status daemon_check(struct config *config, struct reason *why)
{
    struct answer *answer = NULL;
    enum rollcall_status status = nameserver_fill(config, why);

    if (status == ROLLCALL_OK)
        status = answer_create(config, &answer, why);
    if (status != ROLLCALL_OK)
        return status;
    answer_destroy(answer);
    return ROLLCALL_OK;
}

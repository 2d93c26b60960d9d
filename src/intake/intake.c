#include "intake/intake.h"

#include <stdlib.h>

#include "intake/command_watch.h"
#include "intake/drains.h"
#include "intake/internal.h"
#include "intake/pid_watch.h"
#include "intake/remote.h"
#include "intake/session.h"
#include "loop/acceptor.h"
#include "proto/encode.h"

enum { EVENT_MAX = 1024 * 1024 }; /* an event is one instance, at most 64 KiB of text */

static const struct counter_row count_rows[] = {
    COUNTER(struct intake_counts, connections, "Connections to the socket open now.",
            IS_GAUGE),
    COUNTER(struct intake_counts, accepted, "Connections to the socket accepted."),
    COUNTER(struct intake_counts, refused,
            "Connections to the socket refused because too many were open."),
    COUNTER(struct intake_counts, requests, "Requests read."),
    COUNTER(struct intake_counts, errors, "Requests answered with an error."),
    COUNTER(struct intake_counts, events, "Events sent to watchers."),
    COUNTER(struct intake_counts, resyncs, "Times a watcher was told to start over."),
    COUNTER(struct intake_counts, watches, "Watches open now.", IS_GAUGE),
    COUNTER(struct intake_counts, pids, "Processes watched now.", IS_GAUGE),
    COUNTER(struct intake_counts, tcp_connections, "Connections over TCP open now.",
            IS_GAUGE),
    COUNTER(struct intake_counts, tcp_accepted, "Connections over TCP accepted."),
    COUNTER(struct intake_counts, tcp_refused,
            "Connections over TCP refused because too many were open."),
    COUNTER(struct intake_counts, tcp_denied,
            "Times somebody came over TCP with a token that is none."),
    COUNTER(struct intake_counts, tcp_timeouts,
            "Connections over TCP closed because nothing of them could be let in."),
    COUNTER_END,
};

const struct counter_group intake_counter_group = { .area = "intake",
                                                    .rows = count_rows };

void intake_closed_one(struct intake *intake)
{
    if (--intake->open > 0 || !intake->closing)
        return;
    decoder_destroy(intake->decoder);
    history_deinit(&intake->history);
    buffer_deinit(&intake->tail);
    if (intake->remotes != NULL)
        table_deinit(&intake->remotes->visitors);
    free(intake->remotes);
    free(intake);
}

static void on_acceptor_closed(void *owner)
{
    intake_closed_one(owner);
}

static void on_later_closed(uv_handle_t *later)
{
    intake_closed_one(later->data);
}

/* --- Later: what must not happen inside a callback of the registry or of a stream. */

static void on_later(uv_idle_t *later)
{
    struct intake *intake = later->data;

    uv_idle_stop(later);
    pid_watch_run(intake->pid_watch);
    while (!list_empty(&intake->runnable))
        session_run(list_entry(intake->runnable.next, struct session, runnable));
}

void intake_do_later(struct intake *intake)
{
    if (!intake->closing)
        uv_idle_start(&intake->later, on_later);
}

struct buffer *intake_tail(struct intake *intake)
{
    buffer_clear(&intake->tail);
    intake->tail_number++;
    return &intake->tail;
}

static void want_run(void *owner)
{
    intake_do_later(owner);
}

/* --- Events of the registry. */

static void on_event(void *owner, const struct event *event)
{
    struct intake *intake = owner;

    if (event->kind == EVENT_CHECK)
        return; /* the protocol tells what becomes of instances */
    pid_watch_hear(intake->pid_watch, event);
    drains_hear(intake->drains, event);
    if (!intake->started)
        return; /* loaded; who watched in another life of the daemon starts over */
    history_add(&intake->history, event);
    if (!list_empty(&intake->watches))
        watch_requests_tell(intake, event);
}

static void on_notice(void *owner, const struct notice *notice)
{
    watch_requests_notice(owner, notice);
}

/* --- Connections. */

static void refuse(struct intake *intake, int fd)
{
    struct reason why;

    counter_add(&intake->counts.refused, 1);
    reason_set(
        &why, "too many connections; allowed: %u (registry.max_clients); try again later",
        intake->settings.config->registry.max_clients);
    session_turn_away(fd, ROLLCALL_E_LIMIT, &why);
}

static void on_accept(void *owner, int fd)
{
    struct intake *intake = owner;

    if (intake->session_count >= intake->settings.config->registry.max_clients) {
        refuse(intake, fd);
        return;
    }
    if (session_open(intake, fd, NULL))
        counter_add(&intake->counts.accepted, 1);
}

/* --- The room's door. */

static void fill(struct intake *intake, uv_loop_t *loop, struct registry *registry,
                 const struct intake_settings *settings)
{
    intake->loop = loop;
    intake->registry = registry;
    intake->settings = *settings;
    intake->uid = geteuid();
    intake->blocks[0] = &intake->counts;
    intake->group = intake_counter_group;
    intake->group.blocks = intake->blocks;
    intake->group.block_count = 1;
    history_init(&intake->history, settings->config->registry.watch_history);
    buffer_init(&intake->tail, EVENT_MAX);
    list_init(&intake->sessions);
    list_init(&intake->dirty);
    list_init(&intake->runnable);
    list_init(&intake->watches);
    intake->listener = (struct listener){ .on_event = on_event, .owner = intake };
    uv_idle_init(loop, &intake->later);
    intake->later.data = intake;
    intake->open = 1;
}

enum rollcall_status intake_create(uv_loop_t *loop, struct registry *registry,
                                   const struct intake_settings *settings,
                                   struct intake **out, struct reason *why)
{
    const struct config_registry *config = &settings->config->registry;
    enum rollcall_status status = ROLLCALL_E_NOMEM;
    struct intake *intake = calloc(1, sizeof *intake);

    if (intake == NULL)
        return ROLLCALL_E_NOMEM;
    fill(intake, loop, registry, settings);
    intake->decoder = decoder_create(settings->schemas);
    intake->pid_watch =
        pid_watch_create(loop, registry, &intake->counts.pids, want_run, intake);
    intake->drains = drains_create(intake);
    if (intake->decoder == NULL || intake->pid_watch == NULL || intake->drains == NULL)
        goto fail;
    const struct acceptor_place place = { .path = config->socket,
                                          .mode = config->socket_mode,
                                          .key = "registry.socket",
                                          .area = "intake" };
    status = acceptor_open(loop, &place, on_accept, on_acceptor_closed, intake,
                           &intake->acceptor, why);
    if (status != ROLLCALL_OK)
        goto fail;
    intake->open++;
    status = remotes_open(intake, &intake->remotes, why);
    if (status != ROLLCALL_OK)
        goto fail;
    registry_listen(registry, &intake->listener);
    intake->notices = (struct notice_listener){ .on_notice = on_notice, .owner = intake };
    registry_listen_notices(registry, &intake->notices);
    *out = intake;
    return ROLLCALL_OK;

fail:
    intake_destroy(intake);
    return status;
}

enum rollcall_status intake_start(struct intake *intake, struct reason *why)
{
    (void)why;
    intake->started = true;
    intake->history.floor = registry_revision(intake->registry);
    acceptor_start(intake->acceptor);
    remotes_start(intake->remotes);
    return ROLLCALL_OK;
}

void intake_flush(struct intake *intake)
{
    drains_published(intake->drains);
    list_for_each_safe (at, keep, &intake->dirty)
        session_flush(list_entry(at, struct session, dirty));
}

void intake_destroy(struct intake *intake)
{
    if (intake == NULL)
        return;
    registry_unlisten(intake->registry, &intake->listener);
    registry_unlisten_notices(intake->registry, &intake->notices);
    if (intake->drains != NULL)
        intake_flush(intake);
    intake->closing = true;
    while (!list_empty(&intake->sessions))
        session_abandon(list_entry(intake->sessions.next, struct session, node));
    remotes_close(intake->remotes);
    drains_destroy(intake->drains);
    intake->drains = NULL;
    pid_watch_destroy(intake->pid_watch);
    intake->pid_watch = NULL;
    if (intake->acceptor != NULL)
        acceptor_close(intake->acceptor);
    uv_close((uv_handle_t *)&intake->later, on_later_closed);
}

const struct counter_group *intake_counters(const struct intake *intake)
{
    return &intake->group;
}

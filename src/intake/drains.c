#include "intake/drains.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/heap.h"
#include "loop/ticker.h"
#include "proto/encode.h"

enum { BEHIND_MS = 10 /* its reply has not left yet: look again */ };

struct drains {
    struct intake *intake; /* borrowed */
    struct ticker *ticker; /* owned */
    struct heap waiting;   /* of drain_wait->due */
    struct list fresh;     /* saved, not published yet; by `fresh` */
};

struct drain_wait {
    struct session *session;   /* borrowed */
    struct list of_session;    /* in session->drains */
    struct list fresh;         /* in drains->fresh */
    struct heap_node due;      /* monotonic ms */
    struct proto_seq seq;      /* its text follows the id */
    struct instance *instance; /* shared; what is safe to stop; NULL before it began */
    uint64_t place;            /* of its reply among those of its session */
    int64_t safe_in;
    bool undrained;
    char id[];
};

static void set_ticker(struct drains *drains)
{
    const struct heap_node *first = heap_first(&drains->waiting);

    ticker_set(drains->ticker, first == NULL ? INT64_MAX : first->due);
}

static void wait_free(struct drain_wait *wait)
{
    heap_remove(&wait->session->intake->drains->waiting, &wait->due);
    list_remove(&wait->fresh);
    list_remove(&wait->of_session);
    wait->session->drain_count--;
    instance_unref(wait->instance);
    free(wait);
}

static void say(struct drain_wait *wait)
{
    struct session *session = wait->session;
    struct intake *intake = session->intake;
    const struct entry *entry = registry_find(intake->registry, wait->id);
    const struct event_view view = {
        .revision = registry_revision(intake->registry),
        .health = entry == NULL ? ROLLCALL_CRITICAL : entry->health,
        .cause = wait->undrained ? "undrain" : "drain",
        .instance = &wait->instance->is,
    };

    struct guest_event told = {
        .word = wait->undrained ? PROTO_EVENT_UNDRAIN : PROTO_EVENT_SAFE,
        .revision = view.revision,
        .service = wait->instance->is.service,
        .namespace_name = wait->instance->is.namespace_name,
    };

    encode_event_tail(intake_tail(intake), &view, intake->settings.schemas);
    session_tell(session, &wait->seq, &told, true);
}

static void put_off(struct drains *drains, struct drain_wait *wait, int64_t due)
{
    if (heap_set(&drains->waiting, &wait->due, due) == ROLLCALL_OK)
        return;
    say(wait); /* too early is better than never: the reader would wait for ever */
    wait_free(wait);
}

static void run_due(struct drains *drains, int64_t now)
{
    for (;;) {
        struct heap_node *first = heap_first(&drains->waiting);
        if (first == NULL || first->due > now)
            break;
        struct drain_wait *wait = list_entry(first, struct drain_wait, due);
        if (wait->session->taken <= wait->place) {
            put_off(drains, wait, now + BEHIND_MS);
            continue;
        }
        say(wait);
        wait_free(wait);
    }
    set_ticker(drains);
}

static void on_due(void *owner, int64_t now)
{
    run_due(owner, now);
}

struct drains *drains_create(struct intake *intake)
{
    struct drains *drains = calloc(1, sizeof *drains);

    if (drains == NULL)
        return NULL;
    drains->intake = intake;
    heap_init(&drains->waiting);
    list_init(&drains->fresh);
    if (ticker_open(intake->loop, on_due, drains, &drains->ticker) != ROLLCALL_OK) {
        free(drains);
        return NULL;
    }
    return drains;
}

void drains_destroy(struct drains *drains)
{
    if (drains == NULL)
        return;
    ticker_close(drains->ticker);
    heap_deinit(&drains->waiting);
    free(drains);
}

struct drain_wait *drain_wait_create(struct session *session, const char *id,
                                     const struct proto_seq *seq, struct reason *why)
{
    size_t length = strlen(id) + 1;

    if (session->drain_count >= SESSION_DRAINS_MAX) {
        reason_set(why,
                   "this connection waits for %d drained instances already, which is all "
                   "that one may; use another",
                   SESSION_DRAINS_MAX);
        return NULL;
    }
    struct drain_wait *wait = calloc(1, sizeof *wait + length + seq->length);
    if (wait == NULL) {
        reason_set(why, "out of memory");
        return NULL;
    }
    memcpy(wait->id, id, length);
    if (seq->text != NULL) {
        memcpy(wait->id + length, seq->text, seq->length);
        wait->seq = (struct proto_seq){ wait->id + length, seq->length };
    }
    wait->session = session;
    wait->place = session->taken + session->pending_count;
    list_init(&wait->fresh);
    heap_node_init(&wait->due);
    list_append(&session->drains, &wait->of_session);
    session->drain_count++;
    return wait;
}

void drain_wait_cancel(struct drain_wait *wait)
{
    wait_free(wait);
}

void drain_wait_begin(struct drain_wait *wait, int64_t safe_in)
{
    struct drains *drains = wait->session->intake->drains;
    const struct entry *entry = registry_find(drains->intake->registry, wait->id);

    if (entry == NULL) { /* it cannot be: a drain is done for what is there */
        wait_free(wait);
        return;
    }
    wait->instance = instance_ref(entry->instance);
    wait->safe_in = safe_in;
    list_append(&drains->fresh, &wait->fresh);
}

void drains_published(struct drains *drains)
{
    int64_t now;

    if (list_empty(&drains->fresh))
        return;
    now = clock_monotonic_ms();
    while (!list_empty(&drains->fresh)) {
        struct drain_wait *wait =
            list_entry(drains->fresh.next, struct drain_wait, fresh);
        list_remove(&wait->fresh);
        registry_drain_published(drains->intake->registry, wait->id, clock_wall_ms());
        put_off(drains, wait, now + (wait->undrained ? 0 : wait->safe_in));
    }
    set_ticker(drains);
}

static void undrained(struct drains *drains, struct session *session, const char *id)
{
    list_for_each_safe (at, keep, &session->drains) {
        struct drain_wait *wait = list_entry(at, struct drain_wait, of_session);
        if (wait->instance == NULL || strcmp(wait->id, id) != 0)
            continue;
        wait->undrained = true;
        if (heap_node_waits(&wait->due))
            put_off(drains, wait, clock_monotonic_ms());
    }
}

void drains_hear(struct drains *drains, const struct event *event)
{
    struct intake *intake = drains->intake;

    if (event->kind != EVENT_STANDING || strcmp(event->cause, "undrain") != 0)
        return;
    list_for_each (at, &intake->sessions)
        undrained(drains, list_entry(at, struct session, node), event->entry->id);
    set_ticker(drains);
}

void drains_forget(struct session *session)
{
    struct drains *drains = session->intake->drains;

    while (!list_empty(&session->drains))
        wait_free(list_entry(session->drains.next, struct drain_wait, of_session));
    set_ticker(drains);
}

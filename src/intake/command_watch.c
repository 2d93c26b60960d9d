/* intake/command_watch.c - follow the changes, from now or from a revision on. */
#include "intake/command_watch.h"

#include <stdlib.h>
#include <string.h>

#include "intake/commands.h"
#include "model/validate.h"
#include "proto/encode.h"

static const char *const event_words[] = {
    [EVENT_ADDED] = PROTO_EVENT_REGISTER,     [EVENT_CHANGED] = PROTO_EVENT_CHANGE,
    [EVENT_HEALTH] = PROTO_EVENT_HEALTH,      [EVENT_STANDING] = PROTO_EVENT_STANDING,
    [EVENT_REMOVED] = PROTO_EVENT_DEREGISTER,
};

static bool is_watched(const struct watch_request *watch,
                       const struct rollcall_instance *instance)
{
    if (watch->namespace_name != NULL &&
        strcmp(watch->namespace_name, instance->namespace_name) != 0)
        return false;
    return watch->service == NULL || strcmp(watch->service, instance->service) == 0;
}

/* Rights are asked each time: they may be others by now. */
static bool is_told(const struct watch_request *watch,
                    const struct rollcall_instance *instance)
{
    return is_watched(watch, instance) &&
           gate_may_see(watch->session, instance->namespace_name, instance->service);
}

/* Where it says more than health does. */
static const char *standing_said(const struct past_event *event)
{
    if (event->standing != STANDING_NONE)
        return standing_word((enum standing_reason)event->standing);
    return event->kind == EVENT_STANDING ? "none" : NULL;
}

/* The part of an event that is the same for all who watch it. */
static void write_tail(struct intake *intake, const struct past_event *event)
{
    const struct event_view view = {
        .revision = event->revision,
        .health = (enum rollcall_health)event->health,
        .cause = event->cause,
        .standing = standing_said(event),
        .effective = (enum rollcall_health)event->effective,
        .instance = &event->instance->is,
    };

    encode_event_tail(intake_tail(intake), &view, intake->settings.schemas);
}

static void send_event(struct watch_request *watch, const struct past_event *event)
{
    struct guest_event told = { .word = event_words[event->kind],
                                .revision = event->revision,
                                .service = event->instance->is.service,
                                .namespace_name = event->instance->is.namespace_name };

    session_tell(watch->session, &watch->seq, &told, false);
}

void watch_requests_tell(struct intake *intake, const struct event *event)
{
    const struct past_event past = past_event_of(event);
    bool written = false;

    list_for_each (at, &intake->watches) {
        struct watch_request *watch = list_entry(at, struct watch_request, node);
        if (!is_told(watch, &event->entry->instance->is))
            continue;
        if (!written)
            write_tail(intake, &past);
        written = true;
        send_event(watch, &past);
    }
}

static bool concerns(const struct watch_request *watch, const struct notice *notice)
{
    if (notice->service == NULL)
        return true;
    if (!gate_may_see(watch->session, notice->namespace_name, notice->service))
        return false;
    if (watch->namespace_name != NULL &&
        strcmp(watch->namespace_name, notice->namespace_name) != 0)
        return false;
    return watch->service == NULL || strcmp(watch->service, notice->service) == 0;
}

void watch_requests_notice(struct intake *intake, const struct notice *notice)
{
    const struct notice_view view = { .revision = registry_revision(intake->registry),
                                      .on = notice->on,
                                      .service = notice->service,
                                      .namespace_name = notice->namespace_name,
                                      .id = notice->id,
                                      .words = notice->words };

    if (list_empty(&intake->watches))
        return;
    encode_notice_tail(intake_tail(intake), &view);
    list_for_each (at, &intake->watches) {
        struct watch_request *watch = list_entry(at, struct watch_request, node);
        struct guest_event told = { .word = notice_word(notice->kind),
                                    .revision = view.revision,
                                    .service = notice->service,
                                    .namespace_name = notice->namespace_name };
        if (concerns(watch, notice))
            session_tell(watch->session, &watch->seq, &told, false);
    }
}

static void send_resync(struct watch_request *watch)
{
    struct intake *intake = watch->session->intake;
    const struct event_view view = { .revision = registry_revision(intake->registry) };

    struct guest_event told = { .word = PROTO_EVENT_RESYNC, .revision = view.revision };

    encode_event_tail(intake_tail(intake), &view, NULL);
    session_tell(watch->session, &watch->seq, &told, true);
    counter_add(&intake->counts.resyncs, 1);
}

void watch_requests_resync(struct session *session)
{
    list_for_each (at, &session->watches)
        send_resync(list_entry(at, struct watch_request, of_session));
}

static void watch_request_end(struct watch_request *watch)
{
    struct intake *intake = watch->session->intake;

    list_remove(&watch->node);
    list_remove(&watch->of_session);
    counter_set(&intake->counts.watches, counter_read(&intake->counts.watches) - 1);
    free(watch);
}

void watch_requests_end(struct session *session)
{
    list_for_each_safe (at, keep, &session->watches)
        watch_request_end(list_entry(at, struct watch_request, of_session));
    session->watch_count = 0;
}

static const char *copy_text(char **at, const char *text)
{
    if (text == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

static size_t text_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static struct watch_request *watch_request_create(struct session *session,
                                                  const struct request *request)
{
    const char *service = request->watch.service;
    const char *namespace_name = request->watch.namespace_name;

    if (service != NULL && namespace_name == NULL)
        namespace_name = "default";
    struct watch_request *watch = malloc(sizeof *watch + request->seq.length +
                                         text_size(service) + text_size(namespace_name));
    if (watch == NULL)
        return NULL;
    char *at = (char *)(watch + 1);
    watch->session = session;
    watch->service = copy_text(&at, service);
    watch->namespace_name = copy_text(&at, namespace_name);
    watch->seq = (struct proto_seq){ NULL, 0 };
    if (request->seq.text != NULL) {
        memcpy(at, request->seq.text, request->seq.length);
        watch->seq = (struct proto_seq){ at, request->seq.length };
    }
    return watch;
}

/* What happened after `since`, from memory, in order. */
static void replay(struct watch_request *watch, uint64_t since)
{
    struct intake *intake = watch->session->intake;
    const struct past_event *event;

    if (!history_reaches(&intake->history, since, registry_revision(intake->registry))) {
        send_resync(watch);
        return;
    }
    for (uint32_t i = 0; (event = history_at(&intake->history, i)) != NULL; i++) {
        if (event->revision <= since || !is_told(watch, &event->instance->is))
            continue;
        write_tail(intake, event);
        send_event(watch, event);
    }
}

static enum rollcall_status check_names(const struct request_watch *watch,
                                        struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;

    if (watch->service != NULL)
        status = name_validate(PROTO_SERVICE, watch->service, why);
    if (status == ROLLCALL_OK && watch->namespace_name != NULL)
        status = name_validate(PROTO_NAMESPACE, watch->namespace_name, why);
    return status;
}

enum rollcall_status command_watch(struct session *session, const struct request *request,
                                   struct reason *why)
{
    struct intake *intake = session->intake;
    enum rollcall_status status = check_names(&request->watch, why);

    if (status != ROLLCALL_OK)
        return status;
    if (session->watch_count == SESSION_WATCHES_MAX) {
        reason_set(why,
                   "this connection watches already %d times; allowed: %d a connection",
                   SESSION_WATCHES_MAX, SESSION_WATCHES_MAX);
        return ROLLCALL_E_LIMIT;
    }
    struct watch_request *watch = watch_request_create(session, request);
    if (watch == NULL)
        return ROLLCALL_E_NOMEM;
    struct buffer *out = session_reply(session);
    if (out == NULL) {
        free(watch);
        return ROLLCALL_OK;
    }
    list_append(&intake->watches, &watch->node);
    list_append(&session->watches, &watch->of_session);
    session->watch_count++;
    counter_add(&intake->counts.watches, 1);
    reply_begin(out, &request->seq);
    member_number(out, PROTO_REVISION, registry_revision(intake->registry));
    reply_end(out);
    session_replied(session);
    session_hand_over(session);
    if (request->watch.has_since)
        replay(watch, request->watch.since);
    return ROLLCALL_OK;
}

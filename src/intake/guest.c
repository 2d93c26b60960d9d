#include "intake/guest.h"

#include <stdlib.h>

#include "intake/command_watch.h"
#include "intake/session.h"

struct guest {
    struct session session;
    const struct guest_callbacks *callbacks; /* borrowed; NULL: its owner has left */
    void *context;                           /* borrowed: of the callbacks */
    bool privileged;
    bool answered;
};

bool guest_is_privileged(const struct guest *guest)
{
    return guest->privileged;
}

static struct guest *guest_open(void *owner, const struct guest_terms *terms,
                                const struct guest_callbacks *callbacks, void *context)
{
    struct guest *guest = calloc(1, sizeof *guest);

    if (guest == NULL)
        return NULL;
    guest->callbacks = callbacks;
    guest->context = context;
    guest->privileged = terms->privileged;
    guest->session.guest = guest;
    guest->session.uid = (uid_t)terms->uid;
    session_init(&guest->session, owner);
    return guest;
}

static void guest_free(struct guest *guest)
{
    session_let_go(&guest->session);
    buffer_deinit(&guest->session.ready);
    free(guest);
}

static void guest_ask(struct guest *guest, char *line, size_t length)
{
    session_take(&guest->session, line, length);
}

/* Not freed here: we may be inside a walk over the watches that it is one of. */
static void guest_close(struct guest *guest)
{
    guest->callbacks = NULL;
    session_touch(&guest->session);
}

/* Tells the owner that there will be nothing more, and frees. */
void guest_abandon(struct guest *guest)
{
    const struct guest_callbacks *callbacks = guest->callbacks;
    void *context = guest->context;
    bool answered = guest->answered;

    guest_free(guest);
    if (callbacks == NULL)
        return;
    if (!answered)
        callbacks->on_reply(context, NULL, 0);
    else if (callbacks->on_gone != NULL)
        callbacks->on_gone(context);
}

/* The reply leaves the session before its owner hears of it, who may close the guest. */
static void hand_over(struct guest *guest)
{
    struct buffer reply = guest->session.ready;

    buffer_init(&guest->session.ready, reply.bound);
    guest->answered = true;
    guest->callbacks->on_reply(guest->context, reply.data, reply.length);
    buffer_deinit(&reply);
}

void guest_flush(struct guest *guest)
{
    struct session *session = &guest->session;

    if (guest->callbacks == NULL) {
        guest_free(guest);
        return;
    }
    list_remove(&session->dirty);
    if (session->ready.failed || (session->finishing && session->ready.length == 0))
        guest_abandon(guest);
    else if (session->ready.length > 0)
        hand_over(guest);
}

bool guest_tell(struct guest *guest, struct guest_event *event)
{
    const struct buffer *tail = &guest->session.intake->tail;

    if (guest->callbacks == NULL || guest->callbacks->on_event == NULL || tail->failed)
        return true; /* nobody misses it */
    event->tail = tail->data;
    event->length = tail->length;
    event->number = guest->session.intake->tail_number;
    return guest->callbacks->on_event(guest->context, event);
}

static void guest_resume(struct guest *guest)
{
    if (!guest->session.lagging)
        return;
    guest->session.lagging = false;
    watch_requests_resync(&guest->session);
}

struct guest_door intake_guests(struct intake *intake)
{
    return (struct guest_door){ .owner = intake,
                                .open = guest_open,
                                .ask = guest_ask,
                                .resume = guest_resume,
                                .close = guest_close };
}

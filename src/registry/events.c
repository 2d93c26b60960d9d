#include "registry/events.h"

#include "registry/internal.h"

/* Revisions are given when a change is made, and another change or a verdict may be told
 * before it is saved. Listeners must see rising numbers, so whatever was overtaken is
 * told under a new one; entry->revision stays what it is, it is on disk already. */
void registry_tell(struct registry *registry, struct event *event, uint64_t revision)
{
    if (revision <= registry->told)
        revision = ++registry->revision;
    registry->told = revision;
    registry_tell_loaded(registry, event);
}

void registry_tell_loaded(struct registry *registry, struct event *event)
{
    event->service->moved = registry->told;
    if (event->kind == EVENT_REMOVED && event->service->count == 0)
        registry->gone = registry->told;
    registry_tell_quietly(registry, event);
}

void registry_tell_quietly(struct registry *registry, struct event *event)
{
    event->revision = registry->told;
    for (struct listener *at = registry->listeners; at != NULL; at = at->next)
        at->on_event(at->owner, event);
}

void registry_listen(struct registry *registry, struct listener *listener)
{
    listener->next = NULL;
    *registry->last_listener = listener;
    registry->last_listener = &listener->next;
}

void registry_unlisten(struct registry *registry, struct listener *listener)
{
    struct listener **at = &registry->listeners;

    while (*at != NULL && *at != listener)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = listener->next;
    if (registry->last_listener == &listener->next)
        registry->last_listener = at;
}

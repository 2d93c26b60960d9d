#include "registry/notices.h"

#include "base/thread_role.h"
#include "registry/internal.h"

static const char *const words[] = { [NOTICE_DOUBT] = "doubt",
                                     [NOTICE_PANIC] = "panic",
                                     [NOTICE_BRAKE] = "brake",
                                     [NOTICE_SHADOW] = "shadow" };

const char *notice_word(enum notice_kind kind)
{
    return words[kind];
}

void registry_listen_notices(struct registry *registry, struct notice_listener *listener)
{
    listener->next = registry->notice_listeners;
    registry->notice_listeners = listener;
}

void registry_unlisten_notices(struct registry *registry,
                               struct notice_listener *listener)
{
    struct notice_listener **at = &registry->notice_listeners;

    while (*at != NULL && *at != listener)
        at = &(*at)->next;
    if (*at != NULL)
        *at = listener->next;
}

void registry_notice(struct registry *registry, const struct notice *notice)
{
    thread_role_assert(ROLE_CONTROL);
    for (struct notice_listener *at = registry->notice_listeners; at != NULL;
         at = at->next)
        at->on_notice(at->owner, notice);
}

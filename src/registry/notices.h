/* registry/notices.h - what happens to a service or to the whole daemon, said once.
 *
 * Events (events.h) are about one instance; these are about many: the checker doubts
 * itself, a service answers with all of its instances, removals are held. They change
 * nothing by themselves and have no number of their own.
 * Threads  control.
 */
#ifndef REGISTRY_NOTICES_H
#define REGISTRY_NOTICES_H

#include <stdbool.h>
#include <stdint.h>

enum notice_kind {
    NOTICE_DOUBT, /* the checker doubts itself, and believes itself again */
    NOTICE_PANIC, /* too few are healthy: all are handed out, and no more */
    NOTICE_BRAKE, /* instances are held, and none is any more */
    NOTICE_SHADOW /* a shadow check would have decided otherwise, and not any more */
};

struct notice {
    enum notice_kind kind;
    bool on;                    /* it begins; else it ends */
    const char *namespace_name; /* NULL: all; as the next two borrowed for the call */
    const char *service;
    const char *id;    /* of the instance; NULL: all of the service */
    const char *words; /* a sentence for people */
};

struct notice_listener {
    void (*on_notice)(void *owner, const struct notice *notice);
    void *owner;
    struct notice_listener *next; /* the registry's */
};

struct registry;

void registry_listen_notices(struct registry *registry, struct notice_listener *listener);
void registry_unlisten_notices(struct registry *registry,
                               struct notice_listener *listener);
/* Tell it. A listener must not call an operation of the registry from inside. */
void registry_notice(struct registry *registry, const struct notice *notice);
/* "doubt", "panic", ...: stable words. */
const char *notice_word(enum notice_kind kind);

#endif

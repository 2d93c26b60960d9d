#include "health/naming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "health/engine.h"
#include "loop/resolver.h"
#include "model/instance.h"
#include "model/rules.h"

enum { ADDRESSES_MAX = 8 };

/* Of one check: its question, then the answer. Owned by its memory. */
struct naming {
    struct list node;    /* in health->lookups while it is asked */
    struct check *check; /* borrowed */
    void (*then)(struct check *check);
    struct rollcall_address addresses[ADDRESSES_MAX];
    uint8_t count, at;
    uint16_t port;
    char host[NAMING_HOST_MAX];
};

bool naming_parse(const char *target, char *host, uint16_t *port)
{
    const char *colon = target == NULL ? NULL : strrchr(target, ':');
    char name[NAMING_HOST_MAX];
    struct rollcall_address ip;
    uint64_t number;

    if (colon == NULL || (size_t)(colon - target) >= sizeof name ||
        !units_parse_u64(colon + 1, UINT16_MAX, &number) || number == 0)
        return false;
    memcpy(name, target, (size_t)(colon - target));
    name[colon - target] = '\0';
    if (address_parse_ip(name, &ip) || rule_host("target", name, NULL) != ROLLCALL_OK)
        return false;
    if (host != NULL)
        memcpy(host, name, (size_t)(colon - target) + 1);
    if (port != NULL)
        *port = (uint16_t)number;
    return true;
}

static struct naming *naming_of(const struct check *check)
{
    return check->memory == NULL ? NULL : check->memory->naming;
}

bool naming_is_asking(const struct check *check)
{
    const struct naming *naming = naming_of(check);

    return naming != NULL && !list_empty(&naming->node);
}

bool naming_cancel(struct check *check)
{
    if (!naming_is_asking(check))
        return false;
    list_remove(&naming_of(check)->node);
    return true;
}

bool naming_address(const struct check *check, struct address *out)
{
    const struct naming *naming = naming_of(check);

    if (naming == NULL || naming->at >= naming->count)
        return false;
    address_from_ip(&naming->addresses[naming->at], naming->port, out);
    return true;
}

bool naming_again(struct check *check, enum check_outcome outcome)
{
    struct naming *naming = naming_of(check);

    if (naming == NULL || naming->at + 1 >= naming->count ||
        (outcome != OUTCOME_REFUSED && outcome != OUTCOME_UNREACHABLE))
        return false;
    naming->at++;
    naming->then(check);
    return true;
}

void naming_end(struct check *check)
{
    struct naming *naming = naming_of(check);

    if (naming != NULL)
        naming->count = naming->at = 0;
}

void naming_forget(struct check *check)
{
    if (check->memory == NULL)
        return;
    (void)naming_cancel(check);
    free(check->memory->naming);
    check->memory->naming = NULL;
}

static void take_family(struct naming *naming, const struct resolver_reply *reply,
                        uint8_t family)
{
    for (uint32_t i = 0; i < reply->count && naming->count < ADDRESSES_MAX; i++)
        if (reply->addresses[i].family == family)
            naming->addresses[naming->count++] = reply->addresses[i];
}

static void fail(struct check *check, const char *host, const char *why)
{
    char detail[400];

    snprintf(detail, sizeof detail, "%s: %s", host, why);
    check_finish(check, OUTCOME_NO_NAME, detail);
}

static void answered(struct naming *naming, const struct resolver_reply *reply)
{
    list_remove(&naming->node);
    take_family(naming, reply, 4);
    take_family(naming, reply, 6);
    if (naming->count > 0)
        naming->then(naming->check);
    else
        fail(naming->check, naming->host,
             reply->why != NULL ? reply->why : "it has no address");
}

/* All that asked for it, one at a time: what one of them starts may end others. */
static void on_reply(void *owner, const struct resolver_reply *reply)
{
    struct health *health = owner;
    struct list theirs;

    list_init(&theirs);
    list_for_each_safe (at, next, &health->lookups) {
        if (strcmp(list_entry(at, struct naming, node)->host, reply->host) != 0)
            continue;
        list_remove(at);
        list_append(&theirs, at);
    }
    health->stale_resolver |= reply->why != NULL;
    health->resolving++;
    while (!list_empty(&theirs))
        answered(list_entry(theirs.next, struct naming, node), reply);
    health->resolving--;
}

/* After a failure it is opened again: the servers of this machine may be others now. */
static bool open_resolver(struct health *health, struct reason *why)
{
    if (health->stale_resolver && health->resolving == 0 &&
        list_empty(&health->lookups)) {
        resolver_close(health->resolver);
        health->resolver = NULL;
        health->stale_resolver = false;
    }
    return health->resolver != NULL ||
           resolver_open_local(health->loop, on_reply, health, &health->resolver, why) ==
               ROLLCALL_OK;
}

static bool is_asked(const struct health *health, const char *host)
{
    list_for_each (at, &health->lookups)
        if (strcmp(list_entry(at, struct naming, node)->host, host) == 0)
            return true;
    return false;
}

/* False: no memory. */
static bool prepare(struct check *check, const char *host, uint16_t port,
                    void (*then)(struct check *check))
{
    struct check_memory *memory = check_memory_of(check);

    if (memory == NULL)
        return false;
    if (memory->naming == NULL) {
        struct naming *naming = calloc(1, sizeof *naming);
        if (naming == NULL)
            return false;
        list_init(&naming->node);
        naming->check = check;
        memory->naming = naming;
    }
    struct naming *naming = memory->naming;
    naming->count = naming->at = 0;
    naming->port = port;
    naming->then = then;
    snprintf(naming->host, sizeof naming->host, "%s", host);
    return true;
}

void naming_ask(struct check *check, const char *host, uint16_t port,
                void (*then)(struct check *check))
{
    struct health *health = check->health;
    struct reason why = REASON_NONE;

    if (!prepare(check, host, port, then) || !open_resolver(health, &why)) {
        check_finish(check, OUTCOME_NO_RESOURCES, why.text[0] != '\0' ? why.text : NULL);
        return;
    }
    struct naming *naming = check->memory->naming;
    bool asked = is_asked(health, naming->host);
    list_append(&health->lookups, &naming->node);
    if (asked || resolver_ask(health->resolver, naming->host))
        return;
    list_remove(&naming->node);
    check_finish(check, OUTCOME_NO_RESOURCES, NULL);
}

void naming_start(struct check *check)
{
    char host[NAMING_HOST_MAX];
    uint16_t port;

    if (naming_parse(check_option(check->spec, "target", 0), host, &port))
        naming_ask(check, host, port, check->kind->start);
    else
        check_finish(check, OUTCOME_NO_ADDRESS, NULL);
}

void naming_deinit(struct health *health)
{
    resolver_close(health->resolver);
    health->resolver = NULL;
}

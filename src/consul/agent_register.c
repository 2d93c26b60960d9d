/* Registering over the agent: what may, and what becomes of checks that go on. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "consul/agent.h"
#include "consul/check_ids.h"
#include "consul/node_checks.h"
#include "consul/reading.h"
#include "http/server.h"
#include "model/check_schema.h"

struct definition *agent_definition(struct exchange *exchange)
{
    const struct consul *consul = exchange_owner(exchange);
    const struct definition_home home = { .node_name = consul->node.name,
                                          .namespace_name = reading_namespace(exchange),
                                          .address = &consul->own_address,
                                          .schemas = consul->schemas };
    struct definition *definition = definition_create(&home);

    if (definition == NULL)
        agent_refuse(exchange, ROLLCALL_E_NOMEM, NULL);
    return definition;
}

/* How a check was when its definition was asked to change. */
struct was {
    char *id;     /* owned, as is the output */
    char *output; /* NULL: it said nothing */
    uint8_t outcome;
    bool known;
    enum rollcall_health health;
};

/* A registration under way. */
struct registering {
    struct exchange *exchange;
    struct consul *consul;
    struct instance *before; /* one reference; what was committed; NULL: nothing */
    struct instance *after;  /* one reference; what is asked for */
    unsigned count;
    struct was was[MODEL_CHECKS_MAX];
};

static void registering_destroy(struct registering *change)
{
    for (unsigned i = 0; i < change->count; i++) {
        free(change->was[i].id);
        free(change->was[i].output);
    }
    instance_unref(change->before);
    instance_unref(change->after);
    free(change);
}

/* Without memory a check begins anew. */
static void remember(struct registering *change, const struct entry *entry)
{
    const struct rollcall_instance *is = &entry->instance->is;
    char text[ANNEX_TEXT_SIZE];
    struct annex annex;

    change->before = instance_ref(entry->instance);
    annex_read(&annex, is);
    for (unsigned i = 0; i < is->check_count; i++) {
        const struct check_state *state = &entry->checks[i];
        struct was *was = &change->was[change->count];
        was->id = strdup(annex_check_id(&annex, is, i, text));
        was->output = state->output == NULL ? NULL : strdup(state->output);
        was->known = state->known;
        was->health = state->known                ? state->health
                      : is->checks[i].initial > 0 ? annex_check_initial(&annex, is, i)
                                                  : entry->own;
        was->outcome = state->outcome;
        change->count += was->id != NULL;
    }
    annex_deinit(&annex);
}

static void restore_check(struct registry *registry, struct entry *entry, unsigned at,
                          const struct was *was, enum rollcall_health now)
{
    if (!entry->checks[at].known && (was->known || was->health != now))
        registry_set_check(registry, entry, at, was->health, was->outcome, was->output,
                           clock_wall_ms());
}

/* A check that asks something else now is still the check that it was, and its status
 * stays, whatever the new definition says. */
static void restore(const struct registering *change)
{
    struct registry *registry = change->consul->registry;
    struct entry *entry = registry_find(registry, change->after->is.id);
    struct annex annex;
    unsigned at = 0;

    if (entry == NULL || change->count == 0 || entry->instance == change->before)
        return;
    struct instance *instance = instance_ref(entry->instance);
    annex_read(&annex, &instance->is);
    for (unsigned i = 0; i < change->count; i++)
        if (annex_find_check(&annex, &instance->is, change->was[i].id, &at))
            restore_check(registry, entry, at, &change->was[i],
                          annex_check_initial(&annex, &instance->is, at));
    annex_deinit(&annex);
    instance_unref(instance);
}

static void heard(void *context, const struct look_result *result)
{
    (void)context;
    (void)result;
}

/* Whoever registers again what is down has just started it again: its checks run now, not
 * at the end of their interval. Those that only report have nothing to run. */
static void look_again(const struct registering *change)
{
    const struct consul *consul = change->consul;
    const struct requester who = exchange_requester(change->exchange);
    const char *id = change->after->is.id;
    const struct entry *entry = registry_find(consul->registry, id);

    if (change->before != NULL && entry != NULL && entry->health != ROLLCALL_PASSING &&
        consul->judge != NULL)
        consul->judge->check_now(consul->judge->owner, id, NULL, &who, heard, NULL, NULL);
}

static void on_registered(void *context, enum rollcall_status status,
                          const struct registry_reply *reply, const struct reason *why)
{
    struct registering *change = context;

    if (status == ROLLCALL_OK) {
        restore(change);
        look_again(change);
    } else {
        check_ids_release(change->consul->check_ids, &change->after->is);
    }
    agent_done(change->exchange, status, reply, why);
    registering_destroy(change);
}

static struct registering *make_registering(struct exchange *exchange,
                                            struct instance *instance)
{
    struct registering *change = calloc(1, sizeof *change);

    if (change == NULL)
        return NULL;
    change->exchange = exchange;
    change->consul = exchange_owner(exchange);
    change->after = instance_ref(instance);
    const struct entry *entry = registry_find(change->consul->registry, instance->is.id);
    if (entry != NULL)
        remember(change, entry);
    return change;
}

bool agent_check_id(struct exchange *exchange, const char *id)
{
    if (check_ids_reserved(id))
        exchange_text(exchange, 400, "Check ID \"%.64s\" is one of the agent's own", id);
    return !check_ids_reserved(id);
}

/* A CheckID is one check's alone on the node. */
static bool ids_are_free(struct exchange *exchange, const struct definition *definition)
{
    const struct consul *consul = exchange_owner(exchange);
    const char *id;
    unsigned at = 0;

    while ((id = definition_next_id(definition, &at)) != NULL) {
        if (!agent_check_id(exchange, id))
            return false;
        const char *owner = check_ids_owner(consul->check_ids, id);
        if (owner != NULL && strcmp(owner, definition_id(definition)) != 0) {
            exchange_text(exchange, 400,
                          "Check ID \"%.64s\" belongs to service ID \"%.64s\"", id,
                          owner);
            return false;
        }
        if (node_checks_has(consul->node_checks, id)) {
            exchange_text(exchange, 400, "Check ID \"%.64s\" belongs to the node", id);
            return false;
        }
    }
    return true;
}

static enum rollcall_status admit(const struct consul *consul,
                                  const struct instance *instance, struct reason *why)
{
    const struct check_asker asker = { .uid = HTTP_UID };

    return checks_admit(&instance->is, consul->schemas, &asker, why);
}

/* How the instance is that an alias follows shows in the alias. Who may not see all may
 * not follow what is not there yet either. False: answered. */
static bool may_follow(struct exchange *exchange, const struct rollcall_instance *is)
{
    const struct consul *consul = exchange_owner(exchange);

    for (unsigned i = 0; i < is->check_count; i++) {
        const struct rollcall_check *check = &is->checks[i];
        const char *id =
            strcmp(check->kind, "alias") == 0 ? check_option(check, "instance", 0) : NULL;
        const struct instance *other =
            id == NULL ? NULL : registry_latest(consul->registry, id);
        if (id == NULL || exchange_may_all(exchange, RIGHT_READ) ||
            (other != NULL && exchange_may(exchange, RIGHT_READ, other->is.namespace_name,
                                           other->is.service)))
            continue;
        exchange_forbid(exchange, RIGHT_READ, id);
        return false;
    }
    return true;
}

static void submit(struct exchange *exchange, struct instance *instance)
{
    struct consul *consul = exchange_owner(exchange);
    const struct requester who = exchange_requester(exchange);
    const struct register_request asked = { .instance = instance };
    struct registering *change = make_registering(exchange, instance);
    struct reason why = REASON_NONE;

    if (change == NULL) {
        agent_refuse(exchange, ROLLCALL_E_NOMEM, NULL);
        return;
    }
    exchange_defer(exchange);
    check_ids_reserve(consul->check_ids, &instance->is);
    enum rollcall_status status =
        registry_register(consul->registry, &asked, &who, clock_monotonic_ms(),
                          clock_wall_ms(), on_registered, change, &why);
    if (status == ROLLCALL_OK)
        return;
    registering_destroy(change);
    check_ids_release(consul->check_ids, &instance->is);
    agent_refuse(exchange, status, &why);
}

void agent_register(struct exchange *exchange, struct definition *definition,
                    const struct instance *before)
{
    const struct consul *consul = exchange_owner(exchange);
    struct instance *instance = NULL;
    struct reason why = REASON_NONE;
    enum rollcall_status status = ROLLCALL_OK;

    if ((before != NULL && !agent_may(exchange, RIGHT_REGISTER, &before->is)) ||
        !ids_are_free(exchange, definition)) {
        definition_destroy(definition);
        return;
    }
    status = definition_finish(definition, &instance, &why);
    definition_destroy(definition);
    if (status == ROLLCALL_OK)
        status = admit(consul, instance, &why);
    if (status != ROLLCALL_OK)
        agent_refuse(exchange, status, &why);
    else if (agent_may(exchange, RIGHT_REGISTER, &instance->is) &&
             may_follow(exchange, &instance->is))
        submit(exchange, instance);
    instance_unref(instance);
}

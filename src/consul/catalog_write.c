#include "consul/catalog_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "consul/agent.h"
#include "consul/definition.h"
#include "consul/external_service.h"
#include "consul/externals.h"
#include "consul/reading.h"
#include "registry/group.h"

enum { INSTANCES_MAX = 1024, ID_SIZE = 512 };

/* --- The answer, after all that was written. */

struct writing {
    struct exchange *exchange;
    struct consul *consul;
    struct bundle *bundle; /* open until it is sent */
    char *renamed;         /* owned; the node that goes when this one comes; NULL: none */
    writing_answer *answer;
    void *context; /* of `answer`; freed by `drop` */
    void (*drop)(void *context);
    unsigned pending;
    bool cancelled;
    enum rollcall_status status; /* the first that was not OK */
    struct reason why;
    unsigned count;
    struct instance *made[INSTANCES_MAX]; /* one reference each */
};

static void say_true(struct exchange *exchange, void *context)
{
    (void)context;
    buffer_text(exchange_out(exchange), "true");
    exchange_reply(exchange, 200, HTTP_JSON);
}

struct writing *writing_begin(struct exchange *exchange)
{
    struct writing *writing = calloc(1, sizeof *writing);

    if (writing != NULL) {
        writing->exchange = exchange;
        writing->consul = exchange_owner(exchange);
        writing->bundle = ledger_begin(writing->consul->ledger);
        writing->pending = 1; /* until writing_end() */
        writing->answer = say_true;
    }
    if (writing != NULL && writing->bundle != NULL) {
        registry_group_begin(writing->consul->registry);
        return writing;
    }
    free(writing);
    agent_refuse(exchange, ROLLCALL_E_NOMEM, NULL);
    return NULL;
}

struct bundle *writing_bundle(struct writing *writing)
{
    return writing->bundle;
}

bool writing_knows(const struct writing *writing, const char *node)
{
    return externals_latest(writing->consul, node) != NULL;
}

static void fail(struct writing *writing, enum rollcall_status status,
                 const struct reason *why)
{
    if (writing->status != ROLLCALL_OK || status == ROLLCALL_OK)
        return;
    writing->status = status;
    if (why != NULL)
        writing->why = *why;
}

static void settle(struct writing *writing)
{
    if (--writing->pending > 0)
        return;
    if (writing->status == ROLLCALL_OK)
        writing->answer(writing->exchange, writing->context);
    else if (!writing->cancelled)
        agent_refuse(writing->exchange, writing->status, &writing->why);
    for (unsigned i = 0; i < writing->count; i++)
        instance_unref(writing->made[i]);
    if (writing->drop != NULL)
        writing->drop(writing->context);
    free(writing->renamed);
    free(writing);
}

void writing_then(struct writing *writing, writing_answer *answer, void *context,
                  void (*drop)(void *context))
{
    writing->answer = answer;
    writing->context = context;
    writing->drop = drop;
}

static void on_registry(void *context, enum rollcall_status status,
                        const struct registry_reply *reply, const struct reason *why)
{
    (void)reply;
    fail(context, status, why);
    settle(context);
}

static void on_ledger(void *context, enum rollcall_status status,
                      const struct reason *why)
{
    fail(context, status, why);
    settle(context);
}

/* --- Making. */

static bool may(struct writing *writing, const struct rollcall_instance *is)
{
    struct reason why;

    if (exchange_may(writing->exchange, RIGHT_REGISTER, is->namespace_name, is->service))
        return true;
    reason_set(&why, "the token may not register the service \"%s\"", is->service);
    fail(writing, ROLLCALL_E_UNAUTHORIZED, &why);
    return false;
}

static void make(struct writing *writing, const struct external_change *change)
{
    struct reason why = REASON_NONE;

    if (!may(writing, change->is))
        return;
    if (writing->count == INSTANCES_MAX) {
        reason_set(&why, "The node has more than %d services", INSTANCES_MAX);
        fail(writing, ROLLCALL_E_LIMIT, &why);
        return;
    }
    enum rollcall_status status =
        external_service_make(change, &writing->made[writing->count], &why);
    if (status == ROLLCALL_OK)
        writing->count++;
    else
        fail(writing, status, &why);
}

static bool is_made(const struct writing *writing, const char *id)
{
    for (unsigned i = 0; i < writing->count; i++)
        if (strcmp(writing->made[i]->is.id, id) == 0)
            return true;
    return false;
}

static const struct rollcall_instance *latest(const struct writing *writing,
                                              const char *id, const char *node)
{
    const struct instance *instance = registry_latest(writing->consul->registry, id);

    return instance != NULL && external_service_is_on(&instance->is, node) ? &instance->is
                                                                           : NULL;
}

/* All that stand on the node and have one of the checks that go; `all`: every one, for
 * the node says another thing now. */
static void make_rest(struct writing *writing, const struct catalog_registration *body,
                      const struct external *node, bool all)
{
    const struct service *service;
    size_t at = 0;

    while ((service = registry_next_service(writing->consul->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++) {
            const char *id = service->entries[i]->id;
            const struct rollcall_instance *is = latest(writing, id, node->view.name);
            if (is == NULL || is_made(writing, id) ||
                (!all && !external_service_has_check(is, body->drops, body->drop_count)))
                continue;
            const struct external_change change = { .is = is,
                                                    .drops = body->drops,
                                                    .drop_count = body->drop_count,
                                                    .node = node,
                                                    .schemas = writing->consul->schemas };
            make(writing, &change);
        }
}

/* Before anything of it is changed: who changes a node decides about all that stand on
 * it; where nothing does, it is nobody's in particular. */
static bool may_change(struct writing *writing, const char *node)
{
    const struct service *service;
    struct reason why;
    bool any = false;
    size_t at = 0;

    while ((service = registry_next_service(writing->consul->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++) {
            const struct rollcall_instance *is =
                latest(writing, service->entries[i]->id, node);
            if (is != NULL && !may(writing, is))
                return false;
            any = any || is != NULL;
        }
    if (any || exchange_may_all(writing->exchange, RIGHT_REGISTER))
        return true;
    reason_set(&why,
               "the node \"%.64s\" has no services: only who may register all may "
               "change it",
               node);
    fail(writing, ROLLCALL_E_UNAUTHORIZED, &why);
    return false;
}

/* --- What is put. */

static unsigned checks_of(const struct catalog_registration *body, const char *service_id,
                          struct annex_check out[CATALOG_CHECKS_MAX])
{
    unsigned count = 0;

    for (unsigned i = 0; i < body->check_count; i++)
        if (strcmp(body->checks[i].service_id, service_id) == 0)
            out[count++] = body->checks[i].is;
    return count;
}

static void make_merged(struct writing *writing, const struct catalog_registration *body,
                        const struct external *node, const char *service_id,
                        const struct rollcall_instance *is)
{
    struct annex_check checks[CATALOG_CHECKS_MAX];
    const struct external_change change = {
        .is = is,
        .before = latest(writing, is->id, body->node),
        .checks = checks,
        .check_count = checks_of(body, service_id, checks),
        .drops = body->drops,
        .drop_count = body->drop_count,
        .node = node,
        .schemas = writing->consul->schemas,
    };

    make(writing, &change);
}

/* The Service of the body. */
static void make_service(struct writing *writing, const struct catalog_registration *body,
                         const struct external *node)
{
    struct consul *consul = writing->consul;
    struct rollcall_address address;
    struct reason why = REASON_NONE;
    struct instance *made = NULL;
    const struct definition_home home = {
        .namespace_name = reading_namespace(writing->exchange),
        .address = &address,
        .schemas = consul->schemas,
        .node = &node->node,
    };

    if (!address_parse_ip(node->view.address, &address))
        node_address(consul->config, &address); /* until its own is put in its place */
    struct definition *definition = definition_create(&home);
    enum rollcall_status status =
        definition == NULL
            ? ROLLCALL_E_NOMEM
            : definition_read_service(definition, (json_t *)body->service, &why);
    if (status == ROLLCALL_OK)
        status = definition_finish(definition, &made, &why);
    fail(writing, status, &why);
    if (made != NULL)
        make_merged(writing, body, node, made->is.id + strlen(node->view.name) + 1,
                    &made->is);
    instance_unref(made);
    definition_destroy(definition);
}

/* Services that only their checks are told of. */
static void make_checked(struct writing *writing, const struct catalog_registration *body,
                         const struct external *node)
{
    char id[ID_SIZE];
    struct reason why;

    for (unsigned i = 0; i < body->check_count && writing->status == ROLLCALL_OK; i++) {
        const struct catalog_check *check = &body->checks[i];
        if (check->service_id[0] == '\0')
            continue;
        snprintf(id, sizeof id, "%s/%s", node->view.name, check->service_id);
        if (is_made(writing, id))
            continue;
        const struct rollcall_instance *is = latest(writing, id, node->view.name);
        if (is != NULL) {
            make_merged(writing, body, node, check->service_id, is);
            continue;
        }
        reason_set(&why, "Unknown service ID '%.128s' for check ID '%.128s'",
                   check->service_id, check->is.id);
        fail(writing, ROLLCALL_E_INVALID, &why);
    }
}

/* An ID under another name: the node of the name before goes with all that it has. */
static bool make_renamed(struct writing *writing, const char *before)
{
    writing->renamed = strdup(before);
    fail(writing,
         writing->renamed == NULL
             ? ROLLCALL_E_NOMEM
             : externals_set(writing->consul, writing->bundle, before, NULL, NULL),
         NULL);
    return writing->status == ROLLCALL_OK;
}

/* The record of the node as it will be; NULL: it was said why not. */
static json_t *make_record(struct writing *writing, struct catalog_registration *body,
                           const struct external *latest)
{
    struct reason why = REASON_NONE;
    json_t *root = catalog_body_node(body, latest, &why);

    if (root == NULL)
        fail(writing, why.text[0] != '\0' ? ROLLCALL_E_INVALID : ROLLCALL_E_NOMEM, &why);
    else
        catalog_body_drop(root, body);
    return root;
}

/* The node as it will be; NULL: it was said why not. */
static const struct external *make_node(struct writing *writing,
                                        struct catalog_registration *body)
{
    struct consul *consul = writing->consul;
    const struct external *node = externals_latest(consul, body->node);
    const struct external *same = externals_find_id(consul, body->id);
    struct reason why = REASON_NONE;

    if (same != NULL && strcasecmp(same->view.name, body->node) != 0 &&
        (!may_change(writing, same->view.name) ||
         !make_renamed(writing, same->view.name)))
        return NULL;
    json_t *root = make_record(writing, body, node);
    if (root == NULL)
        return NULL;
    enum rollcall_status status =
        externals_set(consul, writing->bundle, body->node, root, &node);
    if (status == ROLLCALL_E_LIMIT)
        reason_set(&why, "There are %d external nodes already", EXTERNAL_NODES_MAX);
    fail(writing, status, &why);
    return status == ROLLCALL_OK ? node : NULL;
}

void writing_put(struct writing *writing, struct catalog_registration *body)
{
    const struct external *before = externals_latest(writing->consul, body->node);
    const struct external *node = make_node(writing, body);

    if (node == NULL)
        return;
    if (body->service != NULL)
        make_service(writing, body, node);
    make_checked(writing, body, node);
    bool moved = node != before && before != NULL;
    if (moved && !may_change(writing, body->node))
        return;
    if (moved || body->drop_count > 0)
        make_rest(writing, body, node, moved);
}

/* --- What goes. */

static void remove_instance(struct writing *writing, const char *id)
{
    const struct requester who = exchange_requester(writing->exchange);
    struct reason why = REASON_NONE;

    writing->pending++;
    enum rollcall_status status =
        registry_deregister(writing->consul->registry, id, &who, clock_monotonic_ms(),
                            clock_wall_ms(), on_registry, writing, &why);
    if (status == ROLLCALL_OK)
        return;
    writing->pending--;
    if (status != ROLLCALL_E_NOTFOUND)
        fail(writing, status, &why);
}

static void remove_all_on(struct writing *writing, const char *node)
{
    const struct service *service;
    size_t at = 0;

    while ((service = registry_next_service(writing->consul->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++) {
            const struct rollcall_instance *is =
                latest(writing, service->entries[i]->id, node);
            if (is != NULL && may(writing, is))
                remove_instance(writing, is->id);
        }
}

void writing_remove_service(struct writing *writing, const char *id)
{
    const struct instance *instance = registry_latest(writing->consul->registry, id);

    if (instance != NULL && may(writing, &instance->is))
        remove_instance(writing, id);
}

void writing_remove_node(struct writing *writing, const char *node)
{
    if (externals_latest(writing->consul, node) == NULL || !may_change(writing, node))
        return;
    remove_all_on(writing, node);
    fail(writing, externals_set(writing->consul, writing->bundle, node, NULL, NULL),
         NULL);
}

/* --- To the store. */

static void register_instance(struct writing *writing, struct instance *instance)
{
    const struct requester who = exchange_requester(writing->exchange);
    const struct register_request request = { .instance = instance };
    struct reason why = REASON_NONE;

    writing->pending++;
    enum rollcall_status status =
        registry_register(writing->consul->registry, &request, &who, clock_monotonic_ms(),
                          clock_wall_ms(), on_registry, writing, &why);
    if (status != ROLLCALL_OK) {
        writing->pending--;
        fail(writing, status, &why);
    }
}

/* The registry may still refuse one; nothing was sent by then. */
static void register_all(struct writing *writing)
{
    if (writing->status == ROLLCALL_OK && writing->renamed != NULL)
        remove_all_on(writing, writing->renamed);
    for (unsigned i = 0; i < writing->count && writing->status == ROLLCALL_OK; i++)
        register_instance(writing, writing->made[i]);
}

static void save(struct writing *writing)
{
    struct reason why = REASON_NONE;
    struct change *change = NULL;

    writing->pending++;
    enum rollcall_status status =
        bundle_seal(writing->bundle, on_ledger, writing, &change, &why);
    if (status == ROLLCALL_OK) {
        registry_group_submit(writing->consul->registry, change);
        return;
    }
    writing->pending--;
    fail(writing, status, &why);
    registry_group_abort(writing->consul->registry, status, &why);
}

static void take_back(struct writing *writing)
{
    bundle_abort(writing->bundle);
    registry_group_abort(writing->consul->registry, writing->status, &writing->why);
}

void writing_end(struct writing *writing)
{
    register_all(writing);
    if (writing->status == ROLLCALL_OK)
        save(writing);
    else
        take_back(writing);
    if (writing->pending > 1)
        exchange_defer(writing->exchange);
    settle(writing);
}

void writing_cancel(struct writing *writing)
{
    fail(writing, ROLLCALL_E_CONFLICT, NULL);
    writing->cancelled = true;
    take_back(writing);
    settle(writing);
}

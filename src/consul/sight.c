#include "consul/sight.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "consul/catalog_body.h"
#include "consul/check_ids.h"
#include "consul/external_service.h"
#include "consul/externals.h"
#include "consul/kv.h"
#include "consul/names.h"

bool sight_is_whole(const struct exchange *exchange)
{
    return exchange_may_all(exchange, RIGHT_READ);
}

static bool sees_name(const struct exchange *exchange, enum pattern_kind kind,
                      const char *name)
{
    return exchange_may_name(exchange, RIGHT_READ, kind, name);
}

static bool sees_service(const struct exchange *exchange, const struct service *service)
{
    return exchange_may(exchange, RIGHT_READ, service->namespace_name, service->name);
}

/* --- Sessions. */

/* As it is on disk: a lock on its way there is none yet. */
static bool sees_lock(const struct exchange *exchange, const struct session *session)
{
    list_for_each (at, &session->held) {
        const struct kv_key *key = list_entry(at, struct kv_key, holding);
        const struct kv_entry *entry = (const struct kv_entry *)key->cell.committed;
        if (entry != NULL && strcmp(entry->session, session->id) == 0 &&
            exchange_may_key(exchange, RIGHT_READ, key->key, key->length))
            return true;
    }
    return false;
}

static bool sees_check(const struct exchange *exchange, const struct session_terms *terms)
{
    const struct consul *consul = exchange_owner(exchange);

    for (unsigned i = 0; i < terms->check_count; i++) {
        unsigned index;
        const struct entry *entry =
            check_ids_find(consul->check_ids, terms->checks[i].id, &index);
        if (entry != NULL && sees_service(exchange, entry->service))
            return true;
    }
    return false;
}

bool sight_session(const struct exchange *exchange, const struct session *session)
{
    const struct session_terms *terms = &session_saved(session)->terms;

    return sees_name(exchange, PATTERN_SESSION, terms->name) ||
           exchange_made(exchange, terms->maker) ||
           sees_name(exchange, PATTERN_NODE, terms->node) ||
           sees_lock(exchange, session) || sees_check(exchange, terms);
}

/* --- Events. */

bool sight_event(const struct exchange *exchange, const struct happening *event)
{
    const struct happening_terms *terms = &event->terms;
    char label[NAMES_LABEL_SIZE];

    if (sees_name(exchange, PATTERN_EVENT, terms->name) ||
        exchange_made(exchange, terms->maker))
        return true;
    if (terms->service[0] == '\0')
        return false;
    name_to_label(terms->service, label);
    return exchange_may(exchange, RIGHT_READ, NULL, label);
}

/* --- Nodes. */

/* The id of an external one begins with its node and a slash. */
static bool stands_on(const struct entry *entry, const char *node, size_t length)
{
    return strncasecmp(entry->id, node, length) == 0 && entry->id[length] == '/' &&
           external_service_is_on(&entry->instance->is, node);
}

static bool sees_service_on(const struct exchange *exchange, const char *node)
{
    const struct consul *consul = exchange_owner(exchange);
    const struct service *service;
    size_t length = strlen(node);
    size_t at = 0;

    while ((service = registry_next_service(consul->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count && sees_service(exchange, service); i++)
            if (stands_on(service->entries[i], node, length))
                return true;
    return false;
}

bool sight_node(const struct exchange *exchange, const struct node_view *node)
{
    const struct consul *consul = exchange_owner(exchange);

    return node == &consul->node || sight_is_whole(exchange) ||
           sees_name(exchange, PATTERN_NODE, node->name) ||
           sees_service_on(exchange, node->name);
}

/* A name of a node may hold a slash itself, so each may be where it ends. */
static void see_node_of(const struct consul *consul, const struct entry *entry,
                        uint8_t *seen)
{
    char name[CATALOG_NAME_MAX + 1];
    const char *slash = entry->id;
    size_t place;

    if (entry->instance->is.annex == NULL)
        return;
    while ((slash = strchr(slash, '/')) != NULL) {
        size_t length = (size_t)(slash++ - entry->id);
        if (length > CATALOG_NAME_MAX)
            return;
        memcpy(name, entry->id, length);
        name[length] = '\0';
        if (externals_place(consul, name, &place) && seen[place] == 0)
            seen[place] = external_service_is_on(&entry->instance->is, name);
    }
}

static void see_by_name(const struct exchange *exchange, uint8_t *seen)
{
    const struct consul *consul = exchange_owner(exchange);
    const struct external *external;
    size_t at = 0;

    while ((external = externals_next(consul, &at)) != NULL)
        seen[at - 1] = sees_name(exchange, PATTERN_NODE, external->view.name);
}

bool sight_nodes_begin(const struct exchange *exchange, struct sight_nodes *out)
{
    const struct consul *consul = exchange_owner(exchange);
    const struct service *service;
    size_t at = 0;

    out->seen = NULL;
    if (sight_is_whole(exchange))
        return true;
    out->seen = calloc(externals_places(consul) + 1, 1);
    if (out->seen == NULL)
        return false;
    see_by_name(exchange, out->seen);
    while ((service = registry_next_service(consul->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count && sees_service(exchange, service); i++)
            see_node_of(consul, service->entries[i], out->seen);
    return true;
}

bool sight_nodes_have(const struct sight_nodes *sight, size_t place)
{
    return sight->seen == NULL || sight->seen[place] != 0;
}

void sight_nodes_drop(struct sight_nodes *sight)
{
    free(sight->seen);
}

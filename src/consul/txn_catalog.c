#include "consul/txn_catalog.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "consul/catalog_write.h"
#include "consul/check_ids.h"
#include "consul/externals.h"
#include "consul/listing.h"
#include "consul/shapes.h"

static bool sets(const struct catalog_operation *operation)
{
    return operation->thing != CATALOG_NONE &&
           (operation->verb == CATALOG_SET || operation->verb == CATALOG_CAS);
}

/* --- Finding. What is found goes to `out` as a result, unless that is NULL. */

static struct buffer *open_result(struct buffer *out, const char *thing)
{
    shape_next(out);
    buffer_text(out, "{\"");
    buffer_text(out, thing);
    buffer_text(out, "\":");
    return out;
}

static bool take(const struct checks_shown *checks, const char *id, struct buffer *out,
                 uint64_t *modify)
{
    for (unsigned i = 0; i < checks->count; i++) {
        if (strcmp(checks->list[i].id, id) != 0)
            continue;
        *modify = checks->list[i].modify;
        if (out != NULL) {
            shape_check(open_result(out, "Check"), &checks->list[i]);
            buffer_char(out, '}');
        }
        return true;
    }
    return false;
}

static struct entry *entry_on(const struct reading *reading, const struct node_view *node,
                              const char *service_id)
{
    char id[512];

    if (node == &reading->consul->node)
        return registry_find(reading->consul->registry, service_id);
    snprintf(id, sizeof id, "%.200s/%.255s", node->name, service_id);
    return registry_find(reading->consul->registry, id);
}

static bool take_of(const struct reading *reading, const struct entry *entry,
                    const char *id, struct buffer *out, uint64_t *modify)
{
    struct service_shown shown;
    struct checks_shown checks;

    shown_service(reading->consul, entry, &shown);
    checks_shown_init(&checks);
    shown_checks(&shown, &checks);
    bool found = take(&checks, id, out, modify);
    shown_drop(&shown);
    return found;
}

/* On our node a CheckID says whose it is: "_service_maintenance:ID" where no table does.
 */
static bool find_ours(const struct reading *reading, const char *id, struct buffer *out,
                      uint64_t *modify)
{
    const struct consul *consul = reading->consul;
    const char *colon = strchr(id, ':');
    unsigned index;
    const struct entry *entry = check_ids_find(consul->check_ids, id, &index);

    if (entry == NULL && colon != NULL)
        entry = registry_find(consul->registry, colon + 1);
    return entry != NULL &&
           strcmp(entry->service->namespace_name, reading->namespace_name) == 0 &&
           listing_on_node(reading, entry, &consul->node) &&
           take_of(reading, entry, id, out, modify);
}

/* A transaction has many questions, and we may have many instances: those of other nodes
 * are not looked into. */
static bool stands_on(const struct entry *entry, const char *node, size_t length)
{
    return strncasecmp(entry->id, node, length) == 0 && entry->id[length] == '/';
}

static bool find_check(const struct reading *reading,
                       const struct catalog_operation *asked,
                       const struct node_view *node, struct buffer *out, uint64_t *modify)
{
    const struct service *service;
    struct checks_shown checks;
    size_t at = 0;

    checks_shown_init(&checks);
    shown_node_checks(reading->consul, node, &checks);
    if (asked->service_id[0] == '\0' && take(&checks, asked->id, out, modify))
        return true;
    if (asked->service_id[0] != '\0') {
        const struct entry *entry = entry_on(reading, node, asked->service_id);
        return entry != NULL && listing_on_node(reading, entry, node) &&
               take_of(reading, entry, asked->id, out, modify);
    }
    if (node == &reading->consul->node)
        return find_ours(reading, asked->id, out, modify);
    while ((service = listing_next_service(reading, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++)
            if (stands_on(service->entries[i], node->name, strlen(node->name)) &&
                listing_on_node(reading, service->entries[i], node) &&
                take_of(reading, service->entries[i], asked->id, out, modify))
                return true;
    return false;
}

static bool find_service(const struct reading *reading,
                         const struct catalog_operation *asked,
                         const struct node_view *node, struct buffer *out)
{
    const struct entry *entry = entry_on(reading, node, asked->id);
    struct service_shown shown;

    if (entry == NULL || !listing_on_node(reading, entry, node))
        return false;
    if (out == NULL)
        return true;
    shown_service(reading->consul, entry, &shown);
    shape_service(open_result(out, "Service"), &shown);
    buffer_char(out, '}');
    shown_drop(&shown);
    return true;
}

static bool find(const struct reading *reading, const struct catalog_operation *asked,
                 struct buffer *out, uint64_t *modify)
{
    const struct node_view *node = listing_node(reading, asked->node);

    *modify = 0;
    if (node == NULL)
        return false;
    if (asked->thing == CATALOG_CHECK)
        return find_check(reading, asked, node, out, modify);
    if (asked->thing == CATALOG_SERVICE)
        return find_service(reading, asked, node, out);
    if (out != NULL) {
        shape_node(open_result(out, "Node"), node);
        buffer_char(out, '}');
    }
    return true;
}

void txn_catalog_show(const struct reading *reading,
                      const struct catalog_operation *asked, struct buffer *out)
{
    uint64_t modify;

    if (!catalog_operation_writes(asked) || sets(asked))
        (void)find(reading, asked, out, &modify);
}

/* --- Conditions. */

/* Something newer than what is shown is on its way to the disk. */
static bool is_moving(const struct reading *reading,
                      const struct catalog_operation *asked, const struct node_view *node)
{
    const struct consul *consul = reading->consul;
    const struct entry *entry =
        asked->service_id[0] == '\0' ? NULL : entry_on(reading, node, asked->service_id);

    return externals_latest(consul, node->name) != externals_find(consul, node->name) ||
           (entry != NULL &&
            registry_latest(consul->registry, entry->id) != entry->instance);
}

static bool is_stale(const struct reading *reading, const struct catalog_operation *asked,
                     const struct node_view *node)
{
    uint64_t modify;
    bool found = find(reading, asked, NULL, &modify);

    if (asked->verb == CATALOG_DELETE_CAS && !found)
        return false;
    return modify != (uint64_t)asked->index || found != (asked->index != 0) ||
           is_moving(reading, asked, node);
}

bool txn_catalog_holds(const struct reading *reading,
                       const struct catalog_operation *asked, struct reason *why)
{
    const struct node_view *node = listing_node(reading, asked->node);
    uint64_t modify;

    if (node == NULL && sets(asked))
        reason_set(why, "Missing node registration");
    else if (catalog_operation_writes(asked) && node == &reading->consul->node)
        reason_set(why, "node %.64s is this agent: use /v1/agent/check/register",
                   asked->node);
    else if (asked->verb == CATALOG_GET && !find(reading, asked, NULL, &modify))
        reason_set(why, "%s \"%.128s\" on node \"%.128s\" doesn't exist",
                   catalog_thing_word(asked->thing), asked->id, asked->node);
    else if (node != NULL &&
             (asked->verb == CATALOG_CAS || asked->verb == CATALOG_DELETE_CAS) &&
             is_stale(reading, asked, node))
        reason_set(why,
                   "failed to %s check \"%.128s\" on node \"%.128s\", index is stale",
                   asked->verb == CATALOG_CAS ? "set" : "delete", asked->id, asked->node);
    else
        return true;
    return false;
}

/* --- Writing. */

static bool is_on(const struct catalog_operation *operation, const char *node)
{
    return catalog_operation_writes(operation) && strcasecmp(operation->node, node) == 0;
}

/* What is said last of a check counts. */
static bool is_overruled(const struct catalog_operation *all, size_t count, size_t at)
{
    for (size_t later = at + 1; later < count; later++)
        if (is_on(&all[later], all[at].node) && strcmp(all[later].id, all[at].id) == 0)
            return true;
    return false;
}

/* Those before it on the same node took it along. */
static bool is_taken(const struct catalog_operation *all, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (is_on(&all[i], all[at].node))
            return true;
    return false;
}

/* All checks that are set on the node, as catalog/register has them. */
static json_t *registration_of(const struct catalog_operation *all, size_t count,
                               const char *node)
{
    json_t *checks = json_array();

    for (size_t i = 0; i < count; i++)
        if (sets(&all[i]) && is_on(&all[i], node) && !is_overruled(all, count, i))
            json_array_append(checks, all[i].is);
    return json_pack("{s:s,s:b,s:o}", "Node", node, "SkipNodeUpdate", 1, "Checks",
                     checks);
}

static bool add_drops(const struct catalog_operation *all, size_t count,
                      struct catalog_registration *out, struct reason *why)
{
    for (size_t i = 0; i < count; i++) {
        if (sets(&all[i]) || !is_on(&all[i], out->node) || is_overruled(all, count, i))
            continue;
        if (out->drop_count == CATALOG_CHECKS_MAX) {
            reason_set(why, "Too many checks of one node are deleted (limit: %d)",
                       CATALOG_CHECKS_MAX);
            return false;
        }
        out->drops[out->drop_count++] = all[i].id;
    }
    return true;
}

/* A node that is not there has nothing to delete. */
static bool has_nothing(const struct writing *writing,
                        const struct catalog_registration *registration)
{
    return registration->check_count == 0 && !writing_knows(writing, registration->node);
}

static bool put_node(const struct catalog_operation *all, size_t count, const char *node,
                     struct writing *writing, struct reason *why)
{
    struct catalog_registration registration;
    json_t *body = registration_of(all, count, node);
    bool fits = catalog_body_register(body, &registration, why) &&
                add_drops(all, count, &registration, why);

    if (fits && writing != NULL && !has_nothing(writing, &registration))
        writing_put(writing, &registration);
    json_decref(body);
    return fits;
}

bool txn_catalog_put(const struct catalog_operation *all, size_t count,
                     struct writing *writing, struct reason *why)
{
    bool fits = true;

    for (size_t i = 0; i < count && fits; i++)
        if (catalog_operation_writes(&all[i]) && !is_taken(all, i))
            fits = put_node(all, count, all[i].node, writing, why);
    return fits;
}

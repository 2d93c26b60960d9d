#include "consul/txn_catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "consul/body.h"
#include "consul/catalog_write.h"
#include "consul/check_ids.h"
#include "consul/externals.h"
#include "consul/listing.h"
#include "consul/shapes.h"
#include "consul/txn.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

enum thing { NODE, SERVICE, CHECK, THINGS };

enum verb { GET, SET, CAS, DELETE, DELETE_CAS, VERBS };

static const char *const thing_words[THINGS] = { "Node", "Service", "Check" };

static const char *const verb_words[VERBS] = { "get", "set", "cas", "delete",
                                               "delete-cas" };

/* Texts are borrowed from the body. */
struct operation {
    enum thing thing;
    enum verb verb;
    const char *node, *id; /* `id` of the service or the check */
    const char *service_id;
    int64_t index;
    json_t *is; /* the object itself */
};

struct operations {
    unsigned count;
    struct operation list[TXN_OPERATIONS_MAX];
};

/* --- Reading the body. */

static bool read_verb(struct body_reader *reader, struct operation *out)
{
    const char *word = "";

    (void)body_text(reader, "Verb", &word);
    out->verb = GET;
    while (out->verb < VERBS && strcmp(word, verb_words[out->verb]) != 0)
        out->verb++;
    if (!reader->failed && out->verb == VERBS)
        reason_set(reader->why, "unknown %s verb \"%.40s\"", thing_words[out->thing],
                   word);
    else if (!reader->failed && out->thing != CHECK && out->verb != GET)
        reason_set(reader->why,
                   "%s verbs other than get: use /v1/catalog/register and deregister",
                   thing_words[out->thing]);
    else
        return !reader->failed;
    return false;
}

static bool read_object(const json_t *object, struct operation *out, struct reason *why)
{
    struct body_reader reader = { .object = object, .why = why };
    const json_t *is = NULL;

    if (!read_verb(&reader, out))
        return false;
    (void)body_object(&reader, thing_words[out->thing], &is);
    if (out->thing == SERVICE)
        (void)body_text(&reader, "Node", &out->node);
    struct body_reader inner = { .object = is, .why = why };
    if (out->thing != SERVICE && !reader.failed)
        (void)body_text(&inner, "Node", &out->node);
    if (!reader.failed) {
        (void)body_text(&inner, out->thing == CHECK ? "CheckID" : "ID", &out->id);
        (void)body_text(&inner, "ServiceID", &out->service_id);
        (void)body_integer(&inner, "ModifyIndex", &out->index);
    }
    if (out->thing == CHECK && out->id[0] == '\0' && !inner.failed)
        (void)body_text(&inner, "Name", &out->id);
    out->is = (json_t *)is;
    return !reader.failed && !inner.failed;
}

static bool read_operation(const json_t *value, struct operation *out, struct reason *why)
{
    const json_t *object = NULL;

    *out = (struct operation){ .node = "", .id = "", .service_id = "" };
    while (out->thing < THINGS &&
           (object = body_member(value, thing_words[out->thing])) == NULL)
        out->thing++;
    if (body_member(value, "KV") != NULL)
        reason_set(why, "keys and checks cannot be in one transaction here");
    else if (!json_is_object(object))
        reason_set(why, "says nothing to do (KV, Node, Service or Check)");
    else if (read_object(object, out, why) && out->node[0] != '\0' &&
             (out->thing == NODE || out->id[0] != '\0'))
        return true;
    else if (why->text[0] == '\0')
        reason_set(why, "must name a node, and the service or check on it");
    return false;
}

/* One that is deleted is made without its check; so it can be one only. */
static bool deletes_too_much(const struct operations *all)
{
    unsigned deletes = 0, sets = 0;

    for (unsigned i = 0; i < all->count; i++) {
        deletes += all->list[i].verb == DELETE || all->list[i].verb == DELETE_CAS;
        sets += all->list[i].verb == SET || all->list[i].verb == CAS;
    }
    return deletes > 1 || (deletes == 1 && sets > 0);
}

static bool read_all(const json_t *root, struct operations *out, struct reason *why)
{
    out->count = 0;
    for (size_t i = 0; i < json_array_size(root); i++) {
        struct reason text = REASON_NONE;
        if (!read_operation(json_array_get(root, i), &out->list[out->count++], &text)) {
            reason_set(why, "Failed to parse body: operation %zu: %s", i, text.text);
            return false;
        }
    }
    if (!deletes_too_much(out))
        return true;
    reason_set(why, "A transaction deletes one check here, and sets none then");
    return false;
}

static bool writes(const struct operation *operation)
{
    return operation->verb != GET;
}

static bool sets(const struct operation *operation)
{
    return operation->verb == SET || operation->verb == CAS;
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

static bool find_check(const struct reading *reading, const struct operation *asked,
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

static bool find_service(const struct reading *reading, const struct operation *asked,
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

static bool find(const struct reading *reading, const struct operation *asked,
                 struct buffer *out, uint64_t *modify)
{
    const struct node_view *node = listing_node(reading, asked->node);

    *modify = 0;
    if (node == NULL)
        return false;
    if (asked->thing == CHECK)
        return find_check(reading, asked, node, out, modify);
    if (asked->thing == SERVICE)
        return find_service(reading, asked, node, out);
    if (out != NULL) {
        shape_node(open_result(out, "Node"), node);
        buffer_char(out, '}');
    }
    return true;
}

/* --- Conditions. */

/* Something newer than what is shown is on its way to the disk. */
static bool is_moving(const struct reading *reading, const struct operation *asked,
                      const struct node_view *node)
{
    const struct consul *consul = reading->consul;
    const struct entry *entry =
        asked->service_id[0] == '\0' ? NULL : entry_on(reading, node, asked->service_id);

    return externals_latest(consul, node->name) != externals_find(consul, node->name) ||
           (entry != NULL &&
            registry_latest(consul->registry, entry->id) != entry->instance);
}

static bool is_stale(const struct reading *reading, const struct operation *asked,
                     const struct node_view *node)
{
    uint64_t modify;
    bool found = find(reading, asked, NULL, &modify);

    if (asked->verb == DELETE_CAS && !found)
        return false;
    return modify != (uint64_t)asked->index || found != (asked->index != 0) ||
           is_moving(reading, asked, node);
}

/* False: `why` says what does not hold. */
static bool holds(const struct reading *reading, const struct operation *asked,
                  struct reason *why)
{
    const struct node_view *node = listing_node(reading, asked->node);
    uint64_t modify;

    if (node == NULL && sets(asked))
        reason_set(why, "Missing node registration");
    else if (writes(asked) && node == &reading->consul->node)
        reason_set(why, "node %.64s is this agent: use /v1/agent/check/register",
                   asked->node);
    else if (asked->verb == GET && !find(reading, asked, NULL, &modify))
        reason_set(why, "%s \"%.128s\" on node \"%.128s\" doesn't exist",
                   thing_words[asked->thing], asked->id, asked->node);
    else if (node != NULL && (asked->verb == CAS || asked->verb == DELETE_CAS) &&
             is_stale(reading, asked, node))
        reason_set(why,
                   "failed to %s check \"%.128s\" on node \"%.128s\", index is stale",
                   asked->verb == CAS ? "set" : "delete", asked->id, asked->node);
    else
        return true;
    return false;
}

/* True: 409 with all that does not hold. */
static bool refused(const struct reading *reading, const struct operations *all)
{
    struct buffer *out = exchange_out(reading->exchange);
    bool any = false;

    buffer_text(out, "{\"Results\":null,\"Errors\":[");
    for (unsigned i = 0; i < all->count; i++) {
        struct reason why = REASON_NONE;
        if (holds(reading, &all->list[i], &why))
            continue;
        any = true;
        shape_next(out);
        buffer_text(out, "{\"OpIndex\":");
        encode_number(out, i);
        buffer_text(out, ",\"What\":");
        encode_text(out, why.text);
        buffer_char(out, '}');
    }
    buffer_text(out, "]}");
    if (any)
        exchange_reply(reading->exchange, 409, HTTP_JSON);
    else
        buffer_clear(out);
    return any;
}

/* --- Writing. */

/* All checks that are set on the node of `first`, as catalog/register has them. */
static json_t *registration_of(const struct operations *all, unsigned first)
{
    json_t *checks = json_array();
    const char *node = all->list[first].node;

    for (unsigned i = 0; i < all->count; i++) {
        bool same = sets(&all->list[i]) && strcasecmp(all->list[i].node, node) == 0;
        if (same && i < first) { /* they went with an earlier one */
            json_decref(checks);
            return NULL;
        }
        if (same)
            json_array_append(checks, all->list[i].is);
    }
    return json_pack("{s:s,s:b,s:o}", "Node", node, "SkipNodeUpdate", 1, "Checks",
                     checks);
}

/* `writing` NULL: only looks whether they can be. */
static bool put_sets(const struct operations *all, struct writing *writing,
                     struct reason *why)
{
    struct catalog_registration registration;
    bool fits = true;

    for (unsigned i = 0; i < all->count && fits; i++) {
        json_t *body = sets(&all->list[i]) ? registration_of(all, i) : NULL;
        if (body == NULL)
            continue;
        fits = catalog_body_register(body, &registration, why);
        if (fits && writing != NULL)
            writing_put(writing, &registration);
        json_decref(body);
    }
    return fits;
}

static void put_deletes(const struct operations *all, struct writing *writing)
{
    for (unsigned i = 0; i < all->count; i++) {
        const struct operation *at = &all->list[i];
        const struct catalog_removal removal = {
            .node = at->node, .service_id = "", .check_id = at->id, .datacenter = ""
        };
        if (writes(at) && !sets(at))
            writing_remove_check(writing, &removal);
    }
}

static void answer(struct exchange *exchange, const json_t *asked)
{
    struct buffer *out = exchange_out(exchange);
    struct reason why = REASON_NONE;
    struct operations all;
    struct reading reading;
    uint64_t modify;

    if (!reading_begin(exchange, &reading) || !read_all(asked, &all, &why))
        return;
    buffer_text(out, "{\"Results\":[");
    for (unsigned i = 0; i < all.count; i++)
        if (!writes(&all.list[i]) || sets(&all.list[i]))
            (void)find(&reading, &all.list[i], out, &modify);
    buffer_text(out, "],\"Errors\":null}");
    exchange_reply(exchange, 200, HTTP_JSON);
}

static void write_all(struct exchange *exchange, const struct operations *all,
                      json_t *root)
{
    struct reason why = REASON_NONE;
    struct writing *writing;

    if (!put_sets(all, NULL, &why)) {
        exchange_text(exchange, 400, "%s", why.text);
    } else if ((writing = writing_begin(exchange)) != NULL) {
        writing_then(writing, answer, root);
        (void)put_sets(all, writing, &why);
        put_deletes(all, writing);
        writing_submit(writing);
        writing_end(writing);
    }
}

/* --- */

void txn_catalog_run(struct exchange *exchange, json_t *root)
{
    struct reason why = REASON_NONE;
    struct operations all;
    struct reading reading;
    bool changes = false;

    if (!reading_begin(exchange, &reading))
        return;
    if (!read_all(root, &all, &why)) {
        exchange_text(exchange, 400, "%s", why.text);
        return;
    }
    for (unsigned i = 0; i < all.count; i++)
        changes = changes || writes(&all.list[i]);
    if (!exchange_may_all(exchange, changes ? RIGHT_REGISTER : RIGHT_READ)) {
        exchange_forbid(exchange, changes ? RIGHT_REGISTER : RIGHT_READ, NULL);
        return;
    }
    if (refused(&reading, &all))
        return;
    if (changes) {
        write_all(exchange, &all, root);
        return;
    }
    exchange_set_header(exchange, "X-Consul-LastContact", "0");
    exchange_set_header(exchange, "X-Consul-KnownLeader", "true");
    answer(exchange, root);
}

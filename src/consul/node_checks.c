#include "consul/node_checks.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "consul/annex.h"
#include "consul/indexes.h"
#include "consul/keep.h"
#include "consul/node_check.h"
#include "http/server.h"

#define AREA "consul_node_check"
#define NO_REASON                                                                        \
    "Maintenance mode is enabled for this node, but no reason was provided. This is a "  \
    "default message."

static struct node_check *find(const struct node_checks *all, const char *id)
{
    return table_get(&all->by_id, id, strlen(id));
}

bool node_checks_has(const struct node_checks *all, const char *check_id)
{
    const struct node_check *check = find(all, check_id);

    return check != NULL && check->cell.latest != NULL;
}

static struct node_check *find_or_add(struct node_checks *all, const char *id)
{
    struct node_check *check = find(all, id);
    size_t length = strlen(id);

    if (check != NULL)
        return check;
    check = calloc(1, sizeof *check + length + 1);
    if (check == NULL)
        return NULL;
    memcpy(check->id, id, length);
    check->all = all;
    cell_init(&check->cell, &all->shelf, check->id);
    if (table_set(&all->by_id, check->id, length, check) == ROLLCALL_OK)
        return check;
    free(check);
    return NULL;
}

/* --- What follows from them. */

static bool any_is(const struct node_checks *all, enum rollcall_health health)
{
    const struct node_check *check;
    size_t at = 0;

    while ((check = table_next(&all->by_id, &at)) != NULL) {
        const struct node_check_saved *saved = node_check_committed(check);
        if (saved != NULL && saved->health == health)
            return true;
    }
    return false;
}

static bool is_down(const struct node_checks *all)
{
    return any_is(all, ROLLCALL_CRITICAL);
}

enum rollcall_health node_checks_health(const struct node_checks *all)
{
    return is_down(all)                    ? ROLLCALL_CRITICAL
           : any_is(all, ROLLCALL_WARNING) ? ROLLCALL_WARNING
                                           : ROLLCALL_PASSING;
}

static void on_committed(void *owner, struct cell *cell, const struct version *before,
                         uint64_t revision)
{
    struct node_checks *all = owner;
    struct consul *consul = all->consul;

    (void)before;
    node_check_follow(list_entry(cell, struct node_check, cell));
    registry_set_node(consul->registry, is_down(all), clock_wall_ms());
    indexes_node_moved(consul, revision);
    keep_node_moved(consul);
}

static void on_empty(void *owner, struct cell *cell)
{
    struct node_checks *all = owner;
    struct node_check *check = list_entry(cell, struct node_check, cell);

    (void)table_remove(&all->by_id, check->id, strlen(check->id));
    check->gone = true;
    if (!check->running)
        node_check_free(check);
}

/* --- Life. */

enum rollcall_status node_checks_create(struct consul *consul)
{
    struct node_checks *all = calloc(1, sizeof *all);

    if (all == NULL)
        return ROLLCALL_E_NOMEM;
    all->consul = consul;
    table_init(&all->by_id);
    all->shelf = (struct shelf){ .area = AREA,
                                 .owner = all,
                                 .pack = node_check_pack,
                                 .committed = on_committed,
                                 .empty = on_empty };
    consul->node_checks = all;
    return ROLLCALL_OK;
}

static void load_one(void *owner, const char *key, const uint8_t *bytes, uint32_t length)
{
    struct node_checks *all = owner;
    struct node_check_saved *saved =
        node_check_unpack(all->consul, (const char *)bytes, length);
    struct node_check *check = saved == NULL ? NULL : find_or_add(all, key);

    if (check == NULL || check->cell.committed != NULL) {
        log_error("consul",
                  "the record of check \"%s\" of this node is damaged: left out", key);
        version_unref(saved == NULL ? NULL : &saved->is);
        return;
    }
    cell_load(&check->cell, &saved->is);
}

enum rollcall_status node_checks_start(struct consul *consul, struct reason *why)
{
    struct node_checks *all = consul->node_checks;
    struct store *store = consul->store;
    enum rollcall_status status = ROLLCALL_OK;
    struct node_check *check;
    size_t at = 0;

    if (store->load_records != NULL)
        status = store->load_records(store, AREA, load_one, all, why);
    if (status != ROLLCALL_OK)
        return status;
    all->started = true;
    while ((check = table_next(&all->by_id, &at)) != NULL)
        node_check_follow(check);
    registry_set_node(consul->registry, is_down(all), clock_wall_ms());
    return ROLLCALL_OK;
}

void node_checks_stop(struct consul *consul)
{
    struct node_checks *all = consul->node_checks;
    struct node_check *check;
    size_t at = 0;

    if (all == NULL)
        return;
    all->stopped = true;
    while ((check = table_next(&all->by_id, &at)) != NULL) {
        ticker_close(check->ticker);
        check->ticker = NULL;
    }
}

void node_checks_destroy(struct consul *consul)
{
    struct node_checks *all = consul->node_checks;
    struct node_check *check;
    size_t at = 0;

    if (all == NULL)
        return;
    while ((check = table_next(&all->by_id, &at)) != NULL) {
        cell_release(&check->cell);
        check->gone = true;
        if (!check->running) /* else when the health room lets go of it */
            node_check_free(check);
    }
    table_deinit(&all->by_id);
    free(all);
    consul->node_checks = NULL;
}

/* --- Showing. */

static void show_maintenance(const struct node_check_saved *saved,
                             struct check_shown *shown)
{
    shown->name = "Node Maintenance Mode";
    shown->notes = saved->output;
    shown->type = "maintenance";
}

static void show_check(const struct node_check *check,
                       const struct node_check_saved *saved, struct check_shown *shown,
                       struct checks_shown *view)
{
    const struct rollcall_instance *is = &saved->instance->is;
    char text[ANNEX_TEXT_SIZE];
    struct annex annex;

    annex_read(&annex, is);
    shown->name = checks_shown_text(view, "%s", annex_check_name(&annex, is, 0, text));
    shown->notes = checks_shown_text(view, "%s", annex_check_notes(&annex, is, 0));
    shown->type = annex_check_type(&annex, is, 0);
    shown->interval =
        checks_shown_text(view, "%s", annex_check_interval(&annex, is, 0, text));
    shown->timeout =
        checks_shown_text(view, "%s", annex_check_timeout(&annex, is, 0, text));
    shown->output = check->output == NULL ? "" : check->output;
    annex_deinit(&annex);
}

void node_checks_show(const struct consul *consul, struct checks_shown *out)
{
    const struct node_check *check;
    size_t at = 0;

    while ((check = table_next(&consul->node_checks->by_id, &at)) != NULL) {
        const struct node_check_saved *saved = node_check_committed(check);
        struct check_shown *shown = saved == NULL ? NULL : checks_shown_add(out);
        if (shown == NULL)
            continue;
        shown->node = consul->node.name;
        shown->id = check->id;
        shown->health = saved->health;
        shown->create = saved->create;
        shown->modify = saved->modify;
        if (saved->instance == NULL)
            show_maintenance(saved, shown);
        else
            show_check(check, saved, shown, out);
    }
}

/* --- Changing. */

static bool has_room(const struct node_checks *all, struct reason *why)
{
    if (all->by_id.count < NODE_CHECKS_MAX)
        return true;
    reason_set(why, "Invalid check: a node has at most %d checks of its own",
               NODE_CHECKS_MAX);
    return false;
}

enum rollcall_status node_checks_put(struct consul *consul, const char *check_id,
                                     json_t *body, enum rollcall_health initial,
                                     ledger_done done, void *context, struct reason *why)
{
    const struct check_asker asker = { .uid = HTTP_UID };
    struct node_checks *all = consul->node_checks;
    struct instance *instance = NULL;
    struct node_check_saved *next = NULL;
    enum rollcall_status status = node_check_instance(consul, body, &instance, why);

    if (status == ROLLCALL_OK)
        status = checks_admit(&instance->is, consul->schemas, &asker, why);
    if (status == ROLLCALL_OK && find(all, check_id) == NULL && !has_room(all, why))
        status = ROLLCALL_E_LIMIT;
    if (status != ROLLCALL_OK) {
        instance_unref(instance);
        return status;
    }
    struct node_check *check = find_or_add(all, check_id);
    const struct node_check_saved *latest =
        check == NULL ? NULL : node_check_latest(check);
    bool same = latest != NULL && latest->instance != NULL &&
                instance_equal(&latest->instance->is, &instance->is);
    if (check != NULL)
        next = node_check_make(body, same ? latest->instance : instance,
                               latest != NULL ? latest->health : initial,
                               latest != NULL ? latest->output : NULL);
    instance_unref(instance);
    if (next != NULL)
        return node_check_save(check, next, done, context, why);
    if (check != NULL)
        cell_settle(&check->cell);
    return ROLLCALL_E_NOMEM;
}

static enum rollcall_status unknown(const char *check_id, struct reason *why)
{
    reason_set(why,
               "Unknown check ID \"%.64s\". Ensure that the check ID is passed, not the "
               "check name.",
               check_id);
    return ROLLCALL_E_NOTFOUND;
}

enum rollcall_status node_checks_drop(struct consul *consul, const char *check_id,
                                      ledger_done done, void *context, struct reason *why)
{
    if (!node_checks_has(consul->node_checks, check_id))
        return unknown(check_id, why);
    return node_check_save(find(consul->node_checks, check_id), NULL, done, context, why);
}

enum rollcall_status node_checks_report(struct consul *consul, const char *check_id,
                                        enum rollcall_health health, const char *output,
                                        ledger_done done, void *context,
                                        struct reason *why)
{
    if (!node_checks_has(consul->node_checks, check_id))
        return unknown(check_id, why);
    struct node_check *check = find(consul->node_checks, check_id);
    const struct node_check_saved *latest = node_check_latest(check);
    if (!node_check_takes_reports(latest)) {
        reason_set(why, "CheckID \"%.64s\" does not have associated TTL", check_id);
        return ROLLCALL_E_INVALID;
    }
    struct node_check_saved *next =
        node_check_make(latest->definition, latest->instance, health, output);
    if (next == NULL)
        return ROLLCALL_E_NOMEM;
    free(check->output);
    check->output = strdup(output == NULL ? "" : output);
    consul->index.version++;
    verdict_start(&check->verdict, true, health);
    node_check_heard(check);
    if (health != latest->health)
        return node_check_save(check, next, done, context, why);
    version_unref(&next->is);
    done(context, ROLLCALL_OK, NULL);
    return ROLLCALL_OK;
}

enum rollcall_status node_checks_maintain(struct consul *consul, bool on,
                                          const char *reason, ledger_done done,
                                          void *context, struct reason *why)
{
    struct node_checks *all = consul->node_checks;

    if (on == node_checks_has(all, NODE_MAINTENANCE)) {
        done(context, ROLLCALL_OK, NULL);
        return ROLLCALL_OK;
    }
    if (!on)
        return node_checks_drop(consul, NODE_MAINTENANCE, done, context, why);
    struct node_check *check = find_or_add(all, NODE_MAINTENANCE);
    struct node_check_saved *next =
        check == NULL ? NULL
                      : node_check_make(NULL, NULL, ROLLCALL_CRITICAL,
                                        reason[0] == '\0' ? NO_REASON : reason);
    if (next != NULL)
        return node_check_save(check, next, done, context, why);
    if (check != NULL)
        cell_settle(&check->cell);
    return ROLLCALL_E_NOMEM;
}

/* intake/command_read.c - hello, get, list, stats: what is asked of the registry as it
 * is now. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "intake/commands.h"
#include "model/validate.h"
#include "proto/encode.h"
#include "rollcall/version.h"

enum { HTTP_PLACE_TEXT = 160 };

/* Does DNS hand it out? */
static bool is_healthy(const struct entry *entry)
{
    return entry_effective(entry) != ROLLCALL_CRITICAL;
}

/* --- hello */

static void open_list(struct buffer *out, const char *name)
{
    buffer_text(out, ",\"");
    buffer_text(out, name);
    buffer_text(out, "\":[");
}

static void list_separator(struct buffer *out, bool first)
{
    if (!first)
        buffer_char(out, ',');
}

static void write_zones(struct buffer *out, const struct config *config)
{
    if (config->zone_count > 0)
        member_text(out, PROTO_ZONE, config->zones[0].apex);
    open_list(out, PROTO_ZONES);
    for (uint32_t i = 0; i < config->zone_count; i++) {
        list_separator(out, i == 0);
        encode_text(out, config->zones[i].apex);
    }
    buffer_char(out, ']');
}

/* Where DNS is answered, for those who test or set up the way to it. */
static void write_dns(struct buffer *out, const struct config_dns *dns)
{
    char text[ADDRESS_TEXT];

    open_list(out, PROTO_DNS);
    for (uint32_t i = 0; i < dns->listen_count; i++) {
        list_separator(out, i == 0);
        address_print(&dns->listen[i], text, sizeof text);
        encode_text(out, text);
    }
    buffer_char(out, ']');
}

/* The same of HTTP, or why it is off: a person looks here first when no page comes. */
static void write_http(struct buffer *out, const struct intake_settings *settings)
{
    char text[HTTP_PLACE_TEXT];

    if (settings->http_at == NULL)
        return;
    open_list(out, PROTO_HTTP);
    for (size_t i = 0; settings->http_at(settings->http_owner, i, text, sizeof text);
         i++) {
        list_separator(out, i == 0);
        encode_text(out, text);
    }
    buffer_char(out, ']');
    const char *off = settings->http_off(settings->http_owner);
    if (off != NULL)
        member_text(out, PROTO_HTTP_OFF, off);
}

/* What a client may rely on, so that it need not compare versions. */
static void write_features(struct buffer *out, const struct check_schema *const *schemas,
                           bool remote)
{
    static const char *const features[] = {
        "pipelining", "seq",       "if_revision",
        "watch",      "lease.ttl", "lease.connection",
        "drain",      "override",  "explain",
        "history",    "query",
    };

    open_list(out, PROTO_FEATURES);
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        list_separator(out, i == 0);
        encode_text(out, features[i]);
    }
    if (!remote)
        buffer_text(out, ",\"lease.pid\"");
    for (; schemas != NULL && *schemas != NULL; schemas++)
        buffer_format(out, ",\"check.%s\"", (*schemas)->kind);
    buffer_char(out, ']');
}

enum rollcall_status command_hello(struct session *session, const struct request *request,
                                   struct reason *why)
{
    const struct intake *intake = session->intake;
    const struct config *config = intake->settings.config;
    struct buffer *out = session_reply(session);

    (void)why;
    if (out == NULL)
        return ROLLCALL_OK;
    reply_begin(out, &request->seq);
    member_text(out, PROTO_VERSION, ROLLCALL_VERSION);
    write_zones(out, config);
    member_text(out, PROTO_NODE, config->node);
    member_text(out, PROTO_DATACENTER, config->datacenter);
    member_number(out, PROTO_REVISION, registry_revision(intake->registry));
    write_dns(out, &config->dns);
    write_http(out, &intake->settings);
    write_features(out, intake->settings.schemas, session->remote != NULL);
    reply_end(out);
    session_replied(session);
    return ROLLCALL_OK;
}

/* --- get */

static bool has_tag(const struct rollcall_instance *instance, const char *tag)
{
    for (unsigned i = 0; i < instance->tag_count; i++) {
        if (strcasecmp(instance->tags[i], tag) == 0) /* as DNS compares them */
            return true;
    }
    return false;
}

static bool is_wanted(const struct entry *entry, const struct request_get *get)
{
    return (get->all || is_healthy(entry)) &&
           (get->tag == NULL || has_tag(&entry->instance->is, get->tag));
}

static void show_standing(const struct entry *entry, int64_t wall,
                          struct rollcall_standing *out)
{
    static const struct standing none;
    const struct standing *from = entry->standing != NULL ? entry->standing : &none;
    int64_t left = from->drain_until - wall;

    *out = (struct rollcall_standing){
        .word = standing_word(entry_standing(entry)),
        .effective = entry_effective(entry),
        .drain_since = from->draining ? from->drain_since : 0,
        .drain_safe_in = from->draining && left > 0 ? (uint64_t)left : 0,
        .drain_by = from->drain_by,
        .override = from->override == OVERRIDE_NONE ? NULL
                    : from->override == OVERRIDE_UP ? "up"
                                                    : "down",
        .override_reason = from->override_note,
        .override_since = from->override_since,
        .override_until = from->override_until,
        .override_by = from->override_by,
        .damped_since = from->damped_since,
        .damped_until = from->damped_until,
        .penalty = from->penalty,
        .held_since = from->held ? from->held_since : 0,
        .frozen_since = from->frozen ? from->frozen_since : 0,
    };
}

static void write_entry(struct buffer *out, const struct entry *entry,
                        const struct check_schema *const *schemas)
{
    const struct rollcall_instance *is = &entry->instance->is;
    struct check_view checks[MODEL_CHECKS_MAX];
    struct rollcall_standing standing;
    bool has_standing =
        entry->node_down || (entry->standing != NULL && standing_holds(entry->standing));
    const struct instance_view view = {
        .is = is,
        .revision = entry->revision,
        .health = entry->health,
        .state = lifecycle_name(entry->state),
        .label = entry->label,
        .created = (int64_t)entry->created,
        .owner = entry->owner,
        .checks = entry->checks != NULL ? checks : NULL,
        .standing = has_standing ? &standing : NULL,
    };

    if (has_standing)
        show_standing(entry, clock_wall_ms(), &standing);

    for (unsigned i = 0; view.checks != NULL && i < is->check_count; i++) {
        const struct check_state *state = &entry->checks[i];
        checks[i] = (struct check_view){ .known = state->known,
                                         .health = state->health,
                                         .output = state->output,
                                         .since = state->since };
    }
    encode_instance_view(out, &view, schemas);
}

static void write_service_entries(struct buffer *out, const struct service *service,
                                  const struct request_get *get,
                                  const struct check_schema *const *schemas)
{
    uint32_t written = 0;

    for (uint32_t i = 0; service != NULL && i < service->count; i++) {
        if (!is_wanted(service->entries[i], get))
            continue;
        list_separator(out, written == 0);
        write_entry(out, service->entries[i], schemas);
        if (++written == get->limit)
            break;
    }
}

/* What was asked for can be there: the one with that id is, the names are names. */
static enum rollcall_status admit_get(const struct request_get *get,
                                      const struct entry *one, struct reason *why)
{
    enum rollcall_status status;

    if (get->id == NULL) {
        status = name_validate(PROTO_SERVICE, get->service, why);
        return status == ROLLCALL_OK
                   ? name_validate(PROTO_NAMESPACE, get->namespace_name, why)
                   : status;
    }
    if (one != NULL)
        return ROLLCALL_OK;
    reason_field(why, PROTO_ID, "no instance has the id \"%.255s\"", get->id);
    return ROLLCALL_E_NOTFOUND;
}

enum rollcall_status command_get(struct session *session, const struct request *request,
                                 struct reason *why)
{
    const struct request_get *get = &request->get;
    struct registry *registry = session->intake->registry;
    const struct check_schema *const *schemas = session->intake->settings.schemas;
    const struct entry *one = get->id == NULL ? NULL : registry_find(registry, get->id);
    enum rollcall_status status = admit_get(get, one, why);

    if (status != ROLLCALL_OK)
        return status;
    struct buffer *out = session_reply(session);
    if (out == NULL)
        return ROLLCALL_OK;
    reply_begin(out, &request->seq);
    member_number(out, PROTO_REVISION, registry_revision(registry));
    open_list(out, PROTO_INSTANCES);
    if (one != NULL)
        write_entry(out, one, schemas);
    else
        write_service_entries(
            out, registry_service(registry, get->namespace_name, get->service), get,
            schemas);
    buffer_char(out, ']');
    reply_end(out);
    session_replied(session);
    return ROLLCALL_OK;
}

/* --- list */

static int by_key(const void *a, const void *b)
{
    const struct service *const *first = a;
    const struct service *const *second = b;
    int order = strcmp((*first)->namespace_name, (*second)->namespace_name);

    return order != 0 ? order : strcmp((*first)->name, (*second)->name);
}

static bool is_listed(const struct service *service, const struct request_list *list)
{
    if (list->namespace_name != NULL &&
        strcmp(service->namespace_name, list->namespace_name) != 0)
        return false;
    return list->prefix == NULL ||
           strncmp(service->name, list->prefix, strlen(list->prefix)) == 0;
}

/* The services asked for, sorted; `*out` is the caller's to free. */
static enum rollcall_status collect(const struct registry *registry,
                                    const struct request_list *list,
                                    struct service ***out, size_t *count)
{
    struct service **found = NULL;
    struct service *service;
    size_t capacity = 0;
    size_t used = 0;
    size_t at = 0;

    while ((service = registry_next_service(registry, &at)) != NULL) {
        if (!is_listed(service, list))
            continue;
        if (used == capacity) {
            capacity = capacity == 0 ? 64 : capacity * 2;
            struct service **grown = realloc(found, capacity * sizeof *grown);
            if (grown == NULL) {
                free(found);
                return ROLLCALL_E_NOMEM;
            }
            found = grown;
        }
        found[used++] = service;
    }
    if (used > 1)
        qsort(found, used, sizeof(struct service *), by_key);
    *out = found;
    *count = used;
    return ROLLCALL_OK;
}

/* "2 draining, 1 damped". */
static void print_standings(const uint32_t counts[STANDING_REASONS], struct buffer *out)
{
    for (unsigned reason = STANDING_NONE + 1; reason < STANDING_REASONS; reason++)
        if (counts[reason] > 0)
            buffer_format(out, "%s%u %s", out->length > 0 ? ", " : "", counts[reason],
                          standing_word((enum standing_reason)reason));
}

static void write_service(struct buffer *out, const struct service *service)
{
    uint32_t counts[STANDING_REASONS] = { 0 };
    struct buffer standings;
    struct service_view view = {
        .name = service->name,
        .namespace_name = service->namespace_name,
        .instances = service->count,
    };

    for (uint32_t i = 0; i < service->count; i++) {
        view.healthy += is_healthy(service->entries[i]);
        counts[entry_standing(service->entries[i])]++;
    }
    buffer_init(&standings, 256);
    print_standings(counts, &standings);
    view.standing = standings.length > 0 ? standings.data : NULL;
    encode_service_view(out, &view);
    buffer_deinit(&standings);
}

enum rollcall_status command_list(struct session *session, const struct request *request,
                                  struct reason *why)
{
    struct registry *registry = session->intake->registry;
    struct service **services = NULL;
    size_t count = 0;

    (void)why;
    enum rollcall_status status = collect(registry, &request->list, &services, &count);
    if (status != ROLLCALL_OK)
        return status;
    struct buffer *out = session_reply(session);
    if (out != NULL) {
        reply_begin(out, &request->seq);
        member_number(out, PROTO_REVISION, registry_revision(registry));
        open_list(out, PROTO_SERVICES);
        for (size_t i = 0; i < count; i++) {
            list_separator(out, i == 0);
            write_service(out, services[i]);
        }
        buffer_char(out, ']');
        reply_end(out);
    }
    free(services);
    session_replied(session);
    return ROLLCALL_OK;
}

/* --- stats */

static void write_group(struct buffer *out, const struct counter_group *group)
{
    encode_text(out, group->area);
    buffer_text(out, ":{");
    for (const struct counter_row *row = group->rows; row->name != NULL; row++)
        member_number(out, row->name, counter_sum(group, row));
    buffer_char(out, '}');
}

enum rollcall_status command_stats(struct session *session, const struct request *request,
                                   struct reason *why)
{
    const struct intake *intake = session->intake;
    const struct counter_group *const *groups = intake->settings.counters;
    int64_t uptime = clock_wall_ms() - intake->settings.started_wall;
    struct buffer *out = session_reply(session);

    (void)why;
    if (out == NULL)
        return ROLLCALL_OK;
    reply_begin(out, &request->seq);
    member_text(out, PROTO_VERSION, ROLLCALL_VERSION);
    member_duration(out, PROTO_UPTIME, uptime > 0 ? (uint64_t)uptime : 0);
    member_number(out, PROTO_STARTED, (uint64_t)intake->settings.started_wall);
    member_number(out, PROTO_REVISION, registry_revision(intake->registry));
    member_number(out, PROTO_INSTANCES, registry_instance_count(intake->registry));
    buffer_text(out, ",\"" PROTO_COUNTERS "\":{");
    bool first = true;
    for (; groups != NULL && *groups != NULL; groups++) {
        if ((*groups)->rows == NULL)
            continue;
        list_separator(out, first);
        write_group(out, *groups);
        first = false;
    }
    buffer_char(out, '}');
    reply_end(out);
    session_replied(session);
    return ROLLCALL_OK;
}

/* api/endpoint_targets.c - GET /v1/rollcall/http_sd: instances as Prometheus wants them
 * (its HTTP service discovery: a list of groups of targets with labels). */
#include <string.h>
#include <strings.h>

#include "api/line.h"
#include "api/own.h"
#include "api/routes.h"
#include "base/address.h"
#include "proto/encode.h"

enum { LABEL_MAX = 192, TAGS_MAX = 20 * 1024 };

/* What was asked for; NULL: any. */
struct wanted {
    const char *service;
    const char *namespace_name;
    const char *tag;
    const char *port; /* the name of a port */
    bool healthy;
};

static bool has_tag(const struct rollcall_instance *is, const char *tag)
{
    for (unsigned i = 0; i < is->tag_count; i++)
        if (strcasecmp(is->tags[i], tag) == 0)
            return true;
    return false;
}

/* 0: it has none, and nobody can be asked there. */
static uint16_t port_of(const struct rollcall_instance *is, const char *name)
{
    for (unsigned i = 0; name != NULL && i < is->port_count; i++)
        if (strcmp(is->ports[i].name, name) == 0)
            return is->ports[i].number;
    if (name != NULL)
        return 0;
    return is->port != 0 || is->port_count == 0 ? is->port : is->ports[0].number;
}

static bool is_wanted(const struct entry *entry, const struct wanted *wanted)
{
    const struct rollcall_instance *is = &entry->instance->is;

    if (wanted->healthy && entry_effective(entry) == ROLLCALL_CRITICAL)
        return false;
    return (wanted->tag == NULL || has_tag(is, wanted->tag)) &&
           port_of(is, wanted->port) != 0 &&
           (is->address_count > 0 || (is->host != NULL && is->host[0] != '\0'));
}

static void print_target(struct buffer *out, const struct rollcall_instance *is,
                         uint16_t port)
{
    char text[ADDRESS_TEXT + 300];

    if (is->address_count > 0) {
        struct address address;
        address_from_ip(&is->addresses[0], port, &address);
        address_print(&address, text, sizeof text);
    } else {
        snprintf(text, sizeof text, "%s:%u", is->host, port);
    }
    encode_text(out, text);
}

static void label(struct buffer *out, const char *name, const char *value)
{
    char full[LABEL_MAX + 32];

    if (value == NULL || value[0] == '\0')
        return;
    snprintf(full, sizeof full, "__meta_rollcall_%s", name);
    member_text(out, full, value);
}

/* Names of labels have letters, digits and underscores only. */
static void meta_label(struct buffer *out, const struct rollcall_pair *pair)
{
    char name[LABEL_MAX];

    snprintf(name, sizeof name, "metadata_%s", pair->key);
    for (char *at = name; *at != '\0'; at++)
        if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
              (*at >= '0' && *at <= '9')))
            *at = '_';
    label(out, name, pair->value);
}

/* With a comma before and after each, so that a pattern can ask for one: ".*,v2,.*". */
static void tags_label(struct buffer *out, const struct rollcall_instance *is)
{
    struct buffer tags;

    if (is->tag_count == 0)
        return;
    buffer_init(&tags, TAGS_MAX);
    buffer_char(&tags, ',');
    for (unsigned i = 0; i < is->tag_count; i++)
        buffer_format(&tags, "%s,", is->tags[i]);
    label(out, "tags", tags.data);
    buffer_deinit(&tags);
}

static void write_target(struct buffer *out, const struct api *api,
                         const struct entry *entry, uint16_t port)
{
    const struct rollcall_instance *is = &entry->instance->is;

    buffer_text(out, "{\"targets\":[");
    print_target(out, is, port);
    buffer_text(out, "],\"labels\":{");
    label(out, "service", is->service);
    label(out, "namespace", is->namespace_name);
    label(out, "id", is->id);
    label(out, "node", api->settings.config->node);
    label(out, "datacenter",
          is->datacenter != NULL && is->datacenter[0] != '\0'
              ? is->datacenter
              : api->settings.config->datacenter);
    label(out, "zone", is->zone);
    label(out, "version", is->version);
    label(out, "health", health_word(entry_effective(entry)));
    tags_label(out, is);
    for (unsigned i = 0; i < is->meta_count; i++)
        meta_label(out, &is->meta[i]);
    buffer_text(out, "}}");
}

static void write_service(struct exchange *exchange, const struct service *service,
                          const struct wanted *wanted)
{
    struct buffer *out = exchange_out(exchange);

    if (!exchange_may(exchange, RIGHT_READ, service->namespace_name, service->name))
        return;
    for (uint32_t i = 0; i < service->count; i++) {
        const struct entry *entry = service->entries[i];
        if (!is_wanted(entry, wanted))
            continue;
        buffer_text(out, out->length > 1 ? ",\n" : "\n");
        write_target(out, exchange_owner(exchange), entry,
                     port_of(&entry->instance->is, wanted->port));
    }
}

static const struct route_parameter parameters[] = {
    { "service", "string", "Only of that service.", false },
    { "namespace", "string", "Only of that namespace.", false },
    { "tag", "string", "Only with that tag, in any case of letters.", false },
    { "port", "string", "The port of that name; those without one are left out.", false },
    { "healthy", "boolean", "true: only those that DNS hands out.", false },
    { 0 },
};

/* False: it says neither. A bare ?healthy is yes. */
static bool read_yes(const char *text, bool *out)
{
    *out = text != NULL && strcmp(text, "false") != 0 && strcmp(text, "0") != 0;
    return !*out || text[0] == '\0' || strcmp(text, "true") == 0 ||
           strcmp(text, "1") == 0;
}

/* Prometheus would scrape what was not meant, and nobody would see why. False: answered.
 */
static bool read_wanted(struct exchange *exchange, struct wanted *out)
{
    struct reason why = REASON_NONE;
    enum rollcall_status status =
        line_check_names(parameters, exchange_uri(exchange), &why);

    *out = (struct wanted){
        .service = exchange_query(exchange, "service", 0),
        .namespace_name = exchange_query(exchange, "namespace", 0),
        .tag = exchange_query(exchange, "tag", 0),
        .port = exchange_query(exchange, "port", 0),
    };
    const char *healthy = exchange_query(exchange, "healthy", 0);
    if (status == ROLLCALL_OK && !read_yes(healthy, &out->healthy)) {
        reason_field(&why, "healthy",
                     "healthy: \"%.40s\" is not allowed; allowed: true, false", healthy);
        status = ROLLCALL_E_INVALID;
    }
    if (status == ROLLCALL_OK)
        return true;
    own_refuse(exchange, status, &why);
    return false;
}

static void get_targets(struct exchange *exchange)
{
    const struct api *api = exchange_owner(exchange);
    struct wanted wanted;
    const struct service *service;
    size_t at = 0;

    if (!read_wanted(exchange, &wanted) || own_put_off(exchange, wanted.service))
        return;
    buffer_char(exchange_out(exchange), '[');
    while ((service = registry_next_service(api->settings.registry, &at)) != NULL) {
        if ((wanted.service == NULL || strcasecmp(wanted.service, service->name) == 0) &&
            (wanted.namespace_name == NULL ||
             strcasecmp(wanted.namespace_name, service->namespace_name) == 0))
            write_service(exchange, service, &wanted);
    }
    buffer_text(exchange_out(exchange), "]\n");
    exchange_reply(exchange, 200, HTTP_JSON);
}

const struct route api_targets_routes[] = {
    { .method = HTTP_GET,
      .path = "/v1/rollcall/http_sd",
      .right = RIGHT_READ,
      .run = get_targets,
      .help = "Instances with a port, for http_sd_configs of Prometheus; labels begin "
              "with __meta_rollcall_.",
      .parameters = parameters,
      .returns = "Targets" },
    { .path = NULL },
};

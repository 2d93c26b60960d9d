/* The body of a check, turned into one of our kinds. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/reason.h"
#include "consul/annex_plain.h"
#include "consul/defining.h"
#include "model/rules.h"

enum {
    NS_PER_MS = 1000000,
    SECOND_MS = 1000,
    ALIAS_MS = 10 * 1000 /* it runs when what it follows moves; this is for safety */
};

/* Options collect here; `failed` without memory or room. */
struct options {
    struct definition *definition;
    const struct check_schema *schema;
    struct rollcall_pair *list;
    unsigned count;
    bool failed;
};

static void add_option(struct options *options, const char *key, const char *value)
{
    if (key == NULL || value == NULL || options->count == MODEL_OPTIONS_MAX)
        options->failed = true;
    else
        options->list[options->count++] = (struct rollcall_pair){ key, value };
}

static void add_given(struct options *options, const char *key, const char *value)
{
    if (value[0] != '\0')
        add_option(options, key, value);
}

static bool has_field(const struct options *options, const char *key)
{
    const struct check_field *field =
        options->schema != NULL ? options->schema->fields : NULL;

    for (; field != NULL && field->key != NULL; field++)
        if (strcmp(field->key, key) == 0)
            return true;
    return false;
}

/* The values of one header in one line (RFC 9110 §5.3). Those that belong to the
 * connection are the check's own business, as they are in Consul. */
static void add_header(struct options *options, const char *name, const json_t *value)
{
    static const char *const own[] = { "Connection", "Content-Length",
                                       "Transfer-Encoding" };
    const char *line = json_string_value(value);

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcasecmp(name, own[i]) == 0)
            return;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *one = json_string_value(json_array_get(value, i));
        line = line == NULL ? one
                            : definition_text(options->definition, "%s, %s", line, one);
    }
    if (line != NULL)
        add_option(options, definition_text(options->definition, "headers.%s", name),
                   line);
}

/* Octets that no request line can hold are written as %XX. */
static const char *escape_path(struct definition *definition, const char *path,
                               size_t length)
{
    char *out = definition_take(definition, 3 * length + 2);
    size_t used = 0;

    if (out == NULL)
        return NULL;
    if (length == 0 || path[0] != '/')
        out[used++] = '/';
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)path[i];
        if (c > 0x20 && c < 0x7f)
            out[used++] = (char)c;
        else
            used += (size_t)snprintf(out + used, 4, "%%%02X", c);
    }
    out[used] = '\0';
    return out;
}

static void add_tls(struct options *options, const struct check_body *body)
{
    add_given(options, "tls.server_name", body->tls_server_name);
    if (body->tls_skip_verify)
        add_option(options, "tls.skip_verify", "true");
}

static void build_http(struct options *options, const struct check_body *body)
{
    struct check_url url;
    const char *key;
    json_t *value;

    if (!check_url_parse(body->http, &url))
        return;
    const char *path = escape_path(options->definition, url.path, url.path_length);
    add_option(options, "target", definition_text(options->definition, "%s", url.target));
    if (path == NULL || strcmp(path, "/") != 0)
        add_option(options, "path", path);
    if (strcmp(body->method, "GET") != 0)
        add_given(options, "method", body->method);
    json_object_foreach((json_t *)body->header, key, value)
        add_header(options, key, value);
    if (url.user_length > 0 && body_member(body->header, "Authorization") == NULL)
        add_option(options, "headers.Authorization",
                   check_url_basic(&url, options->definition));
    add_given(options, "body", body->body);
    add_option(options, "expect_status", "200-299");
    if (has_field(options, "warning_status"))
        add_option(options, "warning_status", "429");
    if (has_field(options, "redirects") && !body->disable_redirects)
        add_option(options, "redirects", "10");
    if (url.tls)
        add_tls(options, body);
}

/* ":80" is this host, as Consul dials it. */
static void add_target(struct options *options, const char *text, size_t length)
{
    add_option(options, "target",
               definition_text(options->definition, "%s%.*s",
                               text[0] == ':' ? "localhost" : "", (int)length, text));
}

static void build_grpc(struct options *options, const struct check_body *body)
{
    size_t length = strcspn(body->grpc, "/");

    add_target(options, body->grpc, length);
    if (body->grpc[length] == '/')
        add_given(options, "service", body->grpc + length + 1);
    if (body->grpc_use_tls) {
        add_option(options, "tls.enable", "true");
        add_tls(options, body);
    }
}

static void build_tcp(struct options *options, const struct check_body *body)
{
    add_target(options, body->tcp, strlen(body->tcp));
    if (body->tcp_use_tls) {
        add_option(options, "tls.enable", "true");
        add_tls(options, body);
    }
}

/* A service of an external node is an instance "NODE/ServiceID". */
static const char *alias_target(struct definition *definition,
                                const struct check_body *body)
{
    const char *own = definition->home.node_name;

    if (body->alias_node[0] == '\0' || own == NULL ||
        strcasecmp(body->alias_node, own) == 0)
        return body->alias_service;
    return definition_text(definition, "%s/%s", body->alias_node, body->alias_service);
}

static const char *kind_of(const struct check_body *body, enum check_type type)
{
    static const char *const kinds[CHECK_IS_NONE] = {
        [CHECK_IS_GRPC] = "grpc", [CHECK_IS_HTTP] = "http", [CHECK_IS_TTL] = "ttl",
        [CHECK_IS_TCP] = "tcp",   [CHECK_IS_UDP] = "udp",   [CHECK_IS_ALIAS] = "alias",
    };

    if (type == CHECK_IS_HTTP && strncasecmp(body->http, "https:", 6) == 0)
        return "https";
    return kinds[type];
}

static void build_options(struct options *options, const struct check_body *body,
                          enum check_type type)
{
    if (type == CHECK_IS_HTTP)
        build_http(options, body);
    else if (type == CHECK_IS_GRPC)
        build_grpc(options, body);
    else if (type == CHECK_IS_TCP)
        build_tcp(options, body);
    else if (type == CHECK_IS_UDP)
        add_target(options, body->udp, strlen(body->udp));
    else if (type == CHECK_IS_ALIAS)
        add_option(options, "instance", alias_target(options->definition, body));
}

/* Up to the next whole millisecond, and not under `least`. */
static uint32_t to_ms(int64_t nanoseconds, int64_t least)
{
    int64_t ms = nanoseconds / NS_PER_MS + (nanoseconds % NS_PER_MS != 0);

    return (uint32_t)(ms < least ? least : ms);
}

static void set_times(const struct check_body *body, enum check_type type,
                      struct rollcall_check *check)
{
    if (type == CHECK_IS_TTL)
        check->interval_ms = to_ms(body->ttl, MODEL_INTERVAL_MIN_MS);
    else if (type == CHECK_IS_ALIAS)
        check->interval_ms = ALIAS_MS;
    else
        check->interval_ms = to_ms(body->interval, SECOND_MS);
    check->timeout_ms =
        body->timeout == 0 ? (uint32_t)ANNEX_TIMEOUT_MS : to_ms(body->timeout, 1);
    if (body->deregister_after > 0)
        check->deregister_after_ms =
            to_ms(body->deregister_after, MODEL_DEREGISTER_MIN_MS);
    check->success_threshold =
        body->success_before > 0 ? (uint16_t)body->success_before : 1;
    check->failure_threshold =
        body->critical_before > 0 ? (uint16_t)body->critical_before : 1;
    if (body->warning_before < body->critical_before)
        check->warning_threshold = (uint16_t)body->warning_before;
}

static const char *duration_text(struct definition *definition, int64_t nanoseconds)
{
    char text[32];

    annex_print_duration(nanoseconds, text);
    return definition_text(definition, "%s", text);
}

/* Notes and durations that our check does not hold as they were said. */
static bool set_annex(struct definition *definition, const struct check_body *body,
                      const char *id, struct rollcall_check *check,
                      struct annex_check *annex)
{
    annex->id = definition_text(definition, "%s", id);
    annex->name =
        body->name[0] != '\0'
            ? body->name
            : definition_text(definition, "Service '%s' check",
                              annex_service(&definition->annex, &definition->is));
    annex->notes = body->notes;
    if (rule_text("notes", body->notes, 0, 512, NULL) == ROLLCALL_OK)
        check->notes = body->notes;
    if (body->interval > 0)
        annex->interval = duration_text(definition, body->interval);
    if (body->timeout > 0)
        annex->timeout = duration_text(definition, body->timeout);
    annex->output_max =
        body->output_max > UINT16_MAX ? UINT16_MAX : (uint16_t)body->output_max;
    return annex->name != NULL && annex->id != NULL;
}

enum rollcall_status check_body_build(struct definition *definition,
                                      const struct check_body *body, const char *id,
                                      bool alone, struct rollcall_check *check,
                                      struct annex_check *annex, struct reason *why)
{
    enum check_type type = check_body_type(body);
    enum rollcall_health initial = ROLLCALL_CRITICAL;
    struct options options = {
        .definition = definition,
        .schema = check_schema_find(definition->home.schemas, kind_of(body, type)),
        .list = definition_take(definition, MODEL_OPTIONS_MAX * sizeof *options.list),
    };

    if (options.list == NULL)
        return ROLLCALL_E_NOMEM;
    if (options.schema == NULL) {
        reason_set(why, "Invalid check: %s checks are not supported",
                   kind_of(body, type));
        return ROLLCALL_E_INVALID;
    }
    check->kind = options.schema->kind;
    check->name = "";
    check->notes = "";
    check->keep_output = true;
    (void)check_status_parse(body->status, &initial);
    check->initial = (uint8_t)(initial + 1);
    build_options(&options, body, type);
    set_times(body, type, check);
    annex->alone = alone;
    if (!set_annex(definition, body, id, check, annex) || options.failed) {
        reason_set(why, "Invalid check: it has more than %d options", MODEL_OPTIONS_MAX);
        return ROLLCALL_E_INVALID;
    }
    check->options = options.list;
    check->option_count = (uint16_t)options.count;
    return ROLLCALL_OK;
}

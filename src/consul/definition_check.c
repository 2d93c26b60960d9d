/* The body of a check: read, judged, and turned into one of our kinds. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/reason.h"
#include "consul/annex_plain.h"
#include "consul/defining.h"
#include "model/instance.h"
#include "model/rules.h"

enum {
    NS_PER_MS = 1000000,
    DAY_MS = 24 * 3600 * 1000,
    THRESHOLD_MAX = 1000,
    ALIAS_MS = 10 * 1000 /* it runs when what it follows moves; this is for safety */
};

static const int64_t second_ns = INT64_C(1000000000);

/* --- Decoding: a row for each member. */

enum member_type { TEXT, FLAG, NUMBER, DURATION, OBJECT, ARRAY };

struct member {
    const char *name;
    enum member_type type;
    size_t offset;
};

#define ROW(name, type, field)                                                           \
    {                                                                                    \
        name, type, offsetof(struct check_body, field)                                   \
    }

static const struct member members[] = {
    ROW("ID", TEXT, id),
    ROW("CheckID", TEXT, check_id),
    ROW("Name", TEXT, name),
    ROW("Notes", TEXT, notes),
    ROW("Status", TEXT, status),
    ROW("ServiceID", TEXT, service_id),
    ROW("HTTP", TEXT, http),
    ROW("Method", TEXT, method),
    ROW("Body", TEXT, body),
    ROW("Header", OBJECT, header),
    ROW("DisableRedirects", FLAG, disable_redirects),
    ROW("TLSServerName", TEXT, tls_server_name),
    ROW("TLSSkipVerify", FLAG, tls_skip_verify),
    ROW("TCP", TEXT, tcp),
    ROW("TCPUseTLS", FLAG, tcp_use_tls),
    ROW("UDP", TEXT, udp),
    ROW("GRPC", TEXT, grpc),
    ROW("GRPCUseTLS", FLAG, grpc_use_tls),
    ROW("H2PING", TEXT, h2ping),
    ROW("Args", ARRAY, args),
    ROW("ScriptArgs", ARRAY, script_args),
    ROW("Script", TEXT, script),
    ROW("DockerContainerID", TEXT, docker),
    ROW("AliasService", TEXT, alias_service),
    ROW("AliasNode", TEXT, alias_node),
    ROW("OSService", TEXT, os_service),
    ROW("Interval", DURATION, interval),
    ROW("Timeout", DURATION, timeout),
    ROW("TTL", DURATION, ttl),
    ROW("DeregisterCriticalServiceAfter", DURATION, deregister_after),
    ROW("SuccessBeforePassing", NUMBER, success_before),
    ROW("FailuresBeforeWarning", NUMBER, warning_before),
    ROW("FailuresBeforeCritical", NUMBER, critical_before),
    ROW("OutputMaxSize", NUMBER, output_max),
};

static void read_member(struct body_reader *reader, const struct member *member,
                        struct check_body *out)
{
    void *into = (char *)out + member->offset;

    switch (member->type) {
    case TEXT:
        (void)body_text(reader, member->name, into);
        break;
    case FLAG:
        (void)body_flag(reader, member->name, into);
        break;
    case NUMBER:
        (void)body_integer(reader, member->name, into);
        break;
    case DURATION:
        (void)body_duration(reader, member->name, into);
        break;
    case OBJECT:
        (void)body_object(reader, member->name, into);
        break;
    case ARRAY:
        (void)body_array(reader, member->name, into);
        break;
    }
}

/* {"Host":["a","b"]}, and "a" for one of them. */
static bool header_is_texts(const json_t *header, struct reason *why)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)header, key, value)
    {
        bool fits = json_is_string(value) || json_is_array(value) || json_is_null(value);
        for (size_t i = 0; fits && i < json_array_size(value); i++)
            fits = json_is_string(json_array_get(value, i));
        if (!fits) {
            reason_set(why,
                       "Request decode failed: Header \"%.20s\" must be an array of "
                       "strings",
                       key);
            return false;
        }
    }
    return true;
}

enum rollcall_status check_body_decode(const json_t *object, struct check_body *out,
                                       struct reason *why)
{
    struct body_reader reader = { .object = object, .why = why };

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (members[i].type == TEXT)
            *(const char **)(void *)((char *)out + members[i].offset) = "";
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        read_member(&reader, &members[i], out);
    if (reader.failed || !header_is_texts(out->header, why))
        return ROLLCALL_E_INVALID;
    return ROLLCALL_OK;
}

/* --- What it is. */

enum check_type {
    GRPC,
    HTTP,
    TTL,
    TCP,
    UDP,
    ALIAS,
    DOCKER,
    SCRIPT,
    H2PING,
    OS_SERVICE,
    NONE
};

static bool is_command(const struct check_body *body)
{
    return json_array_size(body->script_args) > 0 || json_array_size(body->args) > 0 ||
           body->script[0] != '\0';
}

/* The first that is given, in Consul's order. */
static enum check_type type_of(const struct check_body *body)
{
    const bool given[NONE] = {
        [GRPC] = body->grpc[0] != '\0',
        [HTTP] = body->http[0] != '\0',
        [TTL] = body->ttl != 0,
        [TCP] = body->tcp[0] != '\0',
        [UDP] = body->udp[0] != '\0',
        [ALIAS] = body->alias_service[0] != '\0' || body->alias_node[0] != '\0',
        [DOCKER] = body->docker[0] != '\0',
        [SCRIPT] = is_command(body),
        [H2PING] = body->h2ping[0] != '\0',
        [OS_SERVICE] = body->os_service[0] != '\0',
    };
    enum check_type type = GRPC;

    while (type < NONE && !given[type])
        type++;
    return type;
}

bool check_status_parse(const char *word, enum rollcall_health *out)
{
    if (word[0] != '\0')
        return health_parse(word, out);
    *out = ROLLCALL_CRITICAL;
    return true;
}

static bool is_alias(const struct check_body *body)
{
    return body->alias_service[0] != '\0' || body->alias_node[0] != '\0';
}

static const char *consul_fault(const struct check_body *body, enum check_type type)
{
    bool asks = type != TTL && type != ALIAS && type != NONE;

    if (body->interval > 0 && body->ttl > 0)
        return "Interval and TTL cannot both be specified";
    if (asks && body->interval <= 0)
        return "Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService "
               "checks";
    if (type == ALIAS && body->interval > 0)
        return "Interval cannot be set for Alias checks";
    if (is_alias(body) && body->ttl > 0)
        return "TTL must be not be set for Alias checks";
    if ((type == TTL || type == NONE) && body->ttl <= 0)
        return "TTL must be > 0 for TTL checks";
    if (body->output_max < 0)
        return "MaxOutputMaxSize must be positive";
    if (body->warning_before > body->critical_before)
        return "FailuresBeforeWarning can't be higher than FailuresBeforeCritical";
    return NULL;
}

/* What we do not have is said, not left out in silence. */
static const char *our_fault(const struct check_body *body, enum check_type type)
{
    if (type == DOCKER)
        return "DockerContainerID is not supported; use HTTP, TCP or gRPC";
    if (type == H2PING)
        return "H2PING is not supported; use GRPC or HTTP";
    if (type == OS_SERVICE)
        return "OSService is not supported; use HTTP, TCP or TTL";
    if (type == ALIAS && body->alias_service[0] == '\0')
        return "AliasNode alone is not supported; give AliasService";
    if (body->interval / NS_PER_MS > DAY_MS || body->ttl / NS_PER_MS > DAY_MS ||
        body->timeout / NS_PER_MS > DAY_MS)
        return "Interval, TTL and Timeout can be 24h at most";
    if (body->deregister_after / NS_PER_MS > MODEL_DEREGISTER_MAX_MS)
        return "DeregisterCriticalServiceAfter can be 720h at most";
    if (body->success_before > THRESHOLD_MAX || body->critical_before > THRESHOLD_MAX)
        return "thresholds can be 1000 at most";
    if (body->timeout < 0 || body->deregister_after < 0 || body->success_before < 0 ||
        body->critical_before < 0 || body->warning_before < 0)
        return "durations and thresholds cannot be negative";
    return NULL;
}

enum rollcall_status check_body_validate(const struct check_body *body,
                                         struct reason *why)
{
    enum check_type type = type_of(body);
    const char *fault = consul_fault(body, type);
    struct check_url url;

    if (fault == NULL)
        fault = our_fault(body, type);
    if (fault == NULL && type == HTTP && !check_url_parse(body->http, &url))
        fault = "HTTP must be an http:// or https:// URL with a host";
    if (fault == NULL)
        return ROLLCALL_OK;
    reason_set(why, "%s", fault);
    return ROLLCALL_E_INVALID;
}

enum rollcall_status check_body_admit(const struct check_body *body, struct reason *why)
{
    if (type_of(body) != SCRIPT)
        return ROLLCALL_OK;
    reason_set(why, "Scripts are disabled on this agent from remote calls; to enable, "
                    "configure 'enable_script_checks' to true");
    return ROLLCALL_E_UNAUTHORIZED;
}

/* --- Building. */

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
    static const char *const kinds[NONE] = {
        [GRPC] = "grpc", [HTTP] = "http", [TTL] = "ttl",
        [TCP] = "tcp",   [UDP] = "udp",   [ALIAS] = "alias",
    };

    if (type == HTTP && strncasecmp(body->http, "https:", 6) == 0)
        return "https";
    return kinds[type];
}

static void build_options(struct options *options, const struct check_body *body,
                          enum check_type type)
{
    if (type == HTTP)
        build_http(options, body);
    else if (type == GRPC)
        build_grpc(options, body);
    else if (type == TCP)
        build_tcp(options, body);
    else if (type == UDP)
        add_target(options, body->udp, strlen(body->udp));
    else if (type == ALIAS)
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
    if (type == TTL)
        check->interval_ms = to_ms(body->ttl, MODEL_INTERVAL_MIN_MS);
    else if (type == ALIAS)
        check->interval_ms = ALIAS_MS;
    else
        check->interval_ms = to_ms(body->interval, second_ns / NS_PER_MS);
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
    enum check_type type = type_of(body);
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

/* --- Alone. */

enum rollcall_status definition_peek_check(const json_t *body,
                                           struct definition_check *out,
                                           struct reason *why)
{
    struct check_body said;
    enum rollcall_health health;
    enum rollcall_status status = check_body_decode(body, &said, why);

    if (status != ROLLCALL_OK)
        return status;
    if (said.name[0] == '\0') {
        reason_set(why, "Missing check name");
        return ROLLCALL_E_INVALID;
    }
    if (!check_status_parse(said.status, &health)) {
        reason_set(why, "Bad check status");
        return ROLLCALL_E_INVALID;
    }
    if (check_body_validate(&said, why) != ROLLCALL_OK) {
        struct reason text = *why;
        reason_set(why, "Invalid check: %s", text.text);
        return ROLLCALL_E_INVALID;
    }
    const char *id = said.id[0] != '\0' ? said.id : said.check_id;
    *out = (struct definition_check){ .id = id[0] != '\0' ? id : said.name,
                                      .name = said.name,
                                      .notes = said.notes,
                                      .service_id = said.service_id,
                                      .status = health };
    return check_body_admit(&said, why);
}

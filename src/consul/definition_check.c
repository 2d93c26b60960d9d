/* The body of a check: read and judged. */
#include <string.h>

#include "base/reason.h"
#include "consul/defining.h"
#include "model/instance.h"
#include "model/rules.h"

enum { NS_PER_MS = 1000000, DAY_MS = 24 * 3600 * 1000, THRESHOLD_MAX = 1000 };

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

static bool is_command(const struct check_body *body)
{
    return json_array_size(body->script_args) > 0 || json_array_size(body->args) > 0 ||
           body->script[0] != '\0';
}

/* The first that is given, in Consul's order. */
enum check_type check_body_type(const struct check_body *body)
{
    const bool given[CHECK_IS_NONE] = {
        [CHECK_IS_GRPC] = body->grpc[0] != '\0',
        [CHECK_IS_HTTP] = body->http[0] != '\0',
        [CHECK_IS_TTL] = body->ttl != 0,
        [CHECK_IS_TCP] = body->tcp[0] != '\0',
        [CHECK_IS_UDP] = body->udp[0] != '\0',
        [CHECK_IS_ALIAS] = body->alias_service[0] != '\0' || body->alias_node[0] != '\0',
        [CHECK_IS_DOCKER] = body->docker[0] != '\0',
        [CHECK_IS_SCRIPT] = is_command(body),
        [CHECK_IS_H2PING] = body->h2ping[0] != '\0',
        [CHECK_IS_OS_SERVICE] = body->os_service[0] != '\0',
    };
    enum check_type type = CHECK_IS_GRPC;

    while (type < CHECK_IS_NONE && !given[type])
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
    bool asks = type != CHECK_IS_TTL && type != CHECK_IS_ALIAS && type != CHECK_IS_NONE;

    if (body->interval > 0 && body->ttl > 0)
        return "Interval and TTL cannot both be specified";
    if (asks && body->interval <= 0)
        return "Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService "
               "checks";
    if (type == CHECK_IS_ALIAS && body->interval > 0)
        return "Interval cannot be set for Alias checks";
    if (is_alias(body) && body->ttl > 0)
        return "TTL must be not be set for Alias checks";
    if ((type == CHECK_IS_TTL || type == CHECK_IS_NONE) && body->ttl <= 0)
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
    if (type == CHECK_IS_DOCKER)
        return "DockerContainerID is not supported; use HTTP, TCP or gRPC";
    if (type == CHECK_IS_H2PING)
        return "H2PING is not supported; use GRPC or HTTP";
    if (type == CHECK_IS_OS_SERVICE)
        return "OSService is not supported; use HTTP, TCP or TTL";
    if (type == CHECK_IS_ALIAS && body->alias_service[0] == '\0')
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
    enum check_type type = check_body_type(body);
    const char *fault = consul_fault(body, type);
    struct check_url url;

    if (fault == NULL)
        fault = our_fault(body, type);
    if (fault == NULL && type == CHECK_IS_HTTP && !check_url_parse(body->http, &url))
        fault = "HTTP must be an http:// or https:// URL with a host";
    if (fault == NULL)
        return ROLLCALL_OK;
    reason_set(why, "%s", fault);
    return ROLLCALL_E_INVALID;
}

enum rollcall_status check_body_admit(const struct check_body *body, struct reason *why)
{
    if (check_body_type(body) != CHECK_IS_SCRIPT)
        return ROLLCALL_OK;
    reason_set(why, "Scripts are disabled on this agent from remote calls; to enable, "
                    "configure 'enable_script_checks' to true");
    return ROLLCALL_E_UNAUTHORIZED;
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

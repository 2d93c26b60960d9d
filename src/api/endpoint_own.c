/* api/endpoint_own.c - /v1/rollcall/: a row for each operation of the registration
 * socket. What a field means is said once, in docs/protocol.md. */
#include "api/own.h"
#include "api/routes.h"

enum { BODY_MAX = PROTO_LINE_MAX - 1024 };

#define NEEDED(name, type, help)                                                         \
    {                                                                                    \
        name, type, help, true                                                           \
    }
#define GIVEN(name, type, help)                                                          \
    {                                                                                    \
        name, type, help, false                                                          \
    }
#define END                                                                              \
    {                                                                                    \
        NULL, NULL, NULL, false                                                          \
    }
#define IN_NAMESPACE GIVEN("namespace", "string", "Of that namespace.")

static const struct route_parameter drain_parameters[] = {
    GIVEN("wait", "option",
          "Answer when it is safe to stop (or was undrained), not at once."),
    END,
};

static const struct route_parameter list_parameters[] = {
    IN_NAMESPACE,
    GIVEN("prefix", "string", "Only services whose names begin so."),
    END,
};

static const struct route_parameter get_parameters[] = {
    GIVEN("namespace", "string", "Of that namespace; \"default\" unless said."),
    GIVEN("tag", "string", "Only instances with that tag, in any case of letters."),
    GIVEN("healthy", "boolean", "false: all, not only those that DNS hands out."),
    GIVEN("limit", "integer", "At most so many."),
    END,
};

static const struct route_parameter history_parameters[] = {
    GIVEN("name", "string", "Of that service, or of the instance with that id."),
    IN_NAMESPACE,
    GIVEN("since", "integer", "From then on: milliseconds since 1970."),
    GIVEN("until", "integer", "Until then: milliseconds since 1970."),
    GIVEN("before", "integer", "As the last reply said, to go on."),
    GIVEN("limit", "integer", "At most so many; 100 unless said, at most 1000."),
    END,
};

static const struct route_parameter query_parameters[] = {
    NEEDED("name", "string", "The whole DNS name."),
    NEEDED("type", "string", "The type of record: A, AAAA, SRV, ..."),
    NEEDED("at", "integer", "When: milliseconds since 1970."),
    END,
};

static const struct route_parameter explain_parameters[] = {
    NEEDED("name", "string", "The whole DNS name."),
    GIVEN("type", "string", "The type of record; A unless said."),
    GIVEN("client", "string", "The address of who would ask."),
    GIVEN("tcp", "boolean", "As if asked by TCP."),
    GIVEN("at", "integer", "As of then: milliseconds since 1970."),
    END,
};

static const struct own hello = { .op = PROTO_HELLO, .scope = OWN_ANY };
static const struct own put_one = {
    .op = PROTO_REGISTER,
    .scope = OWN_SERVICE,
    .example = "{\"service\":\"web\",\"address\":\"10.0.0.1\",\"port\":8080,"
               "\"lease\":{\"ttl\":\"10s\"}}"
};
static const struct own get_one = { .op = PROTO_GET, .scope = OWN_INSTANCE };
static const struct own remove_one = { .op = PROTO_DEREGISTER, .scope = OWN_INSTANCE };
static const struct own renew = { .op = PROTO_RENEW,
                                  .scope = OWN_INSTANCE,
                                  .example =
                                      "{\"status\":\"passing\",\"output\":\"fine\"}" };
static const struct own drain = { .op = PROTO_DRAIN,
                                  .scope = OWN_INSTANCE,
                                  .may_wait = true,
                                  .example = "{\"for\":\"30s\"}" };
static const struct own undrain = { .op = PROTO_UNDRAIN, .scope = OWN_INSTANCE };
static const struct own override = {
    .op = PROTO_OVERRIDE,
    .scope = OWN_INSTANCE,
    .example = "{\"state\":\"down\",\"for\":\"1h\",\"reason\":\"new disk\"}"
};
static const struct own check_now = { .op = PROTO_CHECK_NOW,
                                      .scope = OWN_INSTANCE,
                                      .example = "{\"check\":\"http-1\"}" };
static const struct own check_try = {
    .op = PROTO_CHECK_TRY,
    .scope = OWN_SERVICE,
    .example = "{\"service\":\"web\",\"address\":\"127.0.0.1\",\"port\":8080,"
               "\"checks\":[{\"kind\":\"tcp\"}]}"
};
static const struct own list = { .op = PROTO_LIST, .scope = OWN_LISTS, .lists = true };
static const struct own get = { .op = PROTO_GET, .scope = OWN_SERVICE, .lists = true };
static const struct own brake = { .op = PROTO_BRAKE,
                                  .scope = OWN_SERVICE,
                                  .example = "{\"action\":\"refuse\"}" };
static const struct own history = { .op = PROTO_HISTORY, .scope = OWN_LISTS };
static const struct own query = { .op = PROTO_QUERY, .scope = OWN_LISTS };
static const struct own explain = { .op = PROTO_EXPLAIN,
                                    .scope = OWN_LISTS,
                                    .lists = true };
static const struct own stats = { .op = PROTO_STATS, .scope = OWN_ANY };
static const struct own silence = {
    .op = PROTO_SILENCE,
    .scope = OWN_SILENCE,
    .example = "{\"service\":\"web\",\"for\":\"1h\",\"reason\":\"new release\"}"
};
static const struct own unsilence = { .op = PROTO_UNSILENCE, .scope = OWN_SILENCE };
static const struct own silences = { .op = PROTO_SILENCES, .scope = OWN_LISTS };
static const struct own alerts = { .op = PROTO_ALERTS, .scope = OWN_LISTS };
static const struct own reload = { .op = PROTO_RELOAD, .scope = OWN_ALL };
static const struct own alert_test = { .op = PROTO_ALERT_TEST,
                                       .scope = OWN_ALL,
                                       .example = "{\"receiver\":\"team\"}" };

/* Not designated, or each row would be ten lines. */
#define ROW(method, path, right, own, help, parameters, takes, returns)                  \
    {                                                                                    \
        method, "/v1/rollcall/" path, RIGHT_##right, (takes) == NULL ? 0 : BODY_MAX,     \
            own_run, help, parameters, takes, returns, &(own)                            \
    }

const struct route api_own_routes[] = {
    ROW(HTTP_GET, "hello", READ, hello, "What this daemon is and can do.", NULL, NULL,
        "Hello"),
    ROW(HTTP_POST, "instances", REGISTER, put_one,
        "Register an instance; its id is derived from service, address and port where "
        "none is given. Answered when it is on disk and DNS knows.",
        NULL, "Instance", "Registered"),
    ROW(HTTP_PUT, "instances/{id}", REGISTER, put_one,
        "Register an instance with that id, or change it.", NULL, "Instance",
        "Registered"),
    ROW(HTTP_GET, "instances/{id}", READ, get_one,
        "One instance, whatever its health: a list with one entry.", NULL, NULL,
        "Instances"),
    ROW(HTTP_DELETE, "instances/{id}", REGISTER, remove_one, "Deregister an instance.",
        NULL, NULL, "Revision"),
    ROW(HTTP_POST, "instances/{id}/renew", REGISTER, renew,
        "Renew its lease, and say how it is.", NULL, "Renew", "Renewed"),
    ROW(HTTP_POST, "instances/{id}/drain", REGISTER, drain,
        "Take it out of all answers until it is undrained. What somebody else owns needs "
        "the right to operate; so the next three.",
        drain_parameters, "Drain", "Drained"),
    ROW(HTTP_POST, "instances/{id}/undrain", REGISTER, undrain, "End its drain.", NULL,
        NULL, "Revision"),
    ROW(HTTP_POST, "instances/{id}/override", REGISTER, override,
        "Say that it is up or down, whatever its checks say; or none.", NULL, "Override",
        "Overridden"),
    ROW(HTTP_POST, "instances/{id}/check", REGISTER, check_now,
        "Run its checks now, and answer when they have ended.", NULL, "CheckNow",
        "Results"),
    ROW(HTTP_POST, "checks/try", REGISTER, check_try,
        "Run the checks of a definition; nothing is registered, counted or kept.", NULL,
        "Definition", "Results"),
    ROW(HTTP_GET, "services", READ, list, "All services with their counts.",
        list_parameters, NULL, "Services"),
    ROW(HTTP_GET, "services/{service}", READ, get, "The instances of a service.",
        get_parameters, NULL, "Instances"),
    ROW(HTTP_POST, "services/{service}/brake", REGISTER, brake,
        "Let the instances that are held go, or keep them. Needs the right to operate "
        "where somebody else owns one of them.",
        NULL, "Brake", "Braked"),
    ROW(HTTP_GET, "history", READ, history, "What happened, the newest first.",
        history_parameters, NULL, "History"),
    ROW(HTTP_GET, "query", READ, query,
        "What DNS would have answered at an earlier time.", query_parameters, NULL,
        "Query"),
    ROW(HTTP_GET, "explain", READ, explain,
        "What DNS answers, and why, instance by instance.", explain_parameters, NULL,
        "Explanation"),
    ROW(HTTP_GET, "stats", READ, stats, "The counters of every part of the daemon.", NULL,
        NULL, "Stats"),
    ROW(HTTP_GET, "alerts", READ, alerts, "What is pending, firing or silenced.", NULL,
        NULL, "Alerts"),
    ROW(HTTP_POST, "alerts/test", OPERATE, alert_test,
        "Send a test to a receiver of the configuration.", NULL, "AlertTest",
        "AlertTested"),
    ROW(HTTP_GET, "silences", READ, silences, "What keeps alerts back.", NULL, NULL,
        "Silences"),
    ROW(HTTP_POST, "silences", OPERATE, silence, "Keep alerts back for a time.", NULL,
        "Silence", "Silenced"),
    ROW(HTTP_DELETE, "silences/{silence}", OPERATE, unsilence, "End a silence.", NULL,
        NULL, "Silenced"),
    ROW(HTTP_POST, "reload", OPERATE, reload,
        "Read the configuration again: take tokens, certificates and the log level, and "
        "say what takes a restart. 500 where it is not good: nothing changes then.",
        NULL, NULL, "Reloaded"),
    { .path = NULL },
};

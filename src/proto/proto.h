/* proto/proto.h - names of operations, fields and events, once for both ends.
 *
 * Source   docs/protocol.md.
 * Threads  constants and pure functions, any thread.
 */
#ifndef PROTO_PROTO_H
#define PROTO_PROTO_H

#include <stddef.h>

enum {
    PROTO_LINE_MAX = 64 * 1024, /* of a request, with its newline */
    PROTO_DEPTH_MAX = 16,       /* objects and lists inside each other */
    PROTO_WORDS_MAX = 512       /* room for a list of names in a sentence */
};

/* Operations, in the order in which help lists them. */
#define PROTO_OP_LIST(X)                                                                 \
    X(HELLO, "hello")                                                                    \
    X(REGISTER, "register")                                                              \
    X(DEREGISTER, "deregister")                                                          \
    X(RENEW, "renew")                                                                    \
    X(DRAIN, "drain")                                                                    \
    X(UNDRAIN, "undrain")                                                                \
    X(OVERRIDE, "override")                                                              \
    X(BRAKE, "brake")                                                                    \
    X(CHECK_NOW, "check_now")                                                            \
    X(CHECK_TRY, "check_try")                                                            \
    X(GET, "get")                                                                        \
    X(LIST, "list")                                                                      \
    X(WATCH, "watch")                                                                    \
    X(STATS, "stats")                                                                    \
    X(SILENCE, "silence")                                                                \
    X(UNSILENCE, "unsilence")                                                            \
    X(SILENCES, "silences")                                                              \
    X(ALERTS, "alerts")                                                                  \
    X(ALERT_TEST, "alert_test")                                                          \
    X(HISTORY, "history")                                                                \
    X(QUERY, "query")                                                                    \
    X(EXPLAIN, "explain")                                                                \
    X(RELOAD, "reload")

enum proto_op {
#define X(name, word) PROTO_##name,
    PROTO_OP_LIST(X)
#undef X
        PROTO_OP_COUNT, /* none of them */
};

const char *proto_op_word(enum proto_op op);                  /* "register" */
enum proto_op proto_op_find(const char *word, size_t length); /* or PROTO_OP_COUNT */
/* "hello, register, …" for messages. */
void proto_op_words(char *out, size_t size);

/* Of requests and replies. */
#define PROTO_OP          "op"
#define PROTO_SEQ         "seq"
#define PROTO_OK          "ok"
#define PROTO_ERROR       "error"
#define PROTO_CODE        "code"
#define PROTO_FIELD       "field"
#define PROTO_MESSAGE     "message"
#define PROTO_REVISION    "revision"
#define PROTO_CREATED     "created"
#define PROTO_WARNING     "warning"
#define PROTO_IF_REVISION "if_revision"
#define PROTO_EXPIRES_IN  "expires_in"
#define PROTO_OUTPUT      "output"
#define PROTO_LOAD        "load"
#define PROTO_CHECK       "check"
#define PROTO_TAG         "tag"
#define PROTO_HEALTHY     "healthy"
#define PROTO_LIMIT       "limit"
#define PROTO_PREFIX      "prefix"
#define PROTO_SINCE       "since"
#define PROTO_CLIENT      "client"
#define PROTO_TOKEN       "token"
#define PROTO_NODE        "node"
#define PROTO_DATACENTER  "datacenter"
#define PROTO_ZONES       "zones"
#define PROTO_DNS         "dns"
#define PROTO_HTTP        "http"
#define PROTO_HTTP_OFF    "http_off"
#define PROTO_FEATURES    "features"
#define PROTO_INSTANCES   "instances"
#define PROTO_SERVICES    "services"
#define PROTO_NAME        "name"
#define PROTO_UPTIME      "uptime"
#define PROTO_STARTED     "started"
#define PROTO_COUNTERS    "counters"

/* Of history and query. */
#define PROTO_HISTORY_ "history"
#define PROTO_HOURS    "hours"
#define PROTO_BEFORE   "before"
#define PROTO_REACHES  "reaches"
#define PROTO_TIME     "time"
#define PROTO_TEXT     "text"
#define PROTO_HOUR     "hour"
#define PROTO_MOVES    "moves"
#define PROTO_TYPE     "type"
#define PROTO_AT       "at"
#define PROTO_REPLY    "reply"
#define PROTO_TCP      "tcp"

/* Of reload. */
#define PROTO_TAKEN     "taken"
#define PROTO_RESTART   "restart"
#define PROTO_UNCHANGED "unchanged"

/* Of drain and override. */
#define PROTO_FOR     "for"
#define PROTO_REASON  "reason"
#define PROTO_SAFE_IN "safe_in"

/* Of alerts and silences. */
#define PROTO_RECEIVER  "receiver"
#define PROTO_DELIVERED "delivered"
#define PROTO_SILENCE_  "silence"
#define PROTO_SILENCES_ "silences"
#define PROTO_SILENCED  "silenced"
#define PROTO_ALERTS_   "alerts"
#define PROTO_RULE      "rule"

/* Of an instance. */
#define PROTO_SERVICE   "service"
#define PROTO_NAMESPACE "namespace"
#define PROTO_ID        "id"
#define PROTO_ADDRESS   "address"
#define PROTO_ADDRESSES "addresses"
#define PROTO_PORT      "port"
#define PROTO_PORTS     "ports"
#define PROTO_PROTOCOL  "protocol"
#define PROTO_VERSION   "version"
#define PROTO_TAGS      "tags"
#define PROTO_META      "meta"
#define PROTO_WEIGHT    "weight"
#define PROTO_PRIORITY  "priority"
#define PROTO_ZONE      "zone"
#define PROTO_TTL       "ttl"
#define PROTO_LEASE     "lease"
#define PROTO_CHECKS    "checks"
#define PROTO_STATUS    "status"

#define PROTO_CHECKS_REQUIRE "checks_require"

/* Of an instance as the daemon shows it. */
#define PROTO_HEALTH "health"
#define PROTO_STATE  "state"
#define PROTO_LABEL  "label"
#define PROTO_OWNER  "owner"

/* Of what keeps it in or out besides its health. */
#define PROTO_STANDING  "standing"
#define PROTO_IS        "is"
#define PROTO_EFFECTIVE "effective"
#define PROTO_OVERRIDE_ "override"
#define PROTO_DRAIN_    "drain"
#define PROTO_DAMPED    "damped"
#define PROTO_HELD      "held"
#define PROTO_FROZEN    "frozen"
#define PROTO_UNTIL     "until"
#define PROTO_PENALTY   "penalty"
#define PROTO_BY        "by"

/* Of a lease. */
#define PROTO_CONNECTION "connection"
#define PROTO_GRACE      "grace"
#define PROTO_PID        "pid"

/* Of a check. */
#define PROTO_KIND              "kind"
#define PROTO_NOTES             "notes"
#define PROTO_INTERVAL          "interval"
#define PROTO_TIMEOUT           "timeout"
#define PROTO_INITIAL_DELAY     "initial_delay"
#define PROTO_MAX_LATENCY       "max_latency"
#define PROTO_LATENCY_FACTOR    "latency_factor"
#define PROTO_DEREGISTER_AFTER  "deregister_after"
#define PROTO_SHADOW            "shadow"
#define PROTO_SUCCESS_THRESHOLD "success_threshold"
#define PROTO_FAILURE_THRESHOLD "failure_threshold"
#define PROTO_WARNING_THRESHOLD "warning_threshold"
#define PROTO_INITIAL_STATUS    "initial_status"
#define PROTO_KEEP_OUTPUT       "keep_output"

/* Of brake, check_now and check_try. */
#define PROTO_ACTION     "action"
#define PROTO_CONFIRM    "confirm"
#define PROTO_REFUSE     "refuse"
#define PROTO_RESULTS    "results"
#define PROTO_TARGET     "target"
#define PROTO_OUTCOME    "outcome"
#define PROTO_LATENCY_US "latency_us"

/* Events. */
#define PROTO_EVENT            "event"
#define PROTO_CAUSE            "cause"
#define PROTO_ON               "on"
#define PROTO_INSTANCE         "instance"
#define PROTO_EVENT_REGISTER   "register"
#define PROTO_EVENT_CHANGE     "change"
#define PROTO_EVENT_HEALTH     "health"
#define PROTO_EVENT_STANDING   "standing"
#define PROTO_EVENT_SAFE       "safe_to_stop"
#define PROTO_EVENT_UNDRAIN    "undrain"
#define PROTO_EVENT_DEREGISTER "deregister"
#define PROTO_EVENT_RESYNC     "resync"

#endif

/* The keys of alerts: rules, and who is told. */
#include "config/alerts.h"
#include "config/config.h"
#include "config/schema.h"

static const char *const words_kind[] = { "webhook", "exec", NULL };
static const char *const words_template[] = { "json", "slack", "alertmanager", NULL };
static const char *const words_method[] = { "POST", "PUT", NULL };
static const char *const words_state[] = { "critical", "warning",    "passing",
                                           "removed",  "panic",      "brake",
                                           "damped",   "self-doubt", NULL };

#define FIELD(name) .offset = offsetof(struct config_receiver, name)
#define COUNT(name) .count_offset = offsetof(struct config_receiver, name)

static const struct option receiver_options[] = {
    { .key = "name",
      .type = &option_text,
      FIELD(name),
      .min = 1,
      .max = 63,
      .required = true,
      .help = "What rules and `rollcall alert test` call it." },
    { .key = "kind",
      .type = &option_word,
      FIELD(kind),
      .words = words_kind,
      .fallback = "webhook",
      .help = "webhook, an HTTP request; exec, a command that gets the alerts as JSON on "
              "its standard input, run as the daemon's user by the process that runs "
              "checks of kind exec." },
    { .key = "url",
      .type = &option_url,
      FIELD(url),
      .min = 1,
      .max = 4095,
      .help = "Where a webhook goes, http or https. It counts as a secret: only its "
              "scheme and host are ever shown." },
    { .key = "method",
      .type = &option_choice,
      FIELD(method),
      .words = words_method,
      .fallback = "POST",
      .help = "The method of the request." },
    { .key = "headers",
      .shape = OPTION_MAP,
      FIELD(headers),
      COUNT(header_count),
      .max = 16,
      .secret = true,
      .fallback = "{}",
      .help =
          "Fields of the request beside Content-Type; their values are never shown." },
    { .key = "template",
      .type = &option_word,
      FIELD(body),
      .words = words_template,
      .fallback = "json",
      .help = "What the body says: json, everything we know; slack, a text for people; "
              "alertmanager, what /api/v2/alerts of Prometheus' Alertmanager takes." },
    { .key = "timeout",
      .type = &option_duration,
      FIELD(timeout_ms),
      .min = SECOND / 10,
      .max = 10 * MINUTE,
      .fallback = "10s",
      .help = "How long one attempt may take." },
    { .key = "token_file",
      .type = &option_path,
      FIELD(token_file),
      .min = 1,
      .max = 4095,
      .help = "File with a token, sent as Authorization: Bearer; read for each message, "
              "so it can be changed at any time." },
    { .key = "ca_file",
      .type = &option_path,
      FIELD(ca_file),
      .min = 1,
      .max = 4095,
      .help = "Authorities that the server's certificate must come from, PEM; none: "
              "those of the system." },
    { .key = "command",
      .shape = OPTION_LIST,
      .type = &option_argument,
      FIELD(command),
      COUNT(command_count),
      .max = 64,
      .fallback = "[]",
      .help = "The command of an exec receiver and its arguments; the first is an "
              "absolute path. There is no shell." },
    { 0 },
};

#undef FIELD
#undef COUNT
#define FIELD(name) .offset = offsetof(struct config_alert_rule, name)
#define COUNT(name) .count_offset = offsetof(struct config_alert_rule, name)

static const struct option rule_options[] = {
    { .key = "name",
      .type = &option_text,
      FIELD(name),
      .min = 1,
      .max = 63,
      .required = true,
      .help = "What its alerts are called (alertname for Alertmanager)." },
    { .key = "service",
      .type = &option_text,
      FIELD(service),
      .min = 1,
      .max = 64,
      .fallback = "\"*\"",
      .help = "Services: a name, the beginning of names with a star behind it, or a "
              "star." },
    { .key = "namespace",
      .type = &option_text,
      FIELD(namespace_name),
      .min = 1,
      .max = 64,
      .fallback = "\"*\"",
      .help = "Their namespaces, written the same way." },
    { .key = "tag",
      .type = &option_text,
      FIELD(tag),
      .max = 255,
      .fallback = "\"\"",
      .help = "Only instances with this tag; empty: all." },
    { .key = "states",
      .shape = OPTION_LIST,
      .type = &option_choice,
      FIELD(states),
      COUNT(state_count),
      .words = words_state,
      .max = 8,
      .fallback = "[critical]",
      .help = "What is told of an instance: critical or warning, and when that ends; "
              "passing, that it came back; removed, that it was; damped, that it is left "
              "out because it moves too often. Of a service: panic, all instances are "
              "handed out because too few are well; brake, instances are kept in because "
              "too many would leave. Of the daemon: self-doubt, it does not trust its "
              "own checks." },
    { .key = "for",
      .type = &option_duration,
      FIELD(for_ms),
      .max = 7 * DAY,
      .fallback = "0s",
      .help = "The state must have lasted so long." },
    { .key = "repeat",
      .type = &option_duration,
      FIELD(repeat_ms),
      .max = 7 * DAY,
      .fallback = "4h",
      .help = "While it lasts it is told again after so long; 0s: never. Alertmanager "
              "forgets an alert that nobody repeats: give it less than twice this." },
    { .key = "receivers",
      .shape = OPTION_LIST,
      .type = &option_text,
      FIELD(receivers),
      COUNT(receiver_count),
      .min = 1,
      .max = 63,
      .required = true,
      .help = "Names of receivers." },
    { 0 },
};

#undef FIELD
#undef COUNT
#define FIELD(name) .offset = offsetof(struct config_alerts, name)
#define COUNT(name) .count_offset = offsetof(struct config_alerts, name)

const struct option config_alert_options[] = {
    { .key = "receivers",
      .shape = OPTION_SECTIONS,
      FIELD(receivers),
      COUNT(receiver_count),
      .max = 64,
      .rows = receiver_options,
      .rows_size = sizeof(struct config_receiver),
      .line_offset = offsetof(struct config_receiver, line),
      .fallback = "[]",
      .help = "Who can be told." },
    { .key = "rules",
      .shape = OPTION_SECTIONS,
      FIELD(rules),
      COUNT(rule_count),
      .max = 256,
      .rows = rule_options,
      .rows_size = sizeof(struct config_alert_rule),
      .line_offset = offsetof(struct config_alert_rule, line),
      .fallback = "[]",
      .help = "What is told, and to whom; every rule that fits counts." },
    { .key = "group_wait",
      .type = &option_duration,
      FIELD(group_wait_ms),
      .max = 10 * MINUTE,
      .fallback = "5s",
      .help = "What happens so soon after the first alert goes in one message with it." },
    { .key = "queue",
      .type = &option_count,
      FIELD(queue),
      .min = 100,
      .max = 1000000,
      .fallback = "20000",
      .help = "Alerts in messages that are not delivered yet; beyond that the oldest "
              "message is dropped. They outlive a restart." },
    { .key = "retry_for",
      .type = &option_duration,
      FIELD(retry_for_ms),
      .min = SECOND,
      .max = 7 * DAY,
      .fallback = "1h",
      .help = "A message that nobody took for so long is given up." },
    { .key = "max_alarms",
      .type = &option_count,
      FIELD(max_alarms),
      .min = 100,
      .max = 1000000,
      .fallback = "50000",
      .help = "Alerts pending or firing at once; what comes on top is counted only." },
    { 0 },
};

/* Every key of the configuration. A new setting is one row here and the line that
 * uses it; docs/reference/configuration.md is printed from these rows. */
#include "config/schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

static const char *const words_store[] = { "sqlite", "memory", NULL };
static const char *const words_level[] = { "error", "warning", "info", "debug", NULL };

/* The host name's first label, squeezed to what a DNS label may be. */
static void default_node(char *out, size_t size)
{
    char host[256] = "";
    size_t length = 0;

    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    for (const char *at = host; *at != '\0' && *at != '.' && length < 63; at++)
        if (length + 1 < size && (isalnum((unsigned char)*at) || length > 0))
            out[length++] =
                isalnum((unsigned char)*at) ? (char)tolower((unsigned char)*at) : '-';
    while (length > 0 && out[length - 1] == '-')
        length--;
    out[length] = '\0';
    if (length == 0)
        snprintf(out, size, "node");
}

#define FIELD(name) .offset = offsetof(struct config_registry, name)

#define COUNT(name) .count_offset = offsetof(struct config_registry, name)

static const char *const words_tcp_anonymous[] = { "none", "read", NULL };

static const struct option registry_options[] = {
    { .key = "socket",
      .type = &option_path,
      FIELD(socket),
      .min = 1,
      .max = 107,
      .computed = config_default_socket,
      .fallback = "rollcall.sock in $RUNTIME_DIRECTORY, else /run/rollcall for root, "
                  "else $XDG_RUNTIME_DIR/rollcall",
      .help = "The Unix socket that services register on." },
    { .key = "socket_mode",
      .type = &option_mode,
      FIELD(socket_mode),
      .fallback = "\"0666\"",
      .help = "File mode of the socket; who may change what is decided by the peer's "
              "user id." },
    { .key = "listen",
      .shape = OPTION_LIST,
      .type = &option_address,
      FIELD(listen),
      COUNT(listen_count),
      .max = 64,
      .fallback = "[]",
      .help = "Addresses and ports where the protocol of that socket is spoken over TCP "
              "too, by clients with a token of api.tokens. It is not encrypted: keep it "
              "on a private network." },
    { .key = "anonymous",
      .live = true,
      .type = &option_word,
      FIELD(anonymous),
      .words = words_tcp_anonymous,
      .fallback = "none",
      .help = "What a client without a token may do over TCP: none, or read." },
    { .key = "auth_timeout",
      .live = true,
      .type = &option_duration,
      FIELD(auth_timeout_ms),
      .min = 100,
      .max = 3600000,
      .fallback = "5s",
      .help = "How long a connection over TCP may take until its first request that is "
              "let in; then it is closed." },
    { .key = "dead_after",
      .live = true,
      .type = &option_duration,
      FIELD(dead_after_ms),
      .min = 1000,
      .max = 3600000,
      .fallback = "15s",
      .help = "A client over TCP whose machine acknowledges nothing for so long is gone, "
              "and its connection leases end; so is one that takes nothing of what waits "
              "for it." },
    { .key = "tcp_clients",
      .live = true,
      .type = &option_count,
      FIELD(tcp_clients),
      .min = 1,
      .max = 1000000,
      .fallback = "4096",
      .help = "Connections over TCP at once; never more than an eighth of the files that "
              "may be open." },
    { .key = "tcp_clients_per_address",
      .live = true,
      .type = &option_count,
      FIELD(tcp_clients_per_address),
      .min = 1,
      .max = 1000000,
      .fallback = "256",
      .help = "The same of one client address." },
    { .key = "database",
      .type = &option_path,
      FIELD(database),
      .min = 1,
      .max = 4095,
      .computed = config_default_database,
      .fallback = "rollcall.db in $STATE_DIRECTORY, else /var/lib/rollcall for root, "
                  "else $XDG_STATE_HOME/rollcall (~/.local/state/rollcall)",
      .help = "The SQLite file that keeps the registry." },
    { .key = "store",
      .type = &option_choice,
      FIELD(store),
      .words = words_store,
      .fallback = "sqlite",
      .help = "What keeps the registry; memory keeps nothing over a restart." },
    { .key = "max_clients",
      .type = &option_count,
      FIELD(max_clients),
      .min = 1,
      .max = 1000000,
      .fallback = "16384",
      .help = "Connections on the socket at once." },
    { .key = "max_instances",
      .type = &option_big,
      FIELD(max_instances),
      .min = 1,
      .max = 100000000,
      .fallback = "2000000",
      .help = "Instances registered at once." },
    { .key = "max_pending",
      .type = &option_count,
      FIELD(max_pending),
      .min = 1,
      .max = 65536,
      .fallback = "1024",
      .help = "Requests of one connection under way; more wait in the socket." },
    { .key = "watch_history",
      .type = &option_count,
      FIELD(watch_history),
      .max = 1000000,
      .fallback = "4096",
      .help = "Events kept, so that a watcher that comes back misses none." },
    { .key = "history",
      .type = &option_big,
      FIELD(history),
      .max = 100000000,
      .fallback = "200000",
      .help = "Transitions kept one by one in the database, some 150 octets each; older "
              "ones are rolled up to counts by the hour; 0: no history." },
    { 0 },
};

#undef COUNT
#undef FIELD
#define FIELD(name) .offset = offsetof(struct config_health, name)

static const struct option health_options[] = {
    { .key = "max_running",
      .type = &option_count,
      FIELD(max_running),
      .min = 1,
      .max = 100000,
      .fallback = "1024",
      .help = "Checks under way at once; the rest wait their turn." },
    { .key = "damping",
      .shape = OPTION_SECTION,
      FIELD(damping),
      .rows = config_damping_options,
      .help = "Instances that leave and come back too often." },
    { .key = "brake",
      .shape = OPTION_SECTION,
      FIELD(brake),
      .rows = config_brake_options,
      .help = "Many instances of one service that leave at once." },
    { .key = "doubt",
      .shape = OPTION_SECTION,
      FIELD(doubt),
      .rows = config_doubt_options,
      .help = "When to believe that we are cut off, and not the services." },
    { .key = "exec",
      .shape = OPTION_SECTION,
      FIELD(exec),
      .rows = config_exec_options,
      .help = "Commands: checks of kind exec." },
    { 0 },
};

#undef FIELD
#define FIELD(name) .offset = offsetof(struct config_log, name)

static const struct option log_options[] = {
    { .key = "level",
      .type = &option_choice,
      FIELD(level),
      .words = words_level,
      .fallback = "info",
      .live = true,
      .help = "The least important lines that are written." },
    { .key = "syslog",
      .type = &option_bool,
      FIELD(syslog),
      .fallback = "false",
      .help = "Write to syslog in place of standard error." },
    { 0 },
};

#undef FIELD
#define FIELD(name) .offset = offsetof(struct config, name)
#define COUNT(name) .count_offset = offsetof(struct config, name)

const struct option config_options[] = {
    { .key = "node",
      .type = &option_label,
      FIELD(node),
      .computed = default_node,
      .fallback = "the host name's first label",
      .help = "The name of this node; ids of instances are unique on it." },
    { .key = "node_addresses",
      .shape = OPTION_LIST,
      .type = &option_ip,
      FIELD(node_addresses),
      COUNT(node_address_count),
      .max = 16,
      .fallback = "[]",
      .help =
          "Addresses of this node, answered as NODE.node in the zones and named by it "
          "in reverse zones; none: it has no such name." },
    { .key = "datacenter",
      .type = &option_label,
      FIELD(datacenter),
      .fallback = "dc1",
      .help = "The name of the datacenter this node stands in." },
    { .key = "zones",
      .shape = OPTION_SECTIONS,
      FIELD(zones),
      COUNT(zone_count),
      .min = 1,
      .max = 256,
      .rows = config_zone_options,
      .rows_size = sizeof(struct config_zone),
      .line_offset = offsetof(struct config_zone, line),
      .fallback = "[{apex: service.local.}]",
      .help = "The zones that are answered; the longest apex that fits a name wins." },
    { .key = "dns",
      .shape = OPTION_SECTION,
      FIELD(dns),
      .rows = config_dns_options,
      .help = "The DNS server." },
    { .key = "keys",
      .shape = OPTION_SECTIONS,
      FIELD(keys),
      COUNT(key_count),
      .max = 1000,
      .rows = config_key_options,
      .rows_size = sizeof(struct config_key),
      .line_offset = offsetof(struct config_key, line),
      .fallback = "[]",
      .help = "Keys that sign transfers and notifications (RFC 8945)." },
    { .key = "transfers",
      .shape = OPTION_SECTION,
      FIELD(transfers),
      .rows = config_transfer_options,
      .help = "How zones go to secondaries." },
    { .key = "registry",
      .shape = OPTION_SECTION,
      FIELD(registry),
      .rows = registry_options,
      .help = "The registration socket and what it keeps." },
    { .key = "health",
      .shape = OPTION_SECTION,
      FIELD(health),
      .rows = health_options,
      .help = "How instances are checked." },
    { .key = "alerts",
      .shape = OPTION_SECTION,
      FIELD(alerts),
      .rows = config_alert_options,
      .help = "Who is told when instances are unwell." },
    { .key = "api",
      .shape = OPTION_SECTION,
      FIELD(api),
      .rows = config_api_options,
      .help = "HTTP: Consul's API, our own, metrics and the page." },
    { .key = "log",
      .shape = OPTION_SECTION,
      FIELD(log),
      .rows = log_options,
      .help = "Messages for people." },
    { .key = "services",
      .shape = OPTION_SECTIONS,
      FIELD(services),
      COUNT(service_count),
      .max = 9000,
      .rows = config_service_options,
      .rows_size = sizeof(struct config_service),
      .line_offset = offsetof(struct config_service, line),
      .fallback = "[]",
      .help = "What is said of services beside their instances." },
    { 0 },
};

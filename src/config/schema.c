/* Every key of the configuration. A new setting is one row here and the line that
 * uses it; docs/reference/configuration.md is printed from these rows. */
#include "config/schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static const char *const words_layout[] = { "flat", NULL };
static const char *const words_order[] = { "rotate", "fixed", NULL };
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

#define FIELD(name) .offset = offsetof(struct config_zone, name)
#define COUNT(name) .count_offset = offsetof(struct config_zone, name)

static const struct option zone_options[] = {
    { .key = "apex",
      .type = &option_name,
      FIELD(apex),
      .required = true,
      .help = "The name of the zone, for example service.local." },
    { .key = "layout",
      .type = &option_word,
      FIELD(layout),
      .words = words_layout,
      .fallback = "flat",
      .help = "How names are built below the apex." },
    { .key = "file",
      .type = &option_path,
      FIELD(file),
      .min = 1,
      .max = 4095,
      .help = "Master file of static records (RFC 1035 §5); a relative path begins at "
              "the folder of the configuration file." },
    { .key = "namespace",
      .type = &option_label,
      FIELD(namespace_name),
      .fallback = "default",
      .help = "The namespace whose services the names mean." },
    { .key = "order",
      .type = &option_word,
      FIELD(order),
      .words = words_order,
      .fallback = "rotate",
      .help = "Order of the records in an answer: each in turn first, or always sorted "
              "by id." },
    { .key = "ttl",
      .type = &option_ttl,
      FIELD(ttl),
      .max = 86400,
      .fallback = "5s",
      .help = "TTL of the names of services, tags and ports." },
    { .key = "instance_ttl",
      .type = &option_ttl,
      FIELD(instance_ttl),
      .max = 86400,
      .fallback = "30s",
      .help = "TTL of the names of instances." },
    { .key = "ns_ttl",
      .type = &option_ttl,
      FIELD(ns_ttl),
      .max = 604800,
      .fallback = "1h",
      .help = "TTL of the NS records and of their addresses." },
    { .key = "negative_ttl",
      .type = &option_ttl,
      FIELD(negative_ttl),
      .max = 86400,
      .fallback = "5s",
      .help = "How long others may remember that a name or type does not exist: TTL and "
              "MINIMUM of the SOA record (RFC 2308)." },
    { .key = "ns",
      .shape = OPTION_LIST,
      .type = &option_relative,
      FIELD(ns),
      COUNT(ns_count),
      .min = 1,
      .max = 16,
      .fallback = "[ns]",
      .help = "Name servers; a name without a final dot lies in the zone." },
    { .key = "ns_addresses",
      .shape = OPTION_LIST,
      .type = &option_ip,
      FIELD(ns_addresses),
      COUNT(ns_address_count),
      .max = 16,
      .fallback = "[]",
      .help = "Addresses of the first name server that lies in the zone; none: those of "
              "dns.listen, or of the interfaces where it listens on all." },
    { .key = "hostmaster",
      .type = &option_relative,
      FIELD(hostmaster),
      .fallback = "hostmaster",
      .help = "Mail address of who looks after the zone, as a name: a dot for the @." },
    { .key = "refresh",
      .type = &option_ttl,
      FIELD(refresh),
      .min = 1,
      .max = 604800,
      .fallback = "1h",
      .help = "SOA: how often a secondary asks." },
    { .key = "retry",
      .type = &option_ttl,
      FIELD(retry),
      .min = 1,
      .max = 604800,
      .fallback = "10m",
      .help = "SOA: how soon a secondary asks again after a failure." },
    { .key = "expire",
      .type = &option_ttl,
      FIELD(expire),
      .min = 1,
      .max = 31536000,
      .fallback = "1d",
      .help = "SOA: how long a secondary answers without us." },
    { 0 },
};

#undef FIELD
#undef COUNT
#define FIELD(name) .offset = offsetof(struct config_service, name)
#define COUNT(name) .count_offset = offsetof(struct config_service, name)

static const struct option service_options[] = {
    { .key = "name",
      .type = &option_label,
      FIELD(name),
      .required = true,
      .help = "The service; its name exists even while nothing is registered." },
    { .key = "namespace",
      .type = &option_label,
      FIELD(namespace_name),
      .fallback = "default",
      .help = "The namespace it lives in." },
    { .key = "ttl",
      .type = &option_ttl_zone,
      FIELD(ttl),
      .max = 86400,
      .fallback = "zone",
      .help = "TTL of its names; zone: as the zone says." },
    { .key = "meta",
      .shape = OPTION_MAP,
      FIELD(meta),
      COUNT(meta_count),
      .max = 64,
      .fallback = "{}",
      .help = "Texts answered as TXT: key=value, keys sorted." },
    { 0 },
};

#undef FIELD
#undef COUNT
#define FIELD(name) .offset = offsetof(struct config_dns, name)
#define COUNT(name) .count_offset = offsetof(struct config_dns, name)

static const struct option dns_options[] = {
    { .key = "listen",
      .shape = OPTION_LIST,
      .type = &option_address,
      FIELD(listen),
      COUNT(listen_count),
      .min = 1,
      .max = 64,
      .fallback = "[\"127.0.0.1:8053\"]",
      .help = "Addresses and ports to answer on, by UDP and TCP." },
    { .key = "workers",
      .type = &option_threads,
      FIELD(workers),
      .min = 1,
      .max = 256,
      .fallback = "1",
      .help = "Threads that answer queries; auto: one for each processor." },
    { .key = "udp_max",
      .type = &option_count,
      FIELD(udp_max),
      .min = 512,
      .max = 4096,
      .fallback = "1232",
      .help = "Largest UDP reply in octets, and what we tell clients to send." },
    { .key = "batch",
      .type = &option_count,
      FIELD(batch),
      .min = 1,
      .max = 64,
      .fallback = "32",
      .help = "Datagrams taken with one system call." },
    { .key = "tcp_clients",
      .type = &option_count,
      FIELD(tcp_clients),
      .min = 1,
      .max = 65536,
      .fallback = "256",
      .help = "TCP connections of one worker; above that the longest idle is closed." },
    { .key = "tcp_clients_per_address",
      .type = &option_count,
      FIELD(tcp_clients_per_address),
      .min = 1,
      .max = 65536,
      .fallback = "32",
      .help = "TCP connections of one worker with one client address." },
    { .key = "tcp_idle",
      .type = &option_duration,
      FIELD(tcp_idle_ms),
      .min = 100,
      .max = HOUR,
      .fallback = "10s",
      .help = "Silence after which a TCP connection is closed (RFC 7766 §6.2.3)." },
    { .key = "tcp_io",
      .type = &option_duration,
      FIELD(tcp_io_ms),
      .min = 100,
      .max = 10 * MINUTE,
      .fallback = "2s",
      .help = "How long a message under way may make no progress on TCP." },
    { .key = "version",
      .type = &option_text,
      FIELD(version),
      .max = 255,
      .fallback = "rollcall",
      .help = "Answer to CH TXT version.bind; empty: refused." },
    { .key = "identity",
      .type = &option_text,
      FIELD(identity),
      .max = 255,
      .fallback = "\"\"",
      .help = "Answer to CH TXT id.server; empty: refused." },
    { 0 },
};

#undef FIELD
#undef COUNT
#define FIELD(name) .offset = offsetof(struct config_registry, name)

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
    { 0 },
};

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
      .rows = zone_options,
      .rows_size = sizeof(struct config_zone),
      .line_offset = offsetof(struct config_zone, line),
      .fallback = "[{apex: service.local.}]",
      .help = "The zones that are answered; the longest apex that fits a name wins." },
    { .key = "dns",
      .shape = OPTION_SECTION,
      FIELD(dns),
      .rows = dns_options,
      .help = "The DNS server." },
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
      .rows = service_options,
      .rows_size = sizeof(struct config_service),
      .line_offset = offsetof(struct config_service, line),
      .fallback = "[]",
      .help = "What is said of services beside their instances." },
    { 0 },
};

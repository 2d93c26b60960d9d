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
static const char *const words_order[] = { "rotate", "fixed", "shuffle", "weighted",
                                           NULL };
static const char *const words_order_zone[] = { "zone",    "rotate",   "fixed",
                                                "shuffle", "weighted", NULL };
static const char *const words_no_healthy[] = { "layout", "nodata", "nxdomain",
                                                "all",    "last",   NULL };
static const char *const words_no_healthy_zone[] = { "zone", "nodata", "nxdomain",
                                                     "all",  "last",   NULL };
static const char *const words_bool_zone[] = { "zone", "false", "true", NULL };
static const char *const words_instances[] = { "layout", "always", "healthy", NULL };
static const char *const words_unavailable[] = { "nodata", "root", NULL };
static const char *const words_unavailable_zone[] = { "zone", "nodata", "root", NULL };
static const char *const words_bare_srv[] = { "layout", "default", "all", NULL };
static const char *const words_srv_weight[] = { "layout", "raw", "percent", NULL };
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
      .help = "Order of the records in an answer: rotate, each in turn first; fixed, "
              "always sorted by id; shuffle, any order; weighted, likelier first the "
              "greater the weight." },
    { .key = "max_answers",
      .type = &option_count,
      FIELD(max_answers),
      .max = 1000,
      .fallback = "0",
      .help = "Records in one answer at most, a different part of them each time; 0: all "
              "of them." },
    { .key = "type_answers",
      .shape = OPTION_MAP,
      FIELD(type_answers),
      COUNT(type_answer_count),
      .max = 16,
      .fallback = "{}",
      .help = "The same for one type, like A: 4." },
    { .key = "no_healthy",
      .type = &option_word,
      FIELD(no_healthy),
      .words = words_no_healthy,
      .fallback = "layout",
      .help = "What a name answers that has instances but no healthy one: nodata; "
              "nxdomain, as if it did not exist; all, every registered one; last, those "
              "that were healthy last, for an hour at most. layout: nodata in flat." },
    { .key = "min_healthy",
      .type = &option_share,
      FIELD(min_healthy),
      .fallback = "0",
      .help = "While a smaller share of its instances is healthy a name answers with all "
              "of them, so that the rest is not overrun; 0: never." },
    { .key = "only_passing",
      .type = &option_bool,
      FIELD(only_passing),
      .fallback = "false",
      .help = "Leave out instances in warning." },
    { .key = "warning_weight",
      .type = &option_share,
      FIELD(warning_weight),
      .fallback = "1",
      .help = "Share of its weight that an instance in warning keeps." },
    { .key = "instance_names",
      .type = &option_word,
      FIELD(instance_names),
      .words = words_instances,
      .fallback = "layout",
      .help = "When an instance's own name answers: always, while it is registered, or "
              "only while it is healthy. layout: always in flat." },
    { .key = "srv_unavailable",
      .type = &option_word,
      FIELD(srv_unavailable),
      .words = words_unavailable,
      .fallback = "nodata",
      .help = "Where SRV has no healthy instance: nothing, or root, the single record "
              "0 0 0 . that says so (RFC 2782)." },
    { .key = "bare_srv",
      .type = &option_word,
      FIELD(bare_srv),
      .words = words_bare_srv,
      .fallback = "layout",
      .help = "Which ports SRV of a service's plain name gives: the default one of each "
              "instance, or all. layout: default in flat." },
    { .key = "srv_weight",
      .type = &option_word,
      FIELD(srv_weight),
      .words = words_srv_weight,
      .fallback = "layout",
      .help = "Weights of SRV: raw, as registered, or percent of the sum of the same "
              "priority. layout: raw in flat." },
    { .key = "ttls",
      .shape = OPTION_MAP,
      FIELD(ttls),
      COUNT(ttls_count),
      .max = 1000,
      .fallback = "{}",
      .help = "TTL of single services: a name, the beginning of names with a star behind "
              "it, or a star; the longest that fits wins, like \"db*\": 10s." },
    { .key = "ttl_unhealthy_halve",
      .type = &option_bool,
      FIELD(ttl_unhealthy_halve),
      .fallback = "false",
      .help = "Half the TTL while an instance of the name is not healthy." },
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
    { .key = "allow_transfer",
      .shape = OPTION_LIST,
      .type = &option_network,
      FIELD(allow_transfer),
      COUNT(allow_transfer_count),
      .max = 64,
      .fallback = "[]",
      .help = "Networks that may transfer the zone; none: nobody may." },
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
    { .key = "order",
      .type = &option_word,
      FIELD(order),
      .words = words_order_zone,
      .fallback = "zone",
      .help = "Order of the records in an answer, as for a zone." },
    { .key = "max_answers",
      .type = &option_count_zone,
      FIELD(max_answers),
      .max = 1000,
      .fallback = "zone",
      .help = "Records in one answer at most; 0: all of them." },
    { .key = "no_healthy",
      .type = &option_word,
      FIELD(no_healthy),
      .words = words_no_healthy_zone,
      .fallback = "zone",
      .help = "What its names answer without a healthy instance, as for a zone." },
    { .key = "min_healthy",
      .type = &option_share_zone,
      FIELD(min_healthy),
      .fallback = "zone",
      .help = "Below this share of healthy instances all are given." },
    { .key = "only_passing",
      .type = &option_word,
      FIELD(only_passing),
      .words = words_bool_zone,
      .fallback = "zone",
      .help = "Leave out instances in warning." },
    { .key = "srv_unavailable",
      .type = &option_word,
      FIELD(srv_unavailable),
      .words = words_unavailable_zone,
      .fallback = "zone",
      .help = "Where SRV has no healthy instance: nothing, or a root target." },
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
      .rows = config_dns_options,
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

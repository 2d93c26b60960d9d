/* config/config.h - the checked configuration, and how it is read.
 *
 * Every key is a row of the tables in schema.c: they read, check, show and document.
 * A struct config is filled once and then only read, but for keys that are live: a reload
 * replaces them (reload.h).
 * Threads  control, before the others start; then read-only for all. Live keys are for
 *          control alone.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/address.h"
#include "base/network.h"
#include "base/reason.h"
#include "config/alerts.h"
#include "config/api.h"
#include "config/judging.h"
#include "config/registry.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

enum config_order {
    CONFIG_ORDER_ROTATE,
    CONFIG_ORDER_FIXED,
    CONFIG_ORDER_SHUFFLE,
    CONFIG_ORDER_WEIGHTED
};
enum config_no_healthy {
    CONFIG_NO_HEALTHY_NODATA,
    CONFIG_NO_HEALTHY_NXDOMAIN,
    CONFIG_NO_HEALTHY_ALL,
    CONFIG_NO_HEALTHY_LAST
};
enum config_cookies { CONFIG_COOKIES_ANSWER, CONFIG_COOKIES_ENFORCE, CONFIG_COOKIES_OFF };
enum config_locality { CONFIG_LOCALITY_OFF, CONFIG_LOCALITY_ON };
enum config_layout {
    CONFIG_LAYOUT_FLAT,
    CONFIG_LAYOUT_CONSUL,
    CONFIG_LAYOUT_KUBERNETES,
    CONFIG_LAYOUT_REVERSE,
    CONFIG_LAYOUTS
};
enum config_scope { CONFIG_SCOPE_OWN, CONFIG_SCOPE_ALL };
enum config_pods { CONFIG_PODS_VERIFIED, CONFIG_PODS_DISABLED };

struct config_zone {
    char *apex; /* "service.local.": lower case, final dot */
    enum config_layout layout;
    char *file;           /* master file; NULL when none */
    char *namespace_name; /* whose services its names mean: "default" */
    char *datacenter;     /* that bare names mean; "": that of the daemon */
    enum config_scope scope;
    enum config_pods pods; /* kubernetes */
    enum config_order order;
    uint32_t max_answers;               /* RRs in an answer, 0: all */
    struct rollcall_pair *type_answers; /* the same by type: "SRV" to a number */
    uint32_t type_answer_count;
    unsigned no_healthy;        /* 0: of the layout, else 1 + enum config_no_healthy */
    uint32_t min_healthy;       /* thousandths of all; fewer healthy: all are given */
    uint32_t min_healthy_until; /* once so, until as many are; 0: a tenth more */
    uint32_t warning_weight;    /* thousandths of its weight that one in warning has */
    bool only_passing;          /* leave out what is in warning */
    bool ttl_unhealthy_halve;   /* half the TTL while one is not healthy */
    bool explain_names;         /* NAME._explain: in or out and why, as TXT */
    unsigned instance_names;    /* 0: of the layout, 1 always, 2 while healthy */
    unsigned srv_unavailable;   /* 0 nodata, 1 a root target */
    unsigned cname_mode;        /* 0 an alias, 1 the addresses that it leads to */
    unsigned bare_srv;          /* 0: of the layout, 1 default port, 2 all ports */
    unsigned srv_weight;        /* 0: of the layout, 1 raw, 2 percent */
    struct rollcall_pair *ttls; /* "db", "db*", "*" to a TTL */
    uint32_t ttls_count;
    uint32_t ttl;          /* seconds: service, tag and port names (5) */
    uint32_t instance_ttl; /* seconds: instance names (30) */
    uint32_t ns_ttl;       /* seconds (3600) */
    uint32_t negative_ttl; /* seconds: SOA TTL and MINIMUM (5) */
    char **ns; /* names of name servers; relative ones lie in the zone ("ns") */
    uint32_t ns_count;
    struct rollcall_address *ns_addresses; /* of the first in-zone one; none: see docs */
    uint32_t ns_address_count;
    bool ns_found;    /* nobody gave them */
    char *hostmaster; /* "hostmaster": RNAME, relative ones lie in the zone */
    uint32_t refresh, retry, expire; /* seconds: 3600, 600, 86400 */
    struct network *allow_transfer;  /* who may transfer it; none: nobody */
    uint32_t allow_transfer_count;
    char **transfer_keys; /* names of keys, of which a transfer needs one */
    uint32_t transfer_key_count;
    struct address *notify; /* secondaries that are told of changes */
    uint32_t notify_count;
    char *notify_key; /* signs what they are told; "." none */
    unsigned line;    /* where it stands in the file, 0: a default */
};

#define CONFIG_AS_ZONE UINT32_MAX /* a number of a service: as the zone says */

struct config_service { /* what is said of a service, instances or not */
    char *name;
    char *namespace_name;
    uint32_t ttl;         /* seconds or ROLLCALL_TTL_UNSET */
    uint32_t max_answers; /* UINT32_MAX: as the zone says, so in these */
    uint32_t min_healthy, min_healthy_until;
    unsigned order;           /* 0: as the zone says, else 1 + enum config_order */
    unsigned no_healthy;      /* 0: as the zone says, else 1 + enum config_no_healthy */
    unsigned only_passing;    /* 0: as the zone says, 1 false, 2 true */
    unsigned srv_unavailable; /* 0: as the zone says, 1 nodata, 2 root */
    unsigned cname_mode;      /* 0: as the zone says, 1 alias, 2 flatten */
    struct rollcall_address *vips; /* one address for all of it (kubernetes) */
    uint32_t vip_count;
    struct rollcall_pair *meta; /* sorted by key */
    uint32_t meta_count;
    unsigned line;
};

struct config_dns {
    struct address *listen;
    uint32_t listen_count;
    struct address *resolvers; /* that host names are asked of; none: resolv.conf */
    uint32_t resolver_count;
    uint32_t workers;                 /* "auto" is already the number of processors */
    uint32_t udp_max;                 /* 1232; 512 to 4096 */
    uint32_t batch;                   /* datagrams a system call, 32 */
    uint32_t tcp_clients;             /* 256 a worker */
    uint32_t tcp_clients_per_address; /* 32 */
    uint64_t tcp_idle_ms;             /* 10 s */
    uint64_t tcp_io_ms;               /* 2 s */
    char *version;                    /* CH TXT version.bind; "" hides it */
    char *identity;                   /* CH TXT id.server; "" refuses */
    char *nsid;                       /* text, or "0x" and hex; "" none */
    enum config_cookies cookies;
    char *cookie_secret;             /* 32 hex digits; "" random */
    char *cookie_staging_secret;     /* taken, never given; "" none */
    uint32_t rate_limit;             /* equal UDP answers a second; 0 none */
    uint32_t rate_limit_slip;        /* 2: every second one is truncated */
    struct network *allow_unlimited; /* not limited, beside loopback */
    uint32_t allow_unlimited_count;
    struct network *allow_query; /* who may ask: any */
    uint32_t allow_query_count;
    enum config_locality locality; /* client subnet is echoed */
    char *query_log;               /* file; NULL: off */
    uint32_t query_log_sample;     /* every nth query */
    uint32_t query_log_rate;       /* lines a second at most */
};

struct config_key { /* RFC 8945 */
    char *name;     /* lower case, final dot */
    char *algorithm;
    char *secret; /* base64 */
    unsigned line;
};

struct config_transfers {
    uint64_t coalesce_ms; /* 200 */
    uint32_t journal;     /* changes kept of each zone, 1000 */
    uint64_t journal_bytes;
    uint32_t journal_records; /* in one incremental transfer, 3000 */
    uint32_t max_running;     /* 16 */
    uint64_t message_timeout_ms;
};

struct config_log {
    char *level; /* error, warning, info, debug */
    bool syslog;
};

struct config {
    char *node;
    struct rollcall_address *node_addresses; /* of NODE.node; none: no such name */
    uint32_t node_address_count;
    char *datacenter;
    struct config_zone *zones;
    uint32_t zone_count;
    struct config_service *services;
    uint32_t service_count;
    struct config_dns dns;
    struct config_key *keys;
    uint32_t key_count;
    struct config_transfers transfers;
    struct config_registry registry;
    struct config_health health;
    struct config_alerts alerts;
    struct config_api api;
    struct config_log log;
};

/* One "section.key=value" of --set; applied after the file, checked alike. A key of a
 * list entry is zones.0.apex. */
struct config_override {
    const char *text;
};

/* Read `path` (NULL: defaults only), apply the overrides, check everything. Errors:
 * "FILE:LINE:COLUMN: dns.worker: unknown key; did you mean dns.workers?". Several faults
 * are all reported to `errors` (may be NULL), one a line; `why` has the first. On success
 * `*out` is owned: config_destroy(). */
enum rollcall_status config_read(const char *path,
                                 const struct config_override *overrides,
                                 size_t override_count, FILE *errors, struct config **out,
                                 struct reason *why);
/* The same from memory; `label` stands for the path in messages. */
enum rollcall_status config_parse(const char *text, size_t length, const char *label,
                                  const struct config_override *overrides,
                                  size_t override_count, FILE *errors,
                                  struct config **out, struct reason *why);
void config_destroy(struct config *config); /* NULL is allowed */

/* What the zone's `ttls` says of a service: its name, else the longest beginning, else
 * "*". False: nothing. */
bool config_zone_ttl(const struct config_zone *zone, const char *service, uint32_t *ttl);
/* What the zone's `type_answers` says of a type ("SRV"). False: nothing. */
bool config_zone_answers(const struct config_zone *zone, const char *type,
                         uint32_t *count);

/* Has the zone no name for a service of this name: is it a word of its layout, or the
 * name of one of its servers (docs/dns.md §1.2)? */
bool config_zone_reserves(const struct config_zone *zone, const char *service);

/* The effective configuration as YAML that reads back to the same. */
void config_show(const struct config *config, FILE *out);
/* The reference page of every key, in Markdown (docs/reference/configuration.md). */
void config_reference(FILE *out);
/* The same as roff paragraphs for rollcalld.conf(5). */
void config_manual(FILE *out);

/* Where the socket and the database are without configuration: $RUNTIME_DIRECTORY and
 * $STATE_DIRECTORY (systemd), else /run/rollcall and /var/lib/rollcall for root, else
 * $XDG_RUNTIME_DIR/rollcall (or /tmp/rollcall-UID) and $XDG_STATE_HOME/rollcall
 * (~/.local/state/rollcall). Used by the CLI too. */
void config_default_socket(char *out, size_t size);
void config_default_database(char *out, size_t size);

#endif

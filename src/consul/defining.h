/* consul/defining.h - what the files of consul/definition share; nobody else includes it.
 * Threads  control.
 */
#ifndef CONSUL_DEFINING_H
#define CONSUL_DEFINING_H

#include "consul/body.h"
#include "consul/definition.h"
#include "model/validate.h"

enum { DEFINITION_SOURCES = 8 };

struct piece; /* of memory that the definition owns */

/* Values point into `bodies`, `instances`, `annexes` and `pieces`, which live as long. */
struct definition {
    struct definition_home home;
    json_t *bodies[DEFINITION_SOURCES];             /* owned references */
    struct instance *instances[DEFINITION_SOURCES]; /* owned references */
    json_t *annexes[DEFINITION_SOURCES];            /* owned references */
    unsigned body_count, instance_count, annex_count;
    struct piece *pieces;
    struct rollcall_instance is;
    struct annex annex; /* checks[i].id is always set */
    char label[64];
    struct rollcall_address address;
    const char *tags[MODEL_TAGS_MAX];
    struct rollcall_pair meta[MODEL_META_MAX];
    struct rollcall_check checks[MODEL_CHECKS_MAX]; /* `initial` is always set */
};

/* A check as a body says it. Texts are borrowed, never NULL; 0 and false: not said. */
struct check_body {
    const char *id, *check_id, *name, *notes, *status, *service_id;
    const char *http, *method, *body, *tls_server_name;
    const char *tcp, *udp, *grpc, *h2ping, *docker, *script, *os_service;
    const char *alias_service, *alias_node;
    const json_t *header, *script_args, *args;
    int64_t interval, timeout, ttl, deregister_after; /* ns */
    int64_t success_before, warning_before, critical_before, output_max;
    bool disable_redirects, tls_skip_verify, tcp_use_tls, grpc_use_tls;
};

/* What a check does. In Consul's order: of several that are given, the first. */
enum check_type {
    CHECK_IS_GRPC,
    CHECK_IS_HTTP,
    CHECK_IS_TTL,
    CHECK_IS_TCP,
    CHECK_IS_UDP,
    CHECK_IS_ALIAS,
    CHECK_IS_DOCKER,
    CHECK_IS_SCRIPT,
    CHECK_IS_H2PING,
    CHECK_IS_OS_SERVICE,
    CHECK_IS_NONE
};

/* A service as a body says it. Borrowed from it; texts are never NULL. */
struct service_body {
    const char *id, *name, *address, *socket_path, *kind;
    const json_t *tags, *tagged, *meta, *weights, *check, *checks;
    const json_t *proxy, *connect, *locality;
    int64_t port, passing, warning;
    bool tag_override;
    unsigned check_count;
    struct check_body inline_checks[MODEL_CHECKS_MAX];
};

/* Memory that lives as long as the definition; NULL: none left. */
void *definition_take(struct definition *definition, size_t size);
const char *definition_text(struct definition *definition, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An empty place for one more check; NULL with a reason: there are too many. */
struct rollcall_check *definition_place(struct definition *definition,
                                        struct annex_check **annex, struct reason *why);
/* Number of the check with that CheckID; check_count: none. */
unsigned definition_find(const struct definition *definition, const char *check_id);

/* Types of the members. `outside`: of another node, without checks. */
enum rollcall_status service_body_decode(const json_t *object, bool outside,
                                         struct service_body *body, struct reason *why);
/* Types of the members. */
enum rollcall_status check_body_decode(const json_t *object, struct check_body *out,
                                       struct reason *why);
enum check_type check_body_type(const struct check_body *body);
/* What definitions may say, and what our kinds cannot do. `why` gets the text alone. */
enum rollcall_status check_body_validate(const struct check_body *body,
                                         struct reason *why);
/* E_UNAUTHORIZED: it is a command. */
enum rollcall_status check_body_admit(const struct check_body *body, struct reason *why);
/* Into check and annex; both were zero. `id` is the CheckID. */
enum rollcall_status check_body_build(struct definition *definition,
                                      const struct check_body *body, const char *id,
                                      bool alone, struct rollcall_check *check,
                                      struct annex_check *annex, struct reason *why);
/* "" is critical. False: none of the words. */
bool check_status_parse(const char *word, enum rollcall_health *out);

/* An URL in parts; borrowed from it but for `target` ("host:port", IPv6 in brackets). */
struct check_url {
    bool tls;
    char target[288];
    const char *user; /* "name:password", as it stands there */
    size_t user_length;
    const char *path; /* with the query, up to '#'; "" when there is none */
    size_t path_length;
};
/* False: not http:// or https:// with a host. */
bool check_url_parse(const char *text, struct check_url *out);
/* Its user as "Authorization" says it (RFC 7617 §2); NULL: cannot be one, or no memory.
 */
const char *check_url_basic(const struct check_url *url, struct definition *definition);

#endif

/* consul/shapes.h - the JSON objects of contract §5, written straight into a buffer.
 *
 * A view is an object as Consul shows it, read out of an entry and its annex: borrowed
 * texts, no allocation. Views are written by shape_*(), and are what filters look at.
 * A view lives until the next change of its entry.
 * Threads  control.
 */
#ifndef CONSUL_SHAPES_H
#define CONSUL_SHAPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "consul/consul.h"
#include "registry/catalogue.h"

struct annex_view;

enum {
    SHOWN_CHECKS_MAX = 40, /* of one instance, with those that we add */
    SHOWN_TEXT_MAX = 16384 /* octets of texts that are made up: ids, names, durations */
};

/* §5.1 */
struct check_view {
    const char *node;
    const char *id;
    const char *name;
    const char *notes;
    const char *output;
    const char *service_id;   /* "": a check of the node */
    const char *service_name; /* as it was registered */
    const char *const *tags;
    const char *type;
    const char *interval; /* "10s"; "" unset */
    const char *timeout;
    const char *definition; /* JSON text of an object; NULL: {} */
    uint64_t create;
    uint64_t modify;
    uint16_t tag_count;
    enum rollcall_health health;
};

/* All checks of one instance in the order of §9.1, without those of the node. */
struct checks_view {
    struct check_view list[SHOWN_CHECKS_MAX];
    unsigned count;
    size_t used; /* of text */
    char text[SHOWN_TEXT_MAX];
};

/* §5.3, §5.5, §5.6 */
struct service_shown {
    const struct entry *entry;
    const struct rollcall_instance *is;
    const char *id;             /* ServiceID: of an external one without its node */
    const char *name;           /* as it was registered */
    char address[ADDRESS_TEXT]; /* used when `host` is NULL; "": that of the node */
    const char *host;
    const char *kind;               /* "" or as registered */
    const struct annex_view *annex; /* NULL: none */
    struct node_view node;
    uint16_t port;
    uint16_t passing; /* weights */
    uint16_t warning;
    bool tag_override;
};

/* --- Reading. */

/* What Consul shows of an instance (committed). */
void shown_service(const struct consul *consul, const struct entry *entry,
                   struct service_shown *out);
/* Its checks, and those that explain why it is in or out besides them: maintenance, a
 * drain, damping. All of `list` is passing exactly where DNS hands it out as passing. */
void shown_checks(const struct consul *consul, const struct service_shown *service,
                  struct checks_view *out);
/* Those of a node that concern all its services: serfHealth, those of the node, its
 * maintenance. */
void shown_node_checks(const struct consul *consul, const struct node_view *node,
                       struct checks_view *out);

/* Room for one more check, all empty and passing; NULL: full. For who adds to a view. */
struct check_view *checks_view_add(struct checks_view *view);
/* A text that lives as long as the view; cut where there is no room. */
const char *checks_view_text(struct checks_view *view, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* By lower-cased CheckID. */
void checks_view_sort(struct checks_view *view);

/* --- Writing. */

void shape_check(struct buffer *out, const struct check_view *check);      /* §5.1 */
void shape_node(struct buffer *out, const struct node_view *node);         /* §5.2 */
void shape_service(struct buffer *out, const struct service_shown *shown); /* §5.3 */
/* §5.5 */
void shape_catalog_service(struct buffer *out, const struct service_shown *shown);
/* §5.6; `hash` NULL: without ContentHash. */
void shape_agent_service(struct buffer *out, const struct service_shown *shown,
                         const char *hash);
/* A comma, where something stands before in this list or map. */
void shape_next(struct buffer *out);

#endif

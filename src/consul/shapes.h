/* consul/shapes.h - the JSON objects that Consul shows, written straight into a buffer.
 *
 * First an object is read out of an entry and its annex (shown_*), then it is written
 * (shape_*); filters look at what was read (consul/selectors.h). Texts are borrowed from
 * the entry: they hold until the next change of it, and until shown_drop().
 * Threads  control.
 */
#ifndef CONSUL_SHAPES_H
#define CONSUL_SHAPES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/buffer.h"
#include "consul/annex.h"
#include "consul/consul.h"
#include "proto/encode_text.h"
#include "registry/catalogue.h"

enum {
    SHOWN_CHECKS_MAX = 48, /* of one instance or node, with those that we add */
    SHOWN_TEXT_MAX = 24576 /* octets of texts that are made up: ids, names, durations */
};

/* A service instance: §5.3, §5.5, §5.6. */
struct service_shown {
    const struct entry *entry; /* NULL: the built-in service `consul` */
    const struct rollcall_instance *is;
    const struct node_view *node; /* where it stands */
    const char *id;               /* ServiceID: of an external one without its node */
    const char *name;             /* as it was registered */
    const char *address;          /* as it was registered; "": that of the node */
    bool literal;                 /* `address` is an IP address */
    uint16_t port;                /* 0: none */
    uint16_t passing;             /* weights */
    uint16_t warning;
    uint64_t create;
    uint64_t modify;
    struct annex annex;
    struct node_view elsewhere; /* `node` of an external node that has no record */
    char address_text[ANNEX_TEXT_SIZE];
};

/* §5.1 */
struct check_shown {
    const struct service_shown *service; /* NULL: a check of the node */
    const char *node;
    const char *id;
    const char *name;
    const char *notes;
    const char *output;
    const char *type;
    const char *interval; /* "10s"; "" unset */
    const char *timeout;
    const json_t *definition; /* object; NULL: {} */
    uint64_t create;
    uint64_t modify;
    enum rollcall_health health;
};

/* Checks, in the order of §9.1. Not zeroed: checks_shown_init(). */
struct checks_shown {
    unsigned count;
    size_t used; /* of text */
    struct check_shown list[SHOWN_CHECKS_MAX];
    char text[SHOWN_TEXT_MAX];
};

/* §5.4: an instance with its node, and the checks of both. */
struct health_shown {
    const struct node_view *node;
    const struct service_shown *service;
    const struct checks_shown *checks;
};

/* One of TaggedAddresses; `text` is where the address may stand. */
struct tagged_shown {
    const char *name;
    const char *address;
    uint16_t port;
    char text[ADDRESS_TEXT];
};

/* --- Reading (shown.c, shown_checks.c). */

/* What Consul shows of an instance that is committed. */
void shown_service(const struct consul *consul, const struct entry *entry,
                   struct service_shown *out);
/* The service `consul` of this server (§8.4). */
void shown_builtin(const struct consul *consul, struct service_shown *out);
void shown_drop(struct service_shown *shown);

unsigned shown_tag_count(const struct service_shown *shown);
const char *shown_tag(const struct service_shown *shown, unsigned index);
bool shown_has_tag(const struct service_shown *shown, const char *tag); /* any case */
/* Meta: what was registered, then version and zone where ours has them. False: no more.
 */
bool shown_meta(const struct service_shown *shown, size_t index,
                struct rollcall_pair *out);
/* Those that were given, then those that follow from the address. False: no more. */
bool shown_tagged(const struct service_shown *shown, size_t index,
                  struct tagged_shown *out);

void checks_shown_init(struct checks_shown *view);
/* Room for one more, all texts "" and passing; NULL: full. */
struct check_shown *checks_shown_add(struct checks_shown *view);
/* A text that lives as long as the view; cut where there is no room. */
const char *checks_shown_text(struct checks_shown *view, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Its checks are added, and one that explains what they do not: maintenance (drained,
 * overridden down), or "rollcall:ID" where it is in or out of DNS for another reason. */
void shown_checks(const struct service_shown *shown, struct checks_shown *out);
/* Checks of the node are added: serfHealth, its maintenance, those registered with it. Of
 * an external node: those of its record. */
void shown_node_checks(const struct consul *consul, const struct node_view *node,
                       struct checks_shown *out);
/* The same, and those of its node in front of them, as §5.4 has them. */
void shown_all_checks(const struct consul *consul, const struct service_shown *shown,
                      struct checks_shown *out);

/* --- Writing (shapes.c). */

void shape_check(struct buffer *out, const struct check_shown *check);     /* §5.1 */
void shape_node(struct buffer *out, const struct node_view *node);         /* §5.2 */
void shape_service(struct buffer *out, const struct service_shown *shown); /* §5.3 */
void shape_health(struct buffer *out, const struct health_shown *shown);   /* §5.4 */
/* §5.5 */
void shape_catalog_service(struct buffer *out, const struct service_shown *shown);
/* §5.6; `hash` NULL: without ContentHash. */
void shape_agent_service(struct buffer *out, const struct service_shown *shown,
                         const char *hash);
/* ,"CreateIndex":...,"ModifyIndex":... */
void shape_indexes(struct buffer *out, uint64_t create, uint64_t modify);
/* A constant piece of JSON. */
#define shape_put(out, text) buffer_append((out), (text), sizeof(text) - 1)
/* ,"NAME":"TEXT" */
#define shape_text(out, name, text)                                                      \
    (shape_put(out, ",\"" name "\":"), encode_text((out), (text)))
/* A comma, unless a list or an object was just opened. */
void shape_next(struct buffer *out);
/* Opaque JSON as it is. */
void shape_json(struct buffer *out, const json_t *value);

#endif

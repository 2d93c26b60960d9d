/* answer/layout.h - how a zone turns services and instances into owner names.
 *
 * A layout is a const struct in its own file and one row in layouts.c. names.c asks it
 * for the names that are compiled; resolve.c asks it for those that only restate one
 * instance and so are worked out when they are asked for (`derive`). Whatever a layout
 * answers must also be told by its enumerating functions, so that a zone transfer says
 * the same.
 *
 * Source   docs/dns.md §1.1, §1.3, §1.7 to §1.10.
 * Threads  control; `derive` any reader, online.
 */
#ifndef ANSWER_LAYOUT_H
#define ANSWER_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/names.h"

struct question;

/* The names of one instance below one root, while they are told. */
struct names_walk {
    const struct names_service *service; /* borrowed */
    const struct rollcall_instance *is;  /* borrowed */
    const struct dns_name *root;         /* the apex, or a datacenter below it */
    struct dns_name base;                /* the service's own name below `root` */
    names_visit visit;
    void *owner;
    unsigned too_long;
    struct names_use plain; /* with the default port */
    uint8_t protocol;       /* of the default port */
};

struct layout {
    const char *word; /* as in the configuration, in the order of enum config_layout */
    bool instances;   /* LABEL.NAME stands in the index */
    bool browsed;     /* has DNS-SD names (RFC 6763) */
    bool vips;        /* virtual addresses stand for a service */
    bool srv_each_address;  /* an SRV for each address, not for each instance */
    bool srv_priority_zero; /* whatever instances say */
    bool srv_percent;       /* unless the zone says otherwise, as the next */
    bool bare_srv_all;      /* SRV at a service's own name: every port */
    /* Do services of that namespace have names in the zone? */
    bool (*holds)(const struct answer_zone *zone, const char *namespace_name);
    /* Words that no service can be called by; NULL: none. */
    bool (*reserved)(const struct answer_zone *zone, const char *service);
    /* The service's own name below `root`; false: it does not fit. */
    bool (*base)(const struct dns_name *root, const char *namespace_name,
                 const char *service, struct dns_name *out);
    /* Where the names of a datacenter begin beside the apex: way number `way`, the first
     * being that of canonical names. False: there are no more. NULL: no such names. */
    bool (*datacenter)(const struct answer_zone *zone, const char *datacenter,
                       unsigned way, struct dns_name *out);
    /* All names of an instance below a root. NULL: the zone compiles nothing. */
    void (*names)(struct names_walk *walk);
    /* Whom an SRV of an instance points at: `label` (of 64) and the name below which it
     * lies. `address` is NULL where it has a host name. False: no record. NULL: it is
     * LABEL.NAME. */
    bool (*target)(const struct names_service *service,
                   const struct rollcall_instance *is,
                   const struct rollcall_address *address, char *label,
                   struct dns_name *base);
    /* The names of `derive` that the instance gives to the zone at its address number
     * `address`: name number `number`, from 0. False: there are no more. NULL: none. */
    bool (*derived)(const struct names_service *service,
                    const struct rollcall_instance *is,
                    const struct rollcall_address *address, unsigned number,
                    struct dns_name *out);
    /* Empty names above those, number `number`. False: there are no more. */
    bool (*above)(const struct answer_zone *zone, const struct rollcall_instance *is,
                  unsigned number, struct dns_name *out);
    /* Names that are not in the index. False: not this one either. NULL: none. */
    bool (*derive)(struct question *question, const struct answer_zone *zone);
};

extern const struct layout layout_flat, layout_consul, layout_kubernetes, layout_reverse;

/* By enum config_layout. */
extern const struct layout *const layouts[CONFIG_LAYOUTS];

static inline const struct layout *layout_of(const struct answer_zone *zone)
{
    return layouts[zone->config->layout];
}

/* For the layouts: tell one name; `fits` says whether it could be made at all. False:
 * names before this one are not to be made. */
bool names_tell(struct names_walk *walk, bool fits, const struct dns_name *name,
                const struct names_use *use);
/* "_word" before `name`, in lower case. */
bool names_underscored(struct dns_name *name, const char *word);
/* The labels of a tag before `name`, in lower case. False: it is not made of labels;
 * `*fits`: whether what it is made of is short enough. */
bool names_prepend_tag(struct dns_name *name, const char *tag, bool *fits);
/* _PORT._PROTO before `base`, for every named port. */
void names_ports(struct names_walk *walk, const struct dns_name *base);
/* _NAME._PROTO and _NAME._TAG before `base` (the forms of Consul). */
void names_beside(struct names_walk *walk, const struct dns_name *base);

/* Text of an address as one label: "0a000001"; "10-0-0-1", "fd00--2" (of 64). */
void label_hex(const struct rollcall_address *address, char *out);
void label_dashed(const struct rollcall_address *address, char *out);
/* Back again. `label` with its length octet. False: it is none, or spelled otherwise. */
bool label_parse_hex(const uint8_t *label, struct rollcall_address *out);
bool label_parse_dashed(const uint8_t *label, struct rollcall_address *out);

/* The labels of a question before the apex of its zone, as far as a layout cares. */
enum { LAYOUT_LABELS = 36 };
struct layout_labels {
    const uint8_t *label[LAYOUT_LABELS]; /* each with its length octet */
    unsigned count;
};
/* False: there are more. */
bool layout_split(const struct question *question, const struct answer_zone *zone,
                  struct layout_labels *out);
/* Is the label this word? */
bool layout_label_is(const uint8_t *label, const char *word);

/* A name that spells `address`: A and AAAA, for the instances there of which `is_asked`
 * says that the labels mean them. False: there are none. */
typedef bool layout_is_asked(const struct answer_zone *zone,
                             const struct rollcall_instance *is,
                             const struct layout_labels *labels);
bool layout_answer_address(struct question *question, const struct answer_zone *zone,
                           const struct rollcall_address *address,
                           const struct layout_labels *labels, layout_is_asked *is_asked);

#endif

/* answer/names.h - the owner names that one instance gives to its service.
 *
 * How they are built is the layout's business (answer/layout.h); here is what all layouts
 * share: which datacenter is meant, and names told one by one. The name of the instance
 * itself, LABEL.NAME, is not among them (answer/index.h).
 * Source   docs/dns.md §1.1 to §1.8.
 * Threads  control.
 */
#ifndef ANSWER_NAMES_H
#define ANSWER_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/zone.h"
#include "dns/name.h"
#include "rollcall/service.h"

/* A service as a name in a zone. */
struct names_service {
    const struct answer_zone *zone; /* borrowed */
    const char *namespace_name;     /* borrowed */
    const char *service;            /* borrowed */
    struct dns_name name;           /* NAME.Z */
};

/* What an instance is to one owner name. */
struct names_use {
    uint16_t where; /* RECORD_AT_SERVICE, _MEMBERS, _PORTS, _TYPE or _BROWSED */
    bool has_port;
    uint16_t port;
};

/* False: the name is an instance's own, so those of its ports are too. */
typedef bool (*names_visit)(void *owner, const struct dns_name *name,
                            const struct names_use *use);

/* False: the service has no name in this zone: it is a reserved word (docs/dns.md §1.2),
 * belongs to another namespace, or is no label that fits. */
bool names_service(const struct answer_zone *zone, const char *namespace_name,
                   const char *service, struct names_service *out);
bool names_reserved(const struct answer_zone *zone, const char *service);
/* Do services of that namespace have compiled names in the zone? */
bool names_hold(const struct answer_zone *zone, const char *namespace_name);

/* Where an instance stands: what it says, else where this daemon stands. */
const char *names_datacenter(const struct answer_zone *zone,
                             const struct rollcall_instance *is);
/* Is that the datacenter which bare names of the zone mean? */
bool names_is_home(const struct answer_zone *zone, const char *datacenter);

/* The canonical name of the service for instances of that datacenter: NAME.Z, or
 * NAME.DC.dc.Z where the zone's is another. */
bool names_base(const struct names_service *service, const char *datacenter,
                struct dns_name *out);
/* LABEL.NAME.Z; false: it does not fit or lies in another zone of ours. */
bool names_instance(const struct names_service *service, const char *datacenter,
                    const char *label, struct dns_name *out);

/* TAG.NAME.Z; false: the tag is not made of labels, or it does not fit. */
bool names_tag(const struct names_service *service, const char *tag,
               struct dns_name *out);

/* Is it, in any case, the word of a protocol? _NAME._TAG means that one then (§1.4). */
bool names_is_protocol(const char *tag);

/* All names that `is` gives to its service. Returns how many could not be made because
 * they would be longer than a name may be. */
unsigned names_of(const struct names_service *service, const struct rollcall_instance *is,
                  names_visit visit, void *owner);

/* The DNS-SD names (RFC 6763) that list it: _PORT._PROTO.Z and _TAG._sub._PORT._PROTO.Z
 * for its named ports, in the zone's own datacenter. Where "NAME LABEL" is too long for
 * one label, its own name there too: nobody could find it by what is left of it. `label`
 * may be NULL. */
void names_types(const struct names_service *service, const struct rollcall_instance *is,
                 const char *label, names_visit visit, void *owner);

/* What DNS-SD calls an instance (docs/dns.md §1.9): "NAME LABEL" in one label; one that
 * is too long is cut and ends in a hash of the rest, which is told by true. */
bool names_browse_label(const char *service, const char *label,
                        char out[DNS_LABEL_MAX + 1]);

/* The name that means the same as `name` (one of this zone) with the zone's datacenter
 * spelled out: way number `way`, from 0. False: there is none, or not that many. */
bool names_twin(const struct answer_zone *zone, const struct dns_name *name, unsigned way,
                struct dns_name *out);
/* The name of which `name` is such a twin. False: it is none. */
bool names_untwin(const struct answer_zone *zone, const struct dns_name *name,
                  struct dns_name *out);

#endif

/* answer/names.h - the owner names that one instance gives to its service.
 *
 * Source   docs/dns.md §1.2 to §1.6, layout flat: NAME, _PORT._PROTO.NAME, TAG.NAME,
 *          _PORT._PROTO.TAG.NAME, _NAME._PROTO, _NAME._TAG. Its own name, LABEL.NAME, is
 *          not among them (answer/index.h).
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
    const char *service;            /* borrowed */
    struct dns_name name;           /* NAME.Z */
};

/* What an instance is to one owner name. */
struct names_use {
    uint8_t where; /* RECORD_AT_SERVICE, _MEMBERS or _PORTS */
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

/* LABEL.NAME.Z; false: it does not fit or lies in another zone of ours. */
bool names_instance(const struct names_service *service, const char *label,
                    struct dns_name *out);

/* TAG.NAME.Z; false: the tag is not made of labels, or it does not fit. */
bool names_tag(const struct names_service *service, const char *tag,
               struct dns_name *out);

/* Is it, in any case, the word of a protocol? _NAME._TAG means that one then (§1.4). */
bool names_is_protocol(const char *tag);

/* NAME.Z itself, then all others. Returns how many could not be made because they would
 * be longer than a name may be. */
unsigned names_of(const struct names_service *service, const struct rollcall_instance *is,
                  names_visit visit, void *owner);

#endif

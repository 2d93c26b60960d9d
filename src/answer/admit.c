/* May a registration have the names it asks for? Static records stand first. */
#include <string.h>

#include "answer/layout.h"
#include "answer/records.h"
#include "answer/state.h"

/* The first clash that was found. */
struct clash {
    const struct answer_zone *zone;
    const struct answer_name *name;
};

static void look(struct clash *clash, const struct dns_name *wire)
{
    const struct answer_name *name = answer_index_find(clash->zone->index, wire);

    if (clash->name == NULL && name != NULL && name->from_file)
        clash->name = name;
}

static bool on_name(void *owner, const struct dns_name *name, const struct names_use *use)
{
    (void)use;
    look(owner, name);
    return true;
}

/* Does any name of this instance have static data in `zone`? */
static struct clash find_clash(const struct answer_zone *zone,
                               const struct rollcall_instance *is, const char *label,
                               unsigned *too_long)
{
    struct clash clash = { zone, NULL };
    struct names_service base;
    struct dns_name own;

    *too_long = 0;
    if (!names_service(zone, is->namespace_name, is->service, &base))
        return clash;
    *too_long = names_of(&base, is, on_name, &clash);
    if (label == NULL || label[0] == '\0')
        return clash;
    if (!layout_of(zone)->instances)
        return clash;
    if (names_instance(&base, names_datacenter(zone, is), label, &own))
        look(&clash, &own);
    else
        ++*too_long;
    return clash;
}

static void describe(const struct clash *clash, char *name, size_t name_size, char *place,
                     size_t place_size)
{
    const struct config_zone *config = clash->zone->config;

    dns_name_print(clash->name->wire, clash->name->length, name, name_size);
    if (config->file != NULL && clash->name->line > 0)
        snprintf(place, place_size, "%s:%u", config->file, clash->name->line);
    else
        snprintf(place, place_size, "the configuration of zone %s", config->apex);
}

/* Tags that do not select what one may think they do; the first of them is told. */
static bool warn_of_tags(const struct names_service *service,
                         const struct rollcall_instance *is, struct reason *warning)
{
    for (unsigned i = 0; i < is->tag_count; i++) {
        const char *tag = is->tags[i];
        const struct answer_name *name;
        struct dns_name wire;
        if (!names_tag(service, tag, &wire)) {
            reason_field(warning, "tags",
                         "tag \"%.100s\" is kept but selects nothing in DNS: it is not "
                         "made of labels (letters, digits, hyphens; dots between them), "
                         "or too long",
                         tag);
            return true;
        }
        if (names_is_protocol(tag)) {
            reason_field(warning, "tags",
                         "tag \"%s\" is a protocol too: _%.63s._%s asks for the "
                         "protocol, not for the tag",
                         tag, is->service, tag);
            return true;
        }
        name = answer_index_find(service->zone->index, &wire);
        if (name != NULL && answer_content_instance(answer_name_content(name)) != NULL) {
            reason_field(warning, "tags",
                         "tag \"%.100s\" is the name of an instance of \"%.63s\": that "
                         "name answers with the instance alone",
                         tag, is->service);
            return true;
        }
    }
    return false;
}

/* A string of TXT holds 255 octets (RFC 1035 §3.3); the first pair that is longer is
 * told. */
static bool warn_of_meta(const struct rollcall_instance *is, struct reason *warning)
{
    for (unsigned i = 0; i < is->meta_count; i++) {
        size_t length = strlen(is->meta[i].key) + 1 + strlen(is->meta[i].value);
        if (length > UINT8_MAX) {
            reason_field(warning, "meta",
                         "meta \"%s\" is kept but left out of TXT: with its key it has "
                         "%zu octets, and a string of TXT at most 255",
                         is->meta[i].key, length);
            return true;
        }
    }
    return false;
}

static void warn(const struct answer_zone *zone, const struct rollcall_instance *is,
                 unsigned too_long, struct reason *warning)
{
    struct names_service service;

    if (names_reserved(zone, is->service))
        reason_field(
            warning, "service",
            "\"%s\" is a reserved word in the zone %s: the service is registered "
            "and listed, but has no name there",
            is->service, zone->config->apex);
    else if (names_service(zone, is->namespace_name, is->service, &service) &&
             (warn_of_tags(&service, is, warning) || warn_of_meta(is, warning)))
        return;
    else if (too_long > 0)
        reason_set(warning,
                   "%u name%s of this instance would be longer than 255 octets in the "
                   "zone %s, or lie in another zone: left out there",
                   too_long, too_long == 1 ? "" : "s", zone->config->apex);
}

/* A host name that is the service's own name would be an alias of itself. */
static bool is_own_host(const struct answer_zone *zone,
                        const struct rollcall_instance *is)
{
    struct names_service service;
    struct dns_name host, base;

    return member_host(is, &host) &&
           names_service(zone, is->namespace_name, is->service, &service) &&
           names_base(&service, names_datacenter(zone, is), &base) &&
           dns_name_equal(host.wire, host.length, base.wire, base.length);
}

enum rollcall_status answer_admit(void *owner, const struct rollcall_instance *instance,
                                  const char *label, struct reason *warning,
                                  struct reason *why)
{
    const struct answer *answer = owner;

    for (size_t i = 0; i < answer->index.zone_count; i++) {
        const struct answer_zone *zone = answer->index.zones[i];
        unsigned too_long;
        if (!names_hold(zone, instance->namespace_name))
            continue;
        if (is_own_host(zone, instance)) {
            reason_field(why, "address",
                         "host name \"%.255s\" is the name of service \"%.63s\" itself; "
                         "give the host that it runs on",
                         instance->host, instance->service);
            return ROLLCALL_E_INVALID;
        }
        struct clash clash = find_clash(zone, instance, label, &too_long);
        if (clash.name != NULL) {
            char name[DNS_NAME_TEXT], place[256];
            describe(&clash, name, sizeof name, place, sizeof place);
            reason_field(why, "service",
                         "%.255s has static records (%s); choose another name, or take "
                         "them out of there",
                         name, place);
            return ROLLCALL_E_CONFLICT;
        }
        warn(zone, instance, too_long, warning);
    }
    return ROLLCALL_OK;
}

/* The service that would have this name, if there were one: NAME.Z and all below it, or
 * _NAME._SECOND.Z. False: none would. */
static bool service_at(const struct answer_zone *zone, const struct answer_name *name,
                       char out[DNS_LABEL_MAX + 1])
{
    size_t end = (size_t)name->length - zone->apex.length;
    const uint8_t *last = NULL, *before = NULL;

    for (size_t at = 0; at < end; at += (size_t)name->wire[at] + 1) {
        before = last;
        last = name->wire + at;
    }
    if (last == NULL)
        return false;
    const uint8_t *label = last[1] == '_' && before != NULL ? before : last;
    size_t skip = label[1] == '_';
    memcpy(out, label + 1 + skip, label[0] - skip);
    out[label[0] - skip] = '\0';
    return true;
}

static enum rollcall_status clash_at_load(const struct clash *clash,
                                          const struct service *service, const char *id,
                                          struct reason *why)
{
    char name[DNS_NAME_TEXT], place[256];

    describe(clash, name, sizeof name, place, sizeof place);
    reason_set(why,
               "%.150s has static records (%s) and is a name of the registered service "
               "%s%s%.100s; remove one of the two",
               name, place, service->name, id == NULL ? "" : ", instance ",
               id == NULL ? "" : id);
    return ROLLCALL_E_CONFLICT;
}

static enum rollcall_status check_service(const struct answer_zone *zone,
                                          const struct service *service,
                                          struct reason *why)
{
    struct clash clash = { zone, NULL };
    struct names_service base;

    if (!names_service(zone, service->namespace_name, service->name, &base))
        return ROLLCALL_OK;
    look(&clash, &base.name);
    if (clash.name != NULL)
        return clash_at_load(&clash, service, NULL, why);
    for (uint32_t i = 0; i < service->count; i++) {
        const struct entry *entry = service->entries[i];
        unsigned too_long;
        clash = find_clash(zone, &entry->instance->is, entry->label, &too_long);
        if (clash.name != NULL)
            return clash_at_load(&clash, service, entry->id, why);
    }
    return ROLLCALL_OK;
}

/* There are few static names and perhaps very many registered ones: begin with the few.
 */
static enum rollcall_status check_zone(const struct answer *answer,
                                       const struct answer_zone *zone, struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;
    char text[DNS_LABEL_MAX + 1];

    for (size_t i = 0; i < answer_zone_static_count(zone) && status == ROLLCALL_OK; i++) {
        const struct answer_name *name = answer_zone_static(zone, i);
        const struct service *service =
            service_at(zone, name, text)
                ? registry_service(answer->registry, zone->config->namespace_name, text)
                : NULL;
        if (service != NULL)
            status = check_service(zone, service, why);
    }
    return status;
}

enum rollcall_status answer_check(const struct answer *answer, struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;

    for (size_t i = 0; i < answer->index.zone_count && status == ROLLCALL_OK; i++)
        status = check_zone(answer, answer->index.zones[i], why);
    return status;
}

#include "cli/instance_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/units.h"
#include "model/instance.h"

#define FIELD(name) offsetof(struct instance_options, name)

const struct argument instance_arguments[] = {
    { "service", "NAME", ARGUMENT_TEXT, FIELD(service), 0, "The service it belongs to." },
    { "address", "ADDRESS", ARGUMENT_LIST, FIELD(addresses), 0,
      "Where it is: IPv4, IPv6 (may be repeated) or one host name." },
    { "port", "NUMBER", ARGUMENT_NUMBER, FIELD(port), 65535, "Its port." },
    { "named-port", "NAME=PORT[/udp]", ARGUMENT_LIST, FIELD(named_ports), 0,
      "A further port, for _NAME._tcp questions." },
    { "id", "ID", ARGUMENT_TEXT, FIELD(id), 0,
      "Its name on this node; default: made of service, address and port." },
    { "namespace", "NAME", ARGUMENT_TEXT, FIELD(namespace_name), 0, "Default: default." },
    { "tag", "TAG", ARGUMENT_LIST, FIELD(tags), 0,
      "Found as TAG.SERVICE too; may be repeated." },
    { "meta", "KEY=VALUE", ARGUMENT_LIST, FIELD(meta), 0,
      "Shown in TXT records; may be repeated." },
    { "version", "TEXT", ARGUMENT_TEXT, FIELD(version), 0, "The version that runs." },
    { "datacenter", "NAME", ARGUMENT_TEXT, FIELD(datacenter), 0,
      "Where it stands; default: the datacenter of the daemon." },
    { "zone", "NAME", ARGUMENT_TEXT, FIELD(zone), 0, "Its availability zone." },
    { "weight", "NUMBER", ARGUMENT_NUMBER, FIELD(weight), 65535, "For SRV; default 1." },
    { "priority", "NUMBER", ARGUMENT_NUMBER, FIELD(priority), 65535,
      "For SRV; default 1." },
    { "ttl", "DURATION", ARGUMENT_DURATION, FIELD(ttl), 0, "TTL of its DNS records." },
    { "status", "STATUS", ARGUMENT_TEXT, FIELD(status), 0,
      "passing, warning or critical: until its first check result." },
    { "check", "CHECK", ARGUMENT_LIST, FIELD(checks), 0,
      "Served only while it passes; may be repeated. See below." },
    { "checks-require", "HOW-MANY", ARGUMENT_TEXT, FIELD(checks_require), 0,
      "all, any or a number: so many checks must pass; default all." },
    { 0 },
};

struct instance_draft *instance_draft_create(void)
{
    struct instance_draft *draft = calloc(1, sizeof *draft);

    if (draft != NULL)
        rollcall_instance_defaults(&draft->registration.instance);
    return draft;
}

const char *instance_draft_text(struct instance_draft *draft, const char *from,
                                size_t length)
{
    if (length >= sizeof draft->text - draft->text_used)
        return NULL;
    char *text = draft->text + draft->text_used;
    memcpy(text, from, length);
    text[length] = '\0';
    draft->text_used += length + 1;
    return text;
}

static bool no_room(struct reason *why)
{
    reason_set(why, "the options are longer than %d octets together", DRAFT_TEXT);
    return false;
}

/* One that is no literal is a host name; the daemon says whether it is a good one. */
static bool apply_addresses(const struct instance_options *options,
                            struct instance_draft *draft, struct reason *why)
{
    struct rollcall_instance *instance = &draft->registration.instance;

    instance->addresses = draft->addresses;
    for (unsigned i = 0; i < options->addresses.count; i++) {
        const char *text = options->addresses.items[i];
        if (instance->address_count == DRAFT_ADDRESSES) {
            reason_set(why, "--address may be given %d times at most", DRAFT_ADDRESSES);
            return false;
        }
        if (address_parse_ip(text, &draft->addresses[instance->address_count])) {
            instance->address_count++;
        } else if (options->addresses.count > 1) {
            reason_set(why,
                       "--address \"%s\": an IPv4 or IPv6 address is needed (a host "
                       "name may only stand alone)",
                       text);
            return false;
        } else {
            instance->host = text;
        }
    }
    return true;
}

/* "metrics=9100" or "sip=5060/udp". */
static bool apply_named_port(struct instance_draft *draft, const char *text,
                             struct reason *why)
{
    struct rollcall_instance *instance = &draft->registration.instance;
    struct rollcall_port *port = &draft->ports[instance->port_count];
    size_t name_length = strcspn(text, "=");
    const char *number = text[name_length] == '=' ? text + name_length + 1 : "";
    size_t number_length = strcspn(number, "/");
    uint64_t value = 0;

    port->name = instance_draft_text(draft, text, name_length);
    const char *digits = instance_draft_text(draft, number, number_length);
    if (port->name == NULL || digits == NULL)
        return no_room(why);
    bool good = units_parse_u64(digits, UINT16_MAX, &value) && value > 0;
    if (number[number_length] == '/')
        good = good && protocol_parse(number + number_length + 1, &port->protocol);
    if (!good) {
        reason_set(why,
                   "--named-port \"%s\": NAME=PORT or NAME=PORT/PROTOCOL is needed, like "
                   "metrics=9100 or sip=5060/udp",
                   text);
        return false;
    }
    port->number = (uint16_t)value;
    instance->port_count++;
    return true;
}

static bool apply_meta(struct instance_draft *draft, const char *text, struct reason *why)
{
    struct rollcall_instance *instance = &draft->registration.instance;
    struct rollcall_pair *pair = &draft->meta[instance->meta_count];
    size_t key_length = strcspn(text, "=");

    if (text[key_length] != '=') {
        reason_set(why, "--meta \"%s\": KEY=VALUE is needed", text);
        return false;
    }
    pair->key = instance_draft_text(draft, text, key_length);
    pair->value = text + key_length + 1;
    if (pair->key == NULL)
        return no_room(why);
    instance->meta_count++;
    return true;
}

static bool apply_status(const char *text, struct instance_draft *draft,
                         struct reason *why)
{
    struct rollcall_registration *registration = &draft->registration;

    if (text == NULL)
        return true;
    registration->has_status = health_parse(text, &registration->instance.status);
    if (!registration->has_status)
        reason_set(why, "--status \"%s\": passing, warning or critical is needed", text);
    return registration->has_status;
}

static bool apply_require(const char *text, struct rollcall_instance *instance,
                          struct reason *why)
{
    uint64_t number = 0;

    if (text == NULL || strcmp(text, "all") == 0)
        return true;
    if (strcmp(text, "any") == 0)
        number = 1;
    else if (!units_parse_u64(text, DRAFT_CHECKS, &number) || number == 0) {
        reason_set(why, "--checks-require \"%s\": all, any or a number from 1 is needed",
                   text);
        return false;
    }
    instance->checks_require = (uint8_t)number;
    return true;
}

static bool apply_numbers(const struct instance_options *options,
                          struct instance_draft *draft, struct reason *why)
{
    struct rollcall_instance *instance = &draft->registration.instance;

    if (options->port.given)
        instance->port = (uint16_t)options->port.value;
    if (options->weight.given)
        instance->weight = (uint16_t)options->weight.value;
    if (options->priority.given)
        instance->priority = (uint16_t)options->priority.value;
    if (!options->ttl.given)
        return true;
    if (options->ttl.value % 1000 != 0 || options->ttl.value / 1000 > INT32_MAX) {
        reason_set(why, "--ttl: whole seconds are needed, like 30s or 5m");
        return false;
    }
    instance->ttl = (uint32_t)(options->ttl.value / 1000);
    return true;
}

bool instance_options_apply(const struct instance_options *options,
                            struct instance_draft *draft, struct reason *why)
{
    struct rollcall_instance *instance = &draft->registration.instance;

    if (options->service == NULL) {
        reason_set(why, "--service NAME is missing");
        return false;
    }
    instance->service = options->service;
    instance->id = options->id;
    if (options->namespace_name != NULL)
        instance->namespace_name = options->namespace_name;
    instance->version = options->version;
    instance->datacenter = options->datacenter;
    instance->zone = options->zone;
    instance->tags = options->tags.items;
    instance->tag_count = (uint16_t)options->tags.count;
    instance->ports = draft->ports;
    instance->meta = draft->meta;
    instance->checks = draft->checks;

    bool good = apply_numbers(options, draft, why) &&
                apply_addresses(options, draft, why) &&
                apply_status(options->status, draft, why) &&
                apply_require(options->checks_require, instance, why);
    for (unsigned i = 0; good && i < options->named_ports.count; i++)
        good = apply_named_port(draft, options->named_ports.items[i], why);
    for (unsigned i = 0; good && i < options->meta.count; i++)
        good = apply_meta(draft, options->meta.items[i], why);
    for (unsigned i = 0; good && i < options->checks.count; i++)
        good = check_option_add(draft, options->checks.items[i], why);
    return good;
}

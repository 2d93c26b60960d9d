#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/asker.h"
#include "cli/doctor.h"
#include "cli/doctor_lookup.h"
#include "dns/wire.h"

enum { TRIES = 2, WAIT_MS = 1000, SERVICES_TRIED = 32, ASKED_AGAIN = 8 };

#define RESOLVED_SOCKET "/run/systemd/resolve/io.systemd.Resolve"

/* Data of a name's records, mostly addresses, as texts with a space behind each. */
struct addresses {
    char text[1024];
};

static enum probe judge(const struct asked *asked, unsigned answers)
{
    switch (asked->message.rcode) {
    case DNS_RCODE_NOERROR:
        return answers > 0 ? PROBE_ANSWER : PROBE_EMPTY;
    case DNS_RCODE_NXDOMAIN:
        return PROBE_NXDOMAIN;
    case DNS_RCODE_REFUSED:
        return PROBE_REFUSED;
    case DNS_RCODE_SERVFAIL:
        return PROBE_SERVFAIL;
    default:
        return PROBE_OTHER;
    }
}

/* Walk the answers of the type; `addresses` may be NULL. */
static unsigned read_answers(const struct asked *asked, uint16_t type,
                             struct addresses *addresses)
{
    struct dns_message walk = asked->message;
    struct dns_record record;
    char data[512];
    unsigned count = 0;

    while (dns_message_next(&walk, &record) == 1) {
        if (record.section != 1 || record.type != type)
            continue;
        count++;
        if (addresses == NULL ||
            !dns_message_rdata(&asked->message, &record, data, sizeof data))
            continue;
        size_t used = strlen(addresses->text);
        if (used + strlen(data) + 2 < sizeof addresses->text)
            snprintf(addresses->text + used, sizeof addresses->text - used, "%s ", data);
    }
    return count;
}

static enum probe ask(const struct address *server, const char *name, uint16_t type,
                      struct addresses *addresses)
{
    struct dns_name wire;
    struct asked asked;
    const struct ask question = { .name = &wire,
                                  .type = type,
                                  .class_ = DNS_CLASS_IN,
                                  .tries = TRIES,
                                  .wait_ms = WAIT_MS };

    if (!dns_name_parse(name, &wire))
        return PROBE_NOT_ASKED;
    if (!ask_patiently(server, &question, &asked, NULL))
        return asked.closed ? PROBE_CLOSED : PROBE_SILENT;
    return judge(&asked, read_answers(&asked, type, addresses));
}

/* A and AAAA; ANSWER when one of them has some, else what A came to. */
static enum probe ask_addresses(const struct address *server, const char *name,
                                struct addresses *addresses)
{
    enum probe a = ask(server, name, DNS_TYPE_A, addresses);

    if (a == PROBE_SILENT || a == PROBE_CLOSED)
        return a;
    enum probe aaaa = ask(server, name, DNS_TYPE_AAAA, addresses);
    return aaaa == PROBE_ANSWER ? aaaa : a;
}

/* ---- The host ------------------------------------------------------------------- */

/* The first string of a TXT record (RFC 1035 §3.3.14), of any class. */
static void read_string(const struct dns_message *message,
                        const struct dns_record *record, char *out, size_t size)
{
    const uint8_t *data = message->bytes + record->rdata;

    if (record->rdata_length > 0 && data[0] < record->rdata_length)
        snprintf(out, size, "%.*s", (int)data[0], (const char *)data + 1);
}

/* version.bind CH TXT, which most name servers answer. */
static void ask_version(struct doctor_server *server)
{
    struct dns_name name;
    struct asked asked;
    struct dns_record record;
    const struct ask question = { .name = &name,
                                  .type = DNS_TYPE_TXT,
                                  .class_ = DNS_CLASS_CH,
                                  .tries = 1,
                                  .wait_ms = WAIT_MS };

    if (!dns_name_parse("version.bind.", &name) ||
        !ask_patiently(&server->address, &question, &asked, NULL))
        return;
    while (dns_message_next(&asked.message, &record) == 1)
        if (record.section == 1 && record.type == DNS_TYPE_TXT)
            read_string(&asked.message, &record, server->version, sizeof server->version);
}

static bool is_resolved_stub(const char *text)
{
    return strncmp(text, "127.0.0.53:", 11) == 0 || strncmp(text, "127.0.0.54:", 11) == 0;
}

static void probe_host(struct doctor_facts *facts)
{
    char text[HOST_FILE_MAX];

    host_file_read(HOST_RESOLV_CONF, text, sizeof text, NULL);
    resolv_conf_parse(text, &facts->resolv);
    host_file_read(HOST_NSSWITCH, text, sizeof text, NULL);
    nsswitch_parse(text, &facts->nsswitch);
    facts->resolved_runs = access(RESOLVED_SOCKET, F_OK) == 0;
    for (unsigned i = 0; i < facts->resolv.server_count; i++) {
        struct doctor_server *server = &facts->servers[i];
        server->address = facts->resolv.servers[i];
        address_print(&server->address, server->text, sizeof server->text);
        if (is_resolved_stub(server->text)) {
            server->software = SOFTWARE_RESOLVED;
            continue;
        }
        ask_version(server);
        server->software = doctor_software(server->version);
    }
}

/* ---- A zone --------------------------------------------------------------------- */

/* A name in the zone that has addresses: a service, in whatever layout the zone has, or
 * the name server of the zone. */
static bool find_name(const struct doctor_facts *facts, struct doctor_zone *zone,
                      const char *const *services, size_t count,
                      struct addresses *addresses)
{
    static const char *const layouts[] = { "", "service.", "default.svc." };

    for (size_t i = 0; i <= count && i <= SERVICES_TRIED; i++) {
        const char *label = i < count && i < SERVICES_TRIED ? services[i] : "ns";
        for (size_t j = 0; j < sizeof layouts / sizeof layouts[0]; j++) {
            int length = snprintf(zone->name, sizeof zone->name, "%s.%s%s", label,
                                  layouts[j], zone->apex);
            if (length < DNS_NAME_MAX &&
                ask_addresses(&facts->rollcalld, zone->name, addresses) == PROBE_ANSWER)
                return true;
        }
    }
    zone->name[0] = '\0';
    return false;
}

/* Is one of the texts in `found` among `addresses`? */
static bool shares_one(const char *found, const struct addresses *addresses)
{
    char word[INET6_ADDRSTRLEN + 3] = " ";
    char known[sizeof addresses->text + 2];

    snprintf(known, sizeof known, " %s", addresses->text);
    while (*found != '\0') {
        size_t length = strcspn(found, " ");
        if (length < INET6_ADDRSTRLEN) {
            snprintf(word, sizeof word, " %.*s ", (int)length, found);
            if (strstr(known, word) != NULL)
                return true;
        }
        found += length + (found[length] == ' ');
    }
    return false;
}

/* Where answers are limited, each has others of the addresses: look at some. */
static bool is_ours(const struct doctor_facts *facts, const struct doctor_zone *zone,
                    struct addresses *addresses)
{
    for (int i = 0; i < ASKED_AGAIN; i++) {
        if (shares_one(zone->addresses, addresses))
            return true;
        addresses->text[0] = '\0';
        ask_addresses(&facts->rollcalld, zone->name, addresses);
    }
    return shares_one(zone->addresses, addresses);
}

static bool is_reverse(const char *apex)
{
    size_t length = strlen(apex);

    return length >= 5 && strcasecmp(apex + length - 5, "arpa.") == 0;
}

/* The SOA of the zone; `ours` is what rollcalld gives. Forwarders have zones of their own
 * for private addresses (RFC 6303): those name another primary. */
static enum probe ask_server_once(struct doctor_server *server, const char *apex,
                                  const struct addresses *ours)
{
    struct addresses soa = { .text = "" };
    size_t length = strcspn(ours->text, " ");

    if (server->silent)
        return PROBE_SILENT;
    enum probe probe = ask(&server->address, apex, DNS_TYPE_SOA, &soa);
    server->silent = probe == PROBE_SILENT;
    if (probe == PROBE_ANSWER && (strcspn(soa.text, " ") != length ||
                                  strncasecmp(soa.text, ours->text, length) != 0))
        return PROBE_FOREIGN;
    return probe;
}

static void look_up(struct doctor_facts *facts, struct doctor_zone *zone,
                    struct addresses *addresses)
{
    if (facts->lookup_silent) {
        zone->lookup = LOOKUP_SILENT;
        snprintf(zone->addresses, sizeof zone->addresses, "not asked again");
        return;
    }
    zone->lookup = doctor_lookup(zone->name, zone->addresses, sizeof zone->addresses);
    facts->lookup_silent = zone->lookup == LOOKUP_SILENT;
    if (zone->lookup == LOOKUP_FOUND && !is_ours(facts, zone, addresses))
        zone->lookup = LOOKUP_OTHERS;
}

static void probe_zone(struct doctor_facts *facts, struct doctor_zone *zone,
                       const char *const *services, size_t count)
{
    struct addresses addresses = { .text = "" };
    struct addresses soa = { .text = "" };

    zone->direct = ask(&facts->rollcalld, zone->apex, DNS_TYPE_SOA, &soa);
    for (unsigned i = 0; i < facts->resolv.server_count; i++)
        zone->through[i] = ask_server_once(&facts->servers[i], zone->apex, &soa);
    if (zone->direct != PROBE_ANSWER || is_reverse(zone->apex) ||
        !find_name(facts, zone, services, count, &addresses))
        return;
    for (unsigned i = 0; i < facts->resolv.server_count; i++)
        if (zone->through[i] == PROBE_ANSWER)
            zone->name_through[i] =
                ask_addresses(&facts->servers[i].address, zone->name, NULL);
    look_up(facts, zone, &addresses);
}

void doctor_probe(struct doctor_facts *facts, const char *const *services, size_t count)
{
    probe_host(facts);
    for (unsigned i = 0; i < facts->zone_count; i++)
        probe_zone(facts, &facts->zones[i], services, count);
}

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/doctor.h"
#include "cli/snippets.h"

/* What each forwarder needs, and how it is told to read it. */
static const struct {
    const char *name;
    const char *says;       /* how its version.bind begins; NULL: it does not say */
    const char *forward[2]; /* files of docs/forwarders/ */
    const char *reverse[2];
    const char *where[2]; /* these lines go */
    const char *reload;
} softwares[SOFTWARE_COUNT] = {
    [SOFTWARE_UNKNOWN] = { .name = "a name server" },
    [SOFTWARE_ROLLCALL] = { .name = "rollcall", .says = "rollcall" },
    [SOFTWARE_RESOLVED] = { .name = "systemd-resolved",
                            .forward = { "systemd-resolved.conf" },
                            .reverse = { "systemd-resolved.conf" },
                            .where = { "/etc/systemd/resolved.conf.d/rollcall.conf" },
                            .reload = "systemctl restart systemd-resolved" },
    [SOFTWARE_DNSMASQ] = { .name = "dnsmasq",
                           .says = "dnsmasq",
                           .forward = { "dnsmasq.conf" },
                           .reverse = { "dnsmasq-reverse.conf" },
                           .where = { "/etc/dnsmasq.d/rollcall.conf" },
                           .reload = "systemctl restart dnsmasq" },
    [SOFTWARE_UNBOUND] = { .name = "Unbound",
                           .says = "unbound",
                           .forward = { "unbound.conf" },
                           .reverse = { "unbound-reverse.conf" },
                           .where = { "/etc/unbound/unbound.conf.d/rollcall.conf" },
                           .reload = "systemctl restart unbound" },
    [SOFTWARE_BIND] = { .name = "BIND",
                        .says = "9.",
                        .forward = { "bind.conf", "bind-options.conf" },
                        .reverse = { "bind-reverse.conf", "bind-reverse-options.conf" },
                        .where = { "/etc/bind/named.conf.local",
                                   "options { } of /etc/bind/named.conf.options" },
                        .reload = "rndc reload" },
};

enum software doctor_software(const char *version)
{
    for (unsigned i = 0; i < SOFTWARE_COUNT; i++)
        if (softwares[i].says != NULL &&
            strncasecmp(version, softwares[i].says, strlen(softwares[i].says)) == 0)
            return (enum software)i;
    return SOFTWARE_UNKNOWN;
}

const char *doctor_software_name(enum software software)
{
    return softwares[software].name;
}

/* A new finding, NULL when there are enough of them. */
__attribute__((format(printf, 4, 5))) static struct finding *add_finding(
    struct doctor_verdict *verdict, enum finding_kind kind, const char *zone,
    const char *format, ...)
{
    va_list values;

    if (verdict->count == DOCTOR_FINDINGS)
        return NULL;
    struct finding *finding = &verdict->findings[verdict->count++];
    finding->kind = kind;
    finding->zone = zone;
    va_start(values, format);
    vsnprintf(finding->text, sizeof finding->text, format, values);
    va_end(values);
    return finding;
}

/* One more sentence. */
__attribute__((format(printf, 2, 3))) static void add_words(struct finding *finding,
                                                            const char *format, ...)
{
    va_list values;

    if (finding == NULL)
        return;
    size_t used = strlen(finding->text);
    va_start(values, format);
    vsnprintf(finding->text + used, sizeof finding->text - used, format, values);
    va_end(values);
}

static void add_lines(struct finding *finding, const char *file, const char *lines)
{
    if (finding == NULL)
        return;
    snprintf(finding->file, sizeof finding->file, "%s", file);
    snprintf(finding->lines, sizeof finding->lines, "%s", lines);
}

static bool is_reverse(const char *apex)
{
    size_t length = strlen(apex);

    return length >= 5 && strcasecmp(apex + length - 5, "arpa.") == 0;
}

/* The lines that send `zone` to rollcalld, for the software; BIND takes two files. */
static void add_snippets(const struct doctor_facts *facts, const struct doctor_zone *zone,
                         enum software software, struct finding *finding,
                         struct doctor_verdict *verdict)
{
    const char *const *files = is_reverse(zone->apex) ? softwares[software].reverse
                                                      : softwares[software].forward;
    char lines[sizeof finding->lines];

    for (unsigned i = 0; i < 2 && files[i] != NULL && finding != NULL; i++) {
        if (!snippet_fill(files[i], zone->apex, &facts->rollcalld, lines, sizeof lines))
            continue;
        if (i > 0)
            finding =
                add_finding(verdict, FINDING_FAULT, zone->apex,
                            "And inside the options of %s:", softwares[software].name);
        add_lines(finding, softwares[software].where[i], lines);
    }
}

/* ---- A name server -------------------------------------------------------------- */

static const char *probe_sentence(enum probe probe)
{
    switch (probe) {
    case PROBE_FOREIGN:
        return "answers from a zone of its own that has this name, not from rollcalld's.";
    case PROBE_EMPTY:
        return "knows the name but has no such zone.";
    case PROBE_NXDOMAIN:
        return "says that there is no such name: it asks elsewhere, not rollcalld.";
    case PROBE_REFUSED:
        return "refuses: it is not told to ask rollcalld, or does not serve this host.";
    case PROBE_SERVFAIL:
        return "failed (SERVFAIL): it cannot reach rollcalld, may not ask it, or takes "
               "its unsigned answers for forged.";
    case PROBE_SILENT:
        return "does not answer: is it running, and may this host ask it?";
    case PROBE_CLOSED:
        return "is not there: nothing listens at that address.";
    case PROBE_OTHER:
        return "does not answer the question.";
    case PROBE_ANSWER:
    case PROBE_NOT_ASKED:
        break;
    }
    return "";
}

static bool is_loopback(const struct address *address)
{
    if (address->any.sa_family == AF_INET)
        return (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr) != 0;
}

/* Nobody knows what it is: say in words what it must do. */
static void advise_unknown(const struct doctor_facts *facts,
                           const struct doctor_zone *zone,
                           const struct doctor_server *server, struct finding *finding,
                           struct doctor_verdict *verdict)
{
    const char *rollcalld = facts->rollcalld_text;

    if (is_loopback(&server->address)) {
        add_words(finding,
                  " Tell it to send the zone to %s; docs/forwarders.md has the lines for "
                  "the usual ones.",
                  rollcalld);
    } else if (is_loopback(&facts->rollcalld)) {
        add_words(
            finding,
            " It does not reach rollcalld at %s: let dns.listen name an address that "
            "it reaches, or run a forwarder on this host (docs/forwarders.md), like "
            "dnsmasq with these lines:",
            rollcalld);
        add_snippets(facts, zone, SOFTWARE_DNSMASQ, finding, verdict);
    } else {
        add_words(finding,
                  " Have it send the zone to %s, or run a forwarder on this host "
                  "(docs/forwarders.md), like dnsmasq with these lines:",
                  rollcalld);
        add_snippets(facts, zone, SOFTWARE_DNSMASQ, finding, verdict);
    }
}

/* It is in resolv.conf and does not run: say how it, or another one, comes to be. */
static void advise_absent(const struct doctor_facts *facts,
                          const struct doctor_zone *zone,
                          const struct doctor_server *server, struct finding *finding,
                          struct doctor_verdict *verdict)
{
    if (facts->resolv.by_default)
        add_words(finding, " %s names no server, and then libc asks this one.",
                  HOST_RESOLV_CONF);
    if (softwares[server->software].reload != NULL) {
        add_words(finding, " Start it: %s", softwares[server->software].reload);
        return;
    }
    if (is_loopback(&server->address))
        add_words(finding, " Start what belongs there,");
    else
        add_words(finding, " Let %s name one that is there,", HOST_RESOLV_CONF);
    add_words(finding, " or run a forwarder on this host (docs/forwarders.md), like "
                       "dnsmasq with these lines:");
    add_snippets(facts, zone, SOFTWARE_DNSMASQ, finding, verdict);
}

/* The name server has the zone, and not the addresses of a name that has some. */
static bool is_stripped(const struct doctor_zone *zone, unsigned index)
{
    return zone->through[index] == PROBE_ANSWER &&
           zone->name_through[index] != PROBE_ANSWER &&
           zone->name_through[index] != PROBE_NOT_ASKED;
}

static void judge_server(const struct doctor_facts *facts, const struct doctor_zone *zone,
                         unsigned index, enum finding_kind kind,
                         struct doctor_verdict *verdict)
{
    const struct doctor_server *server = &facts->servers[index];
    enum software software = server->software;
    enum probe probe = zone->through[index];
    const char *sentence =
        is_stripped(zone, index)
            ? "has the zone but takes the addresses out of its answers (protection "
              "against rebinding), or remembers an older one."
            : probe_sentence(probe);

    if (sentence[0] == '\0')
        return;
    struct finding *finding =
        add_finding(verdict, kind, zone->apex, "%s (%s) %s", server->text,
                    softwares[software].name, sentence);
    if (probe == PROBE_CLOSED)
        advise_absent(facts, zone, server, finding, verdict);
    if (probe == PROBE_CLOSED || probe == PROBE_SILENT)
        return;
    if (softwares[software].forward[0] == NULL) {
        advise_unknown(facts, zone, server, finding, verdict);
        return;
    }
    add_words(finding, " Add these lines, then: %s", softwares[software].reload);
    add_snippets(facts, zone, software, finding, verdict);
}

/* ---- The host ------------------------------------------------------------------- */

/* What stands between getaddrinfo() and the name servers, which do know the zone. */
static void judge_lookup(const struct doctor_facts *facts, const struct doctor_zone *zone,
                         struct doctor_verdict *verdict)
{
    const struct nsswitch *nsswitch = &facts->nsswitch;
    const struct name_source *mdns = nsswitch_mdns_before_dns(nsswitch);
    char line[HOST_LINE_TEXT + 8] = "hosts: ";
    struct finding *finding = NULL;

    nsswitch_suggest(nsswitch, line + 7, sizeof line - 7);
    if (zone->lookup == LOOKUP_OTHERS) {
        add_finding(
            verdict, FINDING_FAULT, zone->apex,
            "getaddrinfo() gives %.200s for %s, and rollcalld does not: /etc/hosts "
            "or another server answers for this name.",
            zone->addresses, zone->name);
    } else if (nsswitch_find(nsswitch, "dns") < 0 &&
               nsswitch_find(nsswitch, "resolve") < 0) {
        finding = add_finding(verdict, FINDING_FAULT, zone->apex,
                              "The line hosts: names neither dns nor resolve, so "
                              "getaddrinfo() never asks DNS. Make it:");
        add_lines(finding, HOST_NSSWITCH, line);
    } else if (mdns != NULL && name_is_multicast(zone->apex)) {
        finding = add_finding(verdict, FINDING_FAULT, zone->apex,
                              "%s %s stands before DNS and keeps names under local. for "
                              "multicast DNS (%s: %.100s). Put DNS first, or use an apex "
                              "outside of local., like service.internal:",
                              mdns->name, mdns->actions, zone->name, zone->addresses);
        add_lines(finding, HOST_NSSWITCH, line);
    } else if (facts->resolved_runs && nsswitch_find(nsswitch, "resolve") >= 0) {
        finding =
            add_finding(verdict, FINDING_FAULT, zone->apex,
                        "getaddrinfo() asks systemd-resolved, which does not find "
                        "%s (%.100s). Add these lines, then: %s",
                        zone->name, zone->addresses, softwares[SOFTWARE_RESOLVED].reload);
        add_snippets(facts, zone, SOFTWARE_RESOLVED, finding, verdict);
    } else {
        add_finding(verdict, FINDING_FAULT, zone->apex,
                    "getaddrinfo() does not find %s: %.200s. A cache (nscd, sssd) may "
                    "remember an older answer, or a firewall drops DNS.",
                    zone->name, zone->addresses);
    }
}

static void note_mdns(const struct doctor_facts *facts, const struct doctor_zone *zone,
                      struct doctor_verdict *verdict)
{
    const struct name_source *mdns = nsswitch_mdns_before_dns(&facts->nsswitch);

    if (mdns != NULL && name_is_multicast(zone->apex))
        add_finding(verdict, FINDING_NOTE, zone->apex,
                    "%s %s stands before DNS in %s. This version leaves names of three "
                    "labels to DNS; those before 0.14 do not.",
                    mdns->name, mdns->actions, HOST_NSSWITCH);
}

/* Do the name servers lead to the zone? glibc asks the next one after silence and
 * SERVFAIL, not after a no. */
static bool servers_find(const struct doctor_facts *facts, const struct doctor_zone *zone)
{
    for (unsigned i = 0; i < facts->resolv.server_count; i++) {
        if (zone->through[i] == PROBE_ANSWER)
            return !is_stripped(zone, i);
        if (zone->through[i] == PROBE_NXDOMAIN || zone->through[i] == PROBE_EMPTY ||
            zone->through[i] == PROBE_FOREIGN)
            return false;
    }
    return false;
}

/* What is wrong where rollcalld itself should answer. */
static const char *direct_sentence(enum probe probe)
{
    switch (probe) {
    case PROBE_REFUSED:
        return "refuses this host: its dns.allow_query must have an address of this "
               "host.";
    case PROBE_SERVFAIL:
        return "failed (SERVFAIL): it cannot answer from its registry now.";
    case PROBE_SILENT:
        return "does not answer: a firewall drops it, or it listens elsewhere "
               "(dns.listen).";
    case PROBE_CLOSED:
        return probe_sentence(probe);
    default:
        return "does not have the zone: another server listens there.";
    }
}

static bool judge_zone(const struct doctor_facts *facts, const struct doctor_zone *zone,
                       struct doctor_verdict *verdict)
{
    bool found = servers_find(facts, zone);

    if (zone->direct != PROBE_ANSWER) {
        add_finding(verdict, FINDING_FAULT, zone->apex,
                    "rollcalld at %s %s Its log says more; --server names another "
                    "address of it.",
                    facts->rollcalld_text, direct_sentence(zone->direct));
        return false;
    }
    bool works =
        zone->lookup == LOOKUP_FOUND || (zone->lookup == LOOKUP_NOT_TRIED && found);
    for (unsigned i = 0; i < facts->resolv.server_count; i++)
        judge_server(facts, zone, i, works || found ? FINDING_NOTE : FINDING_FAULT,
                     verdict);
    if (works)
        note_mdns(facts, zone, verdict);
    else if (found)
        judge_lookup(facts, zone, verdict);
    return works;
}

void doctor_judge(const struct doctor_facts *facts, struct doctor_verdict *out)
{
    memset(out, 0, sizeof *out);
    out->works = facts->zones_left_out == 0;
    for (unsigned i = 0; i < facts->zone_count; i++) {
        out->zone_works[i] = judge_zone(facts, &facts->zones[i], out);
        out->works = out->works && out->zone_works[i];
    }
    if (facts->zones_left_out > 0)
        add_finding(out, FINDING_FAULT, "",
                    "%u zones were not looked at: only the first "
                    "%d are.",
                    facts->zones_left_out, DOCTOR_ZONES);
}

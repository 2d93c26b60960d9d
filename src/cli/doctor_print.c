#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/doctor.h"
#include "cli/output.h"
#include "proto/encode.h"

enum { JSON_MAX = 1 << 20 };

static const char *probe_word(enum probe probe)
{
    static const char *const words[] = {
        [PROBE_NOT_ASKED] = "not asked",  [PROBE_ANSWER] = "answers",
        [PROBE_FOREIGN] = "another zone", [PROBE_EMPTY] = "NODATA",
        [PROBE_NXDOMAIN] = "NXDOMAIN",    [PROBE_REFUSED] = "REFUSED",
        [PROBE_SERVFAIL] = "SERVFAIL",    [PROBE_OTHER] = "another code",
        [PROBE_SILENT] = "no reply",      [PROBE_CLOSED] = "nobody there",
    };

    return words[probe];
}

static const char *lookup_word(enum lookup lookup)
{
    static const char *const words[] = {
        [LOOKUP_NOT_TRIED] = "not tried", [LOOKUP_FOUND] = "found",
        [LOOKUP_OTHERS] = "others",       [LOOKUP_ABSENT] = "absent",
        [LOOKUP_FAILED] = "failed",       [LOOKUP_SILENT] = "no reply",
    };

    return words[lookup];
}

/* ---- For people ----------------------------------------------------------------- */

static void print_http(const struct doctor_facts *facts)
{
    if (facts->http[0] == '\0' && facts->http_off[0] == '\0')
        return;
    fputs(facts->http[0] != '\0' ? "rollcalld serves HTTP at " : "HTTP is off: ", stdout);
    output_plain(stdout, facts->http[0] != '\0' ? facts->http : facts->http_off);
    putchar('\n');
}

static void print_host(const struct doctor_facts *facts)
{
    char hosts[HOST_LINE_TEXT];

    nsswitch_print(&facts->nsswitch, hosts, sizeof hosts);
    printf("rollcalld answers DNS at %s\n", facts->rollcalld_text);
    print_http(facts);
    printf("%s: ", HOST_RESOLV_CONF);
    for (unsigned i = 0; i < facts->resolv.server_count; i++) {
        const struct doctor_server *server = &facts->servers[i];
        printf("%s%s (", i > 0 ? ", " : "", server->text);
        output_plain(stdout, server->version[0] != '\0'
                                 ? server->version
                                 : doctor_software_name(server->software));
        putchar(')');
    }
    fputs(facts->resolv.by_default ? ", by default" : "", stdout);
    fputs(facts->resolv.search[0] != '\0' ? "; search " : "", stdout);
    output_plain(stdout, facts->resolv.search);
    printf("; ndots %u\n%s: hosts: ", facts->resolv.ndots, HOST_NSSWITCH);
    output_plain(stdout, hosts);
    puts(facts->nsswitch.by_default ? " (by default)" : "");
}

static void print_zone(const struct doctor_facts *facts, const struct doctor_zone *zone,
                       bool works)
{
    printf("\n%s %s\n", zone->apex, works ? "works" : "does not work");
    printf("  %-24s %s\n", "rollcalld", probe_word(zone->direct));
    for (unsigned i = 0; i < facts->resolv.server_count; i++)
        printf("  %-24s %s%s\n", facts->servers[i].text, probe_word(zone->through[i]),
               zone->name_through[i] == PROBE_EMPTY ? ", without addresses" : "");
    if (zone->lookup == LOOKUP_NOT_TRIED)
        return;
    printf("  %-24s %s: %s: ", "getaddrinfo()", zone->name, lookup_word(zone->lookup));
    output_plain(stdout, zone->addresses);
    putchar('\n');
}

static void print_lines(const struct finding *finding)
{
    const char *at = finding->lines;

    printf("    %s:\n", finding->file);
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        printf("        %.*s\n", (int)length, at);
        at += length + (at[length] == '\n');
    }
}

static void print_finding(const struct finding *finding)
{
    printf("  %s ", finding->kind == FINDING_FAULT ? "->" : "note:");
    output_plain(stdout, finding->text);
    putchar('\n');
    if (finding->file[0] != '\0')
        print_lines(finding);
}

void doctor_print_text(const struct doctor_facts *facts,
                       const struct doctor_verdict *verdict)
{
    print_host(facts);
    for (unsigned i = 0; i < facts->zone_count; i++) {
        print_zone(facts, &facts->zones[i], verdict->zone_works[i]);
        for (unsigned j = 0; j < verdict->count; j++)
            if (verdict->findings[j].zone == facts->zones[i].apex)
                print_finding(&verdict->findings[j]);
    }
    for (unsigned j = 0; j < verdict->count; j++)
        if (verdict->findings[j].zone[0] == '\0')
            print_finding(&verdict->findings[j]);
}

/* ---- For programs --------------------------------------------------------------- */

static void encode_servers(const struct doctor_facts *facts, struct buffer *out)
{
    buffer_text(out, ",\"nameservers\":[");
    for (unsigned i = 0; i < facts->resolv.server_count; i++) {
        const struct doctor_server *server = &facts->servers[i];
        buffer_format(out, "%s{\"address\":", i > 0 ? "," : "");
        encode_text(out, server->text);
        member_text(out, "software", doctor_software_name(server->software));
        if (server->version[0] != '\0')
            member_text(out, "version", server->version);
        buffer_char(out, '}');
    }
    buffer_char(out, ']');
}

static void encode_zone(const struct doctor_facts *facts, const struct doctor_zone *zone,
                        bool works, struct buffer *out)
{
    buffer_text(out, "{\"zone\":");
    encode_text(out, zone->apex);
    member_bool(out, "works", works);
    member_text(out, "rollcalld", probe_word(zone->direct));
    buffer_text(out, ",\"nameservers\":[");
    for (unsigned i = 0; i < facts->resolv.server_count; i++) {
        buffer_text(out, i > 0 ? "," : "");
        encode_text(out, probe_word(zone->through[i]));
    }
    buffer_char(out, ']');
    if (zone->name[0] != '\0')
        member_text(out, "name", zone->name);
    member_text(out, "getaddrinfo", lookup_word(zone->lookup));
    if (zone->lookup != LOOKUP_NOT_TRIED)
        member_text(out, "addresses", zone->addresses);
    buffer_char(out, '}');
}

static void encode_finding(const struct finding *finding, struct buffer *out)
{
    buffer_text(out, "{\"kind\":");
    encode_text(out, finding->kind == FINDING_FAULT ? "fault" : "note");
    member_text(out, "zone", finding->zone);
    member_text(out, "text", finding->text);
    if (finding->file[0] != '\0') {
        member_text(out, "file", finding->file);
        member_text(out, "lines", finding->lines);
    }
    buffer_char(out, '}');
}

void doctor_print_json(const struct doctor_facts *facts,
                       const struct doctor_verdict *verdict)
{
    char hosts[HOST_LINE_TEXT];
    struct buffer out;

    buffer_init(&out, JSON_MAX);
    buffer_format(&out, "{\"works\":%s", verdict->works ? "true" : "false");
    member_text(&out, "rollcalld", facts->rollcalld_text);
    member_text(&out, "http", facts->http);
    if (facts->http_off[0] != '\0')
        member_text(&out, "http_off", facts->http_off);
    encode_servers(facts, &out);
    member_text(&out, "search", facts->resolv.search);
    nsswitch_print(&facts->nsswitch, hosts, sizeof hosts);
    member_text(&out, "hosts", hosts);
    buffer_text(&out, ",\"zones\":[");
    for (unsigned i = 0; i < facts->zone_count; i++) {
        buffer_text(&out, i > 0 ? "," : "");
        encode_zone(facts, &facts->zones[i], verdict->zone_works[i], &out);
    }
    buffer_text(&out, "],\"findings\":[");
    for (unsigned i = 0; i < verdict->count; i++) {
        buffer_text(&out, i > 0 ? "," : "");
        encode_finding(&verdict->findings[i], &out);
    }
    buffer_text(&out, "]}");
    puts(out.failed ? "{}" : out.data);
    buffer_deinit(&out);
}

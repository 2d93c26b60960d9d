/* cli/doctor.h - does the resolver of this host find the zones of rollcalld?
 *
 * doctor_probe.c finds out (files and questions to name servers), doctor_judge.c says
 * what it means and what to do, doctor_print.c shows both. Judging is a pure function.
 * Times  every question is asked twice for a second at most, getaddrinfo() has ten; who
 *        stays silent once is not asked again.
 * Threads  one.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "dns/host_files.h"
#include "dns/name.h"

enum { DOCTOR_ZONES = 32, DOCTOR_FINDINGS = 64, DOCTOR_ADDRESSES = 16 };

/* What came of one question. */
enum probe {
    PROBE_NOT_ASKED,
    PROBE_ANSWER,
    PROBE_FOREIGN, /* a zone of that name that is not rollcalld's */
    PROBE_EMPTY,   /* NOERROR without what was asked for */
    PROBE_NXDOMAIN,
    PROBE_REFUSED,
    PROBE_SERVFAIL,
    PROBE_OTHER,  /* any other code */
    PROBE_SILENT, /* no reply in time */
    PROBE_CLOSED, /* nobody listens there */
};

enum software {
    SOFTWARE_UNKNOWN,
    SOFTWARE_ROLLCALL,
    SOFTWARE_RESOLVED,
    SOFTWARE_DNSMASQ,
    SOFTWARE_UNBOUND,
    SOFTWARE_BIND,
    SOFTWARE_COUNT
};

struct doctor_server {
    struct address address;
    char text[ADDRESS_TEXT];
    enum software software;
    char version[64]; /* as it says itself; "" when it does not */
    bool silent;      /* did not answer once: is not asked again */
};

/* What getaddrinfo() of this host said. */
enum lookup {
    LOOKUP_NOT_TRIED,
    LOOKUP_FOUND,  /* an address that rollcalld gives */
    LOOKUP_OTHERS, /* only addresses that rollcalld does not give */
    LOOKUP_ABSENT, /* no such name */
    LOOKUP_FAILED, /* any other fault */
    LOOKUP_SILENT, /* not within ten seconds */
};

struct doctor_zone {
    char apex[DNS_NAME_TEXT]; /* "service.local." */
    enum probe direct;        /* its SOA, of rollcalld itself */
    enum probe through[HOST_SERVERS];
    char name[DNS_NAME_TEXT]; /* one that has addresses; "" when none was found */
    enum probe name_through[HOST_SERVERS];
    enum lookup lookup;
    char addresses[512]; /* what getaddrinfo() gave, or its fault */
};

struct doctor_facts {
    struct address rollcalld;
    char rollcalld_text[ADDRESS_TEXT];
    char http[512];     /* where HTTP is served, with spaces; "" where nowhere */
    char http_off[256]; /* why nowhere; "" where it is, or is not said */
    struct resolv_conf resolv;
    struct nsswitch nsswitch;
    bool resolved_runs; /* its socket is there */
    bool lookup_silent; /* getaddrinfo() did not come back once */
    struct doctor_server servers[HOST_SERVERS];
    struct doctor_zone zones[DOCTOR_ZONES];
    unsigned zone_count;
    unsigned zones_left_out; /* more than DOCTOR_ZONES */
};

enum finding_kind { FINDING_NOTE, FINDING_FAULT };

struct finding {
    enum finding_kind kind;
    const char *zone; /* borrowed from the facts; "" when it concerns all */
    char text[512];   /* what is wrong, and what to do */
    char file[96];    /* where the lines go; "" when there are none */
    char lines[1024];
};

struct doctor_verdict {
    bool zone_works[DOCTOR_ZONES];
    bool works; /* all of them */
    struct finding findings[DOCTOR_FINDINGS];
    unsigned count;
};

/* ---- doctor_probe.c ------------------------------------------------------------- */

/* Fill resolv, nsswitch, servers and what is known of each zone; `rollcalld` and the
 * apexes are set. `services` (count) are names of services that may be asked for. */
void doctor_probe(struct doctor_facts *facts, const char *const *services, size_t count);

/* ---- doctor_judge.c ------------------------------------------------------------- */

void doctor_judge(const struct doctor_facts *facts, struct doctor_verdict *out);
/* What a name server that calls itself `version` is. */
enum software doctor_software(const char *version);
const char *doctor_software_name(enum software software);

/* ---- doctor_print.c ------------------------------------------------------------- */

void doctor_print_text(const struct doctor_facts *facts,
                       const struct doctor_verdict *verdict);
void doctor_print_json(const struct doctor_facts *facts,
                       const struct doctor_verdict *verdict);

#endif

/* answer/explaining.h - what the files of an explanation share (answer/explain.h).
 * Threads: control, online.
 */
#ifndef ANSWER_EXPLAINING_H
#define ANSWER_EXPLAINING_H

#include "answer/reply.h"
#include "answer/state.h"
#include "dns/query.h"
#include "model/explanation.h"

enum {
    EXPLAIN_NAMES = 10, /* of a chain of aliases, with the question's own */
    EXPLAIN_TEXT = 1024
};

/* An instance that was answered for itself. */
struct told {
    const struct rollcall_instance *is; /* borrowed from the index */
    unsigned before;                    /* RRs in the answer when it came to it */
};

/* One RR of the answer section. */
struct answered {
    const uint8_t *rdata;
    uint16_t length;
    uint16_t type;
    uint32_t ttl;
};

/* One instance of a service, while it is judged. */
struct judged {
    const struct entry *entry;
    enum member_reason reason;
    bool decided; /* `reason` is: it stands at one of the names, or was told */
    bool gives;   /* has a record of the type */
    bool in;      /* and the answer has it */
    uint32_t ttl;
};

struct explaining {
    struct witness witness; /* first: its functions get here by it */
    struct answer *answer;
    const struct explanation_question *question;
    struct explanation *out;
    struct dns_query query;
    struct reply reply;
    unsigned rcode;
    struct dns_name names[EXPLAIN_NAMES];
    unsigned name_count;
    struct growing told;     /* struct told */
    struct growing answered; /* struct answered */
    struct growing judged;   /* struct judged: of one service */
    bool is_virtual;         /* of that service: records that are nobody's */
    bool any_candidate;      /* somebody stands at the name */
    bool failed;             /* memory was short */
};

/* explain_where.c: which services are behind a name, and why an instance is not at it. */
bool where_mentions(const struct answer_zone *zone, const struct service *service,
                    const struct dns_name *name);
bool where_behind(const struct answer_zone *zone, const struct service *service,
                  const struct dns_name *name);
/* The same if its namespace were the one that the name says. */
bool where_behind_elsewhere(const struct answer_zone *zone, const struct service *service,
                            const struct dns_name *name);
/* What a name asks of a service: read once, since a service may be large. */
struct where {
    const struct answer_zone *zone; /* borrowed */
    const struct dns_name *name;    /* borrowed */
    bool other_namespace;           /* none of the service's */
    bool spelled;                   /* its datacenter, that of one of them */
    struct members_filter filter;   /* into the next two */
    char port[DNS_LABEL_MAX + 1];
    char selector[DNS_NAME_TEXT];
};
void where_read(const struct answer_zone *zone, const struct service *service,
                const struct dns_name *name, struct where *out);
enum member_reason where_not(const struct where *where, const struct entry *entry);

/* explain_service.c: judge the instances of every service and list them. */
void explain_services(struct explaining *now);

/* explain_words.c: sentences. */
void explain_words(const struct explaining *now, const struct answer_zone *zone,
                   const struct judged *judged, char *out, size_t size);
void explain_verdict(const struct explaining *now, char *out, size_t size);

#endif

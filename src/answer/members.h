/* answer/members.h - which instances of a service an owner name hands out, and why.
 *
 * One pure function decides it for the compiler and for whoever explains an answer: from
 * the rules of zone and service, the states of the entries and what the name asks for.
 * Source   docs/dns.md §1.3 to §1.6, §2.9, §2.11.
 * Threads  control.
 */
#ifndef ANSWER_MEMBERS_H
#define ANSWER_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "registry/catalogue.h"

enum member_reason {
    /* in */
    MEMBER_HEALTHY,
    MEMBER_WARNING, /* in warning, and those are served */
    MEMBER_OVERRIDDEN_UP,
    MEMBER_HELD,   /* its checks say otherwise, and too many would leave with it */
    MEMBER_FROZEN, /* its checks may say otherwise, and they are in doubt themselves */
    MEMBER_PANIC,  /* not healthy, but too few others are (min_healthy) */
    MEMBER_OPEN,   /* not healthy, as are all others (no_healthy: all) */
    MEMBER_NAMED,  /* its own name or address is asked for, whatever its health */
    MEMBER_LAST,   /* not healthy, but was among the last that were */
    /* out: of the wrong name or type */
    MEMBER_OTHER_LABEL,
    MEMBER_OTHER_TAG,
    MEMBER_OTHER_PORT, /* has no port of that name or protocol */
    MEMBER_NO_PORT,    /* an SRV needs one */
    MEMBER_HOST_NAME,  /* gives no address: it has a host name in place of them */
    MEMBER_NO_ADDRESS, /* of the family that is asked for */
    /* out, as explanations say it (answer/explain.h) */
    MEMBER_OTHER_NAMESPACE,
    MEMBER_OTHER_DATACENTER,
    MEMBER_NOT_NAMED,     /* has no such name: too long, or something else has it */
    MEMBER_NO_RECORD,     /* gives no record of that type */
    MEMBER_VIRTUAL,       /* a virtual address stands for all */
    MEMBER_BEYOND_LIMIT,  /* not this time: max_answers */
    MEMBER_BEYOND_PACKET, /* not this time: no room in the reply */
    /* out: somebody asked for it; whatever the others are, it stays out */
    MEMBER_DRAINING,
    MEMBER_OVERRIDDEN_DOWN,
    MEMBER_NODE_DOWN, /* with all of this node */
    /* out: not well */
    MEMBER_CRITICAL,
    MEMBER_STARTING,    /* no check has passed yet */
    MEMBER_NOT_PASSING, /* in warning, and only_passing says that is not enough */
    MEMBER_DAMPED,      /* moved too often */
    MEMBER_FROZEN_OUT,  /* was out before the checks came into doubt */
    MEMBER_REASONS
};

/* "critical", "wrong tag", ...: stable words for people and programs. */
const char *member_reason_word(enum member_reason reason);

static inline bool member_is_in(enum member_reason reason)
{
    return reason <= MEMBER_LAST;
}

static inline bool member_is_asked_out(enum member_reason reason)
{
    return reason >= MEMBER_DRAINING && reason <= MEMBER_NODE_DOWN;
}

/* What zone and service say together (answer/settings.h). */
struct members_rules {
    enum config_no_healthy no_healthy;
    uint32_t min_healthy; /* thousandths of all; fewer healthy: all are given */
    uint32_t until;       /* thousandths: once so, until that many are healthy */
    bool panicking;       /* it is so: the state of the service (panic.c) */
    bool only_passing;    /* leave out those in warning */
};

/* What an owner name and a type ask for. All zero: every instance. */
struct members_filter {
    const char *label; /* borrowed; only that one, well or not (instance_names) */
    const char *tag;   /* borrowed */
    const char *port;  /* borrowed; name of a port, of `protocol` too */
    bool by_protocol;  /* a port of `protocol` by any name */
    uint8_t protocol;  /* enum rollcall_protocol; with `port` or `by_protocol` */
    uint16_t type;     /* of records; 0: any */
};

/* An instance that may stand at the name. */
struct candidate {
    const struct entry *entry; /* borrowed; has an instance */
    int64_t ceased;            /* monotonic ms: when it was healthy last; 0: not known */
    enum member_reason reason; /* out: in, or why not */
};

/* What was decided for one name. */
struct members_count {
    uint32_t total;     /* that stand at this name, without those that were asked out */
    uint32_t asked_out; /* drained or overridden */
    uint32_t healthy;   /* of `total` */
    uint32_t in;        /* that are handed out */
    uint32_t by_reason[MEMBER_REASONS];
    int64_t due; /* monotonic ms: when it has to be decided again; INT64_MAX: never */
};

enum { MEMBERS_LAST_MS = 60 * 60 * 1000 }; /* how long no_healthy: last may last */

/* Does an instance stand at the name? MEMBER_HEALTHY: yes; else why not. Pure. */
enum member_reason members_match_name(const struct members_filter *filter,
                                      const struct entry *entry);
/* Has it records of filter->type? MEMBER_HEALTHY: yes; else why not. `alias`: all at the
 * name have host names. Pure. */
enum member_reason members_match_type(const struct members_filter *filter,
                                      const struct entry *entry, bool alias);

/* Fills in the reason of each candidate. `now`: monotonic ms. Pure. */
struct members_count members_choose(const struct members_rules *rules,
                                    const struct members_filter *filter,
                                    struct candidate *candidates, size_t count,
                                    int64_t now);

/* Are so few of them healthy that all are handed out? Pure. */
bool members_panic(const struct members_rules *rules, uint32_t healthy, uint32_t total);

/* Is one of the service's instances? Pure. */
bool members_any_well(const struct members_rules *rules, const struct service *service);

/* Is it well enough to be handed out? Pure. */
enum member_reason member_health(const struct members_rules *rules,
                                 const struct entry *entry);
/* The same without what people asked for (drain, override). Pure. */
enum member_reason member_judged(const struct members_rules *rules,
                                 const struct entry *entry);

#endif

/* conformance/case.h - a case file as a list of trials: what is sent, what must come.
 *
 * README.md of this folder says how a case is written.
 * Threads: one.
 */
#ifndef CONFORMANCE_CASE_H
#define CONFORMANCE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/reason.h"
#include "rollcall/status.h"

enum {
    CASE_NAMES = 16,
    CASE_TYPES = 64,
    CASE_ASKS = 8,
    CASE_RECORDS = 64,
    CASE_OPTIONS = 8,
    CASE_BYTES = 66000
};

struct case_option {
    uint16_t code;
    uint16_t length;
    uint8_t data[128];
};

/* One line "ask" or "send"; with several names and types it is as many trials. */
struct case_ask {
    unsigned line;
    bool udp, tcp;
    bool raw; /* `bytes` are sent as they are */
    bool header_only;
    char *names[CASE_NAMES]; /* owned, absolute text */
    uint16_t types[CASE_TYPES];
    unsigned name_count, type_count;
    uint16_t class_;
    uint16_t flags;
    bool opt;
    uint16_t opt_size;
    uint8_t opt_version;
    uint16_t opt_flags;
    struct case_option options[CASE_OPTIONS];
    unsigned option_count;
    struct address from; /* who asks; family 0: this host itself */
    uint8_t *bytes;      /* owned */
    size_t length;
};

enum case_section { CASE_ANSWER, CASE_AUTHORITY, CASE_ADDITIONAL, CASE_SECTIONS };

struct case_records {
    bool any;                    /* not looked at */
    int exact;                   /* how many there must be, -1: as listed */
    char *records[CASE_RECORDS]; /* owned, master file text; @ is the name asked */
    unsigned count;
};

struct case_reply {
    bool silence;
    unsigned rcode;
    uint16_t flags; /* besides QR, exactly */
    bool no_question;
    bool opt_given; /* a line "opt" was there */
    bool opt;
    bool opt_do;
    int ede;        /* -1: none */
    int tsig_error; /* of an unsigned TSIG; -1: there is no TSIG */
    struct case_option options[CASE_OPTIONS];
    unsigned option_count;
    size_t size_max; /* 0: what the transport allows */
    struct case_records sections[CASE_SECTIONS];
};

struct case_block {
    struct case_ask *asks[CASE_ASKS]; /* owned */
    unsigned ask_count;
    struct case_reply reply;
};

struct case_file {
    char path[512];
    char zone[256];            /* where names without a final dot lie */
    char ns[64];               /* its SOA: the name server in it, and ... */
    unsigned negative_ttl;     /* ... TTL and MINIMUM */
    struct case_block *blocks; /* owned */
    size_t count;
};

enum rollcall_status case_read(const char *path, struct case_file *out,
                               struct reason *why);
void case_deinit(struct case_file *file);

/* "web" in zone "service.local." is "web.service.local."; "@" is the zone. */
void case_absolute(const char *zone, const char *name, char *out, size_t size);

#endif

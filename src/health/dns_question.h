/* health/dns_question.h - the options of a DNS check: the question they make, and what a
 * reply says to it. Pure.
 *
 * Source   RFC 1035 §4.1 (messages), §4.2.1 (truncation); RFC 5452 §9.1 (which replies
 *          are ours: id and question must match, or somebody else may have sent them).
 * Threads  pure functions, any thread.
 */
#ifndef HEALTH_DNS_QUESTION_H
#define HEALTH_DNS_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "dns/name.h"
#include "health/outcome.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

enum { DNS_QUESTION_MAX = 12 + 255 + 4 };

struct dns_question {
    struct dns_name name;
    uint16_t type;
    uint16_t rcodes; /* those that pass: 1 << rcode */
    bool recursion;  /* RD */
};

/* "NAME" or "NAME TYPE" of `query`, else the A of `host`; rcodes and RD. E_INVALID and
 * E_MISSING_FIELD with the field. */
enum rollcall_status dns_question_read(const struct rollcall_check *check,
                                       const char *host, struct dns_question *out,
                                       struct reason *why);

/* Into `out` of DNS_QUESTION_MAX octets; the length. No OPT: whoever speaks DNS at all
 * understands it, and what does not fit is asked again by TCP. */
size_t dns_question_write(const struct dns_question *question, uint16_t id, uint8_t *out);

enum dns_reply_kind {
    DNS_REPLY_FOREIGN, /* not to our question: go on waiting */
    DNS_REPLY_CUT,     /* truncated: ask by TCP */
    DNS_REPLY_JUDGED
};

/* What `asked` (as written) got. JUDGED: `*outcome` and a detail for people. FOREIGN: the
 * detail says in what it differs. `expected`: the option expect_answer; NULL: none. */
enum dns_reply_kind dns_reply_judge(const struct dns_question *question,
                                    const uint8_t *asked, size_t asked_length,
                                    const char *expected, bool tcp, const uint8_t *reply,
                                    size_t length, enum check_outcome *outcome,
                                    char *detail, size_t size);

#endif

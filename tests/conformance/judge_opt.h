/* conformance/judge_opt.h - the OPT of a reply: there when asked, and what is in it.
 * Threads: one.
 */
#ifndef CONFORMANCE_JUDGE_OPT_H
#define CONFORMANCE_JUDGE_OPT_H

#include <ldns/ldns.h>

#include "conformance/judge.h"

/* Without a line "opt" in the case: an OPT if and only if the query had one, of version
 * 0 and size 1232, DO as asked, no options; an extended error where the case has one. */
bool judge_opt(const struct trial *trial, const uint8_t *reply, const ldns_pkt *packet,
               struct reason *why);

#endif

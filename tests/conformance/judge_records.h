/* conformance/judge_records.h - one section of a reply against the records of a case.
 * Threads: one.
 */
#ifndef CONFORMANCE_JUDGE_RECORDS_H
#define CONFORMANCE_JUDGE_RECORDS_H

#include <ldns/ldns.h>

#include "conformance/judge.h"

/* The same records in the same order, spelled alike. A "*" in the case stands for the
 * serial of an SOA. */
bool judge_records(const struct trial *trial, enum case_section section,
                   ldns_rr_list *found, struct reason *why);

#endif

/* answer/chase.h - where a host name in our own zones leads to.
 *
 * An SRV must not point at an alias (RFC 2782), so a target that is one in a zone of ours
 * is replaced by the end of its chain, and the addresses found there go along. What is
 * compiled remembers in a watch which names it went by, and is compiled again when one of
 * them changes.
 * Source   docs/dns.md §1.5, §2.2, §2.11.
 * Threads  any reader, online; with a watch: control.
 */
#ifndef ANSWER_CHASE_H
#define ANSWER_CHASE_H

#include "answer/index.h"
#include "answer/records.h"

/* A member that points at the end of a chain, and what it is made of. */
struct chased {
    struct rollcall_instance is;
    struct dns_name end;
};

/* If `member` has a host name in one of our zones, let it point at the end of the chain;
 * a chain that goes round stays where it begins. `table` is the one to look in, `watch`
 * may be NULL. */
void chase_member(const struct answer_index *index, const struct answer_table *table,
                  struct answer_watch *watch, struct member *member, struct chased *room);

/* The addresses at the name that a chased member points at: A RRs, then AAAA, each set
 * whole or not at all. Returns how many are A. */
uint32_t chase_addresses(const struct answer_index *index,
                         const struct answer_table *table, const struct member *member,
                         struct record_writer *out);

#endif

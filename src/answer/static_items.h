/* answer/static_items.h - the static records of a zone, gathered, judged and sorted.
 *
 * Those of its file, its name servers with their addresses, and those of its layout.
 * Errors name the file and line: records that would need answers we do not give.
 * Threads  control, at start.
 */
#ifndef ANSWER_STATIC_ITEMS_H
#define ANSWER_STATIC_ITEMS_H

#include "answer/zone.h"

struct fixed_record;

/* One record. All borrowed. */
struct static_item {
    const uint8_t *owner;
    const uint8_t *rdata;
    uint32_t ttl;
    uint32_t line;
    uint16_t rdata_length;
    uint16_t type;
    uint8_t owner_length;
};

struct static_items {
    struct answer_zone *zone; /* borrowed */
    struct static_item *list; /* owned; by owner, then type */
    size_t count;
    struct dns_name *ns;        /* owned: the configured name servers */
    struct fixed_record *fixed; /* owned: those of the layout */
};

/* What they say lives as long as `zone` and `file`. To be taken down whatever it returns;
 * E_NOMEM comes without a reason. Says in the zone whether it has delegations. */
enum rollcall_status static_items_init(struct static_items *all, struct answer_zone *zone,
                                       const struct zonefile *file, struct reason *why);
void static_items_deinit(struct static_items *all);

/* 0: they have the same owner. */
int static_item_compare_owner(const struct static_item *a, const struct static_item *b);
/* Number of the first one of `owner`, or of who follows it. */
size_t static_items_find(const struct static_items *all, const uint8_t *owner,
                         size_t length);
/* Is `owner` delegated? */
bool static_items_is_cut(const struct static_items *all, const uint8_t *owner,
                         size_t length);
/* The delegation that `item` lies below, the length of its name; 0: none. */
size_t static_items_cut_above(const struct static_items *all,
                              const struct static_item *item);

#endif

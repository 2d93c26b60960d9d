/* travel/folded.h - rows of the history, folded to the state of a time.
 *
 * Every row has one part of one instance; the last of each counts.
 * Threads  any, one at a time.
 */
#ifndef TRAVEL_FOLDED_H
#define TRAVEL_FOLDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "registry/standing.h"
#include "store/history.h"

/* Bytes of a part; NULL: nothing is said by it. */
struct folded_bytes {
    uint8_t *bytes; /* owned */
    uint32_t length;
};

struct folded {
    bool alive;
    uint64_t revision; /* of its definition */
    int64_t row;       /* with it: its seq */
    uint32_t owner;
    uint64_t created;
    char label[64];
    struct folded_bytes health;
    struct folded_bytes standing[STANDING_PARTS];
    struct folded_bytes judged;
    int64_t judged_row;
    char id[];
};

struct folding {
    struct table by_id; /* of struct folded */
    int64_t started;    /* row of the last start; 0: none */
    int64_t node_since; /* wall ms: the node is down since then; 0: it is not */
    bool failed;        /* no memory */
};

void folding_init(struct folding *folding);
void folding_deinit(struct folding *folding);
/* For history_fold(): `owner` is a struct folding. */
bool folding_take(void *owner, const struct history_row *row);

#endif

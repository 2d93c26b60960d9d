/* store/change_queue.h - changes in a row, in the order of their submission.
 *
 * Linked by change->next; the changes belong to whoever has the queue. All zero is empty.
 * Threads  whoever has it; where two do, under their lock.
 */
#ifndef STORE_CHANGE_QUEUE_H
#define STORE_CHANGE_QUEUE_H

#include <stdint.h>

#include "registry/change.h"

struct change_queue {
    struct change *first;
    struct change *last;
    uint64_t count;
};

void change_queue_append(struct change_queue *queue, struct change *change);
/* Everything of `from` goes behind what is in `to`. */
void change_queue_move(struct change_queue *to, struct change_queue *from);
/* The first `most` of `from`, and those that are joined to the last of them. */
struct change_queue change_queue_take(struct change_queue *from, uint64_t most);
struct change_queue change_queue_take_all(struct change_queue *from);

void change_queue_refuse(struct change_queue *queue);
/* How many are not refused. */
uint64_t change_queue_live(const struct change_queue *queue);

#endif

#include "store/change_queue.h"

void change_queue_append(struct change_queue *queue, struct change *change)
{
    change->next = NULL;
    if (queue->last == NULL)
        queue->first = change;
    else
        queue->last->next = change;
    queue->last = change;
    queue->count++;
}

void change_queue_move(struct change_queue *to, struct change_queue *from)
{
    if (from->first == NULL)
        return;
    if (to->last == NULL)
        to->first = from->first;
    else
        to->last->next = from->first;
    to->last = from->last;
    to->count += from->count;
    *from = (struct change_queue){ 0 };
}

struct change_queue change_queue_take(struct change_queue *from, uint64_t most)
{
    struct change_queue taken = { .first = from->first };

    while (from->first != NULL && (taken.count < most || from->first->joined)) {
        taken.last = from->first;
        taken.count++;
        from->first = from->first->next;
    }
    from->count -= taken.count;
    if (from->first == NULL)
        from->last = NULL;
    if (taken.last != NULL)
        taken.last->next = NULL;
    return taken;
}

struct change_queue change_queue_take_all(struct change_queue *from)
{
    struct change_queue taken = *from;

    *from = (struct change_queue){ 0 };
    return taken;
}

void change_queue_refuse(struct change_queue *queue)
{
    for (struct change *change = queue->first; change != NULL; change = change->next)
        change->status = ROLLCALL_E_UNAVAILABLE;
}

uint64_t change_queue_live(const struct change_queue *queue)
{
    uint64_t live = 0;

    for (const struct change *change = queue->first; change != NULL;
         change = change->next)
        live += change->status == ROLLCALL_OK;
    return live;
}

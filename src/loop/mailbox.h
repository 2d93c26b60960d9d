/* loop/mailbox.h - hand items from any thread to one loop, in order.
 *
 * An item is anything that embeds a struct mail. Posting never blocks longer than the
 * few instructions under its mutex and allocates nothing.
 * Threads: mailbox_post() any; everything else the thread of the loop.
 */
#ifndef LOOP_MAILBOX_H
#define LOOP_MAILBOX_H

#include <uv.h>

#include "rollcall/status.h"

struct mail {
    struct mail *next; /* the mailbox's while posted */
};

struct mailbox;

/* `on_mail` is called on the loop for every item, in the order of posting. */
enum rollcall_status mailbox_open(uv_loop_t *loop,
                                  void (*on_mail)(void *owner, struct mail *mail),
                                  void *owner, struct mailbox **out);
void mailbox_post(struct mailbox *mailbox, struct mail *mail);
/* Deliver what was posted so far, now, without waiting for the loop. */
void mailbox_drain(struct mailbox *mailbox);
/* No thread may post any more. What is left is not delivered. NULL is allowed. */
void mailbox_close(struct mailbox *mailbox);

#endif

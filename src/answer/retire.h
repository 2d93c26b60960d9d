/* answer/retire.h - hand memory to liburcu, and tell the thread sanitizer about it.
 *
 * liburcu is not instrumented, so the sanitizer cannot see that a grace period lies
 * between a reader's last look and the free(). answer_retire() and the reclaim callbacks
 * say it with one token; without the sanitizer they cost nothing.
 * Threads  answer_retire(): control, online. answer_reclaimed(): the reclaimer.
 */
#ifndef ANSWER_RETIRE_H
#define ANSWER_RETIRE_H

#include <urcu/urcu-qsbr.h>

/* Call `reclaim(head)` on the reclaimer once no reader can see the object. */
void answer_retire(struct rcu_head *head, void (*reclaim)(struct rcu_head *head));

/* First thing in every reclaim callback. */
void answer_reclaimed(void);

#endif

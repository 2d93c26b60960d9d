/* alert/message.h - alerts that go to one receiver together.
 *
 * Times    wall milliseconds.
 * Threads  control.
 */
#ifndef ALERT_MESSAGE_H
#define ALERT_MESSAGE_H

#include "alert/fact.h"
#include "base/list.h"
#include "config/alerts.h"

/* Alerts of one message; beyond that it is closed and another is opened. At some 400
 * octets of JSON each that is less than a megabyte, what servers take. */
enum { MESSAGE_FACTS_MAX = 2000 };

struct message {
    struct list among;
    const struct config_receiver *receiver; /* borrowed: the configuration outlives us */
    uint64_t number;                        /* of its record; 0: it has none */
    int64_t created;
    unsigned failures;   /* attempts that failed */
    int64_t due;         /* monotonic ms of the next attempt */
    struct fact **facts; /* owned array, a reference each */
    uint32_t count;
};

/* Takes over `facts` and the references in it, also when it fails (NULL). */
struct message *message_create(const struct config_receiver *receiver,
                               struct fact **facts, uint32_t count, int64_t wall);
void message_destroy(struct message *message); /* NULL is allowed */

/* As bytes for the store; and back: NULL where they are damaged, the receiver is not in
 * `alerts` any more, or memory is short. */
void message_pack(const struct message *message, struct buffer *out);
struct message *message_unpack(const struct config_alerts *alerts, uint64_t number,
                               struct byte_reader *in);

#endif

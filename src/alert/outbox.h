/* alert/outbox.h - messages on their way: collected, sent in order, tried again, bounded.
 *
 * Each receiver has a lane of its own: what hangs there holds up no other. In a lane one
 * message is under way at a time, the oldest first.
 * Times    `now` monotonic, `wall` since 1970, ms.
 * Threads  control; a plain engine: no clock, no socket.
 */
#ifndef ALERT_OUTBOX_H
#define ALERT_OUTBOX_H

#include "alert/group.h"
#include "alert/message.h"
#include "alert/post.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/random.h"

struct outbox;

struct lane {
    struct outbox *outbox;
    const struct config_receiver *receiver; /* borrowed */
    struct group group;
    struct list messages; /* of struct message, the oldest first */
    bool busy;            /* the first one is under way */
};

struct outbox_counts {
    counter grouped;   /* alerts that replaced one that waited */
    counter messages;  /* made */
    counter delivered; /* messages */
    counter retries;
    counter refused; /* messages that their receiver will never take */
    counter given_up;
    counter dropped; /* alerts, by the bound */
    counter queued;  /* alerts in messages now */
};

struct outbox_settings {
    const struct config_alerts *alerts; /* borrowed */
    struct outbox_counts *counts;       /* borrowed */
    /* Begin to send the first message of the lane; then outbox_ended() is called once,
     * not from inside. On another status than OK it counts as tried in vain. */
    enum rollcall_status (*send)(void *owner, struct lane *lane,
                                 const struct message *message, struct reason *why);
    /* Record it (it has its number then), or forget it. */
    void (*save)(void *owner, const struct message *message);
    void (*forget)(void *owner, uint64_t number);
    void *owner;
    uint64_t seed; /* of the jitter */
};

struct outbox {
    struct outbox_settings settings;
    struct lane *lanes; /* owned; one for each receiver */
    uint32_t lane_count;
    uint64_t queued;      /* alerts in messages */
    uint64_t last_number; /* of a message */
    struct random_state random;
    bool overflowing; /* said once, until all is delivered */
    struct log_limit failures;
};

enum rollcall_status outbox_init(struct outbox *outbox,
                                 const struct outbox_settings *settings);
void outbox_deinit(struct outbox *outbox);

/* For the receivers whose bits are set. */
void outbox_add(struct outbox *outbox, uint64_t receivers, struct fact *fact, int64_t now,
                int64_t wall);
/* A record of an earlier life; takes it over. */
void outbox_load(struct outbox *outbox, struct message *message);
/* Close the groups and send the messages that are due. */
void outbox_run_due(struct outbox *outbox, int64_t now, int64_t wall);
/* INT64_MAX: nothing waits for its time. */
int64_t outbox_next_due(const struct outbox *outbox);
/* Close every group now: the daemon stops. Nothing is sent. */
void outbox_close(struct outbox *outbox, int64_t now, int64_t wall);
/* The attempt in this lane ended. */
void outbox_ended(struct lane *lane, const struct post_result *result, int64_t now,
                  int64_t wall);

#endif

/* alert/internal.h - the engine from inside: shared by the files that make it whole.
 * Threads  control.
 */
#ifndef ALERT_INTERNAL_H
#define ALERT_INTERNAL_H

#include "alert/alarms.h"
#include "alert/alert.h"
#include "alert/keeper.h"
#include "alert/outbox.h"
#include "alert/silence.h"
#include "registry/notices.h"

struct curl_bridge;
struct ticker;

enum { TESTS_MAX = 16 };

struct alert_counts {
    counter pending, firing, silenced, overflowed;
    struct outbox_counts outbox;
};

/* A test under way. */
struct test {
    struct list among;
    struct alert *alert;
    struct post *post;
    alert_tested done;
    void *context;
};

/* What is under way in a lane, and who hears of its end. */
struct sending {
    struct alert *alert;
    struct lane *lane;
    struct post *post; /* NULL: nothing */
};

struct alert {
    struct registry *registry; /* borrowed: outlives us */
    struct alert_settings settings;
    uv_loop_t *loop;          /* borrowed */
    struct rule *rules;       /* owned */
    struct sending *sendings; /* owned; one for each lane */
    struct alarms alarms;
    struct outbox outbox;
    struct silences silences;
    struct listener listener;
    struct notice_listener notice_listener;
    struct poster poster;
    struct curl_bridge *bridge; /* owned; NULL: not needed so far */
    struct ticker *ticker;      /* owned */
    struct list tests;
    uint32_t test_count;
    int64_t repeat_ms; /* that of the rules; 0: some say a thing only once */
    bool started, stopped;
    struct log_limit full;
    struct alert_counts counts;
    const void *blocks[1];
    struct counter_group group;
};

/* After anything that moved a due time. */
void alert_rearm(struct alert *alert);
/* Write the body for `receiver` and begin to send it. */
enum rollcall_status alert_post(struct alert *alert, const struct message *message,
                                bool is_test,
                                void (*on_end)(void *owner,
                                               const struct post_result *result),
                                void *owner, struct post **out, struct reason *why);

/* watch.c: the registry tells us, and we tell the alarms. */
void alert_on_event(void *owner, const struct event *event);
void alert_on_notice(void *owner, const struct notice *notice);
bool alert_is_ready(void *owner, const struct fact *fact);

/* silences.c */
bool alert_load_silence(struct alert *alert, const char *key, struct byte_reader *in);
/* Those that are over end; what they covered and is still so is told. */
void alert_end_silences(struct alert *alert, int64_t now, int64_t wall);

/* test.c */
void alert_cancel_tests(struct alert *alert);

#endif

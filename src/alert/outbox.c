#include "alert/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/backoff.h"
#include "base/units.h"

enum rollcall_status outbox_init(struct outbox *outbox,
                                 const struct outbox_settings *settings)
{
    uint32_t count = settings->alerts->receiver_count;

    *outbox = (struct outbox){ .settings = *settings };
    random_init(&outbox->random, settings->seed);
    outbox->lanes = calloc(count + 1, sizeof *outbox->lanes);
    if (outbox->lanes == NULL)
        return ROLLCALL_E_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        struct lane *lane = &outbox->lanes[i];
        lane->outbox = outbox;
        lane->receiver = &settings->alerts->receivers[i];
        group_init(&lane->group);
        list_init(&lane->messages);
    }
    outbox->lane_count = count;
    return ROLLCALL_OK;
}

void outbox_deinit(struct outbox *outbox)
{
    for (uint32_t i = 0; i < outbox->lane_count; i++) {
        struct lane *lane = &outbox->lanes[i];
        group_deinit(&lane->group);
        list_for_each_safe (at, keep, &lane->messages)
            message_destroy(list_entry(at, struct message, among));
    }
    free(outbox->lanes);
    outbox->lanes = NULL;
    outbox->lane_count = 0;
}

static struct message *first_of(const struct lane *lane)
{
    return list_empty(&lane->messages)
               ? NULL
               : list_entry(lane->messages.next, struct message, among);
}

static void count_queued(struct outbox *outbox)
{
    counter_set(&outbox->settings.counts->queued, outbox->queued);
    if (outbox->queued == 0)
        outbox->overflowing = false;
}

/* It is out of the queue, for whatever reason. */
static void discard(struct outbox *outbox, struct message *message)
{
    outbox->queued -= message->count;
    list_remove(&message->among);
    outbox->settings.forget(outbox->settings.owner, message->number);
    message_destroy(message);
    count_queued(outbox);
}

/* The oldest message that is not under way; NULL: there is none. */
static struct message *oldest(const struct outbox *outbox)
{
    struct message *found = NULL;

    for (uint32_t i = 0; i < outbox->lane_count; i++) {
        const struct lane *lane = &outbox->lanes[i];
        struct list *at = lane->messages.next;
        if (lane->busy)
            at = at->next;
        if (at == &lane->messages)
            continue;
        struct message *message = list_entry(at, struct message, among);
        if (found == NULL || message->number < found->number)
            found = message;
    }
    return found;
}

static void keep_bound(struct outbox *outbox)
{
    while (outbox->queued > outbox->settings.alerts->queue) {
        struct message *message = oldest(outbox);
        if (message == NULL)
            return;
        counter_add(&outbox->settings.counts->dropped, message->count);
        if (!outbox->overflowing)
            log_error("alert",
                      "more than %" PRIu32 " alerts wait (alerts.queue) and receiver %s "
                      "does not take them: the oldest are dropped from now on",
                      outbox->settings.alerts->queue, message->receiver->name);
        outbox->overflowing = true;
        discard(outbox, message);
    }
}

static void append(struct lane *lane, struct message *message)
{
    list_append(&lane->messages, &message->among);
    lane->outbox->queued += message->count;
    count_queued(lane->outbox);
}

/* The group becomes a message. */
static void close_group(struct lane *lane, int64_t now, int64_t wall)
{
    struct outbox *outbox = lane->outbox;
    uint32_t count;
    struct fact **facts = group_take(&lane->group, &count);

    if (facts == NULL)
        return;
    struct message *message = message_create(lane->receiver, facts, count, wall);
    if (message == NULL) {
        counter_add(&outbox->settings.counts->dropped, count);
        return;
    }
    message->number = ++outbox->last_number;
    message->due = now;
    counter_add(&outbox->settings.counts->messages, 1);
    append(lane, message);
    outbox->settings.save(outbox->settings.owner, message);
    keep_bound(outbox);
}

void outbox_add(struct outbox *outbox, uint64_t receivers, struct fact *fact, int64_t now,
                int64_t wall)
{
    int64_t wait = (int64_t)outbox->settings.alerts->group_wait_ms;

    for (uint32_t i = 0; i < outbox->lane_count && i < 64; i++) {
        struct lane *lane = &outbox->lanes[i];
        if ((receivers >> i & 1) == 0)
            continue;
        enum group_added added = group_add(&lane->group, fact, now, wait);
        if (added == GROUP_SAME)
            counter_add(&outbox->settings.counts->grouped, 1);
        else if (added == GROUP_NO_MEMORY)
            counter_add(&outbox->settings.counts->dropped, 1);
        if (lane->group.count >= MESSAGE_FACTS_MAX)
            close_group(lane, now, wall);
    }
}

void outbox_load(struct outbox *outbox, struct message *message)
{
    if (message->number > outbox->last_number)
        outbox->last_number = message->number;
    for (uint32_t i = 0; i < outbox->lane_count; i++) {
        if (outbox->lanes[i].receiver != message->receiver)
            continue;
        message->due = INT64_MIN;
        append(&outbox->lanes[i], message);
        keep_bound(outbox);
        return;
    }
    message_destroy(message);
}

static void give_up(struct lane *lane, struct message *message, const char *phrase)
{
    char time[32];

    units_print_duration(lane->outbox->settings.alerts->retry_for_ms, time, sizeof time);
    counter_add(&lane->outbox->settings.counts->given_up, 1);
    log_error("alert",
              "receiver %s took nothing for %s (alerts.retry_for), last it %s: a message "
              "with %" PRIu32 " alerts is given up",
              lane->receiver->name, time, phrase, message->count);
    discard(lane->outbox, message);
}

static void try_again(struct lane *lane, struct message *message, int64_t asked,
                      const char *phrase, int64_t now, int64_t wall)
{
    struct outbox *outbox = lane->outbox;
    char wait[32];

    if (wall - message->created >= (int64_t)outbox->settings.alerts->retry_for_ms) {
        give_up(lane, message, phrase);
        return;
    }
    int64_t pause = backoff_wait(&outbox->random, ++message->failures, asked);
    message->due = now + pause;
    counter_add(&outbox->settings.counts->retries, 1);
    units_print_duration((uint64_t)pause, wait, sizeof wait);
    log_limited(&outbox->failures, now, LOG_LEVEL_WARNING, "alert",
                "receiver %s %s; attempt %u comes in %s", lane->receiver->name, phrase,
                message->failures + 1, wait);
}

void outbox_ended(struct lane *lane, const struct post_result *result, int64_t now,
                  int64_t wall)
{
    struct message *message = first_of(lane);

    lane->busy = false;
    switch (result->end) {
    case POST_DELIVERED:
        counter_add(&lane->outbox->settings.counts->delivered, 1);
        discard(lane->outbox, message);
        break;
    case POST_TRY_AGAIN:
        try_again(lane, message, result->asked, result->phrase, now, wall);
        break;
    case POST_REFUSED:
        counter_add(&lane->outbox->settings.counts->refused, 1);
        log_error("alert",
                  "receiver %s %s: a message with %" PRIu32
                  " alerts is dropped, since it "
                  "would be refused again",
                  lane->receiver->name, result->phrase, message->count);
        discard(lane->outbox, message);
        break;
    }
}

static void send_first(struct lane *lane, int64_t now, int64_t wall)
{
    struct outbox *outbox = lane->outbox;
    struct message *message = first_of(lane);
    struct reason why = REASON_NONE;

    if (message == NULL || lane->busy || message->due > now)
        return;
    lane->busy = true;
    enum rollcall_status status =
        outbox->settings.send(outbox->settings.owner, lane, message, &why);
    if (status == ROLLCALL_OK)
        return;
    lane->busy = false;
    char phrase[sizeof why.text + 16];
    strcpy(phrase, "was not asked: ");
    strcat(phrase, reason_text(&why, rollcall_status_text(status)));
    try_again(lane, message, 0, phrase, now, wall);
}

void outbox_run_due(struct outbox *outbox, int64_t now, int64_t wall)
{
    for (uint32_t i = 0; i < outbox->lane_count; i++) {
        struct lane *lane = &outbox->lanes[i];
        if (lane->group.due <= now)
            close_group(lane, now, wall);
        send_first(lane, now, wall);
    }
}

int64_t outbox_next_due(const struct outbox *outbox)
{
    int64_t next = INT64_MAX;

    for (uint32_t i = 0; i < outbox->lane_count; i++) {
        const struct lane *lane = &outbox->lanes[i];
        const struct message *message = first_of(lane);
        if (lane->group.due < next)
            next = lane->group.due;
        if (message != NULL && !lane->busy && message->due < next)
            next = message->due;
    }
    return next;
}

void outbox_close(struct outbox *outbox, int64_t now, int64_t wall)
{
    for (uint32_t i = 0; i < outbox->lane_count; i++)
        close_group(&outbox->lanes[i], now, wall);
}

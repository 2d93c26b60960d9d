/* alert/post.h - one attempt to deliver one message.
 *
 * A kind of receiver is a row: webhook, exec. An attempt ends in exactly one `on_end`,
 * in a later turn, unless it is cancelled. Nothing here blocks but the reading of the
 * token and CA files, which are small and local.
 * Threads  control.
 */
#ifndef ALERT_POST_H
#define ALERT_POST_H

#include <stddef.h>

#include "base/reason.h"
#include "config/alerts.h"
#include "rollcall/status.h"

struct curl_bridge;
struct exec_bridge;
struct exec_job;
struct fetch;

enum post_end {
    POST_DELIVERED,
    POST_TRY_AGAIN, /* not now */
    POST_REFUSED    /* never: it would be refused again */
};

/* Borrowed by on_end(). */
struct post_result {
    enum post_end end;
    int64_t asked;      /* ms to wait, as the receiver said; 0: it did not */
    const char *phrase; /* "answered 503": completes "it ...", holds no secret */
};

/* What attempts are made with; borrowed: outlives them. */
struct poster {
    struct curl_bridge *curl;
    struct exec_bridge *exec; /* NULL: no commands can be run */
};

struct post {
    const struct poster *poster;
    const struct config_receiver *receiver;
    void (*on_end)(void *owner, const struct post_result *result);
    void *owner;
    struct fetch *fetch;
    struct exec_job *job;
};

struct post_kind {
    enum rollcall_status (*start)(struct post *post, const char *body, size_t length,
                                  struct reason *why);
    void (*cancel)(struct post *post);
    size_t most; /* octets of a body */
};

extern const struct post_kind post_webhook;
extern const struct post_kind post_exec;

const struct post_kind *post_kind_of(const struct config_receiver *receiver);

/* Begin. `body` is copied. On a failure on_end() is not called; try again later. */
enum rollcall_status post_start(
    const struct poster *poster, const struct config_receiver *receiver, const char *body,
    size_t length, void (*on_end)(void *owner, const struct post_result *result),
    void *owner, struct post **out, struct reason *why);
void post_cancel(struct post *post); /* NULL is allowed */
/* For the kinds: tell the owner, and free the post. */
void post_finish(struct post *post, const struct post_result *result);

/* A small file as text, without white space at its end; owned. NULL: `why`. */
char *post_read_file(const char *path, size_t most, struct reason *why);

#endif

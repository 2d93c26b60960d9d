/* api/reply.h - a reply of the registration socket as an answer over HTTP.
 * Threads  pure functions, any thread.
 */
#ifndef API_REPLY_H
#define API_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/reason.h"
#include "proto/sift.h"
#include "rollcall/status.h"

/* 200, 400, 404, ... */
unsigned reply_status(enum rollcall_status status);
/* {"error":{"code":…,"field":…,"message":…}} */
void reply_refusal(struct buffer *out, enum rollcall_status status,
                   const struct reason *why);
/* The reply without "ok"; what HTTP calls its outcome. 500 where it is no reply. */
unsigned reply_convert(struct buffer *out, const char *line, size_t length);

#endif

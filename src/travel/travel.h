/* travel/travel.h - questions about the past, answered on a thread of their own.
 *
 * The thread reads the database beside the writer, and builds what was then in memory of
 * its own; control only hands questions over and takes answers back. One is worked on at
 * a time, so a hundred impatient people cost one thread.
 * Threads  control.
 */
#ifndef TRAVEL_TRAVEL_H
#define TRAVEL_TRAVEL_H

#include <uv.h>

#include "base/buffer.h"
#include "config/config.h"
#include "proto/values.h"
#include "travel/words.h"

struct travel;

struct travel_settings {
    const struct config *config; /* borrowed; outlives it */
    uint64_t config_hash;        /* as registry_note_start() was told */
    words_outcome outcome;       /* any thread */
};

enum rollcall_status travel_open(uv_loop_t *loop, const struct travel_settings *settings,
                                 struct travel **out, struct reason *why);

/* `members` are those of the reply, borrowed for the call; NULL where `status` is not OK.
 */
typedef void (*travel_done)(void *context, enum rollcall_status status,
                            const struct buffer *members, const struct reason *why);

/* A history or query request (copied). On OK `done` is called exactly once, later. */
enum rollcall_status travel_ask(void *travel, const struct request *request,
                                travel_done done, void *context, struct reason *why);

/* Waits for the question at hand; the others are refused. The loop has to turn once more.
 * NULL is allowed. */
void travel_close(struct travel *travel);

/* What the configuration and its zone files are now, as a number. */
uint64_t travel_config_hash(const struct config *config);

#endif

/* travel/tell.h - what the history says, as members of a reply (docs/protocol.md).
 * Threads  any, not control.
 */
#ifndef TRAVEL_TELL_H
#define TRAVEL_TELL_H

#include "base/buffer.h"
#include "config/config.h"
#include "model/explanation.h"
#include "store/history.h"
#include "travel/words.h"

struct tell_settings {
    const struct config *config; /* borrowed */
    uint64_t config_hash;        /* of it, as registry_note_start() was told */
    words_outcome outcome;
};

/* ,"history":[…],"hours":[…],… */
enum rollcall_status tell_history(const struct tell_settings *settings,
                                  struct history *history,
                                  const struct history_filter *filter, struct buffer *out,
                                  struct reason *why);

/* What DNS would have answered at `at`: ,"reply":"…","notes":[…],… */
enum rollcall_status tell_answer(const struct tell_settings *settings,
                                 struct history *history, const char *name,
                                 const char *type, int64_t at, struct buffer *out,
                                 struct reason *why);

/* The same explained, at question->wall: members as `explain` has them, and "at" and
 * "notes" as above. */
enum rollcall_status tell_explanation(const struct tell_settings *settings,
                                      struct history *history,
                                      const struct explanation_question *question,
                                      struct buffer *out, struct reason *why);

#endif

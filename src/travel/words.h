/* travel/words.h - a transition in words for a tired person.
 * Threads  pure functions, any thread.
 */
#ifndef TRAVEL_WORDS_H
#define TRAVEL_WORDS_H

#include "base/buffer.h"
#include "store/history.h"

/* What an outcome number is called; false: nobody knows it. From the room that runs
 * checks. */
typedef bool (*words_outcome)(uint8_t outcome, const char **word, const char **phrase);

/* "registered", "health", "drain", ...: stable, for programs. */
const char *words_event(const struct history_row *row);
/* "passing", ...; NULL: TRANSITION_NONE, or a number that is none. */
const char *words_health(uint8_t health);
/* "critical: refused the connection (3 in a row)"; what follows the name of the instance.
 */
void words_sentence(struct buffer *out, const struct history_row *row,
                    words_outcome outcome);

#endif

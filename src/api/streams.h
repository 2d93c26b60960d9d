/* api/streams.h - who follows events over HTTP (text/event-stream).
 *
 * Each is a guest of the registration socket that watches. An event is framed once and
 * written to many; a reader that does not read gets one "resync" when it has read all.
 * Threads  control.
 */
#ifndef API_STREAMS_H
#define API_STREAMS_H

#include "api/internal.h"

struct exchange;

enum {
    STREAM_BEAT_MS = 15000,  /* a comment, so that nobody between us thinks it is dead */
    STREAM_HIGH = 256 * 1024 /* more than this unread: events are dropped */
};

struct streams *streams_create(struct api *api); /* NULL: no memory */
/* Closes its handles: no stream is open any more. NULL is allowed, so below. */
void streams_stop_beats(struct streams *streams);
void streams_destroy(struct streams *streams);

/* Begin one with the line of a watch, or answer the exchange with what is wrong. */
void streams_open(struct streams *streams, struct exchange *exchange, bool has_since,
                  char *line, size_t length);

#endif

/* answer/reader.h - the reader side of RCU for the DNS workers.
 *
 * A worker registers once, sleeps offline and is online only for one batch; everything it
 * borrows from the index lives exactly that long. liburcu stays behind these calls, and
 * so do the annotations that let the thread sanitizer see the grace period.
 * answer_create() registers the control thread: there (and in programs of one thread)
 * online and offline are enough.
 * Threads  any worker, for itself.
 */
#ifndef ANSWER_READER_H
#define ANSWER_READER_H

void answer_reader_register(void); /* leaves the thread offline */
void answer_reader_unregister(void);
void answer_reader_online(void);
void answer_reader_offline(void);
/* Control, offline, at the very end: wait until all that was retired is freed. */
void answer_reader_barrier(void);

#endif

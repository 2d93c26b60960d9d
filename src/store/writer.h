/* store/writer.h - one thread that saves changes in batches, and brings them back.
 *
 * Changes of one turn of the loop are handed over together. The writer takes everything
 * that arrived while it saved the last batch: under load the batch grows by itself;
 * alone, a change does not wait.
 *
 * Order    done() comes in the order of submission, for refusals too.
 * Refusal  after a failed batch everything that was submitted before control heard of it
 *          is refused, because it may rest on what was not saved. Then the next change
 *          tries again; while there is none, the writer asks the disk by itself.
 * Threads  control, except where a call says writer.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <uv.h>

#include "base/counters.h"
#include "base/reason.h"
#include "registry/change.h"
#include "rollcall/status.h"

struct writer;

/* Who really saves. All run on the writer thread. */
struct writer_backend {
    /* Save every change of the list whose status is OK, all or none. */
    enum rollcall_status (*save)(void *owner, const struct change *first,
                                 struct reason *why);
    /* Housekeeping after a batch was reported. May be NULL. */
    void (*tidy)(void *owner);
    /* After a batch that was not saved: could one be saved now? Called each `probe_ms`
     * until it says yes or a batch is saved; followed by tidy(). May be NULL. */
    enum rollcall_status (*probe)(void *owner);
    unsigned probe_ms;
};

/* Starts the thread. `backend` and `owner` are borrowed until writer_close(). */
enum rollcall_status writer_open(uv_loop_t *loop, const struct writer_backend *backend,
                                 void *owner, struct writer **out, struct reason *why);

/* Takes the change over; done() comes later, never from inside this call. */
void writer_submit(struct writer *writer, struct change *change);

/* Everything submitted so far is finished (done was called) when it returns. */
void writer_drain(struct writer *writer);

/* Drains, ends the thread, frees; the loop has to turn once more. NULL is allowed. */
void writer_close(struct writer *writer);

/* commits, rows, batches and their times; borrowed until writer_close(). */
struct counter_group writer_counters(const struct writer *writer);
extern const struct counter_group writer_counter_group; /* without a block */

#endif

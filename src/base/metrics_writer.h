/* base/metrics_writer.h - the inside of struct metrics; for base/metrics*.c only.
 * Threads  one at a time.
 */
#ifndef BASE_METRICS_WRITER_H
#define BASE_METRICS_WRITER_H

#include "base/metrics.h"

enum metrics_format { METRICS_TEXT, METRICS_OPENMETRICS, METRICS_PAGE };

struct metrics {
    struct buffer *out; /* borrowed */
    enum metrics_format format;
    bool bare;                   /* names as they are: no "rollcall_" */
    const struct metric *metric; /* borrowed: the family of the next samples */
    bool labelled;               /* the sample under way has a label */
};

/* Labels as they are written, name="value",...; NULL: none. */
void metrics_labels(struct metrics *metrics, const char *text);

#endif

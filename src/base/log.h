/* base/log.h - messages for people: level, area, one line, to standard error or syslog.
 *
 * The area is the room that speaks ("registry", "serve"). A line that can repeat
 * (bad packets, failing disks) goes through log_limited().
 * Lines carry a time only where standard error is not the journal (JOURNAL_STREAM).
 * Threads: any; a line is written with one call.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Levels up to `level` are written. Default INFO. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* Write to syslog(3) with this identity instead of standard error; NULL: back. */
void log_use_syslog(const char *identity);

void log_error(const char *area, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_warning(const char *area, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(const char *area, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_debug(const char *area, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How often one noisy line may appear; embed one per line, zero it. */
struct log_limit {
    int64_t window_start; /* monotonic milliseconds */
    uint32_t in_window;
    uint32_t suppressed;
};

/* Write at most 5 of these lines in 10 s and say how many were left out. `now` in
 * monotonic milliseconds. One limit belongs to one thread. */
void log_limited(struct log_limit *limit, int64_t now, enum log_level level,
                 const char *area, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif

#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* A line is one write(2), so that lines of several threads never mix. Longer ones are
 * cut: a log line that fills a screen helps nobody at night. */
enum { LINE_MAX_BYTES = 1024 };

/* Five lines in ten seconds: enough to see what is wrong, too few to fill a disk. */
enum { LIMIT_LINES = 5, LIMIT_WINDOW_MS = 10000 };

static _Atomic int current_level = LOG_LEVEL_INFO;
static _Atomic int to_syslog;
static char syslog_identity[64];
static int show_time;
static pthread_once_t show_time_once = PTHREAD_ONCE_INIT;

static const char *const level_words[] = { "error", "warning", "info", "debug" };
static const int level_syslog[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&current_level, (int)level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&current_level, memory_order_relaxed);
}

void log_use_syslog(const char *identity)
{
    if (identity == NULL) {
        atomic_store(&to_syslog, 0);
        closelog();
        return;
    }
    snprintf(syslog_identity, sizeof syslog_identity, "%s", identity);
    openlog(syslog_identity, LOG_PID | LOG_NDELAY, LOG_DAEMON);
    atomic_store(&to_syslog, 1);
}

/* JOURNAL_STREAM holds device and inode of the journal's socket; standard error is the
 * journal only if it is that very socket (systemd.exec(5)). */
static void find_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device;
    unsigned long long inode;
    struct stat info;

    show_time = 1;
    if (stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
        fstat(STDERR_FILENO, &info) == 0 && info.st_dev == device && info.st_ino == inode)
        show_time = 0;
}

static size_t write_time(char *line, size_t size)
{
    int64_t wall = clock_wall_ms();
    time_t seconds = (time_t)(wall / 1000);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    size_t length = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &parts);
    int more = snprintf(line + length, size - length, ".%03dZ ", (int)(wall % 1000));
    return length + (more > 0 ? (size_t)more : 0);
}

/* What peers sent may be in a message: no control character reaches the terminal. */
static void make_printable(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
}

static void write_line(const char *line, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, line, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* nobody is left to tell */
        line += written;
        length -= (size_t)written;
    }
}

static void write_message(enum log_level level, const char *area, const char *format,
                          va_list arguments)
{
    char line[LINE_MAX_BYTES + 1];
    size_t length = 0;
    int saved_errno = errno;
    int syslog_wanted = atomic_load_explicit(&to_syslog, memory_order_relaxed);

    pthread_once(&show_time_once, find_journal);
    if (!syslog_wanted && show_time)
        length = write_time(line, sizeof line);
    int head = snprintf(line + length, sizeof line - length,
                        "%s %s: ", level_words[level], area);
    length += head > 0 ? (size_t)head : 0;
    int tail = vsnprintf(line + length, LINE_MAX_BYTES - length, format, arguments);
    length = strlen(line);
    if (tail > 0)
        make_printable(line, length);
    if (syslog_wanted) {
        syslog(level_syslog[level], "%s", line);
    } else {
        line[length++] = '\n';
        write_line(line, length);
    }
    errno = saved_errno;
}

#define LOG_FUNCTION(name, level)                                                        \
    void name(const char *area, const char *format, ...)                                 \
    {                                                                                    \
        va_list arguments;                                                               \
        if (!log_enabled(level))                                                         \
            return;                                                                      \
        va_start(arguments, format);                                                     \
        write_message(level, area, format, arguments);                                   \
        va_end(arguments);                                                               \
    }

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

static void write_formatted(enum log_level level, const char *area, const char *format,
                            ...) __attribute__((format(printf, 3, 4)));

static void write_formatted(enum log_level level, const char *area, const char *format,
                            ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_message(level, area, format, arguments);
    va_end(arguments);
}

/* True when this line may be written. Opens a new window when the old one is over. */
static bool limit_admit(struct log_limit *limit, int64_t now, enum log_level level,
                        const char *area)
{
    if (limit->in_window == 0 || now - limit->window_start >= LIMIT_WINDOW_MS) {
        if (limit->suppressed > 0)
            write_formatted(level, area, "%u more lines like the next were left out",
                            (unsigned)limit->suppressed);
        *limit = (struct log_limit){ .window_start = now };
    }
    if (limit->in_window >= LIMIT_LINES) {
        limit->suppressed++;
        return false;
    }
    limit->in_window++;
    return true;
}

void log_limited(struct log_limit *limit, int64_t now, enum log_level level,
                 const char *area, const char *format, ...)
{
    va_list arguments;

    if (!log_enabled(level) || !limit_admit(limit, now, level, area))
        return;
    va_start(arguments, format);
    write_message(level, area, format, arguments);
    va_end(arguments);
}

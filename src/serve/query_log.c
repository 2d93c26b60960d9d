#include "serve/query_log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/query_ring.h"

enum {
    PAUSE_MS = 100,
    LOOK_MS = 1000, /* how often it looks whether the file was renamed */
    BUFFER = 64 * 1024
};

struct query_log {
    const char *path; /* borrowed */
    int fd;           /* owned; -1 while it cannot be opened */
    uint32_t ring_count;
    struct query_ring **rings; /* owned */
    pthread_t thread;
    bool running;
    bool stop; /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int64_t look_due; /* the thread's own from here */
    struct log_limit failures;
    struct query_log_counters counters;
    const void *block;
    struct counter_group group;
    size_t used;
    char buffer[BUFFER];
};

static const struct counter_row rows[] = {
    COUNTER(struct query_log_counters, lines, "Lines written to the query log."),
    COUNTER(struct query_log_counters, lines_failed,
            "Lines lost because the query log could not be written."),
    COUNTER_END,
};
const struct counter_group query_log_counter_group = { .area = "query_log",
                                                       .rows = rows };

/* A named pipe that nobody reads must hold up neither the start nor the thread. */
static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
}

static bool make_rings(struct query_log *log, const struct config_dns *dns)
{
    log->rings = calloc(dns->workers, sizeof(struct query_ring *));
    if (log->rings == NULL)
        return false;
    for (uint32_t i = 0; i < dns->workers; i++) {
        struct query_ring *ring = aligned_alloc(64, sizeof *ring);
        if (ring == NULL)
            return false;
        memset(ring, 0, offsetof(struct query_ring, records));
        uint32_t share = dns->query_log_rate / dns->workers;
        ring->sample = dns->query_log_sample;
        ring->rate = share == 0 ? 1 : share;
        log->rings[log->ring_count++] = ring;
    }
    return true;
}

static void make_wake(struct query_log *log)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&log->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&log->lock, NULL);
}

enum rollcall_status query_log_open(const struct config_dns *dns, struct query_log **out,
                                    struct reason *why)
{
    *out = NULL;
    if (dns->query_log == NULL)
        return ROLLCALL_OK;
    struct query_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return ROLLCALL_E_NOMEM;
    log->path = dns->query_log;
    log->block = &log->counters;
    log->group = (struct counter_group){
        .area = "query_log", .rows = rows, .blocks = &log->block, .block_count = 1
    };
    make_wake(log);
    log->fd = open_file(log->path);
    if (log->fd < 0) {
        reason_field(why, "dns.query_log",
                     "cannot write %s: %s; make its folder, or give its owner the right",
                     log->path, strerror(errno));
        query_log_destroy(log);
        return ROLLCALL_E_IO;
    }
    if (!make_rings(log, dns)) {
        query_log_destroy(log);
        return ROLLCALL_E_NOMEM;
    }
    *out = log;
    return ROLLCALL_OK;
}

struct query_ring *query_log_ring(struct query_log *log, uint32_t worker)
{
    return log == NULL ? NULL : log->rings[worker];
}

const struct counter_group *query_log_counters(const struct query_log *log)
{
    return log == NULL ? &query_log_counter_group : &log->group;
}

/* How much of the buffer reached the file. */
static size_t write_buffer(struct query_log *log)
{
    size_t at = 0;

    while (at < log->used && log->fd >= 0) {
        ssize_t written = write(log->fd, log->buffer + at, log->used - at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            log_limited(&log->failures, clock_monotonic_ms(), LOG_LEVEL_WARNING, "serve",
                        "cannot write the query log %s: %s; its lines are lost",
                        log->path, strerror(errno));
            break;
        }
        at += (size_t)written;
    }
    return at;
}

static size_t lines_of(const char *text, size_t length)
{
    size_t count = 0;

    for (const char *end = text + length; text < end; count++) {
        text = memchr(text, '\n', (size_t)(end - text));
        if (text == NULL)
            break;
        text++;
    }
    return count;
}

/* What follows half a line would be lost with it. Where it cannot be taken back (a pipe)
 * it stays. */
static void take_back_half_line(const struct query_log *log, size_t written)
{
    size_t whole = written;

    while (whole > 0 && log->buffer[whole - 1] != '\n')
        whole--;
    off_t end = whole < written ? lseek(log->fd, 0, SEEK_END) : 0;
    if (end >= (off_t)(written - whole) && end > 0 &&
        ftruncate(log->fd, end - (off_t)(written - whole)) != 0)
        return;
}

/* A disk that is full or gone loses lines, not answers. */
static void flush(struct query_log *log)
{
    size_t written = write_buffer(log);
    size_t all = lines_of(log->buffer, log->used);
    size_t whole = lines_of(log->buffer, written);

    if (written < log->used && log->fd >= 0)
        take_back_half_line(log, written);
    counter_add(&log->counters.lines, whole);
    counter_add(&log->counters.lines_failed, all - whole);
    log->used = 0;
}

/* Renamed or removed: begin a new one. */
static void follow_file(struct query_log *log, int64_t now)
{
    struct stat named, held;

    if (now < log->look_due)
        return;
    log->look_due = now + LOOK_MS;
    if (log->fd >= 0 && stat(log->path, &named) == 0 && fstat(log->fd, &held) == 0 &&
        named.st_ino == held.st_ino && named.st_dev == held.st_dev)
        return;
    int fd = open_file(log->path);
    if (fd < 0) {
        log_limited(&log->failures, now, LOG_LEVEL_WARNING, "serve",
                    "cannot open the query log %s: %s", log->path, strerror(errno));
        return;
    }
    if (log->fd >= 0)
        close(log->fd);
    log->fd = fd;
}

static void drain(struct query_log *log)
{
    int64_t now = clock_monotonic_ms();
    int64_t offset = clock_wall_ms() - now;
    struct query_record record;

    follow_file(log, now);
    for (uint32_t i = 0; i < log->ring_count; i++)
        while (query_ring_take(log->rings[i], &record)) {
            if (sizeof log->buffer - log->used < QUERY_LINE_MAX)
                flush(log);
            log->used += query_line_print(&record, (int64_t)record.now_ms + offset,
                                          log->buffer + log->used);
        }
    flush(log);
}

/* True: it is time to end. */
static bool rest(struct query_log *log)
{
    int64_t due = clock_monotonic_ms() + PAUSE_MS;
    struct timespec until = { .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };

    pthread_mutex_lock(&log->lock);
    if (!log->stop)
        (void)pthread_cond_timedwait(&log->wake, &log->lock, &until);
    bool stop = log->stop;
    pthread_mutex_unlock(&log->lock);
    return stop;
}

static void *log_main(void *argument)
{
    struct query_log *log = argument;

    while (!rest(log))
        drain(log);
    drain(log);
    return NULL;
}

enum rollcall_status query_log_start(struct query_log *log, struct reason *why)
{
    sigset_t all, before;

    if (log == NULL)
        return ROLLCALL_OK;
    sigfillset(&all); /* signals are for control alone */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&log->thread, NULL, log_main, log);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        reason_set(why, "cannot start the thread of the query log: %s", strerror(error));
        return ROLLCALL_E_IO;
    }
    log->running = true;
    (void)pthread_setname_np(log->thread, "query-log");
    return ROLLCALL_OK;
}

static void stop_thread(struct query_log *log)
{
    if (!log->running)
        return;
    pthread_mutex_lock(&log->lock);
    log->stop = true;
    pthread_cond_signal(&log->wake);
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->thread, NULL);
    log->running = false;
}

void query_log_destroy(struct query_log *log)
{
    if (log == NULL)
        return;
    stop_thread(log);
    for (uint32_t i = 0; i < log->ring_count; i++)
        free(log->rings[i]);
    free(log->rings);
    if (log->fd >= 0)
        close(log->fd);
    pthread_cond_destroy(&log->wake);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

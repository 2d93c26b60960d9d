#include "intake/pid_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/table.h"
#include "intake/peer.h"
#include "loop/ticker.h"
#include "loop/watch.h"

enum { RETRY_MS = 1000 }; /* when the process has no descriptor left */

static const char cause[] = "process exited";

struct pid_watch {
    uv_loop_t *loop;           /* borrowed */
    struct registry *registry; /* borrowed */
    counter *watched;          /* borrowed */
    void (*want_run)(void *owner);
    void *owner;           /* borrowed */
    struct table by_id;    /* id -> struct process */
    struct list dead;      /* of struct process, by `listed` */
    struct list unwatched; /* the same: no descriptor was left for them */
    struct ticker *retry;  /* owned */
};

/* The process that one instance hangs on. */
struct process {
    struct list listed;
    struct pid_watch *pid_watch; /* borrowed: owns us */
    struct watch *watch;         /* owned; NULL: not watched (yet) */
    uint64_t start;
    int32_t pid;
    char id[];
};

static void process_drop(struct process *process)
{
    struct pid_watch *pid_watch = process->pid_watch;

    table_remove(&pid_watch->by_id, process->id, strlen(process->id));
    counter_set(pid_watch->watched, pid_watch->by_id.count);
    list_remove(&process->listed);
    if (process->watch != NULL)
        watch_close(process->watch);
    free(process);
}

/* The registry's event of it drops the process. */
static void process_expire(struct process *process)
{
    struct registry *registry = process->pid_watch->registry;
    struct entry *entry = registry_find(registry, process->id);

    list_remove(&process->listed);
    registry_set_time(registry, clock_monotonic_ms(), clock_wall_ms());
    if (entry != NULL)
        registry_expire(registry, entry, cause);
    else
        process_drop(process);
}

static void on_exit_seen(void *owner, int events)
{
    (void)events;
    process_expire(owner);
}

static const struct watch_callbacks watch_callbacks = { .on_ready = on_exit_seen };

static void found_dead(struct process *process)
{
    list_remove(&process->listed);
    list_append(&process->pid_watch->dead, &process->listed);
    process->pid_watch->want_run(process->pid_watch->owner);
}

static void try_later(struct process *process)
{
    struct pid_watch *pid_watch = process->pid_watch;

    if (list_empty(&pid_watch->unwatched))
        log_error("intake",
                  "no file descriptor left to watch process %d of instance \"%s\"; "
                  "trying again every second (raise the limit of open files)",
                  process->pid, process->id);
    list_remove(&process->listed);
    list_append(&pid_watch->unwatched, &process->listed);
    ticker_set(pid_watch->retry, clock_monotonic_ms() + RETRY_MS);
}

static void process_watch(struct process *process)
{
    uint64_t start = 0;
    int fd = process_open(process->pid);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            try_later(process);
        else
            found_dead(process);
        return;
    }
    /* The descriptor is of whoever has the number now. */
    if (!process_start(process->pid, &start) || start != process->start) {
        close(fd);
        found_dead(process);
        return;
    }
    if (watch_open(process->pid_watch->loop, fd, &watch_callbacks, process,
                   &process->watch) != ROLLCALL_OK) {
        close(fd);
        try_later(process);
        return;
    }
    watch_events(process->watch, UV_READABLE);
}

static void on_retry(void *owner, int64_t now)
{
    struct pid_watch *pid_watch = owner;
    struct list waiting;

    (void)now;
    list_init(&waiting);
    while (!list_empty(&pid_watch->unwatched)) {
        struct list *first = pid_watch->unwatched.next;
        list_remove(first);
        list_append(&waiting, first);
    }
    while (!list_empty(&waiting)) {
        struct process *process = list_entry(waiting.next, struct process, listed);
        list_remove(&process->listed);
        process_watch(process);
    }
}

static void process_add(struct pid_watch *pid_watch, const struct entry *entry)
{
    const struct rollcall_lease *lease = &entry->instance->is.lease;
    size_t size = strlen(entry->instance->is.id) + 1;
    struct process *process = calloc(1, sizeof *process + size);

    if (process == NULL ||
        table_set(&pid_watch->by_id, memcpy(process->id, entry->instance->is.id, size),
                  size - 1, process) != ROLLCALL_OK) {
        free(process);
        log_error("intake",
                  "out of memory: instance \"%s\" will not end when process %d does",
                  entry->instance->is.id, lease->pid);
        return;
    }
    list_init(&process->listed);
    process->pid_watch = pid_watch;
    process->pid = lease->pid;
    process->start = lease->pid_start;
    counter_set(pid_watch->watched, pid_watch->by_id.count);
    process_watch(process);
}

static bool is_same(const struct process *process, const struct rollcall_lease *lease)
{
    return lease->kind == ROLLCALL_LEASE_PID && lease->pid == process->pid &&
           lease->pid_start == process->start;
}

void pid_watch_hear(struct pid_watch *pid_watch, const struct event *event)
{
    const struct rollcall_instance *is = &event->entry->instance->is;

    if (event->kind == EVENT_HEALTH || event->kind == EVENT_STANDING)
        return;
    struct process *process = table_get(&pid_watch->by_id, is->id, strlen(is->id));
    if (process != NULL) {
        if (event->kind != EVENT_REMOVED && is_same(process, &is->lease))
            return;
        process_drop(process);
    }
    if (event->kind != EVENT_REMOVED && is->lease.kind == ROLLCALL_LEASE_PID)
        process_add(pid_watch, event->entry);
}

void pid_watch_run(struct pid_watch *pid_watch)
{
    while (!list_empty(&pid_watch->dead))
        process_expire(list_entry(pid_watch->dead.next, struct process, listed));
}

struct pid_watch *pid_watch_create(uv_loop_t *loop, struct registry *registry,
                                   counter *watched, void (*want_run)(void *owner),
                                   void *owner)
{
    struct pid_watch *pid_watch = calloc(1, sizeof *pid_watch);
    if (pid_watch == NULL)
        return NULL;
    pid_watch->loop = loop;
    pid_watch->registry = registry;
    pid_watch->watched = watched;
    pid_watch->want_run = want_run;
    pid_watch->owner = owner;
    table_init(&pid_watch->by_id);
    list_init(&pid_watch->dead);
    list_init(&pid_watch->unwatched);
    if (ticker_open(loop, on_retry, pid_watch, &pid_watch->retry) != ROLLCALL_OK) {
        pid_watch_destroy(pid_watch);
        return NULL;
    }
    return pid_watch;
}

void pid_watch_destroy(struct pid_watch *pid_watch)
{
    struct process *process;
    size_t at = 0;

    if (pid_watch == NULL)
        return;
    while ((process = table_next(&pid_watch->by_id, &at)) != NULL)
        process_drop(process);
    table_deinit(&pid_watch->by_id);
    ticker_close(pid_watch->retry);
    free(pid_watch);
}

#include "daemon/process.h"

#include <dirent.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "rollcall/version.h"

/* Octets, from /proc/self/status (proc(5)); 0 where the kernel does not say. */
struct memory {
    uint64_t virtual, resident, anonymous, file, shared, threads;
};

static void take_line(struct memory *memory, const char *line)
{
    const struct {
        const char *name;
        uint64_t *into;
        uint64_t unit;
    } rows[] = {
        { "VmSize:", &memory->virtual, 1024 },    { "VmRSS:", &memory->resident, 1024 },
        { "RssAnon:", &memory->anonymous, 1024 }, { "RssFile:", &memory->file, 1024 },
        { "RssShmem:", &memory->shared, 1024 },   { "Threads:", &memory->threads, 1 },
    };
    uint64_t value;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = strlen(rows[i].name);
        if (strncmp(line, rows[i].name, length) == 0 &&
            sscanf(line + length, "%" SCNu64, &value) == 1)
            *rows[i].into = value * rows[i].unit;
    }
}

static struct memory read_memory(void)
{
    struct memory memory = { .virtual = 0 };
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];

    if (file == NULL)
        return memory;
    while (fgets(line, sizeof line, file) != NULL)
        take_line(&memory, line);
    (void)fclose(file);
    return memory;
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
}

/* Without ".", ".." and the descriptor that reads them. */
static double open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    double count = -3;

    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

static double max_files(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (double)limit.rlim_cur : 0;
}

static void put_process(void *owner, struct metrics *metrics)
{
    static const struct metric rows[] = {
        { "process_cpu_seconds", "Processor time spent, user and system.", METRIC_COUNTER,
          NULL },
        { "process_open_fds", "Files and sockets open now.", METRIC_GAUGE, NULL },
        { "process_max_fds", "Files and sockets that may be open.", METRIC_GAUGE, NULL },
        { "process_virtual_memory_bytes", "Address space.", METRIC_GAUGE, NULL },
        { "process_resident_memory_bytes", "Resident memory, pages of files included.",
          METRIC_GAUGE, NULL },
        { "process_threads", "Threads now.", METRIC_GAUGE, NULL },
        { "process_start_time_seconds", "Start of the process, since 1970.", METRIC_GAUGE,
          NULL },
    };
    const struct process *process = owner;
    bool known = process != NULL;
    struct memory memory = { .virtual = 0 };
    double values[sizeof rows / sizeof *rows] = { 0 };

    if (known) {
        memory = read_memory();
        const double read[] = { cpu_seconds(),
                                open_files(),
                                max_files(),
                                (double)memory.virtual,
                                (double)memory.resident,
                                (double)memory.threads,
                                (double)process->started_wall / 1000 };
        memcpy(values, read, sizeof values);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        metrics_single(metrics, &rows[i], known, values[i]);
}

static void put_kind(struct metrics *metrics, const char *kind, uint64_t octets)
{
    metrics_sample(metrics, NULL);
    metrics_label(metrics, "kind", kind);
    metrics_number(metrics, octets);
}

/* mallinfo2() walks all that is free: 7 ms where 100,000 instances are registered, and
 * control does nothing else meanwhile. It gets a thousandth of the time at most. */
static void look_at_heap(struct process *process)
{
    int64_t begin = clock_monotonic_us();

    if (begin < process->malloc_due)
        return;
    struct mallinfo2 heap = mallinfo2();
    int64_t end = clock_monotonic_us();
    process->malloc_used = heap.uordblks + heap.hblkhd;
    process->malloc_free = heap.fordblks;
    process->malloc_due = end + (end - begin) * 1000;
}

static void put_memory(struct process *process, struct metrics *metrics)
{
    struct memory memory = read_memory();

    put_kind(metrics, "anonymous", memory.anonymous);
    put_kind(metrics, "file", memory.file);
    put_kind(metrics, "shared", memory.shared);
    look_at_heap(process);
    put_kind(metrics, "malloc_used", process->malloc_used);
    put_kind(metrics, "malloc_free", process->malloc_free);
}

static void put_build(void *owner, struct metrics *metrics)
{
    static const struct metric build = { "build_info", "1; what runs is in the label.",
                                         METRIC_GAUGE, "version" };
    static const struct metric memory = {
        "memory_bytes", "Memory: resident by what is behind it, and as malloc() saw it.",
        METRIC_GAUGE, "kind"
    };

    metrics_family(metrics, &build);
    if (owner != NULL) {
        metrics_sample(metrics, NULL);
        metrics_label(metrics, "version", ROLLCALL_VERSION);
        metrics_number(metrics, 1);
    }
    metrics_family(metrics, &memory);
    if (owner != NULL)
        put_memory(owner, metrics);
}

const struct counter_group process_counter_group = { .area = "", .more = put_process };
const struct counter_group build_counter_group = { .area = "daemon", .more = put_build };

void process_init(struct process *process, int64_t started_wall)
{
    *process = (struct process){ .started_wall = started_wall };
    process->process = process_counter_group;
    process->process.owner = process;
    process->build = build_counter_group;
    process->build.owner = process;
}

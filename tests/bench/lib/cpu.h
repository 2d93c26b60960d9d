/* bench/lib/cpu.h - the processor time of other processes, and where we run.
 * Threads: any.
 */
#ifndef BENCH_CPU_H
#define BENCH_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPU_PIDS_MAX 16

/* Whose time is measured: all threads of these processes, or only those whose name
 * begins with `thread`. */
struct cpu_subject {
    int pids[CPU_PIDS_MAX];
    size_t pid_count;
    const char *thread; /* NULL: all */
};

/* "123" or "123,456". */
bool cpu_subject_parse(struct cpu_subject *subject, const char *text);
/* Nanoseconds on a processor so far, by the scheduler (/proc/PID/task/TID/schedstat). */
uint64_t cpu_subject_time(const struct cpu_subject *subject);

/* Bind the calling process to one processor; false where that is not allowed. */
bool cpu_pin(int processor);

#endif

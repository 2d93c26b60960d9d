#include "bench/lib/cpu.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cpu_subject_parse(struct cpu_subject *subject, const char *text)
{
    while (*text != '\0' && subject->pid_count < CPU_PIDS_MAX) {
        char *end;
        long pid = strtol(text, &end, 10);
        if (end == text || pid <= 0)
            return false;
        subject->pids[subject->pid_count++] = (int)pid;
        text = *end == ',' ? end + 1 : end;
        if (*end != ',' && *end != '\0')
            return false;
    }
    return subject->pid_count > 0;
}

static bool read_line(const char *path, char *line, int size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool read = fgets(line, size, file) != NULL;
    fclose(file);
    return read;
}

static uint64_t thread_time(int pid, const char *tid, const char *wanted)
{
    char path[96];
    char line[128];

    (void)snprintf(path, sizeof path, "/proc/%d/task/%.20s/comm", pid, tid);
    if (wanted != NULL && (!read_line(path, line, sizeof line) ||
                           strncmp(line, wanted, strlen(wanted)) != 0))
        return 0;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", pid, tid);
    return read_line(path, line, sizeof line) ? strtoull(line, NULL, 10) : 0;
}

static uint64_t process_time(int pid, const char *wanted)
{
    char path[64];
    uint64_t sum = 0;

    (void)snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            sum += thread_time(pid, entry->d_name, wanted);
    closedir(folder);
    return sum;
}

uint64_t cpu_subject_time(const struct cpu_subject *subject)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < subject->pid_count; i++)
        sum += process_time(subject->pids[i], subject->thread);
    return sum;
}

bool cpu_pin(int processor)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

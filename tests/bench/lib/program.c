#include "bench/lib/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_help(const char *program, const char *about,
                       const struct program_option *options)
{
    printf("%s\nusage: %s", about, program);
    for (const struct program_option *at = options; at->name != NULL; at++)
        printf(" [%s%s]", at->name, at->flag != NULL ? "" : " VALUE");
    putchar('\n');
    for (const struct program_option *at = options; at->name != NULL; at++)
        printf("  %-18s %s\n", at->name, at->help);
}

static const struct program_option *find(const struct program_option *options,
                                         const char *name)
{
    for (const struct program_option *at = options; at->name != NULL; at++)
        if (strcmp(at->name, name) == 0)
            return at;
    return NULL;
}

static void set(const struct program_option *option, const char *value)
{
    if (option->text != NULL) {
        *option->text = value;
        return;
    }
    char *end;
    *option->number = strtod(value, &end);
    if (end == value || *end != '\0') {
        fprintf(stderr, "%s: \"%s\" is not a number\n", option->name, value);
        exit(2);
    }
}

void program_options(int argc, char **argv, const char *about,
                     const struct program_option *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help(argv[0], about, options);
            exit(0);
        }
        const struct program_option *option = find(options, argv[i]);
        if (option == NULL || (option->flag == NULL && i + 1 == argc)) {
            fprintf(stderr, "%s: %s: unknown or incomplete option; try --help\n", argv[0],
                    argv[i]);
            exit(2);
        }
        if (option->flag != NULL)
            *option->flag = true;
        else
            set(option, argv[++i]);
    }
}

void program_fail(int error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (error != 0)
        fprintf(stderr, ": %s", strerror(error));
    fputc('\n', stderr);
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

uint64_t program_percentile(uint64_t *values, size_t count, double share)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, by_value);
    size_t at = (size_t)(share * (double)count);
    return values[at < count ? at : count - 1];
}

/* What the tests of this room share: read a text, keep what was said about it. */
#ifndef TESTS_CONFIG_READING_H
#define TESTS_CONFIG_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

struct reading {
    enum rollcall_status status;
    struct config *config; /* NULL unless the status is OK */
    char *said;            /* everything that was written, one fault a line */
    struct reason why;
};

/* Read `text` as "test.yaml", with at most one override (NULL: none). */
static inline struct reading reading_of(const char *text, const char *override)
{
    struct reading reading = { .why = REASON_NONE };
    const struct config_override overrides[] = { { .text = override } };
    size_t size;
    FILE *errors = open_memstream(&reading.said, &size);

    reading.status =
        config_parse(text, strlen(text), "test.yaml", overrides, override != NULL ? 1 : 0,
                     errors, &reading.config, &reading.why);
    fclose(errors);
    return reading;
}

static inline void reading_end(struct reading *reading)
{
    config_destroy(reading->config);
    free(reading->said);
}

static inline char *shown(const struct config *config)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    config_show(config, out);
    fclose(out);
    return text;
}

#endif

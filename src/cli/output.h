/* cli/output.h - a table for people: aligned columns, nothing that a terminal obeys.
 * Threads  one.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"

struct columns {
    struct buffer text; /* cells, each with its NUL */
    unsigned count;     /* of columns */
};

/* `titles` is the first row, one text for each column. */
void columns_init(struct columns *columns, const char *const *titles, unsigned count);
/* Control characters come out as '?': what others registered is no command to this
 * terminal. NULL and "" are shown as "-". */
void columns_cell(struct columns *columns, const char *text);
void columns_number(struct columns *columns, uint64_t number);
/* Print all and free. */
void columns_end(struct columns *columns, FILE *out);

/* One text without its control characters. */
void output_plain(FILE *out, const char *text);
/* "3 instances", "1 instance". */
void output_count(FILE *out, uint64_t count, const char *one, const char *many);

#endif

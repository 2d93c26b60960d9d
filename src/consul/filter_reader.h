/* consul/filter_reader.h - the words of a filter, for filter_parse.c.
 *
 * Everything that says false has left a reason and a status.
 * Threads  none of its own.
 */
#ifndef CONSUL_FILTER_READER_H
#define CONSUL_FILTER_READER_H

#include "base/reason.h"
#include "consul/filter_tree.h"

#define FILTER_PREFIX "Failed to create boolean expression evaluator: "

struct filter_reader {
    const char *text;
    const char *at;
    const char *end;
    struct filter *filter;
    uint32_t node_max;
    char *room; /* where the next decoded text goes */
    unsigned depth;
    const struct selector *selectors;
    struct reason *why;
    enum rollcall_status status; /* of what went wrong */
};

/* A value or key as it was decoded, and where it stands in the text. */
struct filter_piece {
    const char *text;
    size_t length;
    const char *where;
};

/* What is wrong and where. Texts come from anybody: what cannot be printed becomes '?'.
 * Always false. */
bool filter_fault(struct filter_reader *reader, const char *where, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
/* "WHAT is missing", or what stands there instead. Always false. */
bool filter_nothing(struct filter_reader *reader, const char *at, const char *what);

bool filter_is_name(char c);
bool filter_is_word(char c);
bool filter_is_quote(char c);

void filter_skip_blanks(struct filter_reader *reader);
/* The next word as a keyword: taken when it is that one. No fault when it is not. */
bool filter_take_word(struct filter_reader *reader, const char *word);
bool filter_take_mark(struct filter_reader *reader, const char *mark);

/* A string, at its opening quote. */
bool filter_take_string(struct filter_reader *reader, struct filter_piece *out);
/* A string or a word. */
bool filter_take_value(struct filter_reader *reader, struct filter_piece *out);

#endif

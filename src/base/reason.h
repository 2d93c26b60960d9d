/* base/reason.h - the sentence that explains a failure, in a fixed buffer.
 *
 * Filled by the function that met the trouble, passed on unchanged by its callers.
 * Every function here accepts NULL for the reason and then does nothing.
 * Threads: none of its own; one reason belongs to one thread at a time.
 */
#ifndef BASE_REASON_H
#define BASE_REASON_H

struct reason {
    char
        field[96]; /* the field or key that is at fault, "" when none: "checks[0].path" */
    char text[416]; /* one sentence a person can act on */
};

#define REASON_NONE                                                                      \
    {                                                                                    \
        .field = "", .text = ""                                                          \
    }

/* Write the sentence and clear the field. Cut, never overflown. */
void reason_set(struct reason *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Write the field and the sentence. */
void reason_field(struct reason *why, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put `prefix` and a dot before the field: inside "checks[2]" the field "path"
 * becomes "checks[2].path". */
void reason_prefix(struct reason *why, const char *prefix);

/* The sentence, or `otherwise` when none was written (or `why` is NULL). */
const char *reason_text(const struct reason *why, const char *otherwise);

#endif

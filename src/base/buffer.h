/* base/buffer.h - bytes that grow up to a stated bound.
 *
 * Once an append fails (bound reached or no memory) the buffer is `failed` and later
 * appends do nothing, so a writer checks once, at the end.
 * Threads: one owner at a time.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data; /* owned; NUL-terminated after every append; NULL while empty */
    size_t length;
    size_t capacity;
    size_t bound; /* `length` never passes it */
    bool failed;
};

void buffer_init(struct buffer *buffer, size_t bound);
void buffer_deinit(struct buffer *buffer);

/* Keep the memory, forget the content and the failure. */
void buffer_clear(struct buffer *buffer);

void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_char(struct buffer *buffer, char c);
void buffer_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Make room for `length` more bytes; false (and failed) when there is none. */
bool buffer_reserve(struct buffer *buffer, size_t length);

/* Remove the first `length` bytes. */
void buffer_consume(struct buffer *buffer, size_t length);

#endif

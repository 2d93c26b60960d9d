#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_init(struct buffer *buffer, size_t bound)
{
    *buffer = (struct buffer){ .bound = bound };
}

void buffer_deinit(struct buffer *buffer)
{
    free(buffer->data);
    buffer_init(buffer, buffer->bound);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
    if (buffer->data != NULL)
        buffer->data[0] = '\0';
}

/* Doubling from 64, so that appending is cheap and small things stay small. */
static size_t next_capacity(const struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;

    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    if (buffer->bound < SIZE_MAX && capacity > buffer->bound + 1)
        capacity = buffer->bound + 1;
    return capacity;
}

bool buffer_reserve(struct buffer *buffer, size_t length)
{
    if (buffer->failed)
        return false;
    if (length > buffer->bound - buffer->length || length >= SIZE_MAX - buffer->length) {
        buffer->failed = true;
        return false;
    }
    size_t needed = buffer->length + length + 1; /* and the NUL */
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = next_capacity(buffer, needed);
    char *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

/* Mostly there is room, and nothing to think about. */
static inline bool has_room(const struct buffer *buffer, size_t length)
{
    return !buffer->failed && length < buffer->capacity - buffer->length;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (!has_room(buffer, length) && !buffer_reserve(buffer, length))
        return;
    if (length > 0)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_char(struct buffer *buffer, char c)
{
    if (!has_room(buffer, 1) && !buffer_reserve(buffer, 1))
        return;
    buffer->data[buffer->length++] = c;
    buffer->data[buffer->length] = '\0';
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_list again;

    va_start(arguments, format);
    va_copy(again, arguments);
    /* Mostly it fits what is there; measure first only when it does not. */
    size_t room = buffer->failed ? 0 : buffer->capacity - buffer->length;
    int length = vsnprintf(room > 0 ? buffer->data + buffer->length : NULL, room, format,
                           arguments);
    if (length < 0)
        buffer->failed = true;
    else if (!buffer_reserve(buffer, (size_t)length)) {
        if (buffer->data != NULL)
            buffer->data[buffer->length] = '\0';
    } else {
        if ((size_t)length >= room)
            vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void buffer_consume(struct buffer *buffer, size_t length)
{
    if (length == 0)
        return;
    if (length > buffer->length)
        length = buffer->length;
    buffer->length -= length;
    memmove(buffer->data, buffer->data + length, buffer->length);
    buffer->data[buffer->length] = '\0';
}

/* base/bytes.h - big-endian numbers in memory, and bounded reading of bytes.
 * Threads: pure functions, any thread.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t bytes_get16(const uint8_t *p)
{
    return (uint16_t)((uint16_t)(p[0] << 8) | p[1]);
}

static inline uint32_t bytes_get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void bytes_put16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void bytes_put32(uint8_t *p, uint32_t value)
{
    bytes_put16(p, (uint16_t)(value >> 16));
    bytes_put16(p + 2, (uint16_t)value);
}

static inline void bytes_put64(uint8_t *p, uint64_t value)
{
    bytes_put32(p, (uint32_t)(value >> 32));
    bytes_put32(p + 4, (uint32_t)value);
}

/* A cursor over bytes that never passes the end: after a short read `failed` is set
 * and every later read gives 0. */
struct byte_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

uint8_t byte_reader_u8(struct byte_reader *reader);
uint16_t byte_reader_u16(struct byte_reader *reader);
uint32_t byte_reader_u32(struct byte_reader *reader);
uint64_t byte_reader_u64(struct byte_reader *reader);
/* `length` bytes, borrowed from what is read; NULL (and failed) when short. */
const uint8_t *byte_reader_take(struct byte_reader *reader, size_t length);

#endif

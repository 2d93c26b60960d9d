#include "base/bytes.h"

const uint8_t *byte_reader_take(struct byte_reader *reader, size_t length)
{
    if (reader->failed || length > (size_t)(reader->end - reader->at)) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *at = reader->at;
    reader->at += length;
    return at;
}

uint8_t byte_reader_u8(struct byte_reader *reader)
{
    const uint8_t *at = byte_reader_take(reader, 1);

    return at == NULL ? 0 : at[0];
}

uint16_t byte_reader_u16(struct byte_reader *reader)
{
    const uint8_t *at = byte_reader_take(reader, 2);

    return at == NULL ? 0 : bytes_get16(at);
}

uint32_t byte_reader_u32(struct byte_reader *reader)
{
    const uint8_t *at = byte_reader_take(reader, 4);

    return at == NULL ? 0 : bytes_get32(at);
}

uint64_t byte_reader_u64(struct byte_reader *reader)
{
    const uint8_t *at = byte_reader_take(reader, 8);

    return at == NULL ? 0 : (uint64_t)bytes_get32(at) << 32 | bytes_get32(at + 4);
}

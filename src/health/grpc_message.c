#include "health/grpc_message.h"

#include <string.h>

enum {
    FRAME_HEAD = 5,
    STATUS_FIELD = 1,  /* HealthCheckResponse.status */
    SERVICE_FIELD = 1, /* HealthCheckRequest.service */
    VARINT_MAX = 10    /* octets of 64 bits, seven at a time */
};

/* Wire types. The two of groups are history; nobody sends them here. */
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LENGTH = 2, WIRE_32 = 5 };

struct reader {
    const uint8_t *at;
    const uint8_t *end;
};

size_t grpc_write_request(const char *service, uint8_t out[GRPC_REQUEST_MAX])
{
    size_t length = strnlen(service, GRPC_SERVICE_MAX);
    size_t at = FRAME_HEAD;

    if (length > 0) {
        out[at++] = SERVICE_FIELD << 3 | WIRE_LENGTH;
        if (length >= 0x80)
            out[at++] = (uint8_t)(length | 0x80);
        out[at++] = (uint8_t)(length >= 0x80 ? length >> 7 : length);
        memcpy(out + at, service, length);
        at += length;
    }
    memset(out, 0, FRAME_HEAD);
    out[3] = (uint8_t)((at - FRAME_HEAD) >> 8);
    out[4] = (uint8_t)(at - FRAME_HEAD);
    return at;
}

static bool read_varint(struct reader *reader, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_MAX && reader->at < reader->end; i++) {
        uint8_t octet = *reader->at++;
        if (i == VARINT_MAX - 1 && octet > 1)
            return false; /* more than 64 bits */
        value |= (uint64_t)(octet & 0x7f) << (7 * i);
        if ((octet & 0x80) == 0) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool skip(struct reader *reader, uint64_t octets)
{
    if (octets > (uint64_t)(reader->end - reader->at))
        return false;
    reader->at += octets;
    return true;
}

static bool skip_value(struct reader *reader, unsigned wire)
{
    uint64_t number;

    switch (wire) {
    case WIRE_VARINT:
        return read_varint(reader, &number);
    case WIRE_64:
        return skip(reader, 8);
    case WIRE_LENGTH:
        return read_varint(reader, &number) && skip(reader, number);
    case WIRE_32:
        return skip(reader, 4);
    default:
        return false;
    }
}

/* Fields that we do not know are read over, and of a repeated one the last counts, as
 * protobuf has it; without one, the status is 0. */
static bool read_fields(struct reader *reader, uint64_t *serving)
{
    uint64_t tag;

    *serving = GRPC_UNKNOWN;
    while (reader->at < reader->end) {
        if (!read_varint(reader, &tag) || tag >> 3 == 0 || tag > UINT32_MAX)
            return false;
        bool is_status = tag == (STATUS_FIELD << 3 | WIRE_VARINT);
        if (is_status ? !read_varint(reader, serving) : !skip_value(reader, tag & 7))
            return false;
    }
    return true;
}

const char *grpc_read_response(const void *bytes, size_t length, uint64_t *out)
{
    const uint8_t *frame = bytes;
    uint64_t serving;

    if (length == 0)
        return "there is no message in it";
    if (length < FRAME_HEAD)
        return "its message has no whole head";
    if (frame[0] != 0)
        return "its message is compressed, which we did not ask for";
    uint32_t said = (uint32_t)frame[1] << 24 | (uint32_t)frame[2] << 16 |
                    (uint32_t)frame[3] << 8 | frame[4];
    if (said > length - FRAME_HEAD)
        return "its message is shorter than it says";
    if (said < length - FRAME_HEAD)
        return "there is more than one message in it";
    struct reader reader = { frame + FRAME_HEAD, frame + length };
    if (!read_fields(&reader, &serving))
        return "its message is not a HealthCheckResponse";
    *out = serving;
    return NULL;
}

const char *grpc_serving_word(uint64_t serving)
{
    static const char *const words[] = { "UNKNOWN", "SERVING", "NOT_SERVING",
                                         "SERVICE_UNKNOWN" };

    return serving < sizeof words / sizeof words[0] ? words[serving]
                                                    : "a status of its own";
}

const char *grpc_status_word(unsigned status)
{
    static const char *const words[] = {
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    };

    return status < sizeof words / sizeof words[0] ? words[status] : "an unknown code";
}

bool grpc_parse_status(const char *text, unsigned *out)
{
    size_t length = strspn(text, "0123456789");
    unsigned number = 0;

    if (length == 0 || length > 3 || text[length] != '\0')
        return false;
    for (size_t i = 0; i < length; i++)
        number = number * 10 + (unsigned)(text[i] - '0');
    *out = number;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void grpc_print_message(const char *text, char *out, size_t size)
{
    size_t used = 0;

    while (*text != '\0' && used + 1 < size) {
        int octet = (unsigned char)*text++;
        if (octet == '%' && hex_digit(text[0]) >= 0 && hex_digit(text[1]) >= 0) {
            octet = hex_digit(text[0]) << 4 | hex_digit(text[1]);
            text += 2;
        }
        out[used++] = octet >= 0x20 && octet < 0x7f ? (char)octet : '?';
    }
    out[used] = '\0';
}

#include "exec/frame.h"

#include <string.h>

#include "base/bytes.h"

/* A cursor that never passes the end of the frame. */
struct writer {
    uint8_t *at;
    uint8_t *end;
    bool failed;
};

static uint8_t *take(struct writer *writer, size_t length)
{
    if (writer->failed || (size_t)(writer->end - writer->at) < length) {
        writer->failed = true;
        return NULL;
    }
    uint8_t *at = writer->at;
    writer->at += length;
    return at;
}

static void put8(struct writer *writer, uint8_t value)
{
    uint8_t *at = take(writer, 1);

    if (at != NULL)
        *at = value;
}

static void put16(struct writer *writer, uint16_t value)
{
    uint8_t *at = take(writer, 2);

    if (at != NULL)
        bytes_put16(at, value);
}

static void put32(struct writer *writer, uint32_t value)
{
    uint8_t *at = take(writer, 4);

    if (at != NULL)
        bytes_put32(at, value);
}

static void put_bytes(struct writer *writer, const void *bytes, size_t length)
{
    uint8_t *at = take(writer, length);

    if (at != NULL && length > 0)
        memcpy(at, bytes, length);
}

/* With its final zero, so that the reader can use it where it lies. */
static void put_text(struct writer *writer, const char *text)
{
    size_t length = strlen(text) + 1;

    if (length > EXEC_TEXT_MAX) {
        writer->failed = true;
        return;
    }
    put16(writer, (uint16_t)length);
    put_bytes(writer, text, length);
}

static size_t count_texts(const char *const *texts)
{
    size_t count = 0;

    while (texts != NULL && texts[count] != NULL && count <= EXEC_TEXTS_MAX)
        count++;
    return count;
}

static struct writer begin(uint8_t *out, size_t size, enum exec_frame_kind kind,
                           uint32_t job)
{
    struct writer writer = { .at = out,
                             .end =
                                 out + (size < EXEC_FRAME_MAX ? size : EXEC_FRAME_MAX) };

    put8(&writer, (uint8_t)kind);
    put32(&writer, job);
    return writer;
}

static size_t end(const struct writer *writer, const uint8_t *out)
{
    return writer->failed ? 0 : (size_t)(writer->at - out);
}

size_t exec_frame_run(uint8_t *out, size_t size, uint32_t job,
                      const struct exec_request *request)
{
    size_t arguments = count_texts(request->arguments);
    size_t variables = count_texts(request->environment);
    struct writer writer = begin(out, size, EXEC_FRAME_RUN, job);

    if (arguments + variables > EXEC_TEXTS_MAX || request->input_length > EXEC_FRAME_MAX)
        return 0;
    put32(&writer, (uint32_t)request->uid);
    put32(&writer, request->timeout_ms);
    put32(&writer, request->output_max);
    put16(&writer, (uint16_t)arguments);
    put16(&writer, (uint16_t)variables);
    for (size_t i = 0; i < arguments; i++)
        put_text(&writer, request->arguments[i]);
    for (size_t i = 0; i < variables; i++)
        put_text(&writer, request->environment[i]);
    put32(&writer, (uint32_t)request->input_length);
    put_bytes(&writer, request->input, request->input_length);
    return end(&writer, out);
}

size_t exec_frame_stop(uint8_t *out, size_t size, uint32_t job)
{
    struct writer writer = begin(out, size, EXEC_FRAME_STOP, job);

    return end(&writer, out);
}

size_t exec_frame_done(uint8_t *out, size_t size, uint32_t job,
                       const struct exec_result *result)
{
    struct writer writer = begin(out, size, EXEC_FRAME_DONE, job);

    if (result->output_length > EXEC_OUTPUT_MAX)
        return 0;
    put8(&writer, (uint8_t)result->end);
    put32(&writer, (uint32_t)result->code);
    put8(&writer, result->cut ? 1 : 0);
    put32(&writer, (uint32_t)result->output_length);
    put_bytes(&writer, result->output, result->output_length);
    return end(&writer, out);
}

size_t exec_frame_reborn(uint8_t *out, size_t size)
{
    struct writer writer = begin(out, size, EXEC_FRAME_REBORN, 0);

    return end(&writer, out);
}

static const char *read_text(struct byte_reader *reader)
{
    uint16_t length = byte_reader_u16(reader);
    const uint8_t *text = byte_reader_take(reader, length);

    if (text == NULL || length == 0 || length > EXEC_TEXT_MAX ||
        memchr(text, '\0', length) != text + length - 1) {
        reader->failed = true;
        return NULL;
    }
    return (const char *)text;
}

static void read_texts(struct byte_reader *reader, size_t count, const char **out)
{
    for (size_t i = 0; i < count && !reader->failed; i++)
        out[i] = read_text(reader);
    out[count] = NULL;
}

static void read_run(struct byte_reader *reader, struct exec_frame *out)
{
    struct exec_request *run = &out->run;

    run->uid = byte_reader_u32(reader);
    run->timeout_ms = byte_reader_u32(reader);
    run->output_max = byte_reader_u32(reader);
    size_t arguments = byte_reader_u16(reader);
    size_t variables = byte_reader_u16(reader);
    if (reader->failed || arguments == 0 || arguments + variables > EXEC_TEXTS_MAX ||
        run->timeout_ms == 0 || run->output_max > EXEC_OUTPUT_MAX) {
        reader->failed = true;
        return;
    }
    run->arguments = out->texts;
    run->environment = out->texts + arguments + 1;
    read_texts(reader, arguments, out->texts);
    read_texts(reader, variables, out->texts + arguments + 1);
    run->input_length = byte_reader_u32(reader);
    run->input = byte_reader_take(reader, run->input_length);
}

static void read_done(struct byte_reader *reader, struct exec_result *done)
{
    uint8_t how = byte_reader_u8(reader);

    done->code = (int)byte_reader_u32(reader);
    done->cut = byte_reader_u8(reader) != 0;
    done->output_length = byte_reader_u32(reader);
    done->output = (const char *)byte_reader_take(reader, done->output_length);
    if (how >= EXEC_END_COUNT || done->output_length > EXEC_OUTPUT_MAX)
        reader->failed = true;
    done->end = (enum exec_end)how;
}

bool exec_frame_read(const uint8_t *bytes, size_t length, struct exec_frame *out)
{
    struct byte_reader reader = { .at = bytes, .end = bytes + length };
    uint8_t kind = byte_reader_u8(&reader);

    out->job = byte_reader_u32(&reader);
    out->kind = (enum exec_frame_kind)kind;
    switch (kind) {
    case EXEC_FRAME_RUN:
        read_run(&reader, out);
        break;
    case EXEC_FRAME_DONE:
        read_done(&reader, &out->done);
        break;
    case EXEC_FRAME_STOP:
    case EXEC_FRAME_REBORN:
        break;
    default:
        return false;
    }
    return !reader.failed && reader.at == reader.end;
}

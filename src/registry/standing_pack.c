/* What people asked for and what is damped, as bytes: a version, who (4), since (8),
 * until (8), and what the part alone has: of an override its state and its note (the
 * rest), of a damping its penalty (4). */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "registry/standing.h"

enum {
    PACK_VERSION = 1,
    HEAD_SIZE = 21,
    SIZE_MAX_OF_ALL = HEAD_SIZE + 4 + STANDING_NOTE_MAX
};

static size_t put_head(uint8_t *at, uid_t by, int64_t since, int64_t until)
{
    at[0] = PACK_VERSION;
    bytes_put32(at + 1, (uint32_t)by);
    bytes_put64(at + 5, (uint64_t)since);
    bytes_put64(at + 13, (uint64_t)until);
    return HEAD_SIZE;
}

static size_t put_override(const struct standing *standing, uint8_t *at)
{
    size_t note = standing->override_note == NULL ? 0 : strlen(standing->override_note);
    size_t used = put_head(at, standing->override_by, standing->override_since,
                           standing->override_until);

    at[used++] = standing->override;
    if (note > STANDING_NOTE_MAX)
        note = STANDING_NOTE_MAX;
    if (note > 0)
        memcpy(at + used, standing->override_note, note);
    return used + note;
}

static size_t put_part(const struct standing *standing, enum standing_part part,
                       uint8_t *at)
{
    switch (part) {
    case PART_DRAIN:
        if (!standing->draining)
            return 0;
        return put_head(at, standing->drain_by, standing->drain_since,
                        standing->drain_until);
    case PART_OVERRIDE:
        return standing->override == OVERRIDE_NONE ? 0 : put_override(standing, at);
    case PART_DAMPED:
        if (standing->damped_until == 0)
            return 0;
        put_head(at, 0, standing->damped_since, standing->damped_until);
        bytes_put32(at + HEAD_SIZE, standing->penalty);
        return HEAD_SIZE + 4;
    case STANDING_PARTS:
        break;
    }
    return 0;
}

enum rollcall_status standing_pack(const struct standing *standing,
                                   enum standing_part part, uint8_t **out,
                                   uint32_t *length)
{
    uint8_t bytes[SIZE_MAX_OF_ALL];
    size_t size = standing == NULL ? 0 : put_part(standing, part, bytes);
    uint8_t *copy = NULL;

    if (size > 0) {
        copy = malloc(size);
        if (copy == NULL)
            return ROLLCALL_E_NOMEM;
        memcpy(copy, bytes, size);
    }
    *length = (uint32_t)size;
    *out = copy;
    return ROLLCALL_OK;
}

struct head {
    uid_t by;
    int64_t since, until;
};

static bool take_override(struct standing *standing, const struct head *head,
                          struct byte_reader *reader)
{
    uint8_t state = byte_reader_u8(reader);
    size_t length = (size_t)(reader->end - reader->at);
    char *note = NULL;

    if (reader->failed || state == OVERRIDE_NONE || state >= OVERRIDES ||
        length > STANDING_NOTE_MAX)
        return false;
    if (length > 0 && (note = strndup((const char *)reader->at, length)) == NULL)
        return false;
    standing_clear(standing, PART_OVERRIDE);
    standing->override = state;
    standing->override_by = head->by;
    standing->override_since = head->since;
    standing->override_until = head->until;
    standing->override_note = note;
    return true;
}

static bool take_damped(struct standing *standing, const struct head *head,
                        struct byte_reader *reader)
{
    uint32_t penalty = byte_reader_u32(reader);

    if (reader->failed || reader->at != reader->end || head->until == 0)
        return false;
    standing->damped_since = head->since;
    standing->damped_until = head->until;
    standing->penalty = penalty;
    return true;
}

bool standing_unpack(struct standing *standing, enum standing_part part,
                     const uint8_t *bytes, uint32_t length)
{
    struct byte_reader reader = { .at = bytes, .end = bytes };
    struct head head;

    if (bytes == NULL || length == 0)
        return false;
    reader.end += length;
    uint8_t version = byte_reader_u8(&reader);
    head.by = (uid_t)byte_reader_u32(&reader);
    head.since = (int64_t)byte_reader_u64(&reader);
    head.until = (int64_t)byte_reader_u64(&reader);
    if (reader.failed || version != PACK_VERSION || head.since < 0 || head.until < 0)
        return false;
    if (part == PART_OVERRIDE)
        return take_override(standing, &head, &reader);
    if (part == PART_DAMPED)
        return take_damped(standing, &head, &reader);
    if (reader.at != reader.end)
        return false;
    standing->draining = standing->drain_published = true;
    standing->drain_by = head.by;
    standing->drain_since = head.since;
    standing->drain_until = head.until;
    return true;
}

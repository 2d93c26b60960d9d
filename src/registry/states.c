#include "registry/states.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { STATES_VERSION = 1, HEAD_SIZE = 11, ROW_SIZE = 12, KNOWN = 0x80 };

void states_free(struct check_state *states, unsigned count)
{
    for (unsigned i = 0; states != NULL && i < count; i++)
        free(states[i].output);
    free(states);
}

void states_destroy(struct entry *entry)
{
    if (entry->instance != NULL)
        states_free(entry->checks, entry->instance->is.check_count);
    entry->checks = NULL;
}

/* The number of check `index` of `to` in `from`, -1: it has none. What was well at one
 * address and port says nothing about another, so there it is no longer the same check.
 */
static int find_same(const struct rollcall_instance *to, unsigned index,
                     const struct rollcall_instance *from)
{
    const struct rollcall_check *check = &to->checks[index];

    if (from == NULL)
        return -1;
    if (check_option(check, "target", 0) == NULL && !instance_same_place(to, from))
        return -1;
    for (unsigned i = 0; i < from->check_count; i++) {
        if (instance_check_same(check, &from->checks[i]))
            return (int)i;
    }
    return -1;
}

enum rollcall_status states_carry(const struct rollcall_instance *to,
                                  const struct rollcall_instance *from,
                                  const struct check_state *states,
                                  struct check_state **out)
{
    struct check_state *fresh = NULL;

    if (to->check_count > 0) {
        fresh = calloc(to->check_count, sizeof *fresh);
        if (fresh == NULL)
            return ROLLCALL_E_NOMEM;
    }
    for (unsigned i = 0; i < to->check_count; i++) {
        int old = find_same(to, i, from);
        if (old < 0)
            continue;
        fresh[i] = states[old];
        fresh[i].output = NULL;
        (void)state_set_output(&fresh[i], states[old].output, CHECK_OUTPUT_MAX);
    }
    *out = fresh;
    return ROLLCALL_OK;
}

void states_move(const struct rollcall_instance *to, struct check_state *fresh,
                 const struct rollcall_instance *from, struct check_state *states)
{
    for (unsigned i = 0; i < to->check_count; i++) {
        int old = find_same(to, i, from);
        free(fresh[i].output);
        fresh[i] = (struct check_state){ .output = NULL };
        if (old < 0)
            continue;
        fresh[i] = states[old];
        states[old].output = NULL;
    }
}

/* Not in the middle of a character (UTF-8: 10xxxxxx continues one). */
static size_t cut_length(const char *text, size_t max)
{
    size_t length = strnlen(text, max + 1);
    if (length <= max)
        return length;
    length = max;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static bool is_said(const char *said, const char *output, size_t length)
{
    return strncmp(said, output, length) == 0 && said[length] == '\0';
}

bool state_set_output(struct check_state *state, const char *output, size_t max)
{
    size_t length = output == NULL ? 0 : cut_length(output, max);
    char *copy = NULL;

    if (length == 0 && state->output == NULL)
        return false;
    if (length > 0) {
        if (state->output != NULL && is_said(state->output, output, length))
            return false;
        copy = strndup(output, length);
        if (copy == NULL)
            return false;
    }
    free(state->output);
    state->output = copy;
    return true;
}

/* Until it has run it says what its definition, or the instance, says. */
static unsigned said_by(const struct rollcall_check *check,
                        const struct check_state *state, enum rollcall_health own)
{
    if (state->known)
        return (unsigned)state->health;
    return check->initial > 0 ? check->initial - 1u : (unsigned)own;
}

enum rollcall_health states_combined(const struct rollcall_instance *is,
                                     const struct check_state *states,
                                     enum rollcall_health own)
{
    unsigned at_least[ROLLCALL_PASSING + 1] = { 0 }; /* so many are that well or better */
    unsigned live = 0;

    for (unsigned i = 0; i < is->check_count; i++) {
        if (is->checks[i].shadow)
            continue;
        live++;
        for (unsigned h = said_by(&is->checks[i], &states[i], own); h > 0; h--)
            at_least[h]++;
    }
    if (live == 0)
        return own;
    unsigned needed = is->checks_require == 0 ? live : is->checks_require;
    if (at_least[ROLLCALL_PASSING] >= needed)
        return ROLLCALL_PASSING;
    return at_least[ROLLCALL_WARNING] >= needed ? ROLLCALL_WARNING : ROLLCALL_CRITICAL;
}

bool states_failed(const struct rollcall_instance *is, const struct check_state *states)
{
    return instance_live_checks(is) > 0 &&
           states_combined(is, states, ROLLCALL_PASSING) == ROLLCALL_CRITICAL;
}

bool states_say_something(const struct check_state *states, unsigned count,
                          enum rollcall_health own, enum rollcall_health status)
{
    for (unsigned i = 0; i < count; i++) {
        if (states[i].known)
            return true;
    }
    return own != status;
}

static uint8_t *pack_row(uint8_t *at, const struct check_state *state)
{
    size_t output = state->output == NULL ? 0 : strlen(state->output);

    at[0] = (uint8_t)((unsigned)state->health | (state->known ? KNOWN : 0u));
    at[1] = state->outcome;
    bytes_put64(at + 2, (uint64_t)state->since);
    bytes_put16(at + 10, (uint16_t)output);
    if (output > 0)
        memcpy(at + ROW_SIZE, state->output, output);
    return at + ROW_SIZE + output;
}

uint8_t *states_pack(const struct check_state *states, unsigned count,
                     enum rollcall_health own, uint64_t revision, uint32_t *length)
{
    size_t size = HEAD_SIZE + (size_t)count * ROW_SIZE;
    for (unsigned i = 0; i < count; i++)
        size += states[i].output == NULL ? 0 : strlen(states[i].output);
    uint8_t *bytes = malloc(size);
    if (bytes == NULL)
        return NULL;
    bytes[0] = STATES_VERSION;
    bytes_put64(bytes + 1, revision);
    bytes[9] = (uint8_t)own;
    bytes[10] = (uint8_t)count;
    uint8_t *at = bytes + HEAD_SIZE;
    for (unsigned i = 0; i < count; i++)
        at = pack_row(at, &states[i]);
    *length = (uint32_t)(at - bytes);
    return bytes;
}

struct row {
    uint8_t health, outcome;
    int64_t since;
    const char *output;
    uint16_t length;
};

static bool take_row(struct byte_reader *reader, struct row *row)
{
    row->health = byte_reader_u8(reader);
    row->outcome = byte_reader_u8(reader);
    row->since = (int64_t)byte_reader_u64(reader);
    row->length = byte_reader_u16(reader);
    row->output = (const char *)byte_reader_take(reader, row->length);
    return !reader->failed && (row->health & ~KNOWN) <= ROLLCALL_PASSING &&
           row->length <= CHECK_OUTPUT_MAX;
}

static void apply_row(const struct row *row, struct check_state *state)
{
    char output[CHECK_OUTPUT_MAX + 1];

    state->known = (row->health & KNOWN) != 0;
    state->health = (enum rollcall_health)(row->health & ~KNOWN);
    state->outcome = row->outcome;
    state->since = row->since;
    if (row->length > 0)
        memcpy(output, row->output, row->length);
    output[row->length] = '\0';
    (void)state_set_output(state, output, CHECK_OUTPUT_MAX);
}

bool states_unpack(const uint8_t *bytes, uint32_t length, uint64_t revision,
                   struct check_state *states, unsigned count, enum rollcall_health *own)
{
    struct byte_reader reader = { .at = bytes, .end = bytes };
    struct row row;

    if (bytes == NULL || length == 0)
        return false;
    reader.end += length;
    uint8_t version = byte_reader_u8(&reader);
    uint64_t of = byte_reader_u64(&reader);
    uint8_t status = byte_reader_u8(&reader), rows = byte_reader_u8(&reader);
    if (reader.failed || version != STATES_VERSION || of != revision || rows != count ||
        status > ROLLCALL_PASSING)
        return false;
    struct byte_reader again = reader; /* look at all before any is taken */
    for (unsigned i = 0; i < count; i++) {
        if (!take_row(&reader, &row))
            return false;
    }
    for (unsigned i = 0; i < count; i++) {
        take_row(&again, &row);
        apply_row(&row, &states[i]);
    }
    *own = (enum rollcall_health)status;
    return true;
}

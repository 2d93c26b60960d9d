/* Rows of a history that anybody may have written: folded, unpacked, put into words. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "registry/standing.h"
#include "registry/states.h"
#include "travel/folded.h"
#include "travel/words.h"

static void unpack(const struct folded *folded)
{
    struct check_state states[2] = { { .known = false }, { .known = false } };
    struct standing standing = { .draining = false };
    enum rollcall_health own = ROLLCALL_PASSING;

    states_unpack(folded->health.bytes, folded->health.length, folded->revision, states,
                  2, &own);
    for (unsigned i = 0; i < 2; i++)
        free(states[i].output);
    for (unsigned part = 0; part < STANDING_PARTS; part++)
        if (folded->standing[part].bytes != NULL)
            standing_unpack(&standing, part, folded->standing[part].bytes,
                            folded->standing[part].length);
    free(standing.override_note);
}

/* One row: part, id, flags, after, revision, length of the bytes, the bytes. */
static bool next_row(struct byte_reader *reader, int64_t seq, struct history_row *row)
{
    static const char *const ids[] = { "", "web-1", "web-2", "db-1" };

    *row = (struct history_row){ .seq = seq,
                                 .part = byte_reader_u8(reader),
                                 .id = ids[byte_reader_u8(reader) % 4],
                                 .namespace_name = "",
                                 .service = "web",
                                 .label = "label",
                                 .checked = "",
                                 .cause = "drain",
                                 .output = "" };
    uint8_t flags = byte_reader_u8(reader);
    row->known = (flags & 1) != 0;
    row->checked = (flags & 2) != 0 ? "alive" : "";
    row->after = row->effective = byte_reader_u8(reader);
    row->revision = byte_reader_u8(reader);
    row->length = byte_reader_u8(reader);
    row->bytes = byte_reader_take(reader, row->length);
    return !reader->failed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct byte_reader reader = { .at = data, .end = data + size };
    struct folding folding;
    struct folded *folded;
    struct history_row row;
    struct buffer text;
    int64_t seq = 0;

    buffer_init(&text, 1 << 20);
    folding_init(&folding);
    while (next_row(&reader, ++seq, &row) && folding_take(&folding, &row)) {
        words_sentence(&text, &row, NULL);
        (void)words_event(&row);
    }
    for (size_t at = 0; (folded = table_next(&folding.by_id, &at)) != NULL;)
        unpack(folded);
    folding_deinit(&folding);
    buffer_deinit(&text);
    return 0;
}

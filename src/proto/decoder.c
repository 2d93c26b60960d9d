/* The memory of a decoder. */
#include "proto/decoder.h"

#include <stdlib.h>
#include <string.h>

#include "proto/scan.h"

struct decoder *decoder_create(const struct check_schema *const *schemas)
{
    struct decoder *decoder = malloc(sizeof *decoder);

    if (decoder == NULL)
        return NULL;
    decoder->schemas = schemas;
    decoder->root = NULL;
    decoder->request = NULL;
    decoder->lenient = false;
    decoder->from.family = 0;
    decoder_clear(decoder);
    return decoder;
}

void decoder_destroy(struct decoder *decoder)
{
    if (decoder == NULL)
        return;
    json_decref(decoder->root);
    free(decoder);
}

void decoder_from(struct decoder *decoder, const struct rollcall_address *from)
{
    decoder->from = from != NULL ? *from : (struct rollcall_address){ 0 };
}

void decoder_clear(struct decoder *decoder)
{
    decoder->text_used = 0;
    decoder->option_count = 0;
}

char *decoder_text(struct decoder *decoder, size_t size)
{
    if (size > DECODER_TEXT_SIZE - decoder->text_used)
        return NULL;
    char *text = decoder->text + decoder->text_used;
    decoder->text_used += size;
    return text;
}

const char *decoder_keep(struct decoder *decoder, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = decoder_text(decoder, size);

    return kept == NULL ? NULL : memcpy(kept, text, size);
}

const char *decoder_fold(struct decoder *decoder, const char *text)
{
    const char *upper = text;

    while (*upper != '\0' && (*upper < 'A' || *upper > 'Z'))
        upper++;
    if (*upper == '\0')
        return text;
    size_t size = strlen(text) + 1;
    char *folded = decoder_text(decoder, size);
    if (folded == NULL)
        return NULL;
    for (size_t i = 0; i < size; i++)
        folded[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    return folded;
}

enum rollcall_status decoder_keep_seq(struct decoder *decoder, char *line,
                                      struct proto_seq *seq, struct reason *why)
{
    if (seq_is_plain(seq))
        return ROLLCALL_OK;
    char *kept = decoder_text(decoder, seq->length);
    if (kept == NULL) {
        reason_field(why, PROTO_SEQ, "seq: longer than a request may be");
        return ROLLCALL_E_TOO_LONG;
    }
    memcpy(kept, seq->text, seq->length);
    char *written = line + (seq->text - line);
    memset(written, ' ', seq->length);
    *written = '1';
    seq->text = kept;
    return ROLLCALL_OK;
}

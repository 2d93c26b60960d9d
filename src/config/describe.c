/* The tables printed: a configuration as YAML, the keys as Markdown and as roff. */
#include <inttypes.h>
#include <string.h>

#include "config/config.h"
#include "config/option.h"
#include "config/schema.h"

#define PRINTED_MAX 16384

/* Text that YAML would read as something else than itself without quotes. */
static bool needs_quotes(const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789._/-";

    return text[0] == '\0' || text[0] == '-' || text[0] == '.' ||
           text[strspn(text, safe)] != '\0' || strcmp(text, "null") == 0;
}

/* Characters that YAML takes for line ends or refuses; length in octets, 0: none. */
static unsigned odd_character(const unsigned char *at, unsigned *code)
{
    if (at[0] < 0x20 || at[0] == 0x7f) {
        *code = at[0];
        return 1;
    }
    if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) {
        *code = at[1];
        return 2;
    }
    if (at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9)) {
        *code = 0x2000u + (at[2] & 0x3fu);
        return 3;
    }
    *code = 0xfeff;
    return at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf ? 3 : 0;
}

static void put_text(FILE *out, const char *text)
{
    unsigned code;

    if (!needs_quotes(text)) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    while (*text != '\0') {
        unsigned length = odd_character((const unsigned char *)text, &code);
        if (length > 0)
            fprintf(out, "\\u%04X", code);
        else
            fprintf(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
        text += length > 0 ? length : 1;
    }
    fputc('"', out);
}

/* False: the value is not there. */
static bool put_value(FILE *out, const struct option *row, const void *value)
{
    struct buffer text;
    bool printed;

    buffer_init(&text, PRINTED_MAX);
    printed = row->type->print(row, value, &text) && !text.failed;
    if (printed)
        put_text(out, text.data == NULL ? "" : text.data);
    buffer_deinit(&text);
    return printed;
}

static bool has_value(const struct option *row, const void *value)
{
    struct buffer text;

    buffer_init(&text, PRINTED_MAX);
    bool printed = row->type->print(row, value, &text);
    buffer_deinit(&text);
    return printed;
}

static void show_rows(const struct option *rows, void *base, unsigned depth,
                      bool after_dash, FILE *out);

static void show_list(const struct option *row, void *base, FILE *out)
{
    const char *array;

    memcpy(&array, option_field(row, base), sizeof array);
    fputs(" [", out);
    for (uint32_t i = 0; i < *option_count_of(row, base); i++) {
        fputs(i > 0 ? ", " : "", out);
        put_value(out, row, array + i * row->type->size);
    }
    fputs("]\n", out);
}

static void show_map(const struct option *row, void *base, FILE *out)
{
    const struct rollcall_pair *pairs;

    memcpy(&pairs, option_field(row, base), sizeof pairs);
    fputs(" {", out);
    for (uint32_t i = 0; i < *option_count_of(row, base); i++) {
        fputs(i > 0 ? ", " : "", out);
        put_text(out, pairs[i].key);
        fputs(": ", out);
        put_text(out, row->secret ? "***" : pairs[i].value);
    }
    fputs("}\n", out);
}

static void show_sections(const struct option *row, void *base, unsigned depth, FILE *out)
{
    char *array;

    memcpy(&array, option_field(row, base), sizeof array);
    uint32_t count = *option_count_of(row, base);
    fputs(count == 0 ? " []\n" : "\n", out);
    for (uint32_t i = 0; i < count; i++) {
        fprintf(out, "%*s- ", (int)(depth * 2), "");
        show_rows(row->rows, array + i * row->rows_size, depth + 1, true, out);
    }
}

static void show_row(const struct option *row, void *base, unsigned depth, FILE *out)
{
    switch (row->shape) {
    case OPTION_VALUE:
        fputc(' ', out);
        put_value(out, row, option_field(row, base));
        fputc('\n', out);
        break;
    case OPTION_LIST:
        show_list(row, base, out);
        break;
    case OPTION_MAP:
        show_map(row, base, out);
        break;
    case OPTION_SECTION:
        fputc('\n', out);
        show_rows(row->rows, option_field(row, base), depth + 1, false, out);
        break;
    case OPTION_SECTIONS:
        show_sections(row, base, depth + 1, out);
        break;
    }
}

/* After a dash the first key stands in the dash's line. */
static void show_rows(const struct option *rows, void *base, unsigned depth,
                      bool after_dash, FILE *out)
{
    for (const struct option *row = rows; row->key != NULL; row++) {
        if (row->shape == OPTION_VALUE && !has_value(row, option_field(row, base)))
            continue;
        fprintf(out, "%*s%s:", after_dash ? 0 : (int)(depth * 2), "", row->key);
        show_row(row, base, depth, out);
        after_dash = false;
    }
}

void config_show(const struct config *config, FILE *out)
{
    show_rows(config_options, (void *)(uintptr_t)config, 0, false, out);
}

#include "cli/output.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

enum { COLUMNS_MAX = 16, TABLE_MAX = 1 << 30 };

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

/* Places on the screen: the octets that continue a UTF-8 character take none. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void columns_init(struct columns *columns, const char *const *titles, unsigned count)
{
    buffer_init(&columns->text, TABLE_MAX);
    columns->count = count;
    for (unsigned i = 0; i < count; i++)
        columns_cell(columns, titles[i]);
}

void columns_cell(struct columns *columns, const char *text)
{
    if (text == NULL || text[0] == '\0')
        text = "-";
    for (; *text != '\0'; text++)
        buffer_char(&columns->text, is_control((unsigned char)*text) ? '?' : *text);
    buffer_append(&columns->text, "", 1);
}

void columns_number(struct columns *columns, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, number);
    columns_cell(columns, text);
}

static void measure(const struct columns *columns, int *widths)
{
    const char *at = columns->text.data;
    const char *end = at + columns->text.length;

    for (unsigned i = 0; at < end; i = (i + 1) % columns->count) {
        int width = width_of(at);
        if (width > widths[i])
            widths[i] = width;
        at += strlen(at) + 1;
    }
}

void columns_end(struct columns *columns, FILE *out)
{
    int widths[COLUMNS_MAX] = { 0 };
    const char *at = columns->text.data;

    if (columns->text.failed || at == NULL) {
        fputs("(out of memory for the table)\n", out);
        buffer_deinit(&columns->text);
        return;
    }
    measure(columns, widths);
    const char *end = at + columns->text.length;
    for (unsigned i = 0; at < end; i = (i + 1) % columns->count) {
        bool last = i + 1 == columns->count;
        fputs(at, out);
        if (last)
            fputc('\n', out);
        else
            fprintf(out, "%*s", widths[i] - width_of(at) + 2, "");
        at += strlen(at) + 1;
    }
    buffer_deinit(&columns->text);
}

void output_plain(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fputc(is_control((unsigned char)*text) ? '?' : *text, out);
}

void output_count(FILE *out, uint64_t count, const char *one, const char *many)
{
    fprintf(out, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

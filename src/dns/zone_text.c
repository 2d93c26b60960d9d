#include "dns/zone_text.h"

#include <stdbool.h>

/* What is open while an entry is read. */
struct state {
    unsigned parentheses;
    bool quoted;
    bool something; /* other than blanks */
};

void zone_text_init(struct zone_text *text, const char *from, size_t length)
{
    *text = (struct zone_text){ .at = from, .end = from + length, .line = 1 };
}

static void skip_comment(struct zone_text *text)
{
    while (text->at < text->end && *text->at != '\n')
        text->at++;
}

/* A backslash takes the next octet with it, whatever that is but the end of the line. */
static void take_escape(struct zone_text *text, struct buffer *entry)
{
    buffer_char(entry, '\\');
    text->at++;
    if (text->at < text->end && *text->at != '\n')
        buffer_char(entry, *text->at++);
}

static void take_quoted(struct zone_text *text, struct state *state, struct buffer *entry)
{
    if (*text->at == '\\') {
        take_escape(text, entry);
        return;
    }
    state->quoted = *text->at != '"';
    buffer_char(entry, *text->at++);
}

static void take_plain(struct zone_text *text, struct state *state, struct buffer *entry)
{
    char c = *text->at;

    switch (c) {
    case ';':
        skip_comment(text);
        return;
    case '\\':
        state->something = true;
        take_escape(text, entry);
        return;
    case '(':
        state->parentheses++;
        c = ' ';
        break;
    case ')':
        if (state->parentheses == 0)
            text->fault = "a closing parenthesis without an opening one";
        else
            state->parentheses--;
        c = ' ';
        break;
    case '\r':
    case '\t':
    case ' ':
        c = ' ';
        break;
    default:
        state->quoted = c == '"';
        if (!state->something)
            text->began = text->line;
        state->something = true;
        break;
    }
    buffer_char(entry, c);
    text->at++;
}

/* True: the entry goes on in the next line. An entry of blanks starts again. */
static bool end_line(struct zone_text *text, const struct state *state,
                     struct buffer *entry)
{
    text->line++;
    text->at++;
    if (state->quoted) {
        text->fault = "a quote is opened and not closed in the same line";
        return false;
    }
    if (state->parentheses > 0) {
        buffer_char(entry, ' ');
        return true;
    }
    if (state->something)
        return false;
    buffer_clear(entry);
    text->began = text->line;
    return true;
}

int zone_text_next(struct zone_text *text, struct buffer *entry)
{
    struct state state = { 0, false, false };

    buffer_clear(entry);
    text->fault = NULL;
    text->began = text->line;
    while (text->at < text->end && text->fault == NULL && !entry->failed) {
        if (*text->at == '\n') {
            if (!end_line(text, &state, entry))
                break;
        } else if (state.quoted) {
            take_quoted(text, &state, entry);
        } else {
            take_plain(text, &state, entry);
        }
    }
    if (text->at == text->end && text->fault == NULL) {
        if (state.quoted)
            text->fault = "a quote is opened and never closed";
        else if (state.parentheses > 0)
            text->fault = "a parenthesis is opened and never closed";
    }
    if (text->fault != NULL || entry->failed)
        return -1;
    return state.something ? 1 : 0;
}

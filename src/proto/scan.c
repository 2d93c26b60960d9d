/* proto/scan.c - the cheap look at a request: its operation, its seq, its depth.
 *
 * It goes over the text once and builds nothing. It believes the text to be JSON; where
 * that is wrong the parser says so afterwards, and what was found here is not used.
 */
#include <string.h>

#include "proto/decode.h"
#include "proto/scan.h"

struct cursor {
    const char *at;
    const char *end;
};

struct slice {
    const char *text;
    size_t length;
};

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t' ||
                                        *cursor->at == '\r' || *cursor->at == '\n'))
        cursor->at++;
}

/* The text between the quotes that open at the cursor. NULL text: it does not end. */
static struct slice take_string(struct cursor *cursor)
{
    const char *start = ++cursor->at;

    while (cursor->at < cursor->end && *cursor->at != '"')
        cursor->at += *cursor->at == '\\' ? 2 : 1;
    if (cursor->at >= cursor->end) {
        cursor->at = cursor->end;
        return (struct slice){ NULL, 0 };
    }
    size_t length = (size_t)(cursor->at - start);
    cursor->at++;
    return (struct slice){ start, length };
}

static void take_digits(struct cursor *cursor)
{
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9')
        cursor->at++;
}

static bool take_char(struct cursor *cursor, const char *any_of)
{
    if (cursor->at >= cursor->end || *cursor->at == '\0' ||
        strchr(any_of, *cursor->at) == NULL)
        return false;
    cursor->at++;
    return true;
}

/* RFC 8259 §6, exactly: what is taken is echoed, so it must be a number. */
static struct slice take_number(struct cursor *cursor)
{
    const struct slice none = { NULL, 0 };
    const char *start = cursor->at;

    take_char(cursor, "-");
    const char *digits = cursor->at;
    take_digits(cursor);
    if (cursor->at == digits || (*digits == '0' && cursor->at - digits > 1))
        return none;
    if (take_char(cursor, ".")) {
        digits = cursor->at;
        take_digits(cursor);
        if (cursor->at == digits)
            return none;
    }
    if (take_char(cursor, "eE")) {
        take_char(cursor, "+-");
        digits = cursor->at;
        take_digits(cursor);
        if (cursor->at == digits)
            return none;
    }
    return (struct slice){ start, (size_t)(cursor->at - start) };
}

/* The value after a "seq" key, if it is a string or a number. */
static void scan_seq(struct cursor *cursor, struct request *out)
{
    const char *start = cursor->at;
    struct slice value;

    if (cursor->at >= cursor->end)
        return;
    if (*cursor->at == '"') {
        value = take_string(cursor);
        if (value.text != NULL)
            out->seq = (struct proto_seq){ start, value.length + 2 };
    } else if (*cursor->at == '-' || (*cursor->at >= '0' && *cursor->at <= '9')) {
        value = take_number(cursor);
        if (value.text != NULL)
            out->seq = (struct proto_seq){ value.text, value.length };
    }
}

static void scan_op(struct cursor *cursor, struct request *out)
{
    if (cursor->at >= cursor->end || *cursor->at != '"')
        return;
    struct slice value = take_string(cursor);
    if (value.text != NULL)
        out->op = proto_op_find(value.text, value.length);
}

/* A string of the outermost object: where a colon follows, it is a key. */
static void scan_member(struct cursor *cursor, struct request *out)
{
    struct slice key = take_string(cursor);

    skip_blanks(cursor);
    if (key.text == NULL || cursor->at >= cursor->end || *cursor->at != ':')
        return;
    cursor->at++;
    skip_blanks(cursor);
    if (key.length == 2 && memcmp(key.text, PROTO_OP, 2) == 0)
        scan_op(cursor, out);
    else if (key.length == 3 && memcmp(key.text, PROTO_SEQ, 3) == 0)
        scan_seq(cursor, out);
}

void request_scan(const char *line, size_t length, struct request *out)
{
    struct cursor cursor = { line, line + length };
    unsigned depth = 0;

    out->op = PROTO_OP_COUNT;
    out->seq = (struct proto_seq){ NULL, 0 };
    out->depth = 0;
    while (cursor.at < cursor.end) {
        switch (*cursor.at) {
        case '"':
            if (depth == 1)
                scan_member(&cursor, out);
            else
                take_string(&cursor);
            continue;
        case '{':
        case '[':
            if (++depth > out->depth)
                out->depth = depth;
            break;
        case '}':
        case ']':
            depth -= depth > 0;
            break;
        default:
            break;
        }
        cursor.at++;
    }
}

bool seq_is_plain(const struct proto_seq *seq)
{
    if (seq->text == NULL || seq->text[0] == '"')
        return true;
    if (seq->length > 15)
        return false;
    for (size_t i = 0; i < seq->length; i++) {
        if (seq->text[i] < '0' || seq->text[i] > '9')
            return false;
    }
    return true;
}

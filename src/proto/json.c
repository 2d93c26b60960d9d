/* proto/json.c - parsing, walking an object by its tables, and faults in words. */
#include "proto/json.h"

#include <stdio.h>
#include <string.h>

#include "proto/decoder.h"

enum { NAME_MAX_COMPARED = 32 };

json_t *json_parse_object(const char *text, size_t length, struct reason *why)
{
    json_error_t error;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL) {
        bool is_nul = json_error_code(&error) == json_error_null_character;
        reason_set(why, "the line is not JSON: %s (byte %d)",
                   is_nul ? "\\u0000 is not allowed in a string" : error.text,
                   error.position);
        return NULL;
    }
    if (!json_is_object(root)) {
        reason_set(why, "the line is a list; allowed: one JSON object a line");
        json_decref(root);
        return NULL;
    }
    return root;
}

struct shown {
    char *out;
    size_t length;
};

/* Not json_dumpb(): it leaves out a piece that does not fit and goes on behind it. */
static int show_piece(const char *piece, size_t length, void *into)
{
    enum { ROOM = JSON_SHOWN_MAX - 4 };
    struct shown *shown = into;
    size_t room = ROOM + 1 - shown->length; /* one more tells that there is more */

    memcpy(shown->out + shown->length, piece, length < room ? length : room);
    shown->length += length < room ? length : room;
    return length < room ? 0 : -1; /* enough: stop writing */
}

void json_show(const json_t *value, char out[JSON_SHOWN_MAX])
{
    enum { ROOM = JSON_SHOWN_MAX - 4 };
    struct shown shown = { .out = out };

    json_dump_callback(value, show_piece, &shown, JSON_ENCODE_ANY | JSON_COMPACT);
    if (shown.length == 0) { /* nested deeper than the library writes */
        snprintf(out, JSON_SHOWN_MAX, "the value");
        return;
    }
    if (shown.length <= ROOM) {
        out[shown.length] = '\0';
        return;
    }
    size_t cut = ROOM;
    while (cut > 0 && ((unsigned char)out[cut] & 0xc0) == 0x80)
        cut--; /* not inside a character */
    memcpy(out + cut, "...", 4);
}

enum rollcall_status json_refuse(struct reason *why, const char *field,
                                 const json_t *value, const char *allowed)
{
    char shown[JSON_SHOWN_MAX];

    json_show(value, shown);
    reason_field(why, field, "%s: %s is not allowed; allowed: %s", field, shown, allowed);
    return ROLLCALL_E_INVALID;
}

/* Levenshtein's, on one row. */
unsigned json_distance(const char *a, const char *b)
{
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);
    unsigned row[NAME_MAX_COMPARED + 1];

    if (a_length > NAME_MAX_COMPARED || b_length > NAME_MAX_COMPARED)
        return NAME_MAX_COMPARED;
    for (size_t j = 0; j <= b_length; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b_length];
}

static const char *nearest_name(const char *name, const struct json_field *const *tables)
{
    const char *nearest = NULL;
    size_t length = strlen(name);
    /* Further is another word: one letter of three, two of four. */
    unsigned best = length < 4 ? 2 : (unsigned)(length / 3) + 2;

    for (; *tables != NULL; tables++) {
        for (const struct json_field *row = *tables; row->name != NULL; row++) {
            unsigned distance = json_distance(name, row->name);
            if (distance < best) {
                best = distance;
                nearest = row->name;
            }
        }
    }
    return nearest;
}

static void known_names(const struct json_field *const *tables, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (; *tables != NULL; tables++) {
        for (const struct json_field *row = *tables; row->name != NULL; row++) {
            int wrote = snprintf(out + used, size - used, "%s%s", used == 0 ? "" : ", ",
                                 row->name);
            used += wrote > 0 ? (size_t)wrote : 0;
            if (used >= size)
                return;
        }
    }
}

enum rollcall_status json_unknown(struct reason *why, const char *name,
                                  const struct json_field *const *tables)
{
    const char *nearest = nearest_name(name, tables);
    char known[sizeof why->text - 80];
    char shown[JSON_SHOWN_MAX];

    snprintf(shown, sizeof shown, "%.64s", name);
    if (nearest != NULL) {
        reason_field(why, shown, "%s: there is no such field; did you mean \"%s\"?",
                     shown, nearest);
    } else {
        known_names(tables, known, sizeof known);
        reason_field(why, shown, "%s: there is no such field; known here: %s", shown,
                     known);
    }
    return ROLLCALL_E_UNKNOWN_FIELD;
}

/* The row of a member, and its bit among the rows of all tables. */
static const struct json_field *find_row(const struct json_field *const *tables,
                                         const char *name, uint64_t *bit)
{
    *bit = 1;
    for (; *tables != NULL; tables++) {
        for (const struct json_field *row = *tables; row->name != NULL; row++) {
            if (row->name[0] == name[0] && strcmp(row->name, name) == 0)
                return row;
            *bit <<= 1;
        }
    }
    return NULL;
}

static enum rollcall_status check_required(const struct json_field *const *tables,
                                           uint64_t seen, struct reason *why)
{
    uint64_t bit = 1;

    for (; *tables != NULL; tables++) {
        for (const struct json_field *row = *tables; row->name != NULL; row++) {
            if (row->required && (seen & bit) == 0) {
                reason_field(why, row->name, "%s: this field is required and missing",
                             row->name);
                return ROLLCALL_E_MISSING_FIELD;
            }
            bit <<= 1;
        }
    }
    return ROLLCALL_OK;
}

enum rollcall_status json_members(struct decoder *decoder, const json_t *object,
                                  const struct json_field *const *tables, void *into,
                                  struct reason *why)
{
    const char *name;
    json_t *value;
    uint64_t seen = 0;
    uint64_t bit;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        const struct json_field *row = find_row(tables, name, &bit);
        if (row == NULL) {
            if (decoder->lenient)
                continue;
            return json_unknown(why, name, tables);
        }
        seen |= bit;
        enum rollcall_status status =
            row->decode(decoder, row, value, (char *)into + row->offset, why);
        if (status != ROLLCALL_OK)
            return status;
    }
    return check_required(tables, seen, why);
}

/* A table of options applied to a parsed section: read, check, release. */
#include "config/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rollcall/service.h"

void option_key(const char *prefix, const char *key, char *out)
{
    const char *const parts[] = { prefix, prefix[0] == '\0' ? "" : ".", key };
    size_t used = 0;

    /* A key of the file can be longer than any of ours; its beginning will do. */
    for (size_t i = 0; i < 3; i++) {
        size_t length = strnlen(parts[i], OPTION_KEY_TEXT - 1 - used);
        memmove(out + used, parts[i], length);
        used += length;
    }
    out[used] = '\0';
}

const struct option *option_find(const struct option *rows, const char *key)
{
    for (; rows->key != NULL; rows++)
        if (strcmp(rows->key, key) == 0)
            return rows;
    return NULL;
}

static void out_of_memory(const struct option_reader *reader)
{
    reader->faults->out_of_memory = true;
}

static const char *kind_word(enum yaml_kind kind)
{
    return kind == YAML_SCALAR ? "one value" : kind == YAML_LIST ? "a list" : "a section";
}

/* True when `node` is of the kind that the row wants. */
static bool kind_fits(const struct option_reader *reader, const struct yaml *node,
                      enum yaml_kind wanted, const char *key)
{
    if (node->kind == wanted)
        return true;
    fault_add(reader->faults, &node->place, key, "%s where %s is expected",
              kind_word(node->kind), kind_word(wanted));
    return false;
}

static void not_allowed(const struct option_reader *reader, const struct option *row,
                        const struct place *place, const char *key, const char *text)
{
    struct buffer allowed;

    buffer_init(&allowed, 300);
    row->type->allowed(row, &allowed);
    fault_add(reader->faults, place, key, "\"%.64s%s\" is not allowed; must be %s", text,
              strlen(text) > 64 ? "..." : "",
              allowed.data == NULL ? "something else" : allowed.data);
    buffer_deinit(&allowed);
}

static bool take_text(const struct option_reader *reader, const struct option *row,
                      const struct place *place, const char *key, const char *text,
                      void *field)
{
    const char *folder = place->line == 0 ? reader->working_folder : reader->file_folder;

    switch (row->type->parse(row, text, folder, field)) {
    case OPTION_GOOD:
        return true;
    case OPTION_NO_MEMORY:
        out_of_memory(reader);
        return false;
    case OPTION_BAD:
        break;
    }
    not_allowed(reader, row, place, key, text);
    return false;
}

static bool read_value(const struct option_reader *reader, const struct option *row,
                       const struct yaml *node, const char *key, void *field)
{
    return kind_fits(reader, node, YAML_SCALAR, key) &&
           take_text(reader, row, &node->place, key, node->text, field);
}

/* False: a fault was noted. */
static bool count_fits(const struct option_reader *reader, const struct option *row,
                       const struct yaml *node, const char *key)
{
    if (node->count >= (uint32_t)row->min && node->count <= (uint32_t)row->max)
        return true;
    fault_add(reader->faults, &node->place, key,
              "%u entries; at least %u and at most %u are allowed", node->count,
              (unsigned)row->min, (unsigned)row->max);
    return false;
}

/* An empty array in the field, for the entries of `node`. NULL: none, or no memory. */
static char *make_array(const struct option_reader *reader, const struct option *row,
                        const struct yaml *node, size_t size, void *base)
{
    if (node->count == 0)
        return NULL;
    void *array = calloc(node->count, size);
    if (array == NULL)
        out_of_memory(reader);
    memcpy(option_field(row, base), &array, sizeof array);
    return array;
}

/* One value alone is a list of one: "listen: 127.0.0.1:8053". */
static void read_list(const struct option_reader *reader, const struct option *row,
                      const struct yaml *node, const char *key, void *base)
{
    struct yaml *only[] = { (struct yaml *)(uintptr_t)node };
    const struct yaml one = { .kind = YAML_LIST, .children = only, .count = 1 };

    if (node->kind == YAML_SCALAR)
        node = &one;
    if (!kind_fits(reader, node, YAML_LIST, key) || !count_fits(reader, row, node, key))
        return;
    char *array = make_array(reader, row, node, row->type->size, base);
    uint32_t *count = option_count_of(row, base);

    for (uint32_t i = 0; array != NULL && i < node->count; i++)
        if (read_value(reader, row, node->children[i], key,
                       array + *count * row->type->size))
            (*count)++;
}

static int pair_order(const void *a, const void *b)
{
    const struct rollcall_pair *left = a;
    const struct rollcall_pair *right = b;

    return strcmp(left->key, right->key);
}

/* The bounds of one pair are those of the registration protocol. */
static void read_pair(const struct option_reader *reader, const struct yaml *node,
                      const char *key, struct rollcall_pair *pairs, uint32_t *count)
{
    char full[OPTION_KEY_TEXT];

    option_key(key, node->key, full);
    if (!kind_fits(reader, node, YAML_SCALAR, full))
        return;
    size_t length = strlen(node->key);
    if (length < 1 || length > 128 || strlen(node->text) > 512 ||
        strchr(node->key, '=') != NULL) {
        fault_add(reader->faults, &node->key_place, full,
                  "a key of 1 to 128 octets without \"=\" and a text of at most 512 "
                  "are allowed");
        return;
    }
    struct rollcall_pair pair = { .key = strdup(node->key), .value = strdup(node->text) };
    if (pair.key == NULL || pair.value == NULL)
        out_of_memory(reader);
    pairs[(*count)++] = pair;
}

static void read_map(const struct option_reader *reader, const struct option *row,
                     const struct yaml *node, const char *key, void *base)
{
    if (!kind_fits(reader, node, YAML_MAP, key) || !count_fits(reader, row, node, key))
        return;
    uint32_t *count = option_count_of(row, base);
    struct rollcall_pair *pairs = (struct rollcall_pair *)(void *)make_array(
        reader, row, node, sizeof *pairs, base);

    for (uint32_t i = 0; pairs != NULL && i < node->count; i++)
        read_pair(reader, node->children[i], key, pairs, count);
    if (pairs != NULL && !reader->faults->out_of_memory)
        qsort(pairs, *count, sizeof *pairs, pair_order);
}

static void read_sections(const struct option_reader *reader, const struct option *row,
                          const struct yaml *node, const char *key, void *base)
{
    char prefix[OPTION_KEY_TEXT];
    char index[16];

    if (!kind_fits(reader, node, YAML_LIST, key) || !count_fits(reader, row, node, key))
        return;
    char *array = make_array(reader, row, node, row->rows_size, base);
    uint32_t *count = option_count_of(row, base);

    for (uint32_t i = 0; array != NULL && i < node->count; i++) {
        const struct yaml *child = node->children[i];
        snprintf(index, sizeof index, "%u", i);
        option_key(key, index, prefix);
        char *entry = array + *count * row->rows_size;
        (*count)++;
        if (!kind_fits(reader, child, YAML_MAP, prefix))
            continue;
        memcpy(entry + row->line_offset, &child->place.line, sizeof(unsigned));
        options_read(row->rows, child, reader, prefix, entry);
    }
}

static void read_shape(const struct option_reader *reader, const struct option *row,
                       const struct yaml *node, const char *key, void *base)
{
    switch (row->shape) {
    case OPTION_VALUE:
        read_value(reader, row, node, key, option_field(row, base));
        break;
    case OPTION_LIST:
        read_list(reader, row, node, key, base);
        break;
    case OPTION_MAP:
        read_map(reader, row, node, key, base);
        break;
    case OPTION_SECTION:
        if (kind_fits(reader, node, YAML_MAP, key))
            options_read(row->rows, node, reader, key, option_field(row, base));
        break;
    case OPTION_SECTIONS:
        read_sections(reader, row, node, key, base);
        break;
    }
}

/* An empty list or map: what is not read is empty already. A file with a thousand entries
 * of a list has thousands of these, and each would make a parser. */
static bool is_nothing(const char *fallback)
{
    return strcmp(fallback, "[]") == 0 || strcmp(fallback, "{}") == 0;
}

/* The fallback of a row is YAML, and goes the same way as what a person writes. */
static void read_fallback(const struct option_reader *reader, const struct option *row,
                          const struct place *section, const char *key, void *base)
{
    char text[4096] = "";
    const struct place nowhere = { .source = "default" };

    if (row->shape == OPTION_SECTION) {
        options_read(row->rows, NULL, reader, key, option_field(row, base));
    } else if (row->required) {
        fault_add(reader->faults, section, key, "missing; every entry needs it");
    } else if (row->computed != NULL) {
        row->computed(text, sizeof text);
        take_text(reader, row, &nowhere, key, text, option_field(row, base));
    } else if (row->fallback != NULL && !is_nothing(row->fallback)) {
        struct yaml *node =
            yaml_read(row->fallback, strlen(row->fallback), "default", reader->faults);
        if (node != NULL)
            read_shape(reader, row, node, key, base);
        yaml_destroy(node);
    }
}

static void unknown_key(const struct option_reader *reader, const struct option *rows,
                        const struct yaml *node, const char *prefix)
{
    char full[OPTION_KEY_TEXT];
    char near[OPTION_KEY_TEXT];
    char meant[OPTION_KEY_TEXT];

    option_key(prefix, node->key, full);
    if (!option_suggest(rows, node->key, near)) {
        fault_add(reader->faults, &node->key_place, full,
                  "unknown key; rollcall config reference lists all");
        return;
    }
    option_key(prefix, near, meant);
    fault_add(reader->faults, &node->key_place, full, "unknown key; did you mean %s?",
              meant);
}

void options_read(const struct option *rows, const struct yaml *node,
                  const struct option_reader *reader, const char *prefix, void *base)
{
    const struct place nowhere = { .source = "default" };
    const struct place *place = node == NULL ? &nowhere : &node->place;
    char key[OPTION_KEY_TEXT];

    for (uint32_t i = 0; node != NULL && i < node->count; i++)
        if (option_find(rows, node->children[i]->key) == NULL)
            unknown_key(reader, rows, node->children[i], prefix);

    for (const struct option *row = rows; row->key != NULL; row++) {
        const struct yaml *given = node == NULL ? NULL : yaml_find(node, row->key);
        option_key(prefix, row->key, key);
        if (given != NULL && !yaml_is_null(given))
            read_shape(reader, row, given, key, base);
        else
            read_fallback(reader, row, place, key, base);
    }
}

static void release_pairs(struct rollcall_pair *pairs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)pairs[i].key);
        free((void *)(uintptr_t)pairs[i].value);
    }
}

static void release_array(const struct option *row, void *base)
{
    uint32_t *count = option_count_of(row, base);
    char *array;

    memcpy(&array, option_field(row, base), sizeof array);
    for (uint32_t i = 0; array != NULL && i < *count; i++) {
        if (row->shape == OPTION_SECTIONS)
            options_release(row->rows, array + i * row->rows_size);
        else if (row->shape == OPTION_LIST && row->type->release != NULL)
            row->type->release(array + i * row->type->size);
    }
    if (array != NULL && row->shape == OPTION_MAP)
        release_pairs((struct rollcall_pair *)(void *)array, *count);
    free(array);
    array = NULL;
    memcpy(option_field(row, base), &array, sizeof array);
    *count = 0;
}

void options_release(const struct option *rows, void *base)
{
    for (const struct option *row = rows; row->key != NULL; row++) {
        if (row->shape == OPTION_SECTION)
            options_release(row->rows, option_field(row, base));
        else if (row->shape != OPTION_VALUE)
            release_array(row, base);
        else if (row->type->release != NULL)
            row->type->release(option_field(row, base));
    }
}

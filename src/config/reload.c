#include "config/reload.h"

#include <string.h>

#include "config/checks.h"
#include "config/option.h"
#include "config/schema.h"

enum { KEYS_MAX = 64 * 1024, SHOWN_MAX = 100, PRINTED_MAX = 16384 };

#define TLS_KEYS "api.tls."

/* --- The report. */

void config_report_init(struct config_report *report)
{
    for (unsigned fate = 0; fate < CONFIG_FATES; fate++) {
        buffer_init(&report->keys[fate], KEYS_MAX);
        report->count[fate] = 0;
    }
}

void config_report_deinit(struct config_report *report)
{
    for (unsigned fate = 0; fate < CONFIG_FATES; fate++)
        buffer_deinit(&report->keys[fate]);
}

/* Nobody reads past the first hundred. */
void config_report_add(struct config_report *report, enum config_fate fate,
                       const char *key)
{
    if (report->count[fate] < SHOWN_MAX)
        buffer_append(&report->keys[fate], key, strlen(key) + 1);
    report->count[fate]++;
}

const char *config_report_key(const struct config_report *report, enum config_fate fate,
                              unsigned index)
{
    const struct buffer *keys = &report->keys[fate];
    const char *at = keys->data;

    for (; at != NULL && at < keys->data + keys->length; at += strlen(at) + 1)
        if (index-- == 0)
            return at;
    return NULL;
}

void config_report_took(struct config_report *report, const char *key)
{
    struct buffer *keys = &report->keys[CONFIG_UNCHANGED];
    const char *at = NULL;

    for (unsigned i = 0; at == NULL || strcmp(at, key) != 0; i++)
        if ((at = config_report_key(report, CONFIG_UNCHANGED, i)) == NULL)
            return;
    size_t from = (size_t)(at - keys->data);
    size_t size = strlen(key) + 1;
    memmove(keys->data + from, keys->data + from + size, keys->length - from - size);
    keys->length -= size;
    report->count[CONFIG_UNCHANGED]--;
    config_report_add(report, CONFIG_TAKEN, key);
}

/* --- Equal or not. */

static bool texts_equal(const void *left, const void *right)
{
    const char *a;
    const char *b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Octets between the members of a struct may differ, and say nothing. */
static bool printed_equal(const struct option *row, const void *left, const void *right)
{
    struct buffer a;
    struct buffer b;

    buffer_init(&a, PRINTED_MAX);
    buffer_init(&b, PRINTED_MAX);
    bool has_a = row->type->print(row, left, &a);
    bool has_b = row->type->print(row, right, &b);
    bool equal = has_a == has_b && a.length == b.length &&
                 (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
    buffer_deinit(&a);
    buffer_deinit(&b);
    return equal;
}

/* What owns something owns a text; some of those are not printed as they are. */
static bool value_equal(const struct option *row, const void *left, const void *right)
{
    if (row->type->release != NULL)
        return texts_equal(left, right);
    return memcmp(left, right, row->type->size) == 0 || printed_equal(row, left, right);
}

static bool rows_equal(const struct option *rows, void *left, void *right);

static bool entry_equal(const struct option *row, char *left, char *right)
{
    if (row->shape == OPTION_SECTIONS)
        return rows_equal(row->rows, left, right);
    if (row->shape == OPTION_LIST)
        return value_equal(row, left, right);
    const struct rollcall_pair *a = (const struct rollcall_pair *)(void *)left;
    const struct rollcall_pair *b = (const struct rollcall_pair *)(void *)right;
    return strcmp(a->key, b->key) == 0 && strcmp(a->value, b->value) == 0;
}

static size_t entry_size(const struct option *row)
{
    if (row->shape == OPTION_SECTIONS)
        return row->rows_size;
    return row->shape == OPTION_LIST ? row->type->size : sizeof(struct rollcall_pair);
}

static char *array_of(const struct option *row, void *base)
{
    char *array;

    memcpy(&array, option_field(row, base), sizeof array);
    return array;
}

static bool arrays_equal(const struct option *row, void *left, void *right)
{
    char *a = array_of(row, left);
    char *b = array_of(row, right);
    uint32_t count = *option_count_of(row, left);
    size_t size = entry_size(row);

    if (count != *option_count_of(row, right))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!entry_equal(row, a + i * size, b + i * size))
            return false;
    return true;
}

static bool row_equal(const struct option *row, void *left, void *right)
{
    if (row->shape == OPTION_SECTION)
        return rows_equal(row->rows, option_field(row, left), option_field(row, right));
    if (row->shape != OPTION_VALUE)
        return arrays_equal(row, left, right);
    return value_equal(row, option_field(row, left), option_field(row, right));
}

static bool rows_equal(const struct option *rows, void *left, void *right)
{
    for (const struct option *row = rows; row->key != NULL; row++)
        if (!row_equal(row, left, right))
            return false;
    return true;
}

/* --- What differs. */

struct walk {
    struct config_report *report; /* NULL: what is live changes places */
    bool tls_stays;               /* its keys take a restart */
};

static bool is_live(const struct walk *walk, const struct option *row, const char *key)
{
    return row->live &&
           !(walk->tls_stays && strncmp(key, TLS_KEYS, sizeof TLS_KEYS - 1) == 0);
}

static void note(const struct walk *walk, const struct option *row, const char *key,
                 bool equal)
{
    bool live = is_live(walk, row, key);

    if (equal && live)
        config_report_add(walk->report, CONFIG_UNCHANGED, key);
    else if (!equal)
        config_report_add(walk->report, live ? CONFIG_TAKEN : CONFIG_TAKES_RESTART, key);
}

static void compare(const struct walk *walk, const struct option *rows,
                    const char *prefix, void *left, void *right);

static void compare_entries(const struct walk *walk, const struct option *row,
                            const char *key, void *left, void *right)
{
    char inner[OPTION_KEY_TEXT];
    char index[16];

    for (uint32_t i = 0; i < *option_count_of(row, left); i++) {
        snprintf(index, sizeof index, "%u", i);
        option_key(key, index, inner);
        compare(walk, row->rows, inner, array_of(row, left) + i * row->rows_size,
                array_of(row, right) + i * row->rows_size);
    }
}

static void compare(const struct walk *walk, const struct option *rows,
                    const char *prefix, void *left, void *right)
{
    char key[OPTION_KEY_TEXT];

    for (const struct option *row = rows; row->key != NULL; row++) {
        option_key(prefix, row->key, key);
        if (row->shape == OPTION_SECTION)
            compare(walk, row->rows, key, option_field(row, left),
                    option_field(row, right));
        else if (row->shape == OPTION_SECTIONS && !row->live &&
                 *option_count_of(row, left) == *option_count_of(row, right))
            compare_entries(walk, row, key, left, right);
        else
            note(walk, row, key, row_equal(row, left, right));
    }
}

static bool tls_stays(const struct config *running, const struct config *fresh)
{
    return (running->api.tls.cert == NULL) != (fresh->api.tls.cert == NULL);
}

void config_compare(const struct config *running, const struct config *fresh,
                    struct config_report *report)
{
    const struct walk walk = { .report = report, .tls_stays = tls_stays(running, fresh) };

    compare(&walk, config_options, "", (void *)(uintptr_t)running,
            (void *)(uintptr_t)fresh);
}

/* --- Taking over. */

static void swap(char *left, char *right, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char octet = left[i];
        left[i] = right[i];
        right[i] = octet;
    }
}

static void take(const struct walk *walk, const struct option *rows, const char *prefix,
                 void *left, void *right)
{
    char key[OPTION_KEY_TEXT];

    for (const struct option *row = rows; row->key != NULL; row++) {
        option_key(prefix, row->key, key);
        if (row->shape == OPTION_SECTION)
            take(walk, row->rows, key, option_field(row, left), option_field(row, right));
        if (row->shape == OPTION_SECTION || !is_live(walk, row, key))
            continue;
        bool one = row->shape == OPTION_VALUE;
        swap(option_field(row, left), option_field(row, right),
             one ? row->type->size : sizeof(void *));
        if (!one)
            swap((char *)option_count_of(row, left), (char *)option_count_of(row, right),
                 sizeof(uint32_t));
    }
}

void config_take(struct config *running, struct config *fresh)
{
    const struct walk walk = { .tls_stays = tls_stays(running, fresh) };

    take(&walk, config_options, "", running, fresh);
}

struct config config_merged(const struct config *running, const struct config *fresh)
{
    struct config merged = *running;
    struct config rest = *fresh;

    config_take(&merged, &rest);
    return merged;
}

enum rollcall_status config_may_take(const struct config *running,
                                     const struct config *fresh, struct reason *why)
{
    const struct config merged = config_merged(running, fresh);
    const struct address *exposed = config_api_exposed(&merged.api);
    char text[ADDRESS_TEXT];

    if (exposed == NULL)
        return ROLLCALL_OK;
    address_print(exposed, text, sizeof text);
    reason_field(why, "api.listen",
                 "api.listen: until a restart this is still served on %s, and with the "
                 "new api.tokens, api.anonymous and api.tls everybody who reaches it "
                 "could register services; restart rollcalld",
                 text);
    return ROLLCALL_E_CONFIG;
}

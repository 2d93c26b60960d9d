/* The nearest known key: what a tired person meant. */
#include <stdlib.h>
#include <string.h>

#include "config/option.h"

#define WORD_MAX 40

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Letters to insert, remove, replace or swap with their neighbour. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);

    if (a_length > WORD_MAX || b_length > WORD_MAX)
        return WORD_MAX;
    unsigned *before = rows[0];
    unsigned *last = rows[1];
    unsigned *now = rows[2];
    for (unsigned j = 0; j <= b_length; j++)
        now[j] = j;
    for (unsigned i = 1; i <= a_length; i++) {
        unsigned *oldest = before;
        before = last;
        last = now;
        now = oldest;
        now[0] = i;
        for (unsigned j = 1; j <= b_length; j++) {
            unsigned replace = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = smaller(replace, smaller(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = smaller(now[j], before[j - 2] + 1);
        }
    }
    return now[b_length];
}

static const char *nearest(const struct option *rows, const char *key)
{
    const char *found = NULL;
    /* A third of the letters: "listem" is listen, "cache" is nothing we have. */
    unsigned best = (unsigned)strlen(key) / 3 + 1;

    if (best < 2)
        best = 2;
    if (best > 4)
        best = 4;
    for (; rows->key != NULL; rows++) {
        unsigned steps = distance(key, rows->key);
        if (steps < best) {
            best = steps;
            found = rows->key;
        }
    }
    return found;
}

bool option_suggest(const struct option *rows, const char *key, char *out)
{
    const char *near = nearest(rows, key);

    if (near != NULL) {
        option_key("", near, out);
        return true;
    }
    for (; rows->key != NULL; rows++) {
        near = rows->shape == OPTION_SECTION ? nearest(rows->rows, key) : NULL;
        if (near != NULL) {
            option_key(rows->key, near, out);
            return true;
        }
    }
    return false;
}

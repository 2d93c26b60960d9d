#include "dns/zone_numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/types.h"

enum { WORD_MAX = 64 };

static const uint32_t TTL_MOST = 0x7fffffff; /* RFC 2181 §8 */

/* The next word of `*at`, cut to its buffer; false: there is none. */
static bool next_word(const char **at, char word[WORD_MAX])
{
    size_t length = strcspn(*at, " ");

    if (**at == '\0')
        return false;
    snprintf(word, WORD_MAX, "%.*s", (int)length, *at);
    *at += length;
    *at += strspn(*at, " ");
    return true;
}

static bool too_large(const char *word, uint32_t most, struct zone_number *out)
{
    if (word[0] == '\0' || word[strspn(word, "0123456789")] != '\0' ||
        strtoull(word, NULL, 10) <= most)
        return false;
    snprintf(out->text, sizeof out->text, "%.20s", word);
    out->most = most;
    return true;
}

static bool is_type(const char *word, uint16_t type)
{
    char text[16];

    dns_type_print(type, text, sizeof text);
    return strcasecmp(word, text) == 0;
}

bool zone_numbers_too_large(const char *entry, const struct zone_fields *fields,
                            struct zone_number *out)
{
    char word[WORD_MAX];
    const char *at = entry;
    bool more = next_word(&at, word); /* the owner, or nothing before the first blank */

    while (more && (more = next_word(&at, word)) && !is_type(word, fields->type))
        if (too_large(word, UINT32_MAX, out)) {
            out->most = TTL_MOST;
            return true;
        }
    for (size_t i = 0; more && i < fields->count; i++) {
        /* A text may have blanks of its own: what follows cannot be counted. */
        if (!next_word(&at, word) || word[0] == '"' || strcmp(word, "\\#") == 0)
            return false;
        if (fields->most[i] > 0 && too_large(word, fields->most[i], out))
            return true;
    }
    return false;
}

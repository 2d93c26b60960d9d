#include "consul/names.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "model/rules.h"

enum { HASH_TEXT_SIZE = 18 }; /* "-", 16 digits, NUL */

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* FNV-1a goes octet by octet, so that a name of any length needs no copy. */
static uint64_t hash_lowered(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)to_lower(*name)) * 0x100000001b3u;
    return hash;
}

/* Letters and digits, with one hyphen for whatever stands between them. */
static size_t keep_plain(const char *name, char *out)
{
    size_t length = 0;
    bool gap = false;

    for (; *name != '\0' && length < NAMES_KEPT_MAX; name++) {
        char c = to_lower(*name);
        if (!is_plain(c)) {
            gap = length > 0;
            continue;
        }
        if (gap && length + 2 <= NAMES_KEPT_MAX)
            out[length++] = '-';
        else if (gap)
            break;
        out[length++] = c;
        gap = false;
    }
    return length;
}

void name_to_label(const char *name, char out[NAMES_LABEL_SIZE])
{
    size_t length = strlen(name);

    if (length < NAMES_LABEL_SIZE) {
        for (size_t i = 0; i <= length; i++)
            out[i] = to_lower(name[i]);
        if (rule_label("service", out, NULL) == ROLLCALL_OK)
            return;
    }
    length = keep_plain(name, out);
    snprintf(out + length, HASH_TEXT_SIZE, "%s%016llx", length > 0 ? "-" : "",
             (unsigned long long)hash_lowered(name));
}

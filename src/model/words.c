/* Words of the small enumerations, one table each. */
#include <stddef.h>
#include <string.h>

#include "model/instance.h"

static const char *const health_words[] = {
    [ROLLCALL_CRITICAL] = "critical",
    [ROLLCALL_WARNING] = "warning",
    [ROLLCALL_PASSING] = "passing",
};

static const char *const protocol_words[] = {
    [ROLLCALL_TCP] = "tcp",
    [ROLLCALL_UDP] = "udp",
    [ROLLCALL_SCTP] = "sctp",
    [ROLLCALL_DCCP] = "dccp",
};

enum {
    HEALTH_WORDS = sizeof health_words / sizeof *health_words,
    PROTOCOL_WORDS = sizeof protocol_words / sizeof *protocol_words
};

static int word_find(const char *const *words, int count, const char *word)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    return -1;
}

const char *health_word(enum rollcall_health health)
{
    return (unsigned)health < HEALTH_WORDS ? health_words[health] : "unknown";
}

bool health_parse(const char *word, enum rollcall_health *out)
{
    int found = word_find(health_words, HEALTH_WORDS, word);
    if (found < 0)
        return false;
    *out = (enum rollcall_health)found;
    return true;
}

const char *protocol_word(uint8_t protocol)
{
    return protocol < PROTOCOL_WORDS ? protocol_words[protocol] : "unknown";
}

bool protocol_parse(const char *word, uint8_t *out)
{
    int found = word_find(protocol_words, PROTOCOL_WORDS, word);
    if (found < 0)
        return false;
    *out = (uint8_t)found;
    return true;
}

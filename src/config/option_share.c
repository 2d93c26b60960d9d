/* The type of a value that is a share of something: 0, 0.5, 1. */
#include <inttypes.h>
#include <string.h>

#include "config/option.h"

enum { WHOLE = 1000, DIGITS = 3 }; /* thousandths are enough to say "a third" */

static enum option_parsed share_parse(const struct option *option, const char *text,
                                      const char *folder, void *value)
{
    uint32_t share = (uint32_t)(text[0] - '0') * WHOLE, worth = WHOLE;

    (void)option;
    (void)folder;
    if (text[0] != '0' && text[0] != '1')
        return OPTION_BAD;
    if (text[1] != '\0' &&
        (text[1] != '.' || text[2] == '\0' || strlen(text + 2) > DIGITS))
        return OPTION_BAD;
    for (const char *at = text[1] == '\0' ? text + 1 : text + 2; *at != '\0'; at++) {
        if (*at < '0' || *at > '9')
            return OPTION_BAD;
        worth /= 10;
        share += (uint32_t)(*at - '0') * worth;
    }
    if (share > WHOLE)
        return OPTION_BAD;
    *(uint32_t *)value = share;
    return OPTION_GOOD;
}

static bool share_print(const struct option *option, const void *value,
                        struct buffer *out)
{
    uint32_t share = *(const uint32_t *)value;
    unsigned digits = DIGITS;
    uint32_t rest = share % WHOLE;

    (void)option;
    buffer_format(out, "%" PRIu32, share / WHOLE);
    for (; rest > 0 && rest % 10 == 0; digits--)
        rest /= 10;
    if (rest > 0)
        buffer_format(out, ".%0*" PRIu32, (int)digits, rest);
    return true;
}

static void share_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "a share from 0 to 1, like 0.5");
}

const struct option_type option_share = { .name = "share",
                                          .size = sizeof(uint32_t),
                                          .parse = share_parse,
                                          .print = share_print,
                                          .allowed = share_allowed };

static enum option_parsed share_zone_parse(const struct option *option, const char *text,
                                           const char *folder, void *value)
{
    if (strcmp(text, "zone") != 0)
        return share_parse(option, text, folder, value);
    *(uint32_t *)value = OPTION_AS_ZONE;
    return OPTION_GOOD;
}

static bool share_zone_print(const struct option *option, const void *value,
                             struct buffer *out)
{
    if (*(const uint32_t *)value != OPTION_AS_ZONE)
        return share_print(option, value, out);
    buffer_text(out, "zone");
    return true;
}

static void share_zone_allowed(const struct option *option, struct buffer *out)
{
    share_allowed(option, out);
    buffer_text(out, ", or zone");
}

const struct option_type option_share_zone = { .name = "share or zone",
                                               .size = sizeof(uint32_t),
                                               .parse = share_zone_parse,
                                               .print = share_zone_print,
                                               .allowed = share_zone_allowed };

/* Types of values that only the DNS server has: networks, octets, secrets. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/network.h"
#include "config/option.h"

enum { SECRET_DIGITS = 32 }; /* 16 octets, RFC 9018 §4.4 */

/* "10.0.0.1/8" means one address or a whole network: which, only its writer knows. */
static bool has_bits_beyond(const char *text, const struct network *network)
{
    char host[NETWORK_TEXT];
    struct rollcall_address ip;

    snprintf(host, sizeof host, "%.*s", (int)strcspn(text, "/"), text);
    return address_parse_ip(host, &ip) && !address_ip_equal(&ip, &network->base);
}

static enum option_parsed network_take(const struct option *option, const char *text,
                                       const char *folder, void *value)
{
    (void)option;
    (void)folder;
    struct network network;

    if (!network_parse(text, &network) || has_bits_beyond(text, &network))
        return OPTION_BAD;
    *(struct network *)value = network;
    return OPTION_GOOD;
}

static bool network_show(const struct option *option, const void *value,
                         struct buffer *out)
{
    (void)option;
    char text[NETWORK_TEXT];

    network_print(value, text, sizeof text);
    buffer_text(out, text);
    return true;
}

static void network_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "a network like 10.0.0.0/8 or \"fd00::/8\" without bits behind its "
                     "prefix, an address, or any");
}

const struct option_type option_network = { .name = "network",
                                            .size = sizeof(struct network),
                                            .parse = network_take,
                                            .print = network_show,
                                            .allowed = network_allowed };

static bool all_hex(const char *text)
{
    for (; *text != '\0'; text++)
        if (!isxdigit((unsigned char)*text))
            return false;
    return true;
}

static enum option_parsed keep_text(const char *text, void *value)
{
    char *copy = strdup(text);

    if (copy == NULL)
        return OPTION_NO_MEMORY;
    *(char **)value = copy;
    return OPTION_GOOD;
}

/* max counts octets: two digits of "0x..." are one. */
static enum option_parsed octets_take(const struct option *option, const char *text,
                                      const char *folder, void *value)
{
    size_t length = strlen(text);

    (void)folder;
    if (strncmp(text, "0x", 2) == 0) {
        if (length % 2 != 0 || length == 2 || !all_hex(text + 2))
            return OPTION_BAD;
        length = length / 2 - 1;
    }
    return length > (size_t)option->max ? OPTION_BAD : keep_text(text, value);
}

static void octets_allowed(const struct option *option, struct buffer *out)
{
    buffer_format(out,
                  "a text of at most %" PRId64 " octets, or as many in hex behind 0x",
                  option->max);
}

const struct option_type option_octets = { .name = "text or hex",
                                           .size = sizeof(char *),
                                           .parse = octets_take,
                                           .print = option_text_print,
                                           .allowed = octets_allowed,
                                           .release = option_text_release };

static enum option_parsed secret_take(const struct option *option, const char *text,
                                      const char *folder, void *value)
{
    (void)option;
    (void)folder;
    if (text[0] != '\0' && (strlen(text) != SECRET_DIGITS || !all_hex(text)))
        return OPTION_BAD;
    return keep_text(text, value);
}

static void secret_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_format(out, "%d hexadecimal digits, or empty", SECRET_DIGITS);
}

const struct option_type option_secret = { .name = "secret",
                                           .size = sizeof(char *),
                                           .parse = secret_take,
                                           .print = option_text_print,
                                           .allowed = secret_allowed,
                                           .release = option_text_release };

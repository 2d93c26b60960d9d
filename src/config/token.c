#include "config/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

bool token_make(char out[TOKEN_TEXT])
{
    uint8_t octets[40];

    if (getrandom(octets, sizeof octets, 0) != (ssize_t)sizeof octets)
        return false;
    strcpy(out, "rct_");
    for (size_t i = 0; i < sizeof octets; i++)
        out[4 + i] = letters[octets[i] % 32];
    out[4 + sizeof octets] = '\0';
    return true;
}

void token_hash(const char *token, size_t length, uint8_t out[TOKEN_OCTETS])
{
    if (EVP_Digest(token, length, out, NULL, EVP_sha256(), NULL) != 1)
        memset(out, 0, TOKEN_OCTETS);
}

bool token_equal(const uint8_t *a, const uint8_t *b)
{
    return CRYPTO_memcmp(a, b, TOKEN_OCTETS) == 0;
}

void token_print_hash(const uint8_t *hash, char out[2 * TOKEN_OCTETS + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < TOKEN_OCTETS; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[2 * TOKEN_OCTETS] = '\0';
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool token_parse_hash(const char *text, uint8_t out[TOKEN_OCTETS])
{
    if (strlen(text) != 2 * TOKEN_OCTETS)
        return false;
    for (size_t i = 0; i < TOKEN_OCTETS; i++) {
        int high = digit_of(text[2 * i]);
        int low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static const char *const kind_words[PATTERN_KINDS] = { "kv/", "event/", "session/",
                                                       "node/" };

static bool is_of(const char *pattern, enum pattern_kind kind)
{
    return strncmp(pattern, kind_words[kind], strlen(kind_words[kind])) == 0;
}

static bool is_of_any(const char *pattern)
{
    for (unsigned kind = 0; kind < PATTERN_KINDS; kind++)
        if (is_of(pattern, kind))
            return true;
    return false;
}

const char *pattern_fault(const char *pattern)
{
    const char *star = strchr(pattern, '*');
    const char *slash = strchr(pattern, '/');

    if (pattern[0] == '\0')
        return "a pattern is empty; \"*\" means all";
    if (star != NULL && star[1] != '\0')
        return "a star may stand only at the end";
    if (is_of_any(pattern) || slash == NULL)
        return NULL;
    if (slash == pattern || slash[1] == '\0' || strchr(slash + 1, '/') != NULL)
        return "write NAMESPACE/SERVICE, or kv/KEY, event/NAME, session/NAME, node/NAME";
    return NULL;
}

bool pattern_is_all(const char *pattern)
{
    return strcmp(pattern, "*") == 0;
}

bool pattern_fits_service(const char *pattern, const char *namespace_name,
                          const char *service)
{
    const char *slash = strchr(pattern, '/');
    const char *space =
        namespace_name == NULL || namespace_name[0] == '\0' ? "default" : namespace_name;

    if (pattern_is_all(pattern))
        return true;
    if (is_of(pattern, PATTERN_KEY))
        return false;
    if (slash == NULL && strcasecmp(space, "default") != 0)
        return false;
    if (slash != NULL) {
        size_t length = (size_t)(slash - pattern);
        if (strlen(space) != length || strncasecmp(space, pattern, length) != 0)
            return false;
        pattern = slash + 1;
    }
    size_t length = strcspn(pattern, "*");
    return pattern[length] == '*' ? strncasecmp(pattern, service, length) == 0
                                  : strcasecmp(pattern, service) == 0;
}

bool pattern_fits_name(const char *pattern, enum pattern_kind kind, const char *name,
                       size_t length)
{
    if (pattern_is_all(pattern))
        return true;
    if (!is_of(pattern, kind))
        return false;
    pattern += strlen(kind_words[kind]);
    size_t said = strcspn(pattern, "*");
    if ((pattern[said] != '*' && said != length) || length < said)
        return false;
    return kind == PATTERN_NODE ? strncasecmp(pattern, name, said) == 0
                                : memcmp(pattern, name, said) == 0;
}

bool pattern_fits_keys(const char *pattern, const char *prefix, size_t length)
{
    return pattern[strcspn(pattern, "*")] == '*' &&
           pattern_fits_name(pattern, PATTERN_KEY, prefix, length);
}

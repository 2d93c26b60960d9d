/* config/token.h - tokens: made, hashed, compared; what a pattern means.
 *
 * Only hashes are configured. A pattern is "*" (everything), or a text that may end in a
 * star: "web*" services of the namespace default, "prod/web*" of another, "kv/app*" keys,
 * "event/deploy*", "session/deploy*" and "node/db*" what has such a name. The latter
 * three are services too, of a namespace of that name. Threads  pure functions, any
 * thread.
 */
#ifndef CONFIG_TOKEN_H
#define CONFIG_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TOKEN_TEXT = 48,  /* room for a new token: "rct_" and 40 letters and digits */
    TOKEN_OCTETS = 32 /* of a hash */
};

/* 200 bits of the system's generator. False: it has none to give. */
bool token_make(char out[TOKEN_TEXT]);
void token_hash(const char *token, size_t length, uint8_t out[TOKEN_OCTETS]);
/* In a time that does not depend on where they differ. */
bool token_equal(const uint8_t *a, const uint8_t *b);
void token_print_hash(const uint8_t *hash, char out[2 * TOKEN_OCTETS + 1]);
/* False: these are not 64 hexadecimal digits. */
bool token_parse_hash(const char *text, uint8_t out[TOKEN_OCTETS]);

/* NULL: well formed; else a sentence. */
const char *pattern_fault(const char *pattern);
bool pattern_is_all(const char *pattern);
/* Names without regard to case; namespace NULL or "": "default". */
bool pattern_fits_service(const char *pattern, const char *namespace_name,
                          const char *service);
/* What has names beside services. */
enum pattern_kind {
    PATTERN_KEY, /* compared octet by octet, as are the next two */
    PATTERN_EVENT,
    PATTERN_SESSION,
    PATTERN_NODE, /* without regard to case */
    PATTERN_KINDS
};
/* `name` may hold any octet. */
bool pattern_fits_name(const char *pattern, enum pattern_kind kind, const char *name,
                       size_t length);
/* ... all keys that begin with this prefix? */
bool pattern_fits_keys(const char *pattern, const char *prefix, size_t length);

#endif

/* token/tokens.h - the set of tokens: which one a text is, and what it may do.
 *
 * A token is a token at every door. Whoever came with one holds its grant, and asks the
 * grant each time: when the set is replaced, a token that is still in it has its new
 * rights from then on, and one that is not has none.
 * Threads  control.
 */
#ifndef TOKEN_TOKENS_H
#define TOKEN_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "base/reason.h"
#include "config/api.h"
#include "config/token.h"
#include "rollcall/status.h"

struct grant;
struct tokens;

/* Who may more may also do what stands before it. */
enum token_right {
    RIGHT_NONE,     /* anybody who can connect: health of the daemon itself, the page */
    RIGHT_READ,     /* see */
    RIGHT_REGISTER, /* register, renew, deregister; keys, sessions */
    RIGHT_OPERATE,  /* drain, override, maintenance, brake, silences: also of others */
    TOKEN_RIGHTS
};

const char *token_right_word(enum token_right right); /* "read" */

/* Who owns what was registered from afar, with a token or without, as the registry keeps
 * owners: no uid of a process. Which of it a token may change, its patterns say. */
#define TOKEN_UID ((uid_t)-2)

/* What is asked for: a service, what else has a name (a key), everything (both NULL), or
 * anything (any). */
struct token_wish {
    const char *namespace_name; /* NULL: "default" */
    const char *service;
    enum pattern_kind kind; /* of `key` */
    const char *key;        /* may hold any octet */
    size_t key_length;
    bool below; /* all keys that begin with it */
    bool any;
};

/* The tokens of the configuration, copied. */
enum rollcall_status tokens_create(const struct config_api *config, struct tokens **out,
                                   struct reason *why);
/* All of them instead of those there were: a failure changes nothing. Who listens hears
 * of it then. */
enum rollcall_status tokens_replace(struct tokens *tokens,
                                    const struct config_api *config, struct reason *why);
/* Grants that are held live on. NULL is allowed. */
void tokens_destroy(struct tokens *tokens);
uint32_t tokens_count(const struct tokens *tokens);

struct tokens_listener {
    struct list node; /* zero, or after tokens_unlisten(): not listening */
    void (*on_replaced)(void *owner);
    void *owner;
};
void tokens_listen(struct tokens *tokens, struct tokens_listener *listener);
void tokens_unlisten(struct tokens_listener *listener);

/* The grant of this token, one more reference to it; NULL: there is no such token. Takes
 * as long for each text of a length. */
struct grant *tokens_find(const struct tokens *tokens, const char *text, size_t length);
void grant_release(struct grant *grant); /* NULL is allowed */

/* Its token is in the set no more. */
bool grant_is_gone(const struct grant *grant);
/* Borrowed until the set is replaced. */
const char *grant_name(const struct grant *grant);
/* Tells what one token may see from what another may; never 0, never used again. */
unsigned grant_number(const struct grant *grant);
/* The same over restarts: the hash of its token, TOKEN_OCTETS. */
const uint8_t *grant_hash(const struct grant *grant);
/* False for NULL. */
bool grant_may(const struct grant *grant, enum token_right right,
               const struct token_wish *wish);

#endif

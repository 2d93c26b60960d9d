#include "token/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "config/token.h"

struct patterns {
    char **items; /* owned, and each of them */
    uint32_t count;
};

/* What the configuration says of a token. */
struct terms {
    char *name;                        /* owned; NULL: gone */
    struct patterns may[TOKEN_RIGHTS]; /* none for RIGHT_NONE */
};

struct grant {
    unsigned holders; /* the set is one */
    unsigned number;
    uint8_t hash[TOKEN_OCTETS];
    struct terms terms;
};

struct tokens {
    struct grant **grants; /* owned: one reference to each */
    uint32_t count;
    unsigned numbers; /* given so far */
    struct list listeners;
};

const char *token_right_word(enum token_right right)
{
    static const char *const words[TOKEN_RIGHTS] = { "none", "read", "register",
                                                     "operate" };

    return right < TOKEN_RIGHTS ? words[right] : "?";
}

/* --- One token. */

static void terms_free(struct terms *terms)
{
    for (size_t right = 0; right < TOKEN_RIGHTS; right++) {
        for (uint32_t i = 0; i < terms->may[right].count; i++)
            free(terms->may[right].items[i]);
        free(terms->may[right].items);
    }
    free(terms->name);
    memset(terms, 0, sizeof *terms);
}

static bool patterns_copy(struct patterns *out, char *const *from, uint32_t count)
{
    out->items = calloc(count + 1, sizeof *out->items);
    if (out->items == NULL)
        return false;
    for (; out->count < count; out->count++) {
        out->items[out->count] = strdup(from[out->count]);
        if (out->items[out->count] == NULL)
            return false;
    }
    return true;
}

static bool terms_copy(struct terms *out, const struct config_token *from)
{
    out->name = strdup(from->name);
    return out->name != NULL &&
           patterns_copy(&out->may[RIGHT_READ], from->read, from->read_count) &&
           patterns_copy(&out->may[RIGHT_REGISTER], from->registers,
                         from->register_count) &&
           patterns_copy(&out->may[RIGHT_OPERATE], from->operate, from->operate_count);
}

void grant_release(struct grant *grant)
{
    if (grant == NULL || --grant->holders > 0)
        return;
    terms_free(&grant->terms);
    free(grant);
}

static enum rollcall_status grant_create(const struct config_token *from,
                                         struct grant **out, struct reason *why)
{
    struct grant *grant = calloc(1, sizeof *grant);

    if (grant == NULL)
        return ROLLCALL_E_NOMEM;
    grant->holders = 1;
    if (!token_parse_hash(from->sha256, grant->hash)) {
        reason_set(why, "api.tokens: the hash of %s is not one", from->name);
        grant_release(grant);
        return ROLLCALL_E_CONFIG;
    }
    if (!terms_copy(&grant->terms, from)) {
        grant_release(grant);
        return ROLLCALL_E_NOMEM;
    }
    *out = grant;
    return ROLLCALL_OK;
}

/* --- The set. */

static void release_all(struct grant **grants, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        grant_release(grants[i]);
    free(grants);
}

static enum rollcall_status make_grants(const struct config_api *config,
                                        struct grant ***out, struct reason *why)
{
    struct grant **grants = calloc(config->token_count + 1, sizeof(struct grant *));
    enum rollcall_status status = grants == NULL ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
    uint32_t count = 0;

    while (status == ROLLCALL_OK && count < config->token_count) {
        status = grant_create(&config->tokens[count], &grants[count], why);
        count += status == ROLLCALL_OK;
    }
    if (status != ROLLCALL_OK)
        release_all(grants, count);
    else
        *out = grants;
    return status;
}

/* Who holds the grant of a token that stays goes on with it, under the new terms. */
static void settle(struct tokens *tokens, struct grant **fresh, struct table *before)
{
    for (uint32_t i = 0; i < tokens->count; i++) {
        struct grant *made = fresh[i];
        struct grant *known = table_remove(before, made->hash, TOKEN_OCTETS);
        if (known == NULL) {
            made->number = ++tokens->numbers;
            continue;
        }
        struct terms old = known->terms;
        known->terms = made->terms;
        made->terms = old;
        grant_release(made);
        fresh[i] = known;
        known->holders++;
    }
}

static void tell(struct tokens *tokens)
{
    list_for_each_safe (at, keep, &tokens->listeners) {
        struct tokens_listener *listener = list_entry(at, struct tokens_listener, node);
        listener->on_replaced(listener->owner);
    }
}

enum rollcall_status tokens_replace(struct tokens *tokens,
                                    const struct config_api *config, struct reason *why)
{
    struct grant **old = tokens->grants;
    uint32_t old_count = tokens->count;
    struct grant **fresh = NULL;
    struct table before;
    enum rollcall_status status = ROLLCALL_OK;

    table_init(&before);
    for (uint32_t i = 0; i < old_count && status == ROLLCALL_OK; i++)
        status = table_set(&before, old[i]->hash, TOKEN_OCTETS, old[i]);
    if (status == ROLLCALL_OK)
        status = make_grants(config, &fresh, why);
    if (status != ROLLCALL_OK)
        goto done;

    tokens->grants = fresh;
    tokens->count = config->token_count;
    settle(tokens, fresh, &before);
    struct grant *gone;
    for (size_t at = 0; (gone = table_next(&before, &at)) != NULL;)
        terms_free(&gone->terms);
    release_all(old, old_count);
    tell(tokens);
done:
    table_deinit(&before);
    return status;
}

enum rollcall_status tokens_create(const struct config_api *config, struct tokens **out,
                                   struct reason *why)
{
    struct tokens *tokens = calloc(1, sizeof *tokens);
    enum rollcall_status status = ROLLCALL_E_NOMEM;

    if (tokens == NULL)
        return status;
    list_init(&tokens->listeners);
    status = tokens_replace(tokens, config, why);
    if (status == ROLLCALL_OK)
        *out = tokens;
    else
        tokens_destroy(tokens);
    return status;
}

void tokens_destroy(struct tokens *tokens)
{
    if (tokens == NULL)
        return;
    while (!list_empty(&tokens->listeners))
        list_remove(tokens->listeners.next);
    release_all(tokens->grants, tokens->count);
    free(tokens);
}

uint32_t tokens_count(const struct tokens *tokens)
{
    return tokens->count;
}

void tokens_listen(struct tokens *tokens, struct tokens_listener *listener)
{
    list_append(&tokens->listeners, &listener->node);
}

void tokens_unlisten(struct tokens_listener *listener)
{
    if (listener->node.next != NULL)
        list_remove(&listener->node);
}

/* All are compared, so that the time says nothing. */
struct grant *tokens_find(const struct tokens *tokens, const char *text, size_t length)
{
    struct grant *found = NULL;
    uint8_t hash[TOKEN_OCTETS];

    token_hash(text, length, hash);
    for (uint32_t i = 0; i < tokens->count; i++)
        if (token_equal(tokens->grants[i]->hash, hash))
            found = tokens->grants[i];
    if (found != NULL)
        found->holders++;
    return found;
}

/* --- What it may. */

bool grant_is_gone(const struct grant *grant)
{
    return grant->terms.name == NULL;
}

const char *grant_name(const struct grant *grant)
{
    return grant_is_gone(grant) ? "" : grant->terms.name;
}

unsigned grant_number(const struct grant *grant)
{
    return grant->number;
}

const uint8_t *grant_hash(const struct grant *grant)
{
    return grant->hash;
}

static bool fits(const char *pattern, const struct token_wish *wish)
{
    if (wish->any || pattern_is_all(pattern))
        return true;
    if (wish->service != NULL)
        return pattern_fits_service(pattern, wish->namespace_name, wish->service);
    if (wish->key == NULL)
        return false;
    return wish->below
               ? pattern_fits_keys(pattern, wish->key, wish->key_length)
               : pattern_fits_name(pattern, wish->kind, wish->key, wish->key_length);
}

/* Who may operate may register, who may register may read. */
bool grant_may(const struct grant *grant, enum token_right right,
               const struct token_wish *wish)
{
    if (grant == NULL)
        return false;
    for (; right < TOKEN_RIGHTS; right++)
        for (uint32_t i = 0; i < grant->terms.may[right].count; i++)
            if (fits(grant->terms.may[right].items[i], wish))
                return true;
    return false;
}

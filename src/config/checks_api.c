/* Rules between the keys of api: tokens, TLS, and who may come from afar; and of
 * registry, where tokens are needed too. */
#include <stdio.h>
#include <string.h>

#include "config/checks.h"
#include "config/token.h"

struct here {
    const struct config_api *api;
    const struct yaml *section; /* NULL: not in the file */
    struct faults *faults;
};

static struct place place_of(const struct here *here, const char *key)
{
    const struct yaml *value =
        here->section == NULL ? NULL : yaml_find(here->section, key);

    if (value != NULL)
        return value->place;
    return here->section == NULL ? (struct place){ .source = "default" }
                                 : here->section->place;
}

/* `key` is NULL for a rule about the whole token. */
static void complain_token(const struct here *here, uint32_t index, const char *key,
                           const char *sentence, const char *word)
{
    const struct yaml *list =
        here->section == NULL ? NULL : yaml_find(here->section, "tokens");
    struct place place = place_of(here, "tokens");
    char name[96];

    if (list != NULL && list->kind == YAML_LIST && index < list->count)
        place = list->children[index]->place;
    snprintf(name, sizeof name, "api.tokens.%u%s%s", index, key == NULL ? "" : ".",
             key == NULL ? "" : key);
    fault_add(here->faults, &place, name, sentence, word);
}

static void check_patterns(const struct here *here, uint32_t index, const char *key,
                           char **patterns, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *fault = patterns[i] == NULL ? NULL : pattern_fault(patterns[i]);
        if (fault != NULL)
            complain_token(here, index, key, "%s", fault);
    }
}

static void check_token(const struct here *here, uint32_t index)
{
    const struct config_token *token = &here->api->tokens[index];
    uint8_t hash[TOKEN_OCTETS];

    if (token->sha256 != NULL && !token_parse_hash(token->sha256, hash))
        complain_token(here, index, "sha256",
                       "%s are not 64 hexadecimal digits; `rollcall token new` prints "
                       "them",
                       token->sha256);
    for (uint32_t i = 0; i < index; i++) {
        const struct config_token *other = &here->api->tokens[i];
        if (token->name != NULL && other->name != NULL &&
            strcmp(token->name, other->name) == 0)
            complain_token(here, index, "name", "%s is given twice", token->name);
        if (token->sha256 != NULL && other->sha256 != NULL &&
            strcmp(token->sha256, other->sha256) == 0)
            complain_token(here, index, "sha256", "this is the token of %s too",
                           other->name == NULL ? "another" : other->name);
    }
    check_patterns(here, index, "read", token->read, token->read_count);
    check_patterns(here, index, "register", token->registers, token->register_count);
    check_patterns(here, index, "operate", token->operate, token->operate_count);
    if (token->read_count + token->register_count + token->operate_count == 0)
        complain_token(here, index, NULL,
                       "%s may nothing; give it read, register or "
                       "operate",
                       token->name == NULL ? "it" : token->name);
}

static void complain(const struct here *here, const char *key, const char *name,
                     const char *sentence, const char *word)
{
    struct place place = place_of(here, key);

    fault_add(here->faults, &place, name, sentence, word);
}

static void check_tls(const struct here *here)
{
    const struct config_tls *tls = &here->api->tls;

    if ((tls->cert == NULL) != (tls->key == NULL))
        complain(here, "tls", tls->cert == NULL ? "api.tls.cert" : "api.tls.key",
                 "%s: TLS needs both a certificate and its key", "missing");
    if (tls->client_ca != NULL && tls->cert == NULL)
        complain(here, "tls", "api.tls.client_ca", "%s",
                 "certificates of clients need TLS: set api.tls.cert and key");
    if (tls->require_client_cert && tls->client_ca == NULL)
        complain(here, "tls", "api.tls.require_client_cert", "%s",
                 "say which authorities: set api.tls.client_ca");
}

bool config_api_may_write(const struct config_api *api)
{
    if (api->anonymous == CONFIG_ANONYMOUS_AUTO)
        return api->token_count == 0;
    return api->anonymous >= CONFIG_ANONYMOUS_REGISTER;
}

bool config_address_is_local(const struct address *address)
{
    struct rollcall_address ip;

    return address_to_ip(address, &ip) && network_is_loopback(&ip);
}

/* Whoever can reach the port could put names into DNS. */
const struct address *config_api_exposed(const struct config_api *api)
{
    if (!config_api_may_write(api) || api->tls.require_client_cert ||
        api->allow_remote_without_auth)
        return NULL;
    for (uint32_t i = 0; i < api->listen_count; i++)
        if (!config_address_is_local(&api->listen[i]))
            return &api->listen[i];
    return NULL;
}

static void check_remote(const struct here *here)
{
    const struct address *exposed = config_api_exposed(here->api);
    char text[ADDRESS_TEXT];

    if (exposed == NULL)
        return;
    address_print(exposed, text, sizeof text);
    complain(here, "listen", "api.listen",
             "everybody who reaches %s could register services; configure api.tokens "
             "(`rollcall token new`), set api.anonymous: read, require client "
             "certificates, or accept it: api.allow_remote_without_auth: true",
             text);
}

void config_check_api(const struct config *config, const struct yaml *root,
                      struct faults *faults)
{
    const struct yaml *section = yaml_find(root, "api");
    const struct here here = { .api = &config->api,
                               .section = section == NULL || section->kind != YAML_MAP
                                              ? NULL
                                              : section,
                               .faults = faults };

    for (uint32_t i = 0; i < config->api.token_count; i++)
        check_token(&here, i);
    check_tls(&here);
    check_remote(&here);
}

/* Nobody could come in. */
void config_check_registry(const struct config *config, const struct yaml *root,
                           struct faults *faults)
{
    const struct yaml *section = yaml_find(root, "registry");
    const struct config_registry *registry = &config->registry;
    const struct yaml *listen = section == NULL || section->kind != YAML_MAP
                                    ? NULL
                                    : yaml_find(section, "listen");

    if (registry->listen_count == 0 || listen == NULL ||
        registry->anonymous != CONFIG_TCP_NONE || config->api.token_count > 0)
        return;
    fault_add(faults, &listen->place, "registry.listen", "%s",
              "who comes over TCP needs a token, and there is none: configure api.tokens "
              "(`rollcall token new`), or let everybody read: registry.anonymous: read");
}

/* cli/command_token.c - a new token for the HTTP API; nothing is asked of the daemon. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "config/token.h"

struct token_options {
    struct argument_list read;
    struct argument_list registers;
    struct argument_list operate;
};

#define FIELD(name) offsetof(struct token_options, name)
static const struct argument token_arguments[] = {
    { "read", "PATTERN", ARGUMENT_LIST, FIELD(read), 0,
      "What it may see: *, web, web*, prod/web*, kv/app*; may be repeated." },
    { "register", "PATTERN", ARGUMENT_LIST, FIELD(registers), 0,
      "What it may register, renew, remove and write." },
    { "operate", "PATTERN", ARGUMENT_LIST, FIELD(operate), 0,
      "What it may drain, override and put into maintenance." },
    { 0 },
};
#undef FIELD

static const struct argument *const token_tables[] = { token_arguments, NULL };

static const char *list_fault(const struct argument_list *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        const char *fault = pattern_fault(list->items[i]);
        if (fault != NULL)
            return fault;
        if (strpbrk(list->items[i], "\"\\\n") != NULL)
            return "a pattern has no quotes, backslashes or line breaks";
    }
    return NULL;
}

static void print_list(const char *key, const struct argument_list *list)
{
    if (list->count == 0)
        return;
    printf("      %s: [", key);
    for (unsigned i = 0; i < list->count; i++) {
        fputs(i > 0 ? ", \"" : "\"", stdout);
        output_plain(stdout, list->items[i]);
        putchar('"');
    }
    puts("]");
}

static void print_json_list(const char *key, const struct argument_list *list)
{
    printf(",\"%s\":[", key);
    for (unsigned i = 0; i < list->count; i++)
        printf("%s\"%s\"", i > 0 ? "," : "", list->items[i]);
    putchar(']');
}

static void print_json(const struct token_options *options, const char *name,
                       const char *token, const char *hash)
{
    printf("{\"token\":\"%s\",\"name\":\"%s\",\"sha256\":\"%s\"", token, name, hash);
    print_json_list("read", &options->read);
    print_json_list("register", &options->registers);
    print_json_list("operate", &options->operate);
    puts("}");
}

static void print_row(const struct token_options *options, const char *name,
                      const char *token, const char *hash)
{
    printf("The token, shown only now:\n\n  %s\n\n"
           "Its row for the configuration; `rollcall reload` after it is added:\n\n"
           "api:\n  tokens:\n    - name: %s\n      sha256: %s\n",
           token, name, hash);
    print_list("read", &options->read);
    print_list("register", &options->registers);
    print_list("operate", &options->operate);
}

/* It goes into YAML and JSON as it is. */
static bool is_plain(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length <= 63 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "-_.") == length &&
           name[0] != '-' && name[0] != '.';
}

static int run_token(const struct invocation *invocation)
{
    const struct token_options *options = invocation->options;
    const char *name = invocation->word_count > 1 ? invocation->words[1] : "new";
    const char *fault = list_fault(&options->read);
    uint8_t hash[TOKEN_OCTETS];
    char hex[2 * TOKEN_OCTETS + 1];
    char token[TOKEN_TEXT];

    if (strcmp(invocation->words[0], "new") != 0)
        return command_usage(invocation, "say `token new [NAME]`");
    fault = fault == NULL ? list_fault(&options->registers) : fault;
    fault = fault == NULL ? list_fault(&options->operate) : fault;
    if (fault != NULL)
        return command_usage(invocation, fault);
    if (!is_plain(name))
        return command_usage(invocation, "a name has letters, digits, -, _ and ., at "
                                         "most 63");
    if (options->read.count + options->registers.count + options->operate.count == 0)
        return command_usage(invocation, "say what it may: --read, --register or "
                                         "--operate with a pattern, like --register '*'");
    if (!token_make(token)) {
        fputs("rollcall token: the system has no random numbers to give\n", stderr);
        return EXIT_NO;
    }
    token_hash(token, strlen(token), hash);
    token_print_hash(hash, hex);
    if (invocation->json)
        print_json(options, name, token, hex);
    else
        print_row(options, name, token, hex);
    return EXIT_OK;
}

const struct command command_token = {
    .name = "token",
    .arguments = "new [NAME] --read|--register|--operate PATTERN…",
    .summary = "Make a token for HTTP and for registration over TCP.",
    .details =
        "Prints a new token once, and the row with its hash that goes into the "
        "configuration (api.tokens). Nothing is sent or stored. Who may operate may "
        "register, who may register may read. A pattern is *, everything; web, a "
        "service; web*, services that begin so; prod/web*, those of the namespace prod; "
        "kv/app*, keys; event/a*, session/a*, node/a*, what has such a name.",
    .example = "rollcall token new deploy --register 'web*' --read '*'",
    .tables = token_tables,
    .options_size = sizeof(struct token_options),
    .min_words = 1,
    .max_words = 2,
    .run = run_token,
};

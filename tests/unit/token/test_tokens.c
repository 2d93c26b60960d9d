/* tests/unit/token/test_tokens.c - which token a text is, what it may, and what becomes
 * of those who hold it when the set is replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/token.h"
#include "token/tokens.h"

enum { TOKENS_MAX = 4 };

/* A configuration with the tokens "one", "two", ... */
struct sheet {
    struct config_api api;
    struct config_token tokens[TOKENS_MAX];
    char hashes[TOKENS_MAX][2 * TOKEN_OCTETS + 1];
};

static struct config_token *put(struct sheet *sheet, char *text)
{
    struct config_token *token = &sheet->tokens[sheet->api.token_count];
    char *hash = sheet->hashes[sheet->api.token_count++];
    uint8_t octets[TOKEN_OCTETS];

    token_hash(text, strlen(text), octets);
    token_print_hash(octets, hash);
    *token = (struct config_token){ .name = text, .sha256 = hash };
    sheet->api.tokens = sheet->tokens;
    return token;
}

static char *web[] = { "web*" };
static char *other[] = { "prod/db", "kv/app*" };
static char *all[] = { "*" };

static struct tokens *make(const struct sheet *sheet)
{
    struct tokens *tokens = NULL;
    struct reason why = REASON_NONE;

    assert_int_equal(tokens_create(&sheet->api, &tokens, &why), ROLLCALL_OK);
    return tokens;
}

static void replace(struct tokens *tokens, const struct sheet *sheet)
{
    struct reason why = REASON_NONE;

    assert_int_equal(tokens_replace(tokens, &sheet->api, &why), ROLLCALL_OK);
}

static struct grant *find(const struct tokens *tokens, const char *text)
{
    return tokens_find(tokens, text, strlen(text));
}

static bool may(const struct grant *grant, enum token_right right, const char *space,
                const char *service)
{
    const struct token_wish wish = { .namespace_name = space, .service = service };

    return grant_may(grant, right, &wish);
}

static void finds_the_token_that_a_text_is_and_no_other(void **state)
{
    struct sheet sheet = { 0 };

    (void)state;
    put(&sheet, "one");
    put(&sheet, "two");
    struct tokens *tokens = make(&sheet);
    struct grant *two = find(tokens, "two");
    assert_string_equal(grant_name(two), "two");
    assert_null(find(tokens, "three"));
    assert_null(find(tokens, ""));
    assert_null(tokens_find(tokens, "twofold", 4));
    assert_int_equal(tokens_count(tokens), 2);
    grant_release(two);
    tokens_destroy(tokens);
}

static void who_may_register_may_read_but_not_operate(void **state)
{
    struct sheet sheet = { 0 };

    (void)state;
    struct config_token *one = put(&sheet, "one");
    one->registers = web;
    one->register_count = 1;
    one->read = other;
    one->read_count = 2;
    struct tokens *tokens = make(&sheet);
    struct grant *grant = find(tokens, "one");
    assert_true(may(grant, RIGHT_READ, NULL, "web-1"));
    assert_true(may(grant, RIGHT_REGISTER, "default", "WEB"));
    assert_false(may(grant, RIGHT_OPERATE, NULL, "web"));
    assert_false(may(grant, RIGHT_REGISTER, "prod", "web"));
    assert_true(may(grant, RIGHT_READ, "prod", "db"));
    assert_false(may(grant, RIGHT_REGISTER, "prod", "db"));
    grant_release(grant);
    tokens_destroy(tokens);
}

static void only_a_star_may_everything_and_any_pattern_may_anything(void **state)
{
    const struct token_wish everything = { 0 };
    const struct token_wish anything = { .any = true };
    struct sheet sheet = { 0 };

    (void)state;
    struct config_token *one = put(&sheet, "one");
    one->operate = web;
    one->operate_count = 1;
    struct config_token *two = put(&sheet, "two");
    two->read = all;
    two->read_count = 1;
    struct tokens *tokens = make(&sheet);
    struct grant *narrow = find(tokens, "one");
    struct grant *wide = find(tokens, "two");
    assert_false(grant_may(narrow, RIGHT_READ, &everything));
    assert_true(grant_may(narrow, RIGHT_OPERATE, &anything));
    assert_true(grant_may(wide, RIGHT_READ, &everything));
    assert_false(grant_may(wide, RIGHT_REGISTER, &anything));
    assert_false(grant_may(NULL, RIGHT_NONE, &anything));
    grant_release(narrow);
    grant_release(wide);
    tokens_destroy(tokens);
}

static void a_key_is_asked_for_by_its_own_patterns(void **state)
{
    struct sheet sheet = { 0 };
    struct token_wish wish = { .key = "app/x", .key_length = 5 };

    (void)state;
    struct config_token *one = put(&sheet, "one");
    one->read = other;
    one->read_count = 2;
    struct tokens *tokens = make(&sheet);
    struct grant *grant = find(tokens, "one");
    assert_true(grant_may(grant, RIGHT_READ, &wish));
    wish.below = true;
    assert_true(grant_may(grant, RIGHT_READ, &wish));
    wish.key_length = 1;
    assert_false(grant_may(grant, RIGHT_READ, &wish));
    grant_release(grant);
    tokens_destroy(tokens);
}

static void a_token_that_stays_has_its_new_name_and_rights_for_who_holds_it(void **state)
{
    struct sheet before = { 0 };
    struct sheet after = { 0 };

    (void)state;
    struct config_token *old = put(&before, "one");
    old->registers = web;
    old->register_count = 1;
    struct config_token *new = put(&after, "one");
    new->name = "renamed";
    new->read = web;
    new->read_count = 1;
    struct tokens *tokens = make(&before);
    struct grant *held = find(tokens, "one");
    unsigned number = grant_number(held);
    replace(tokens, &after);
    assert_false(grant_is_gone(held));
    assert_string_equal(grant_name(held), "renamed");
    assert_int_equal(grant_number(held), number);
    assert_true(may(held, RIGHT_READ, NULL, "web"));
    assert_false(may(held, RIGHT_REGISTER, NULL, "web"));
    struct grant *again = find(tokens, "one");
    assert_ptr_equal(again, held);
    grant_release(again);
    grant_release(held);
    tokens_destroy(tokens);
}

static void a_token_that_is_gone_may_nothing_even_when_it_comes_back(void **state)
{
    const struct token_wish anything = { .any = true };
    struct sheet with = { 0 };
    struct sheet without = { 0 };

    (void)state;
    struct config_token *one = put(&with, "one");
    one->operate = all;
    one->operate_count = 1;
    struct tokens *tokens = make(&with);
    struct grant *held = find(tokens, "one");
    unsigned number = grant_number(held);
    replace(tokens, &without);
    assert_true(grant_is_gone(held));
    assert_string_equal(grant_name(held), "");
    assert_false(grant_may(held, RIGHT_READ, &anything));
    assert_null(find(tokens, "one"));
    replace(tokens, &with);
    assert_true(grant_is_gone(held));
    struct grant *again = find(tokens, "one");
    assert_int_not_equal(grant_number(again), number);
    grant_release(again);
    tokens_destroy(tokens);
    grant_release(held);
}

static void a_faulty_set_changes_nothing(void **state)
{
    struct sheet good = { 0 };
    struct sheet bad = { 0 };
    struct reason why = REASON_NONE;

    (void)state;
    put(&good, "one");
    put(&bad, "two");
    put(&bad, "three")->sha256 = "no hash";
    struct tokens *tokens = make(&good);
    struct grant *held = find(tokens, "one");
    assert_int_equal(tokens_replace(tokens, &bad.api, &why), ROLLCALL_E_CONFIG);
    assert_non_null(strstr(why.text, "three"));
    assert_false(grant_is_gone(held));
    assert_null(find(tokens, "two"));
    assert_int_equal(tokens_count(tokens), 1);
    grant_release(held);
    tokens_destroy(tokens);
}

static void count_call(void *owner)
{
    ++*(unsigned *)owner;
}

static void who_listens_hears_of_a_new_set_until_they_stop(void **state)
{
    struct sheet sheet = { 0 };
    unsigned calls = 0;
    struct tokens_listener listener = { .on_replaced = count_call, .owner = &calls };

    (void)state;
    struct tokens *tokens = make(&sheet);
    tokens_unlisten(&listener); /* it does not, yet */
    tokens_listen(tokens, &listener);
    replace(tokens, &sheet);
    assert_int_equal(calls, 1);
    tokens_unlisten(&listener);
    replace(tokens, &sheet);
    assert_int_equal(calls, 1);
    tokens_destroy(tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_token_that_a_text_is_and_no_other),
        cmocka_unit_test(who_may_register_may_read_but_not_operate),
        cmocka_unit_test(only_a_star_may_everything_and_any_pattern_may_anything),
        cmocka_unit_test(a_key_is_asked_for_by_its_own_patterns),
        cmocka_unit_test(a_token_that_stays_has_its_new_name_and_rights_for_who_holds_it),
        cmocka_unit_test(a_token_that_is_gone_may_nothing_even_when_it_comes_back),
        cmocka_unit_test(a_faulty_set_changes_nothing),
        cmocka_unit_test(who_listens_hears_of_a_new_set_until_they_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

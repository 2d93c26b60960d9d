/* Regular expressions of filters: what they find, what they refuse, what they cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consul/pattern.h"

static bool finds_in(const char *pattern, const char *text, size_t length)
{
    struct pattern *made = NULL;
    struct reason why = REASON_NONE;
    uint32_t steps = 1000000;

    if (pattern_compile(pattern, strlen(pattern), &made, &why) != ROLLCALL_OK)
        fail_msg("`%s` is refused: %s", pattern, why.text);
    bool found = pattern_matches(made, text, length, &steps);
    assert_int_not_equal(steps, 0);
    pattern_destroy(made);
    return found;
}

static void finds(const char *pattern, const char *text)
{
    if (!finds_in(pattern, text, strlen(text)))
        fail_msg("`%s` does not find '%s'", pattern, text);
}

static void misses(const char *pattern, const char *text)
{
    if (finds_in(pattern, text, strlen(text)))
        fail_msg("`%s` finds '%s'", pattern, text);
}

static void refuses(const char *pattern, const char *words)
{
    struct pattern *made = NULL;
    struct reason why = REASON_NONE;

    assert_int_equal(pattern_compile(pattern, strlen(pattern), &made, &why),
                     ROLLCALL_E_INVALID);
    assert_null(made);
    assert_string_equal(why.text, words);
}

static void literals_are_found_anywhere(void **state)
{
    (void)state;
    finds("b", "abc");
    finds("", "");
    finds("", "x");
    misses("b", "");
    misses("bb", "abcb");
    finds("a\\.b", "xa.b");
    misses("a\\.b", "axb");
    finds("\\x41\\x{42}\\103", "ABC");
    finds("\\t\\n\\\\", "a\t\n\\");
    finds("\\Q.*\\E", "a.*b");
    misses("\\Q.*\\E", "ab");
    finds("\\Qab\\E{2}$", "abb");
    misses("^\\Qab\\E{2}$", "abab");
    finds("x\\Q\\Ey", "xy");
    finds("a{,5}", "a{,5}");
    finds("a{2", "a{2");
}

static void anchors_hold_at_their_places(void **state)
{
    (void)state;
    finds("^old-", "old-web");
    misses("^old-", "an old-web");
    finds("web$", "old-web");
    misses("web$", "web2");
    misses("web$", "web\n");
    finds("(?m)web$", "web\nb");
    finds("(?m)^b", "a\nb");
    misses("^b", "a\nb");
    finds("\\Aa\\z", "a");
    finds("^$", "");
    misses("^$", "a");
    finds("\\bweb\\b", "a web.b");
    misses("\\bweb\\b", "webs");
    finds("\\Bb", "ab");
    misses("\\Bb", "b");
    finds("^*a", "ba");
    finds("(?:^a|b)c", "xbc");
    misses("(?:^a|b)c", "xac");
}

static void classes_take_one_character(void **state)
{
    (void)state;
    finds("^[a-c]$", "b");
    misses("^[a-c]$", "d");
    finds("^[^a-c]$", "d");
    finds("^[^a]$", "\n");
    finds("^[]a]$", "]");
    finds("^[a-]$", "-");
    finds("^[\\d_]+$", "12_3");
    finds("^[^\\d]$", "a");
    misses("^[^\\d]$", "1");
    finds("^[\\D]$", "a");
    misses("^[\\D]$", "1");
    finds("^\\d\\w\\s$", "1_ ");
    misses("^(\\D|\\W|\\s)$", "1");
    finds("^[[:alpha:]]+$", "abZ");
    misses("^[[:alpha:]]$", "1");
    finds("^[[:^alpha:]]$", "1");
    finds("^[[:x]$", "x");
    finds("^.$", "a");
    misses("^.$", "\n");
    finds("(?s)^.$", "\n");
    finds("^[\\x00-\\x{10ffff}]$", "\xf0\x9f\x98\x80");
}

static void repetitions_count(void **state)
{
    (void)state;
    finds("^ab*c$", "ac");
    finds("^ab*c$", "abbbc");
    misses("^ab+c$", "ac");
    finds("^ab?c$", "abc");
    misses("^ab?c$", "abbc");
    finds("^a{3}$", "aaa");
    misses("^a{3}$", "aa");
    misses("^a{3}$", "aaaa");
    finds("^a{2,}$", "aaaaa");
    misses("^a{2,}$", "a");
    finds("^a{1,3}$", "aaa");
    misses("^a{1,3}$", "aaaa");
    finds("^(ab){2}$", "abab");
    finds("^a*?b+?c??$", "aab");
    finds("^a{0}b$", "b");
    finds("^(a|b)*c$", "ababc");
    finds("^((a*)*)*$", "aaa");
    finds("^(){1000}$", "");
    finds("^(|a)+b$", "aab");
}

static void groups_and_alternatives_nest(void **state)
{
    (void)state;
    finds("^(web|api)-[0-9]+$", "api-17");
    misses("^(web|api)-[0-9]+$", "db-17");
    finds("^(?:a|b|)c$", "c");
    finds("^(?P<name>a)(?<other>b)$", "ab");
    finds("^(a(b(c)))$", "abc");
    finds("a|b", "xb");
    misses("^(?:a||b)c$", "dc");
}

static void flags_are_of_their_group(void **state)
{
    (void)state;
    finds("(?i)WEB", "my web");
    finds("(?i)[a-f]", "E");
    finds("(?i)^[^a]$", "b");
    misses("(?i)^[^a]$", "A");
    finds("(?i:a)b", "Ab");
    misses("(?i:a)b", "AB");
    misses("((?i)a)b", "AB");
    finds("a(?i)b|c", "C");
    misses("(?i)a(?-i)b", "AB");
    finds("(?U)a+", "aa");
}

static void characters_are_of_unicode(void **state)
{
    (void)state;
    finds("^.$", "\xc3\xbc");
    finds("^[\xc3\xa4-\xc3\xbc]$", "\xc3\xb6");
    finds("\xc3\xbc+", "f\xc3\xbc\xc3\xbc");
    finds("^\\x{fc}$", "\xc3\xbc");
    assert_true(finds_in("^..$", "\xff\xc3", 2)); /* no UTF-8: one character each */
    assert_true(finds_in("^a\\x00b$", "a\0b", 3));
    assert_false(finds_in("^a$", "a\0", 2));
}

static void what_is_wrong_is_said_in_words_of_go(void **state)
{
    (void)state;
    refuses("(a", "error parsing regexp: missing closing ): `(a`");
    refuses("a)", "error parsing regexp: unexpected ): `)`");
    refuses("[a", "error parsing regexp: missing closing ]: `[a`");
    refuses("*a", "error parsing regexp: missing argument to repetition operator: `*`");
    refuses("a**", "error parsing regexp: invalid nested repetition operator: `**`");
    refuses("a{2}{3}",
            "error parsing regexp: invalid nested repetition operator: `{2}{3}`");
    refuses("a{1001}", "error parsing regexp: invalid repeat count: `{1001}`");
    refuses("a{2,1}", "error parsing regexp: invalid repeat count: `{2,1}`");
    refuses("a\\", "error parsing regexp: trailing backslash at end of expression: `\\`");
    refuses("\\k", "error parsing regexp: invalid escape sequence: `\\k`");
    refuses("\\1", "error parsing regexp: invalid escape sequence: `\\1`");
    refuses("[b-a]", "error parsing regexp: invalid character class range: `b-a`");
    refuses("[[:no:]]", "error parsing regexp: invalid character class range: `[:no:]`");
    refuses("(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`");
    refuses("(?P<>a)", "error parsing regexp: invalid named capture: `(?P<`");
    refuses("\\pL",
            "error parsing regexp: classes of Unicode are not known, use a range: "
            "`\\p`");
    refuses("\xff", "error parsing regexp: invalid UTF-8");
    refuses("(?i", "error parsing regexp: missing closing ): `(?i`");
}

static void what_is_too_large_is_refused(void **state)
{
    char deep[2 * (PATTERN_DEPTH_MAX + 1) + 1], *large = malloc(PATTERN_LENGTH_MAX + 2);

    (void)state;
    refuses("(a{1000}){1000}", "error parsing regexp: expression too large");
    refuses("((((a{9}){9}){9}){9}){9}", "error parsing regexp: expression too large");
    finds("((((){1000}){1000}){1000}){1000}", "");
    memset(deep, '(', PATTERN_DEPTH_MAX + 1);
    memset(deep + PATTERN_DEPTH_MAX + 1, ')', PATTERN_DEPTH_MAX + 1);
    deep[sizeof deep - 1] = '\0';
    refuses(deep, "error parsing regexp: expression nests too deeply");
    memset(large, 'a', PATTERN_LENGTH_MAX + 1);
    large[PATTERN_LENGTH_MAX + 1] = '\0';
    refuses(large, "error parsing regexp: longer than 1024 octets");
    large[PATTERN_LENGTH_MAX] = '\0';
    finds(large, large);
    free(large);
}

/* What takes a backtracking matcher 2^30 turns takes a few for each character here. */
static void no_pattern_makes_a_text_slow(void **state)
{
    static const char pattern[] = "^(a+)+(a|aa)*([a-z]+)*$";
    enum { LENGTH = 4096 };
    char text[LENGTH + 1];
    struct pattern *made = NULL;
    uint32_t steps = 64 * LENGTH;

    (void)state;
    memset(text, 'a', LENGTH);
    text[LENGTH] = '!';
    assert_int_equal(pattern_compile(pattern, strlen(pattern), &made, NULL), ROLLCALL_OK);
    assert_false(pattern_matches(made, text, LENGTH + 1, &steps));
    assert_int_not_equal(steps, 0);
    steps = LENGTH;
    assert_false(pattern_matches(made, text, LENGTH + 1, &steps));
    assert_int_equal(steps, 0);
    pattern_destroy(made);
}

/* What has to be compared with many ranges costs more than what has one. */
static void large_classes_cost_what_they_cost(void **state)
{
    char many[512], text[] = "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~";
    const char *patterns[] = { "[a]b", many };
    uint32_t left[2];
    size_t used = 0;

    (void)state;
    many[used++] = '[';
    for (char c = '0'; c < 'z'; c = (char)(c + 2))
        many[used++] = c == '\\' || c == ']' || c == '^' ? 'a' : c;
    memcpy(many + used, "]b", sizeof "]b");
    for (unsigned i = 0; i < 2; i++) {
        struct pattern *made = NULL;
        left[i] = 100000;
        assert_int_equal(pattern_compile(patterns[i], strlen(patterns[i]), &made, NULL),
                         ROLLCALL_OK);
        pattern_matches(made, text, sizeof text - 1, &left[i]);
        pattern_destroy(made);
    }
    assert_true(100000 - left[1] > 5 * (100000 - left[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_found_anywhere),
        cmocka_unit_test(anchors_hold_at_their_places),
        cmocka_unit_test(classes_take_one_character),
        cmocka_unit_test(repetitions_count),
        cmocka_unit_test(groups_and_alternatives_nest),
        cmocka_unit_test(flags_are_of_their_group),
        cmocka_unit_test(characters_are_of_unicode),
        cmocka_unit_test(what_is_wrong_is_said_in_words_of_go),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(no_pattern_makes_a_text_slow),
        cmocka_unit_test(large_classes_cost_what_they_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* URLs that replies send their readers to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "health/redirect.h"

static const char *told(bool good, const struct web_place *place)
{
    static char text[2600];

    if (!good)
        return "none";
    snprintf(text, sizeof text, "%s %s %u %s", place->tls ? "https" : "http", place->host,
             (unsigned)place->port, place->path);
    return text;
}

static void a_url_is_taken_apart(void **state)
{
    static const char *const rows[][2] = {
        { "http://10.0.0.1", "http 10.0.0.1 80 /" },
        { "HTTPS://web.example/a?b#c", "https web.example 443 /a?b" },
        { "http://[fd00::1]:81/x", "http fd00::1 81 /x" },
        { "http://web:8080?q=1", "http web 8080 /?q=1" },
        { "http://user:secret@web/", "none" },
        { "http://web\\@evil/", "none" },
        { "ftp://web/", "none" },
        { "file:///etc/passwd", "none" },
        { "http://", "none" },
        { "http://web:0/", "none" },
        { "http://web:70000/", "none" },
        { "http://[fd00::1]x/", "none" },
        { "http://a b/", "none" },
        { "http://web/\r\nX: y", "none" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct web_place place;
        bool good = redirect_parse(rows[i][0], &place);
        assert_string_equal(told(good, &place), rows[i][1]);
    }
}

static void a_location_is_seen_from_where_it_was_said(void **state)
{
    static const char *const rows[][2] = {
        { "/new", "https web 443 /new" },      { "new?y", "https web 443 /a/new?y" },
        { "?y", "https web 443 /a/b?y" },      { "", "https web 443 /a/b?x" },
        { "#there", "https web 443 /a/b?x" },  { "//other:81/c", "https other 81 /c" },
        { "http://other", "http other 80 /" }, { "gopher://other/", "none" },
        { "javascript:alert(1)", "none" },
    };
    struct web_place base, place;
    (void)state;
    assert_true(redirect_parse("https://web/a/b?x", &base));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool good = redirect_join(&base, rows[i][0], &place);
        assert_string_equal(told(good, &place), rows[i][1]);
    }
}

static void another_port_or_scheme_is_another_server(void **state)
{
    struct web_place a, b;
    (void)state;
    assert_true(redirect_parse("https://web/a", &a));
    assert_true(redirect_parse("https://WEB:443/b", &b));
    assert_true(redirect_same_server(&a, &b));
    assert_true(redirect_parse("https://web:444/a", &b));
    assert_false(redirect_same_server(&a, &b));
    assert_true(redirect_parse("http://web:443/a", &b));
    assert_false(redirect_same_server(&a, &b));
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    static char url[4000];
    struct web_place place;
    (void)state;
    memset(url, 'a', sizeof url - 1);
    memcpy(url, "http://web/", 11);
    assert_false(redirect_parse(url, &place));
    url[11 + REDIRECT_PATH_MAX - 2] = '\0';
    assert_true(redirect_parse(url, &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_taken_apart),
        cmocka_unit_test(a_location_is_seen_from_where_it_was_said),
        cmocka_unit_test(another_port_or_scheme_is_another_server),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests_name("health/redirect", tests, NULL, NULL);
}

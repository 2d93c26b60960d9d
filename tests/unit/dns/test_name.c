#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dns/name.h"

static struct dns_name name_of(const char *text)
{
    struct dns_name name;

    if (!dns_name_parse(text, &name))
        fail_msg("%s is not taken for a name", text);
    return name;
}

static void expect_text(const char *text, const char *printed)
{
    struct dns_name name = name_of(text);
    char out[DNS_NAME_TEXT];

    dns_name_print(name.wire, name.length, out, sizeof out);
    assert_string_equal(out, printed);
}

static void text_becomes_wire(void **state)
{
    (void)state;
    struct dns_name name = name_of("Web.service.local.");

    assert_int_equal(name.length, 19);
    assert_memory_equal(name.wire, "\3Web\7service\5local", 19);
    name = name_of(".");
    assert_int_equal(name.length, 1);
    assert_int_equal(name.wire[0], 0);
}

static void wire_becomes_text(void **state)
{
    (void)state;
    expect_text("web.service.local", "web.service.local.");
    expect_text(".", ".");
    expect_text("a\\.b.c", "a\\.b.c.");
    expect_text("a\\032b", "a\\032b.");
    expect_text("web\\ x", "web\\032x.");
    expect_text("\\200\\000x", "\\200\\000x.");
    expect_text("a\\\\b\\\"c\\;d", "a\\\\b\\\"c\\;d.");
    expect_text("_http._tcp.web", "_http._tcp.web.");
}

static void bad_text_is_no_name(void **state)
{
    (void)state;
    static const char *const bad[] = { "",    "..",    ".a",     "a..b",  "a..",
                                       "a\\", "a\\25", "a\\256", "a\\1x1" };
    struct dns_name name;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (dns_name_parse(bad[i], &name))
            fail_msg("%s is taken for a name", bad[i]);
}

static void labels_end_at_63_and_names_at_255(void **state)
{
    (void)state;
    char text[300];
    struct dns_name name;

    memset(text, 'a', sizeof text);
    text[63] = '\0';
    assert_true(dns_name_parse(text, &name));
    text[63] = 'a';
    text[64] = '\0';
    assert_false(dns_name_parse(text, &name));

    memset(text, 'a', sizeof text);
    text[63] = text[127] = text[191] = '.';
    text[253] = '\0'; /* 64 + 64 + 64 + 62 + 1 = 255 octets */
    assert_true(dns_name_parse(text, &name));
    assert_int_equal(name.length, 255);
    text[253] = 'a';
    text[254] = '\0';
    assert_false(dns_name_parse(text, &name));
}

static void a_text_that_is_too_long_is_cut_at_an_octet(void **state)
{
    (void)state;
    struct dns_name name = name_of("abc\\200.d");
    char out[8];

    dns_name_print(name.wire, name.length, out, sizeof out);
    assert_true(strlen(out) < sizeof out);
    assert_string_equal(out, "abc");
}

/* What RFC 4343 says, octet by octet: the reference for eight at a time. */
static void only_ascii_letters_are_folded(void **state)
{
    (void)state;
    for (size_t length = 0; length < 30; length++) {
        uint8_t *in = malloc(length + 1), *out = malloc(length + 1);
        assert_non_null(in);
        assert_non_null(out);
        for (unsigned first = 0; first < 256; first++) {
            for (size_t i = 0; i < length; i++)
                in[i] = (uint8_t)(first + i * 37);
            out[length] = 0xa5;
            dns_name_lower(in, length, out);
            for (size_t i = 0; i < length; i++) {
                uint8_t lower = in[i];
                if (lower >= 'A' && lower <= 'Z')
                    lower = (uint8_t)(lower + 32);
                assert_int_equal(out[i], lower);
            }
            assert_int_equal(out[length], 0xa5);
        }
        free(in);
        free(out);
    }
}

static void names_are_equal_in_any_case(void **state)
{
    (void)state;
    struct dns_name a = name_of("web.Service.local"), b = name_of("WEB.service.LOCAL");
    struct dns_name c = name_of("web.service.locam"), d = name_of("w\\064b");
    struct dns_name e = name_of("w`b");

    assert_true(dns_name_equal(a.wire, a.length, b.wire, b.length));
    assert_false(dns_name_equal(a.wire, a.length, c.wire, c.length));
    assert_false(dns_name_equal(a.wire, a.length, d.wire, d.length));
    assert_false(dns_name_equal(d.wire, d.length, e.wire, e.length));
}

static int below(const char *name_text, const char *apex_text)
{
    struct dns_name name = name_of(name_text), apex = name_of(apex_text);

    return dns_name_below(name.wire, name.length, apex.wire, apex.length);
}

static void a_name_is_below_its_suffix_of_whole_labels(void **state)
{
    (void)state;
    assert_int_equal(below("web.service.local", "service.local"), 4);
    assert_int_equal(below("service.local", "service.local"), 0);
    assert_int_equal(below("a.b.service.local", "."), 18);
    assert_int_equal(below("local", "service.local"), -1);
    assert_int_equal(below("web.service.locam", "service.local"), -1);
    /* the octets of the suffix are there, but they begin inside a label */
    assert_int_equal(below("x\\007service.local", "service.local"), -1);
}

static void labels_are_counted_without_the_root(void **state)
{
    (void)state;
    struct dns_name name = name_of("_http._tcp.web.service.local"), root = name_of(".");

    assert_int_equal(dns_name_labels(name.wire, name.length), 5);
    assert_int_equal(dns_name_labels(root.wire, root.length), 0);
}

static void a_name_grows_to_the_left_up_to_255(void **state)
{
    (void)state;
    struct dns_name name = name_of("local");
    char text[DNS_NAME_TEXT], label[64];

    memset(label, 'x', sizeof label);
    assert_true(dns_name_prepend(&name, "service", 7));
    assert_true(dns_name_prepend(&name, "web", 3));
    dns_name_print(name.wire, name.length, text, sizeof text);
    assert_string_equal(text, "web.service.local.");
    assert_false(dns_name_prepend(&name, "", 0));
    assert_false(dns_name_prepend(&name, label, 64));
    while (name.length + 64 <= 255)
        assert_true(dns_name_prepend(&name, label, 63));
    assert_true(dns_name_prepend(&name, label, 255u - name.length - 1));
    assert_int_equal(name.length, 255);
    assert_false(dns_name_prepend(&name, "a", 1));
    assert_int_equal(name.length, 255);
}

static void a_host_label_has_letters_digits_and_inner_hyphens(void **state)
{
    (void)state;
    static const char *const good[] = { "a", "web-1", "0", "10-0-0-1", "A9", "a--b" };
    static const char *const bad[] = { "-a", "a-", "-", "a_b", "a.b", "a b", "\xc3\xa4" };
    char label[64];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(dns_label_is_ldh(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(dns_label_is_ldh(bad[i], strlen(bad[i])));
    memset(label, 'a', sizeof label);
    assert_true(dns_label_is_ldh(label, 63));
    assert_false(dns_label_is_ldh(label, 64));
    assert_false(dns_label_is_ldh("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_wire),
        cmocka_unit_test(wire_becomes_text),
        cmocka_unit_test(bad_text_is_no_name),
        cmocka_unit_test(labels_end_at_63_and_names_at_255),
        cmocka_unit_test(a_text_that_is_too_long_is_cut_at_an_octet),
        cmocka_unit_test(only_ascii_letters_are_folded),
        cmocka_unit_test(names_are_equal_in_any_case),
        cmocka_unit_test(a_name_is_below_its_suffix_of_whole_labels),
        cmocka_unit_test(labels_are_counted_without_the_root),
        cmocka_unit_test(a_name_grows_to_the_left_up_to_255),
        cmocka_unit_test(a_host_label_has_letters_digits_and_inner_hyphens),
    };
    return cmocka_run_group_tests_name("dns/name", tests, NULL, NULL);
}

/* The tls options of https and grpc: what may be written. Real servers answer in
 * tests/integration/test_web_checks.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "health/kinds.h"
#include "health/web.h"

#define CHECK(of_kind, ...)                                                              \
    {                                                                                    \
        .name = of_kind, .kind = of_kind,                                                \
        .options = (const struct rollcall_pair[]){ __VA_ARGS__ },                        \
        .option_count = sizeof((const struct rollcall_pair[]){ __VA_ARGS__ }) /          \
                        sizeof(struct rollcall_pair)                                     \
    }

static enum rollcall_status validate(const struct rollcall_check *check,
                                     struct reason *why)
{
    const struct check_kind *kind = check_kind_find(check->kind);

    assert_non_null(kind);
    return kind->schema.validate(check, NULL, why);
}

static void refused(const struct rollcall_check *check, enum rollcall_status expected,
                    const char *field)
{
    struct reason why = REASON_NONE;

    assert_int_equal(validate(check, &why), expected);
    assert_string_equal(why.field, field);
    assert_true(strlen(why.text) > 0);
}

static void all_tls_options_may_stand_together(void **state)
{
    const struct rollcall_check https =
        CHECK("https", { "tls.ca", "/etc/ca.pem" }, { "tls.cert", "/etc/cert.pem" },
              { "tls.key", "/etc/key.pem" }, { "tls.server_name", "web.example" });
    const struct rollcall_check grpc =
        CHECK("grpc", { "service", "web" }, { "tls.server_name", "fd00::1" });

    (void)state;
    assert_int_equal(validate(&https, NULL), ROLLCALL_OK);
    assert_int_equal(validate(&grpc, NULL), ROLLCALL_OK);
}

static void a_server_name_is_a_name_or_an_address(void **state)
{
    const struct rollcall_check blank = CHECK("https", { "tls.server_name", "a b" });
    const struct rollcall_check port = CHECK("https", { "tls.server_name", "a:443" });
    const struct rollcall_check path = CHECK("https", { "tls.server_name", "a/b" });

    (void)state;
    refused(&blank, ROLLCALL_E_INVALID, "tls.server_name");
    refused(&port, ROLLCALL_E_INVALID, "tls.server_name");
    refused(&path, ROLLCALL_E_INVALID, "tls.server_name");
}

static void a_path_of_a_file_is_absolute(void **state)
{
    const struct rollcall_check check = CHECK("https", { "tls.ca", "ca.pem" });

    (void)state;
    refused(&check, ROLLCALL_E_INVALID, "tls.ca");
}

static void a_certificate_and_its_key_belong_together(void **state)
{
    const struct rollcall_check cert = CHECK("https", { "tls.cert", "/c.pem" });
    const struct rollcall_check key = CHECK("grpc", { "tls.key", "/k.pem" });

    (void)state;
    refused(&cert, ROLLCALL_E_MISSING_FIELD, "tls.key");
    refused(&key, ROLLCALL_E_MISSING_FIELD, "tls.cert");
}

static void trusting_somebody_and_anybody_is_a_contradiction(void **state)
{
    const struct rollcall_check check =
        CHECK("https", { "tls.ca", "/ca.pem" }, { "tls.skip_verify", "true" });

    (void)state;
    refused(&check, ROLLCALL_E_INVALID, "tls.ca");
}

static void grpc_in_clear_has_no_tls_options(void **state)
{
    const struct rollcall_check check =
        CHECK("grpc", { "tls.enable", "false" }, { "tls.server_name", "web.example" });
    const struct rollcall_check plain = CHECK("grpc", { "tls.enable", "false" });

    (void)state;
    refused(&check, ROLLCALL_E_INVALID, "tls.enable");
    assert_int_equal(validate(&plain, NULL), ROLLCALL_OK);
}

static void files_are_for_those_whom_the_kernel_vouches_for(void **state)
{
    const struct rollcall_check named = CHECK("https", { "tls.ca", "/dev/null" });
    const struct rollcall_check bare = CHECK("https", { "tls.skip_verify", "true" });
    const struct check_asker far = { .uid = 0, .local = false };
    struct reason why = REASON_NONE;

    (void)state;
    assert_int_equal(web_admit_files(&named, &far, &why), ROLLCALL_E_UNAUTHORIZED);
    assert_string_equal(why.field, "tls.ca");
    assert_int_equal(web_admit_files(&bare, &far, NULL), ROLLCALL_OK);
}

static void the_options_of_http_are_those_of_https(void **state)
{
    const struct rollcall_check path = CHECK("https", { "path", "health" });
    const struct rollcall_check target = CHECK("https", { "target", "web.example:0" });
    const struct rollcall_check metadata =
        CHECK("grpc", { "target", "169.254.169.254:80" });

    (void)state;
    refused(&path, ROLLCALL_E_INVALID, "path");
    refused(&target, ROLLCALL_E_INVALID, "target");
    refused(&metadata, ROLLCALL_E_INVALID, "target");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_tls_options_may_stand_together),
        cmocka_unit_test(a_server_name_is_a_name_or_an_address),
        cmocka_unit_test(a_path_of_a_file_is_absolute),
        cmocka_unit_test(a_certificate_and_its_key_belong_together),
        cmocka_unit_test(trusting_somebody_and_anybody_is_a_contradiction),
        cmocka_unit_test(grpc_in_clear_has_no_tls_options),
        cmocka_unit_test(files_are_for_those_whom_the_kernel_vouches_for),
        cmocka_unit_test(the_options_of_http_are_those_of_https),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

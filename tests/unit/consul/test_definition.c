/* Bodies of registrations, and what they become: an instance or Consul's sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"
#include "consul/body.h"
#include "consul/definition.h"
#include "health/kinds.h"
#include "model/instance.h"

static struct definition *definition_of_home(const struct annex_node *node)
{
    static const struct rollcall_address address = { .family = 4,
                                                     .bytes = { 10, 1, 2, 3 } };
    const struct definition_home home = { .node_name = "n1",
                                          .namespace_name = "default",
                                          .address = &address,
                                          .schemas = check_schemas(),
                                          .node = node };
    struct definition *definition = definition_create(&home);

    assert_non_null(definition);
    return definition;
}

static enum rollcall_status try_service(const char *text, struct instance **out,
                                        struct reason *why)
{
    struct definition *definition = definition_of_home(NULL);
    json_t *body = body_parse(text, strlen(text), why);
    enum rollcall_status status = ROLLCALL_E_INVALID;

    if (body != NULL)
        status = definition_read_service(definition, body, why);
    if (status == ROLLCALL_OK)
        status = definition_finish(definition, out, why);
    json_decref(body);
    definition_destroy(definition);
    return status;
}

static struct instance *service(const char *text)
{
    struct instance *instance = NULL;
    struct reason why = REASON_NONE;

    if (try_service(text, &instance, &why) != ROLLCALL_OK)
        fail_msg("%s: %s", text, why.text);
    return instance;
}

static void an_ordinary_registration_needs_no_annex(void **state)
{
    struct instance *made = service(
        "{\"ID\":\"web-1\",\"Name\":\"web\",\"Port\":8080,\"Address\":\"127.0.0.1\","
        "\"Tags\":[\"v1\"],\"Meta\":{\"version\":\"4\"},\"Check\":{\"Interval\":\"10s\","
        "\"Timeout\":\"3s\",\"HTTP\":\"http://127.0.0.1:8080/health\"},\"Checks\":null}");
    const struct rollcall_instance *is = &made->is;

    (void)state;
    assert_null(is->annex);
    assert_string_equal(is->id, "web-1");
    assert_string_equal(is->service, "web");
    assert_int_equal(is->port, 8080);
    assert_int_equal(is->status, ROLLCALL_CRITICAL);
    assert_int_equal(is->check_count, 1);
    assert_string_equal(is->checks[0].name, "service:web-1");
    assert_string_equal(is->checks[0].kind, "http");
    assert_int_equal(is->checks[0].interval_ms, 10000);
    assert_int_equal(is->checks[0].timeout_ms, 3000);
    assert_int_equal(is->checks[0].failure_threshold, 1);
    assert_string_equal(check_option(&is->checks[0], "target", 0), "127.0.0.1:8080");
    assert_string_equal(check_option(&is->checks[0], "path", 0), "/health");
    assert_string_equal(check_option(&is->checks[0], "expect_status", 0), "200-299");
    instance_unref(made);
}

static void tcp_and_ttl_checks_need_none_either(void **state)
{
    struct instance *tcp = service("{\"Name\":\"a\",\"Address\":\"10.0.0.1\",\"Check\":"
                                   "{\"TCP\":\"10.0.0.1:80\",\"Interval\":\"10s\"}}");
    struct instance *ttl = service("{\"name\":\"a\",\"address\":\"10.0.0.1\","
                                   "\"checks\":[{\"ttl\":\"30s\"}]}");

    (void)state;
    assert_null(tcp->is.annex);
    assert_null(ttl->is.annex);
    assert_string_equal(ttl->is.checks[0].kind, "ttl");
    assert_int_equal(ttl->is.checks[0].interval_ms, 30000);
    instance_unref(tcp);
    instance_unref(ttl);
}

static void a_name_alone_is_a_service_that_passes(void **state)
{
    struct instance *made =
        service("{\"Name\":\"a\",\"Check\":null,\"Checks\":[{},null]}");

    (void)state;
    assert_string_equal(made->is.id, "a");
    assert_int_equal(made->is.status, ROLLCALL_PASSING);
    assert_int_equal(made->is.check_count, 0);
    assert_int_equal(made->is.port, 0);
    assert_string_equal(made->is.annex, "{\"address\":\"\"}");
    assert_int_equal(made->is.addresses[0].bytes[0], 10);
    instance_unref(made);
}

static void names_are_mapped_and_their_spelling_kept(void **state)
{
    struct instance *made = service("{\"Name\":\"My App\",\"Address\":\"DB.internal\"}");

    (void)state;
    assert_string_equal(made->is.id, "My App");
    assert_string_equal(made->is.host, "DB.internal");
    assert_non_null(strstr(made->is.annex, "\"name\":\"My App\""));
    instance_unref(made);
}

static void checks_are_counted_and_named(void **state)
{
    struct instance *made = service(
        "{\"Name\":\"a\",\"Address\":\"10.0.0.1\",\"Check\":{\"TTL\":\"1s\"},\"Checks\":["
        "{\"CheckID\":\"own\",\"TTL\":\"2s\",\"Name\":\"My check\",\"Status\":"
        "\"passing\"},{\"TTL\":\"3s\"}]}");
    struct annex annex;
    char text[ANNEX_TEXT_SIZE];

    (void)state;
    annex_read(&annex, &made->is);
    assert_int_equal(annex.check_count, 3);
    assert_string_equal(annex_check_id(&annex, &made->is, 0, text), "service:a:1");
    assert_string_equal(annex_check_id(&annex, &made->is, 1, text), "own");
    assert_string_equal(annex_check_id(&annex, &made->is, 2, text), "service:a:3");
    assert_string_equal(annex_check_name(&annex, &made->is, 1, text), "My check");
    assert_string_equal(annex_check_name(&annex, &made->is, 2, text),
                        "Service 'a' check");
    assert_int_equal(annex_check_initial(&annex, &made->is, 1), ROLLCALL_PASSING);
    assert_int_equal(annex_check_initial(&annex, &made->is, 2), ROLLCALL_CRITICAL);
    assert_int_equal(made->is.status, ROLLCALL_CRITICAL);
    annex_deinit(&annex);
    instance_unref(made);
}

static void everything_else_goes_to_the_annex_and_back(void **state)
{
    struct instance *made = service(
        "{\"Name\":\"a\",\"Address\":\"[FD00::0001]\",\"Tags\":[\"x\",\"x\",\"\"],"
        "\"TaggedAddresses\":{\"lan\":{\"Address\":\"1.2.3.4\",\"Port\":5}},"
        "\"Weights\":{\"Passing\":7,\"Warning\":0},\"EnableTagOverride\":true,"
        "\"Kind\":\"connect-proxy\",\"SocketPath\":\"/s\",\"Connect\":{\"Native\":true},"
        "\"Proxy\":{\"Mode\":\"x\"},\"Check\":{\"TTL\":\"1s\",\"Notes\":\"a\\nb\"}}");
    struct annex annex;
    char text[ANNEX_TEXT_SIZE];

    (void)state;
    annex_read(&annex, &made->is);
    assert_string_equal(annex_address(&annex, &made->is, text), "[FD00::0001]");
    assert_int_equal(json_array_size(annex.tags), 3);
    assert_int_equal(made->is.tag_count, 1);
    assert_int_equal(made->is.weight, 7);
    assert_true(annex.has_warning_weight);
    assert_int_equal(annex.warning_weight, 0);
    assert_true(annex.tag_override);
    assert_string_equal(annex.kind, "connect-proxy");
    assert_string_equal(annex.socket_path, "/s");
    assert_true(json_is_true(json_object_get(annex.connect, "Native")));
    assert_non_null(annex.proxy);
    assert_int_equal(json_object_size(annex.tagged), 1);
    assert_string_equal(annex_check_notes(&annex, &made->is, 0), "a\nb");
    annex_deinit(&annex);
    instance_unref(made);
}

static void durations_are_shown_as_they_were_given(void **state)
{
    struct instance *made =
        service("{\"Name\":\"a\",\"Address\":\"10.0.0.1\",\"Checks\":["
                "{\"TCP\":\"10.0.0.1:80\",\"Interval\":10000000000,\"Timeout\":\"10s\"},"
                "{\"TCP\":\"10.0.0.1:80\",\"Interval\":\"500ms\"},{\"TTL\":\"1s\"}]}");
    struct annex annex;
    char text[ANNEX_TEXT_SIZE];

    (void)state;
    annex_read(&annex, &made->is);
    assert_string_equal(annex_check_interval(&annex, &made->is, 0, text), "10s");
    assert_string_equal(annex_check_timeout(&annex, &made->is, 0, text), "10s");
    assert_string_equal(annex_check_interval(&annex, &made->is, 1, text), "500ms");
    assert_int_equal(made->is.checks[1].interval_ms, 1000);
    assert_string_equal(annex_check_timeout(&annex, &made->is, 1, text), "");
    assert_string_equal(annex_check_interval(&annex, &made->is, 2, text), "");
    annex_deinit(&annex);
    instance_unref(made);
}

static void the_options_of_http_are_mapped(void **state)
{
    struct instance *made = service(
        "{\"Name\":\"a\",\"Address\":\"10.0.0.1\",\"Check\":{\"HTTP\":"
        "\"https://10.0.0.1/a b?q=1#f\",\"Interval\":\"5s\",\"Method\":\"POST\","
        "\"Header\":{\"Host\":[\"h\"],\"X-A\":[\"1\",\"2\"],\"X-B\":\"3\",\"Connection\":"
        "[\"close\"]},\"Body\":\"{}\",\"TLSSkipVerify\":true,\"tls_server_name\":\"s\","
        "\"SuccessBeforePassing\":2,\"FailuresBeforeCritical\":3,"
        "\"DeregisterCriticalServiceAfter\":\"1m\"}}");
    const struct rollcall_check *check = &made->is.checks[0];

    (void)state;
    assert_string_equal(check->kind, "https");
    assert_string_equal(check_option(check, "target", 0), "10.0.0.1:443");
    assert_string_equal(check_option(check, "path", 0), "/a%20b?q=1");
    assert_string_equal(check_option(check, "method", 0), "POST");
    assert_string_equal(check_option(check, "headers.Host", 0), "h");
    assert_string_equal(check_option(check, "headers.X-A", 0), "1, 2");
    assert_string_equal(check_option(check, "headers.X-B", 0), "3");
    assert_null(check_option(check, "headers.Connection", 0));
    assert_string_equal(check_option(check, "body", 0), "{}");
    assert_string_equal(check_option(check, "tls.skip_verify", 0), "true");
    assert_string_equal(check_option(check, "tls.server_name", 0), "s");
    assert_int_equal(check->success_threshold, 2);
    assert_int_equal(check->failure_threshold, 3);
    assert_int_equal(check->deregister_after_ms, 60000);
    instance_unref(made);
}

static void the_options_of_grpc_are_mapped(void **state)
{
    struct instance *made = service(
        "{\"Name\":\"a\",\"Address\":\"10.0.0.1\",\"Check\":{\"GRPC\":"
        "\"10.0.0.1:50051/my.Service\",\"GRPCUseTLS\":true,\"Interval\":\"5s\"}}");
    const struct rollcall_check *check = &made->is.checks[0];

    (void)state;
    assert_string_equal(check->kind, "grpc");
    assert_string_equal(check_option(check, "target", 0), "10.0.0.1:50051");
    assert_string_equal(check_option(check, "service", 0), "my.Service");
    assert_string_equal(check_option(check, "tls.enable", 0), "true");
    instance_unref(made);
}

static void a_tcp_check_may_go_on_over_tls(void **state)
{
    struct instance *made = service(
        "{\"Name\":\"a\",\"Address\":\"10.0.0.1\",\"Check\":{\"TCP\":\"10.0.0.1:443\","
        "\"tcp_use_tls\":true,\"TLSSkipVerify\":true,\"Interval\":\"5s\"}}");
    const struct rollcall_check *check = &made->is.checks[0];

    (void)state;
    assert_string_equal(check->kind, "tcp");
    assert_string_equal(check_option(check, "target", 0), "10.0.0.1:443");
    assert_string_equal(check_option(check, "tls.enable", 0), "true");
    assert_string_equal(check_option(check, "tls.skip_verify", 0), "true");
    instance_unref(made);
}

static void an_alias_says_whom_it_follows(void **state)
{
    struct instance *made = service(
        "{\"Name\":\"a\",\"Address\":\"10.0.0.1\",\"Checks\":[{\"AliasService\":\"b\"},"
        "{\"AliasService\":\"b\",\"AliasNode\":\"N1\"},{\"AliasService\":\"b\","
        "\"AliasNode\":\"n2\"}]}");

    (void)state;
    assert_string_equal(check_option(&made->is.checks[0], "instance", 0), "b");
    assert_string_equal(check_option(&made->is.checks[1], "instance", 0), "b");
    assert_string_equal(check_option(&made->is.checks[2], "instance", 0), "n2/b");
    instance_unref(made);
}

static void the_first_kind_in_consuls_order_wins(void **state)
{
    struct instance *made = service(
        "{\"Name\":\"a\",\"Address\":\"10.0.0.1\",\"Check\":{\"TCP\":\"10.0.0.1:1\","
        "\"HTTP\":\"http://10.0.0.1/\",\"Interval\":\"5s\"}}");

    (void)state;
    assert_string_equal(made->is.checks[0].kind, "http");
    instance_unref(made);
}

static const struct {
    const char *body, *sentence;
} faults[] = {
    { "", "Request decode failed: EOF" },
    { "{\"Port\":1}", "Missing service name" },
    { "{\"Name\":\"\"}", "Missing service name" },
    { "{\"Name\":1}", "Request decode failed: Name must be a string, not number" },
    { "{\"Name\":\"a\",\"Port\":\"80\"}",
      "Request decode failed: Port must be an integer, not string" },
    { "{\"Name\":\"a\",\"Port\":70000}", "Invalid service port: give 0 to 65535" },
    { "{\"Name\":\"a\",\"Tags\":[1]}",
      "Request decode failed: a tag must be a string, not number" },
    { "{\"Name\":\"a\",\"Address\":\"0.0.0.0\"}", "Invalid service address" },
    { "{\"Name\":\"a\",\"Address\":\"::\"}", "Invalid service address" },
    { "{\"Name\":\"a\",\"Address\":\"[::]\"}", "Invalid service address" },
    { "{\"Name\":\"a\",\"Address\":\"not an address\"}",
      "Invalid service address: give an IP address or a host name" },
    { "{\"Name\":\"a\",\"ID\":\"a\\nb\"}",
      "Invalid service ID: give 1 to 255 printable characters" },
    { "{\"Name\":\"a\",\"TaggedAddresses\":{\"lan_ipv4\":{\"Address\":\"::1\"}}}",
      "Invalid tagged address \"lan_ipv4\": \"::1\" cannot be it" },
    { "{\"Name\":\"a\",\"Weights\":{}}",
      "Invalid Weights: Passing must be greater than 0" },
    { "{\"Name\":\"a\",\"Weights\":{\"Passing\":1,\"Warning\":65536}}",
      "Invalid Weights: DNS Weight must be between 0 and 65535" },
    { "{\"Name\":\"a\",\"Meta\":{\"\":\"v\"}}",
      "Invalid Service Meta: Couldn't load metadata pair ('', 'v'): Key cannot be "
      "blank" },
    { "{\"Name\":\"a\",\"Meta\":{\"a b\":\"v\"}}",
      "Invalid Service Meta: Couldn't load metadata pair ('a b', 'v'): Key contains "
      "invalid characters" },
    { "{\"Name\":\"a\",\"Meta\":{\"consul-x\":\"v\"}}",
      "Invalid Service Meta: Couldn't load metadata pair ('consul-x', 'v'): Key "
      "prefix 'consul-' is reserved for internal use" },
    { "{\"Name\":\"a\",\"Check\":{\"Name\":\"x\"}}",
      "Invalid check: TTL must be > 0 for TTL checks" },
    { "{\"Name\":\"a\",\"Check\":{\"TTL\":\"1s\",\"Interval\":\"1s\"}}",
      "Invalid check: Interval and TTL cannot both be specified" },
    { "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x/\"}}",
      "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or "
      "OSService checks" },
    { "{\"Name\":\"a\",\"Check\":{\"TCP\":\"x:1\",\"Interval\":\"10\"}}",
      "Request decode failed: Interval: invalid duration \"10\"; write \"10s\"" },
    { "{\"Name\":\"a\",\"Check\":{\"TTL\":\"\"}}",
      "Request decode failed: TTL: invalid duration \"\"; write \"10s\"" },
    { "{\"Name\":\"a\",\"Check\":{\"AliasService\":\"x\",\"Interval\":\"1s\"}}",
      "Invalid check: Interval cannot be set for Alias checks" },
    { "{\"Name\":\"a\",\"Check\":{\"TTL\":\"1s\",\"OutputMaxSize\":-1}}",
      "Invalid check: MaxOutputMaxSize must be positive" },
    { "{\"Name\":\"a\",\"Check\":{\"TTL\":\"1s\",\"FailuresBeforeWarning\":2}}",
      "Invalid check: FailuresBeforeWarning can't be higher than "
      "FailuresBeforeCritical" },
    { "{\"Name\":\"a\",\"Check\":{\"TTL\":\"1s\",\"Status\":\"Passing\"}}",
      "Status for checks must 'passing', 'warning', 'critical'" },
    { "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"ftp://x/\",\"Interval\":\"1s\"}}",
      "Invalid check: HTTP must be an http:// or https:// URL with a host" },
    { "{\"Name\":\"a\",\"Check\":{\"H2PING\":\"x:1\",\"Interval\":\"1s\"}}",
      "Invalid check: H2PING is not supported; use GRPC or HTTP" },
    { "{\"Name\":\"a\",\"Check\":{\"OSService\":\"x\",\"Interval\":\"1s\"}}",
      "Invalid check: OSService is not supported; use HTTP, TCP or TTL" },
    { "{\"Name\":\"a\",\"Check\":{\"DockerContainerID\":\"x\",\"Args\":[\"a\"],"
      "\"Interval\":\"1s\"}}",
      "Invalid check: DockerContainerID is not supported; use HTTP, TCP or gRPC" },
    { "{\"Name\":\"a\",\"Checks\":[{\"CheckID\":\"c\",\"TTL\":\"1s\"},{\"CheckID\":"
      "\"c\",\"TTL\":\"1s\"}]}",
      "Invalid check: CheckID \"c\" is given twice" },
    { "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x/\",\"Interval\":\"1s\","
      "\"Header\":{\"A\":1}}}",
      "Request decode failed: Header \"A\" must be an array of strings" },
};

static void every_fault_has_its_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct instance *made = NULL;
        struct reason why = REASON_NONE;
        if (try_service(faults[i].body, &made, &why) != ROLLCALL_E_INVALID)
            fail_msg("taken: %s", faults[i].body);
        assert_string_equal(why.text, faults[i].sentence);
        assert_null(made);
    }
}

static void nobody_gets_a_command_over_http(void **state)
{
    static const char *const bodies[] = {
        "{\"Name\":\"a\",\"Check\":{\"ScriptArgs\":[\"/bin/true\"],\"Interval\":\"1s\"}}",
        "{\"Name\":\"a\",\"Check\":{\"Args\":[\"/bin/true\"],\"Interval\":\"1s\"}}",
        "{\"Name\":\"a\",\"Check\":{\"Script\":\"true\",\"Interval\":\"1s\"}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct instance *made = NULL;
        struct reason why = REASON_NONE;
        assert_int_equal(try_service(bodies[i], &made, &why), ROLLCALL_E_UNAUTHORIZED);
        assert_string_equal(why.text,
                            "Scripts are disabled on this agent from remote calls; to "
                            "enable, configure 'enable_script_checks' to true");
    }
}

/* The definition of `before` with the check of `text` put in. */
static struct instance *with_check(struct instance *before, const char *text)
{
    struct definition *definition = definition_of_home(NULL);
    struct reason why = REASON_NONE;
    json_t *body = body_parse(text, strlen(text), &why);
    struct instance *made = NULL;

    assert_int_equal(definition_read_instance(definition, before, &why), ROLLCALL_OK);
    assert_int_equal(definition_add_check(definition, body, &why), ROLLCALL_OK);
    if (definition_finish(definition, &made, &why) != ROLLCALL_OK)
        fail_msg("%s", why.text);
    json_decref(body);
    definition_destroy(definition);
    return made;
}

static void a_check_that_is_added_changes_nothing_else(void **state)
{
    struct instance *before = service("{\"Name\":\"Web\",\"Port\":1,\"Check\":{\"TTL\":"
                                      "\"9s\",\"Status\":\"passing\"}}");
    struct instance *after =
        with_check(before, "{\"Name\":\"c\",\"ServiceID\":\"Web\",\"TTL\":\"1s\"}");
    struct annex annex;
    char text[ANNEX_TEXT_SIZE];
    unsigned at = 9;

    (void)state;
    annex_read(&annex, &after->is);
    assert_int_equal(after->is.check_count, 2);
    assert_string_equal(annex_check_id(&annex, &after->is, 0, text), "service:Web");
    assert_true(annex_find_check(&annex, &after->is, "c", &at));
    assert_int_equal(at, 1);
    assert_string_equal(annex_check_timeout(&annex, &after->is, 1, text), "0s");
    assert_string_equal(annex_service(&annex, &after->is), "Web");
    assert_string_equal(annex_address(&annex, &after->is, text), "");
    assert_int_equal(annex_check_initial(&annex, &after->is, 0), ROLLCALL_PASSING);
    annex_deinit(&annex);
    struct instance *again =
        with_check(after, "{\"Name\":\"c\",\"ServiceID\":\"Web\",\"TTL\":\"1s\"}");
    assert_true(instance_equal(&after->is, &again->is));
    instance_unref(again);
    instance_unref(after);
    instance_unref(before);
}

static struct instance *again_with(struct instance *before, const char *text)
{
    struct definition *definition = definition_of_home(NULL);
    struct reason why = REASON_NONE;
    json_t *body = body_parse(text, strlen(text), &why);
    struct instance *made = NULL;

    assert_int_equal(definition_read_service(definition, body, &why), ROLLCALL_OK);
    assert_int_equal(definition_keep_checks(definition, before, &why), ROLLCALL_OK);
    assert_int_equal(definition_finish(definition, &made, &why), ROLLCALL_OK);
    json_decref(body);
    definition_destroy(definition);
    return made;
}

static void checks_that_a_body_leaves_out_stay(void **state)
{
    struct instance *before =
        service("{\"Name\":\"a\",\"Checks\":[{\"CheckID\":\"x\",\"TTL\":\"1s\"},"
                "{\"CheckID\":\"y\",\"TTL\":\"2s\"}]}");
    struct instance *after = again_with(
        before, "{\"Name\":\"a\",\"Check\":{\"CheckID\":\"y\",\"TTL\":\"5s\"}}");
    struct annex annex;
    unsigned x = 9, y = 9;

    (void)state;
    annex_read(&annex, &after->is);
    assert_int_equal(after->is.check_count, 2);
    assert_true(annex_find_check(&annex, &after->is, "x", &x));
    assert_true(annex_find_check(&annex, &after->is, "y", &y));
    assert_int_equal(after->is.checks[y].interval_ms, 5000);
    assert_int_equal(after->is.checks[x].interval_ms, 1000);
    annex_deinit(&annex);
    instance_unref(after);
    instance_unref(before);
}

static void the_same_body_again_is_the_same_instance(void **state)
{
    static const char text[] = "{\"Name\":\"a b\",\"Tags\":[\"x\",\"x\"],\"Check\":"
                               "{\"TTL\":\"1s\",\"Status\":\"passing\"}}";
    struct instance *before = service(text);
    struct instance *after = again_with(before, text);

    (void)state;
    assert_true(instance_equal(&before->is, &after->is));
    instance_unref(after);
    instance_unref(before);
}

static void an_external_service_says_where_it_stands(void **state)
{
    const struct annex_node node = { .name = "n2", .id = "", .address = "1.2.3.4" };
    struct definition *definition = definition_of_home(&node);
    struct reason why = REASON_NONE;
    const char text[] = "{\"ID\":\"\",\"Service\":\"s\",\"Tags\":null,\"Meta\":null,"
                        "\"Port\":1,\"Address\":\"\",\"Weights\":{\"Passing\":0,"
                        "\"Warning\":0},\"EnableTagOverride\":false}";
    json_t *body = body_parse(text, strlen(text), &why);
    struct instance *made = NULL;
    struct annex annex;

    (void)state;
    assert_int_equal(definition_read_service(definition, body, &why), ROLLCALL_OK);
    assert_int_equal(definition_finish(definition, &made, &why), ROLLCALL_OK);
    json_decref(body);
    definition_destroy(definition);
    assert_string_equal(made->is.id, "n2/s");
    annex_read(&annex, &made->is);
    assert_string_equal(annex.node.name, "n2");
    assert_string_equal(annex_service_id(&annex, &made->is), "s");
    assert_int_equal(annex.check_count, 0);
    annex_deinit(&annex);
    instance_unref(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_registration_needs_no_annex),
        cmocka_unit_test(tcp_and_ttl_checks_need_none_either),
        cmocka_unit_test(a_name_alone_is_a_service_that_passes),
        cmocka_unit_test(names_are_mapped_and_their_spelling_kept),
        cmocka_unit_test(checks_are_counted_and_named),
        cmocka_unit_test(everything_else_goes_to_the_annex_and_back),
        cmocka_unit_test(durations_are_shown_as_they_were_given),
        cmocka_unit_test(the_options_of_http_are_mapped),
        cmocka_unit_test(the_options_of_grpc_are_mapped),
        cmocka_unit_test(a_tcp_check_may_go_on_over_tls),
        cmocka_unit_test(an_alias_says_whom_it_follows),
        cmocka_unit_test(the_first_kind_in_consuls_order_wins),
        cmocka_unit_test(every_fault_has_its_sentence),
        cmocka_unit_test(nobody_gets_a_command_over_http),
        cmocka_unit_test(a_check_that_is_added_changes_nothing_else),
        cmocka_unit_test(checks_that_a_body_leaves_out_stay),
        cmocka_unit_test(the_same_body_again_is_the_same_instance),
        cmocka_unit_test(an_external_service_says_where_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

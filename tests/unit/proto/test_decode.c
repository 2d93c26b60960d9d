/* Requests from JSON: every field, good and bad, with the code and the field at fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/instance.h"
#include "proto/decode.h"
#include "unit/proto/kinds.h"

static const struct check_schema *const schemas[] = { &http_schema, &ttl_schema, NULL };

static int setup(void **state)
{
    *state = decoder_create(schemas);
    return *state == NULL;
}

static int teardown(void **state)
{
    decoder_destroy(*state);
    return 0;
}

static enum rollcall_status decode(void **state, const char *line,
                                   struct request *request, struct reason *why)
{
    static char copy[PROTO_LINE_MAX * 2];

    snprintf(copy, sizeof copy, "%s", line);
    memset(why, 0, sizeof *why);
    request_scan(copy, strlen(copy), request);
    return request_decode(*state, copy, strlen(copy), request, why);
}

static const struct rollcall_instance *registered(void **state, const char *line)
{
    static struct request request;
    struct reason why;

    if (decode(state, line, &request, &why) != ROLLCALL_OK)
        fail_msg("%s: %s", line, why.text);
    assert_int_equal(request.op, PROTO_REGISTER);
    return &request.reg.instance;
}

/* A register of an instance with `member` beside service and address. */
static const char *with(const char *member)
{
    static char line[4096];

    snprintf(line, sizeof line,
             "{\"op\":\"register\",\"service\":\"web\",\"address\":\"10.0.0.1\"%s%s}",
             member[0] == '\0' ? "" : ",", member);
    return line;
}

struct fault {
    const char *line;
    enum rollcall_status status;
    const char *field;
};

static void each_fails(void **state, const struct fault *faults, size_t count)
{
    struct request request;
    struct reason why;

    for (size_t i = 0; i < count; i++) {
        enum rollcall_status status = decode(state, faults[i].line, &request, &why);
        if (status != faults[i].status || strcmp(why.field, faults[i].field) != 0)
            fail_msg("%s: got %s \"%s\" (%s), wanted %s \"%s\"", faults[i].line,
                     rollcall_status_word(status), why.field, why.text,
                     rollcall_status_word(faults[i].status), faults[i].field);
        assert_true(why.text[0] != '\0');
    }
}
#define EACH_FAILS(faults) each_fails(state, faults, sizeof(faults) / sizeof *(faults))

static void what_is_not_one_object_is_bad_json(void **state)
{
    static const struct fault faults[] = {
        { "", ROLLCALL_E_BAD_JSON, "" },
        { "{", ROLLCALL_E_BAD_JSON, "" },
        { "[]", ROLLCALL_E_BAD_JSON, "" },
        { "17", ROLLCALL_E_BAD_JSON, "" },
        { "{\"op\":\"stats\"} {}", ROLLCALL_E_BAD_JSON, "" },
        { "{\"op\":\"stats\",\"op\":\"stats\"}", ROLLCALL_E_BAD_JSON, "" },
        { "{\"op\":\"list\",\"prefix\":\"a\\u0000b\"}", ROLLCALL_E_BAD_JSON, "" },
        { "{\"op\":\"list\",\"prefix\":\"\xff\"}", ROLLCALL_E_BAD_JSON, "" },
        { "{\"op\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}", ROLLCALL_E_BAD_JSON, "" },
    };
    EACH_FAILS(faults);
}

static void an_operation_must_be_known(void **state)
{
    static const struct fault faults[] = {
        { "{}", ROLLCALL_E_MISSING_FIELD, "op" },
        { "{\"op\":1}", ROLLCALL_E_INVALID, "op" },
        { "{\"op\":\"dance\",\"id\":\"a\"}", ROLLCALL_E_UNKNOWN_OP, "op" },
        { "{\"op\":\"Register\"}", ROLLCALL_E_UNKNOWN_OP, "op" },
    };
    EACH_FAILS(faults);
}

static void each_operation_refuses_what_is_not_its_own(void **state)
{
    static const struct fault faults[] = {
        { "{\"op\":\"hello\",\"id\":\"a\"}", ROLLCALL_E_UNKNOWN_FIELD, "id" },
        { "{\"op\":\"hello\",\"client\":1}", ROLLCALL_E_INVALID, "client" },
        { "{\"op\":\"hello\",\"version\":[]}", ROLLCALL_E_INVALID, "version" },
        { "{\"op\":\"stats\",\"x\":1}", ROLLCALL_E_UNKNOWN_FIELD, "x" },
        { "{\"op\":\"deregister\"}", ROLLCALL_E_MISSING_FIELD, "id" },
        { "{\"op\":\"deregister\",\"id\":\"\"}", ROLLCALL_E_INVALID, "id" },
        { "{\"op\":\"renew\"}", ROLLCALL_E_MISSING_FIELD, "id" },
        { "{\"op\":\"renew\",\"id\":\"a\",\"status\":\"fine\"}", ROLLCALL_E_INVALID,
          "status" },
        { "{\"op\":\"renew\",\"id\":\"a\",\"load\":\"1\"}", ROLLCALL_E_INVALID, "load" },
        { "{\"op\":\"get\"}", ROLLCALL_E_MISSING_FIELD, "service" },
        { "{\"op\":\"get\",\"id\":\"a\",\"service\":\"a\"}", ROLLCALL_E_INVALID, "id" },
        { "{\"op\":\"get\",\"service\":\"a\",\"limit\":0}", ROLLCALL_E_INVALID, "limit" },
        { "{\"op\":\"get\",\"service\":\"a\",\"healthy\":1}", ROLLCALL_E_INVALID,
          "healthy" },
        { "{\"op\":\"watch\",\"since\":-1}", ROLLCALL_E_INVALID, "since" },
        { "{\"op\":\"watch\",\"since\":\"5\"}", ROLLCALL_E_INVALID, "since" },
        { "{\"op\":\"stats\",\"seq\":{}}", ROLLCALL_E_INVALID, "seq" },
        { "{\"op\":\"stats\",\"seq\":null}", ROLLCALL_E_INVALID, "seq" },
    };
    EACH_FAILS(faults);
}

/* Faults of an instance: the member, then code and field. */
static void faulty_instances(void **state, const struct fault *faults, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct fault one = { with(faults[i].line), faults[i].status,
                                   faults[i].field };
        each_fails(state, &one, 1);
    }
}
#define FAULTY(faults) faulty_instances(state, faults, sizeof(faults) / sizeof *(faults))

static void each_faulty_field_of_an_instance_is_named(void **state)
{
    static const struct fault faults[] = {
        { "\"namespace\":\"a b\"", ROLLCALL_E_INVALID, "namespace" },
        { "\"id\":\"\"", ROLLCALL_E_INVALID, "id" },
        { "\"id\":7", ROLLCALL_E_INVALID, "id" },
        { "\"addresses\":[\"10.0.0.2\"]", ROLLCALL_E_INVALID, "addresses" },
        { "\"port\":65536", ROLLCALL_E_INVALID, "port" },
        { "\"port\":-1", ROLLCALL_E_INVALID, "port" },
        { "\"port\":\"80\"", ROLLCALL_E_INVALID, "port" },
        { "\"port\":80.5", ROLLCALL_E_INVALID, "port" },
        { "\"ports\":[80]", ROLLCALL_E_INVALID, "ports" },
        { "\"ports\":{\"http\":\"80\"}", ROLLCALL_E_INVALID, "ports.http" },
        { "\"ports\":{\"http\":{\"protocol\":\"tcp\"}}", ROLLCALL_E_MISSING_FIELD,
          "ports.http.port" },
        { "\"ports\":{\"http\":{\"port\":80,\"protocol\":\"icmp\"}}", ROLLCALL_E_INVALID,
          "ports.http.protocol" },
        { "\"ports\":{\"http\":{\"number\":80}}", ROLLCALL_E_UNKNOWN_FIELD,
          "ports.http.number" },
        { "\"ports\":{\"http_x\":80}", ROLLCALL_E_INVALID, "ports.http_x" },
        { "\"version\":2", ROLLCALL_E_INVALID, "version" },
        { "\"tags\":\"a\"", ROLLCALL_E_INVALID, "tags" },
        { "\"tags\":[\"a\",1]", ROLLCALL_E_INVALID, "tags[1]" },
        { "\"meta\":{\"a\":1}", ROLLCALL_E_INVALID, "meta.a" },
        { "\"meta\":[]", ROLLCALL_E_INVALID, "meta" },
        { "\"weight\":65536", ROLLCALL_E_INVALID, "weight" },
        { "\"priority\":true", ROLLCALL_E_INVALID, "priority" },
        { "\"zone\":null", ROLLCALL_E_INVALID, "zone" },
        { "\"ttl\":10", ROLLCALL_E_INVALID, "ttl" },
        { "\"ttl\":\"10\"", ROLLCALL_E_INVALID, "ttl" },
        { "\"ttl\":\"1500ms\"", ROLLCALL_E_INVALID, "ttl" },
        { "\"status\":\"up\"", ROLLCALL_E_INVALID, "status" },
        { "\"lease\":\"10s\"", ROLLCALL_E_INVALID, "lease" },
        { "\"lease\":{}", ROLLCALL_E_INVALID, "lease" },
        { "\"lease\":{\"connection\":false}", ROLLCALL_E_INVALID, "lease" },
        { "\"lease\":{\"ttl\":\"10s\",\"pid\":1}", ROLLCALL_E_INVALID, "lease" },
        { "\"lease\":{\"ttl\":\"10s\",\"grace\":\"1s\"}", ROLLCALL_E_INVALID, "lease" },
        { "\"lease\":{\"ttl\":10}", ROLLCALL_E_INVALID, "lease.ttl" },
        { "\"lease\":{\"pid\":0}", ROLLCALL_E_INVALID, "lease.pid" },
        { "\"lease\":{\"session\":1}", ROLLCALL_E_UNKNOWN_FIELD, "lease.session" },
        { "\"if_revision\":-1", ROLLCALL_E_INVALID, "if_revision" },
        { "\"servce\":\"x\"", ROLLCALL_E_UNKNOWN_FIELD, "servce" },
        { "\"checks\":{}", ROLLCALL_E_INVALID, "checks" },
        { "\"checks\":[1]", ROLLCALL_E_INVALID, "checks[0]" },
        { "\"checks_require\":\"some\"", ROLLCALL_E_INVALID, "checks_require" },
        { "\"checks_require\":0", ROLLCALL_E_INVALID, "checks_require" },
        { "\"checks_require\":\"any\"", ROLLCALL_E_INVALID, "checks_require" },
        { "\"checks\":[{\"kind\":\"ttl\"}],\"checks_require\":2", ROLLCALL_E_INVALID,
          "checks_require" },
        { "\"checks\":[{\"kind\":\"ttl\",\"shadow\":true}],\"checks_require\":1",
          ROLLCALL_E_INVALID, "checks_require" },
    };
    FAULTY(faults);
}

static void each_faulty_field_of_a_check_is_named_with_its_place(void **state)
{
#define CHECK(text) "\"checks\":[{\"kind\":\"ttl\"},{\"kind\":\"http\"," text "}]"
    static const struct fault faults[] = {
        { "\"checks\":[{}]", ROLLCALL_E_MISSING_FIELD, "checks[0].kind" },
        { "\"checks\":[{\"kind\":\"grpc\"}]", ROLLCALL_E_INVALID, "checks[0].kind" },
        { "\"checks\":[{\"kind\":1}]", ROLLCALL_E_INVALID, "checks[0].kind" },
        { CHECK("\"interval\":\"50ms\""), ROLLCALL_E_INVALID, "checks[1].interval" },
        { CHECK("\"interval\":1"), ROLLCALL_E_INVALID, "checks[1].interval" },
        { CHECK("\"timeout\":\"0s\""), ROLLCALL_E_INVALID, "checks[1].timeout" },
        { CHECK("\"initial_delay\":true"), ROLLCALL_E_INVALID,
          "checks[1].initial_delay" },
        { CHECK("\"success_threshold\":0"), ROLLCALL_E_INVALID,
          "checks[1].success_threshold" },
        { CHECK("\"failure_threshold\":0"), ROLLCALL_E_INVALID,
          "checks[1].failure_threshold" },
        { CHECK("\"max_latency\":5"), ROLLCALL_E_INVALID, "checks[1].max_latency" },
        { CHECK("\"latency_factor\":1"), ROLLCALL_E_INVALID, "checks[1].latency_factor" },
        { CHECK("\"latency_factor\":\"3\""), ROLLCALL_E_INVALID,
          "checks[1].latency_factor" },
        { CHECK("\"deregister_after\":\"1ms\""), ROLLCALL_E_INVALID,
          "checks[1].deregister_after" },
        { CHECK("\"shadow\":1"), ROLLCALL_E_INVALID, "checks[1].shadow" },
        { CHECK("\"name\":\"\""), ROLLCALL_E_INVALID, "checks[1].name" },
        { CHECK("\"notes\":1"), ROLLCALL_E_INVALID, "checks[1].notes" },
        { CHECK("\"status\":\"passing\""), ROLLCALL_E_UNKNOWN_FIELD, "checks[1].status" },
        { CHECK("\"paht\":\"/\""), ROLLCALL_E_UNKNOWN_FIELD, "checks[1].paht" },
        { CHECK("\"path\":\"\""), ROLLCALL_E_INVALID, "checks[1].path" },
        { CHECK("\"path\":1"), ROLLCALL_E_INVALID, "checks[1].path" },
        { CHECK("\"headers\":{\"a\":1}"), ROLLCALL_E_INVALID, "checks[1].headers" },
        { CHECK("\"size\":11"), ROLLCALL_E_INVALID, "checks[1].size" },
        { CHECK("\"command\":[1]"), ROLLCALL_E_INVALID, "checks[1].command" },
        { CHECK("\"tls\":true"), ROLLCALL_E_INVALID, "checks[1].tls" },
        { CHECK("\"tls\":{\"skip_verify\":\"no\"}"), ROLLCALL_E_INVALID,
          "checks[1].tls.skip_verify" },
        { CHECK("\"tls\":{\"server\":\"a\"}"), ROLLCALL_E_UNKNOWN_FIELD,
          "checks[1].tls.server" },
        { CHECK("\"expect_status\":99"), ROLLCALL_E_INVALID, "checks[1].expect_status" },
        { CHECK("\"expect_status\":\"2xx\""), ROLLCALL_E_INVALID,
          "checks[1].expect_status" },
        { CHECK("\"expect_status\":\"399-200\""), ROLLCALL_E_INVALID,
          "checks[1].expect_status" },
        { CHECK("\"expect_status\":[]"), ROLLCALL_E_INVALID, "checks[1].expect_status" },
        { CHECK("\"expect_status\":\"200,\""), ROLLCALL_E_INVALID,
          "checks[1].expect_status" },
    };
#undef CHECK
    FAULTY(faults);
}

static void addresses_are_literals_or_one_host_name(void **state)
{
#define AT(text) "{\"op\":\"register\",\"service\":\"web\"" text "}"
    static const struct fault faults[] = {
        { AT(""), ROLLCALL_E_MISSING_FIELD, "address" },
        { AT(",\"address\":\"10.0.0.256\""), ROLLCALL_E_INVALID, "address" },
        { AT(",\"address\":\"10.0.0\""), ROLLCALL_E_INVALID, "address" },
        { AT(",\"address\":\"fd00::zz\""), ROLLCALL_E_INVALID, "address" },
        { AT(",\"address\":\"a..b\""), ROLLCALL_E_INVALID, "address" },
        { AT(",\"address\":1"), ROLLCALL_E_INVALID, "address" },
        { AT(",\"addresses\":\"10.0.0.1\""), ROLLCALL_E_INVALID, "addresses" },
        { AT(",\"addresses\":[]"), ROLLCALL_E_INVALID, "addresses" },
        { AT(",\"addresses\":[\"10.0.0.1\",\"host\"]"), ROLLCALL_E_INVALID,
          "addresses[1]" },
    };
    EACH_FAILS(faults);
    const struct rollcall_instance *is =
        registered(state, AT(",\"addresses\":[\"10.0.0.1\",\"FD00::1\"]"));
    assert_int_equal(is->address_count, 2);
    assert_int_equal(is->addresses[0].family, 4);
    assert_int_equal(is->addresses[1].family, 6);
    is = registered(state, AT(",\"address\":\"DB1.Example.COM\""));
    assert_int_equal(is->address_count, 0);
    assert_string_equal(is->host, "db1.example.com");
#undef AT
}

static void what_is_not_given_has_its_default(void **state)
{
    const struct rollcall_instance *is = registered(state, with(""));

    assert_string_equal(is->service, "web");
    assert_string_equal(is->namespace_name, "default");
    assert_true(is->id[0] != '\0');
    assert_string_equal(is->version, "");
    assert_string_equal(is->zone, "");
    assert_string_equal(is->host, "");
    assert_int_equal(is->port, 0);
    assert_int_equal(is->weight, 1);
    assert_int_equal(is->priority, 1);
    assert_int_equal(is->ttl, ROLLCALL_TTL_UNSET);
    assert_int_equal(is->lease.kind, ROLLCALL_LEASE_NONE);
    assert_int_equal(is->status, ROLLCALL_PASSING);
}

static void every_field_of_an_instance_arrives(void **state)
{
    const struct rollcall_instance *is = registered(
        state, with("\"namespace\":\"Prod\",\"id\":\"Web 1\",\"port\":80,\"ports\":"
                    "{\"HTTP\":8080,\"dns\":{\"port\":53,\"protocol\":\"UDP\"}},"
                    "\"version\":\"1.2\",\"tags\":[\"b\",\"a\"],\"meta\":{\"z\":\"1\","
                    "\"a\":\"2\"},\"weight\":0,\"priority\":9,\"zone\":\"eu-1\","
                    "\"ttl\":\"1m30s\",\"status\":\"warning\",\"if_revision\":4,"
                    "\"lease\":{\"connection\":true,\"grace\":\"5s\"}"));

    assert_string_equal(is->namespace_name, "prod");
    assert_string_equal(is->id, "Web 1");
    assert_int_equal(is->port, 80);
    assert_int_equal(is->port_count, 2);
    assert_string_equal(is->ports[0].name, "http");
    assert_int_equal(is->ports[0].number, 8080);
    assert_int_equal(is->ports[1].protocol, ROLLCALL_UDP);
    assert_string_equal(is->version, "1.2");
    assert_string_equal(is->tags[0], "b");
    assert_string_equal(is->meta[0].key, "a");
    assert_string_equal(is->meta[1].value, "1");
    assert_int_equal(is->weight, 0);
    assert_int_equal(is->priority, 9);
    assert_string_equal(is->zone, "eu-1");
    assert_int_equal(is->ttl, 90);
    assert_int_equal(is->status, ROLLCALL_WARNING);
    assert_int_equal(is->lease.kind, ROLLCALL_LEASE_CONNECTION);
    assert_int_equal(is->lease.ms, 5000);
}

static void a_lease_has_one_of_three_forms(void **state)
{
    const struct rollcall_instance *is =
        registered(state, with("\"lease\":{\"ttl\":\"1h30m\"}"));
    assert_int_equal(is->lease.kind, ROLLCALL_LEASE_TTL);
    assert_int_equal(is->lease.ms, 5400000);
    is = registered(state, with("\"lease\":{\"pid\":4711}"));
    assert_int_equal(is->lease.kind, ROLLCALL_LEASE_PID);
    assert_int_equal(is->lease.pid, 4711);
}

static void a_check_has_kubernetes_defaults_and_the_kind_s_own(void **state)
{
    const struct rollcall_instance *is =
        registered(state, with("\"checks\":[{\"kind\":\"http\"},{\"kind\":\"ttl\"},"
                               "{\"kind\":\"http\"}]"));

    assert_int_equal(is->check_count, 3);
    assert_int_equal(is->status, ROLLCALL_CRITICAL);
    assert_string_equal(is->checks[0].name, "http-1");
    assert_string_equal(is->checks[1].name, "ttl-1");
    assert_string_equal(is->checks[2].name, "http-2");
    assert_int_equal(is->checks[0].interval_ms, 10000);
    assert_int_equal(is->checks[0].timeout_ms, 3000);
    assert_int_equal(is->checks[0].initial_delay_ms, 0);
    assert_int_equal(is->checks[0].max_latency_ms, 0);
    assert_int_equal(is->checks[0].success_threshold, 1);
    assert_int_equal(is->checks[0].failure_threshold, 3);
    assert_int_equal(is->checks[1].failure_threshold, 1);
    assert_string_equal(is->checks[0].notes, "");
}

static void options_of_a_kind_are_flattened_and_sorted(void **state)
{
    static const struct rollcall_pair wanted[] = {
        { "command", "b" },
        { "command", "a" },
        { "expect_status", "200-299,404" },
        { "headers.A", "1" },
        { "headers.X-B", "2" },
        { "path", "/x" },
        { "size", "7" },
        { "tls.server_name", "s" },
        { "tls.skip_verify", "true" },
    };
    const struct rollcall_instance *is = registered(
        state, with("\"checks\":[{\"tls\":{\"skip_verify\":true,\"server_name\":\"s\"},"
                    "\"size\":7,\"path\":\"/x\",\"headers\":{\"X-B\":\"2\",\"A\":\"1\"},"
                    "\"expect_status\":[\"200-299\",404],\"command\":[\"b\",\"a\"],"
                    "\"kind\":\"http\"}]"));

    assert_int_equal(is->checks[0].option_count, sizeof wanted / sizeof wanted[0]);
    for (unsigned i = 0; i < is->checks[0].option_count; i++) {
        assert_string_equal(is->checks[0].options[i].key, wanted[i].key);
        assert_string_equal(is->checks[0].options[i].value, wanted[i].value);
    }
}

static void options_may_be_written_as_text(void **state)
{
    const struct rollcall_instance *is = registered(
        state, with("\"checks\":[{\"kind\":\"http\",\"size\":\"7\",\"command\":\"ls\","
                    "\"tls\":{\"skip_verify\":\"true\"},\"expect_status\":\"204\"}]"));

    assert_string_equal(check_option(&is->checks[0], "size", 0), "7");
    assert_string_equal(check_option(&is->checks[0], "command", 0), "ls");
    assert_string_equal(check_option(&is->checks[0], "expect_status", 0), "204");
}

static void seq_is_kept_as_it_was_written(void **state)
{
    static const char *const values[] = {
        "1",       "0",
        "-7",      "1.50",
        "1e400",   "123456789012345678901234567890",
        "\"a b\"", "\"\\u00e9\\\"\"",
        "\"\"",
    };
    struct request request;
    struct reason why;
    char line[256];

    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        snprintf(line, sizeof line, "{ \"op\" : \"stats\" , \"seq\" : %s }", values[i]);
        if (decode(state, line, &request, &why) != ROLLCALL_OK)
            fail_msg("%s: %s", line, why.text);
        assert_int_equal(request.seq.length, strlen(values[i]));
        assert_memory_equal(request.seq.text, values[i], request.seq.length);
    }
}

static void seq_survives_a_fault_elsewhere(void **state)
{
    struct request request;
    struct reason why;

    decode(state, "{\"op\":\"nosuch\",\"seq\":\"x\"}", &request, &why);
    assert_int_equal(request.seq.length, 3);
    assert_memory_equal(request.seq.text, "\"x\"", 3);
    decode(state, "{\"op\":\"stats\",\"seq\":5", &request, &why);
    assert_null(request.seq.text);
}

static void names_written_with_escapes_are_the_same_names(void **state)
{
    struct request request;
    struct reason why;

    assert_int_equal(
        decode(state, "{\"o\\u0070\":\"st\\u0061ts\",\"s\\u0065q\":7}", &request, &why),
        ROLLCALL_OK);
    assert_int_equal(request.op, PROTO_STATS);
    assert_int_equal(request.seq.length, 1);
    assert_memory_equal(request.seq.text, "7", 1);
}

static void a_name_below_the_outermost_object_is_no_operation(void **state)
{
    static const char line[] = "{\"meta\":{\"op\":\"stats\",\"seq\":1},\"op\":\"get\"}";
    struct request request;

    (void)state;
    request_scan(line, strlen(line), &request);
    assert_int_equal(request.op, PROTO_GET);
    assert_null(request.seq.text);
    assert_int_equal(request.depth, 2);
}

static void a_misspelled_field_gets_the_nearest_name(void **state)
{
    struct request request;
    struct reason why;

    decode(state, with("\"prot\":80"), &request, &why);
    assert_non_null(strstr(why.text, "\"port\""));
    decode(state, with("\"checks\":[{\"kind\":\"http\",\"expect_staus\":200}]"), &request,
           &why);
    assert_non_null(strstr(why.text, "\"expect_status\""));
}

static void a_number_for_a_duration_is_told_about_units(void **state)
{
    struct request request;
    struct reason why;

    decode(state, with("\"ttl\":10"), &request, &why);
    assert_non_null(strstr(why.text, "ttl: 10 "));
    assert_non_null(strstr(why.text, "\"10s\""));
}

static void get_and_watch_and_renew_take_all_they_may(void **state)
{
    struct request request;
    struct reason why;

    assert_int_equal(decode(state,
                            "{\"op\":\"get\",\"service\":\"WEB\",\"tag\":\"v1\","
                            "\"healthy\":false,\"limit\":3}",
                            &request, &why),
                     ROLLCALL_OK);
    assert_string_equal(request.get.service, "web");
    assert_string_equal(request.get.namespace_name, "default");
    assert_string_equal(request.get.tag, "v1");
    assert_true(request.get.all);
    assert_int_equal(request.get.limit, 3);
    assert_int_equal(decode(state, "{\"op\":\"watch\",\"namespace\":\"N\",\"since\":0}",
                            &request, &why),
                     ROLLCALL_OK);
    assert_null(request.watch.service);
    assert_string_equal(request.watch.namespace_name, "n");
    assert_true(request.watch.has_since);
    assert_int_equal(decode(state,
                            "{\"op\":\"renew\",\"id\":\"a\",\"check\":\"ttl-1\","
                            "\"output\":\"fine\",\"load\":0.5}",
                            &request, &why),
                     ROLLCALL_OK);
    assert_true(request.renew.has_status);
    assert_int_equal(request.renew.status, ROLLCALL_PASSING);
    assert_string_equal(request.renew.output, "fine");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_one_object_is_bad_json),
        TEST(an_operation_must_be_known),
        TEST(each_operation_refuses_what_is_not_its_own),
        TEST(each_faulty_field_of_an_instance_is_named),
        TEST(each_faulty_field_of_a_check_is_named_with_its_place),
        TEST(addresses_are_literals_or_one_host_name),
        TEST(what_is_not_given_has_its_default),
        TEST(every_field_of_an_instance_arrives),
        TEST(a_lease_has_one_of_three_forms),
        TEST(a_check_has_kubernetes_defaults_and_the_kind_s_own),
        TEST(options_of_a_kind_are_flattened_and_sorted),
        TEST(options_may_be_written_as_text),
        TEST(seq_is_kept_as_it_was_written),
        TEST(seq_survives_a_fault_elsewhere),
        TEST(names_written_with_escapes_are_the_same_names),
        TEST(a_name_below_the_outermost_object_is_no_operation),
        TEST(a_misspelled_field_gets_the_nearest_name),
        TEST(a_number_for_a_duration_is_told_about_units),
        TEST(get_and_watch_and_renew_take_all_they_may),
    };
#undef TEST
    return cmocka_run_group_tests_name("proto/decode", tests, NULL, NULL);
}

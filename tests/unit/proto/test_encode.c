/* What one end writes the other reads: requests, replies, events, and text of any kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/instance.h"
#include "proto/decode.h"
#include "proto/encode.h"
#include "unit/proto/kinds.h"

static const struct check_schema *const schemas[] = { &http_schema, NULL };
static const struct proto_seq no_seq = { NULL, 0 };

struct ends {
    struct decoder *daemon;
    struct decoder *client;
    struct buffer line;
};

static int setup(void **state)
{
    struct ends *ends = calloc(1, sizeof *ends);

    assert_non_null(ends);
    ends->daemon = decoder_create(schemas);
    ends->client = decoder_create(NULL);
    buffer_init(&ends->line, 1 << 20);
    *state = ends;
    return 0;
}

static int teardown(void **state)
{
    struct ends *ends = *state;

    decoder_destroy(ends->daemon);
    decoder_destroy(ends->client);
    buffer_deinit(&ends->line);
    free(ends);
    return 0;
}

/* A request, through its text, as the daemon reads it. */
static void over(struct ends *ends, const struct request *request, struct request *out)
{
    struct reason why = REASON_NONE;

    buffer_clear(&ends->line);
    encode_request(&ends->line, request);
    assert_false(ends->line.failed);
    assert_int_equal(ends->line.data[ends->line.length - 1], '\n');
    request_scan(ends->line.data, ends->line.length, out);
    if (request_decode(ends->daemon, ends->line.data, ends->line.length, out, &why) !=
        ROLLCALL_OK)
        fail_msg("%s: %s", ends->line.data, why.text);
    assert_int_equal(out->op, request->op);
}

static void read_reply(struct ends *ends, struct reply *out)
{
    struct reason why = REASON_NONE;

    assert_false(ends->line.failed);
    if (reply_decode(ends->client, ends->line.data, ends->line.length, out, &why) !=
        ROLLCALL_OK)
        fail_msg("%s: %s", ends->line.data, why.text);
}

static struct rollcall_instance sample(void)
{
    static const struct rollcall_address addresses[] = {
        { 4, { 10, 0, 0, 1 } },
        { 6, { 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } },
    };
    static const struct rollcall_port ports[] = { { "http", 8080, ROLLCALL_TCP },
                                                  { "dns", 53, ROLLCALL_UDP } };
    static const char *const tags[] = { "v1", "a \"quoted\" one" };
    static const struct rollcall_pair meta[] = { { "a", "\xc3\xa9" }, { "b", "" } };
    static const struct rollcall_pair options[] = {
        { "command", "ls" },  { "command", "-l" },        { "expect_status", "200-204" },
        { "headers.A", "1" }, { "headers.X.Y", "2" },     { "path", "/x" },
        { "size", "7" },      { "tls.server_name", "s" }, { "tls.skip_verify", "true" },
    };
    static struct rollcall_check check = {
        .name = "main",
        .kind = "http",
        .notes = "why",
        .interval_ms = 1500,
        .timeout_ms = 500,
        .initial_delay_ms = 100,
        .max_latency_ms = 250,
        .latency_factor = 2500,
        .deregister_after_ms = 90 * 1000,
        .shadow = true,
        .success_threshold = 2,
        .failure_threshold = 5,
        .option_count = sizeof options / sizeof options[0],
        .options = options,
    };
    struct rollcall_instance is;

    instance_defaults(&is);
    is.id = "web/1";
    is.service = "web";
    is.namespace_name = "prod";
    is.version = "1.2";
    is.zone = "eu-1";
    is.host = "";
    is.addresses = addresses;
    is.address_count = 2;
    is.ports = ports;
    is.port_count = 2;
    is.tags = tags;
    is.tag_count = 2;
    is.meta = meta;
    is.meta_count = 2;
    is.checks = &check;
    is.check_count = 1;
    is.port = 80;
    is.weight = 0;
    is.priority = 7;
    is.ttl = 30;
    is.status = ROLLCALL_WARNING;
    is.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_CONNECTION, .ms = 1500 };
    return is;
}

static void a_full_instance_comes_over_unchanged(void **state)
{
    struct rollcall_instance is = sample();
    struct request got;
    const struct request request = {
        .op = PROTO_REGISTER,
        .seq = { "\"s\"", 3 },
        .reg = { .instance = is,
                 .has_status = true,
                 .has_if_revision = true,
                 .if_revision = 12 },
    };

    over(*state, &request, &got);
    assert_true(instance_equal(&got.reg.instance, &is));
    assert_true(got.reg.has_if_revision);
    assert_int_equal(got.reg.if_revision, 12);
    assert_int_equal(got.seq.length, 3);
}

static void drain_and_override_come_over(void **state)
{
    struct request got;
    const struct request drain = {
        .op = PROTO_DRAIN, .drain = { .id = "web-1", .has_for = true, .wait = 1500 }
    };
    const struct request override = { .op = PROTO_OVERRIDE,
                                      .override = { .id = "web-1",
                                                    .state = "down",
                                                    .lasts = 3600 * 1000,
                                                    .reason = "new disk" } };

    over(*state, &drain, &got);
    assert_string_equal(got.drain.id, "web-1");
    assert_true(got.drain.has_for);
    assert_int_equal(got.drain.wait, 1500);
    over(*state, &override, &got);
    assert_string_equal(got.override.state, "down");
    assert_int_equal(got.override.lasts, 3600 * 1000);
    assert_string_equal(got.override.reason, "new disk");
}

static void what_keeps_it_in_or_out_comes_over(void **state)
{
    struct ends *ends = *state;
    const struct rollcall_standing said = {
        .word = "draining",
        .effective = ROLLCALL_WARNING,
        .drain_since = 1700000000001,
        .drain_safe_in = 3000,
        .drain_by = 1000,
        .override = "up",
        .override_since = 1700000000002,
        .override_until = 1700000000003,
        .override_reason = "the check is wrong",
        .damped_since = 1700000000004,
        .damped_until = 1700000000005,
        .penalty = 2500,
        .held_since = 1700000000006,
        .frozen_since = 1700000000007,
    };
    struct rollcall_instance is = sample();
    const struct instance_view view = { .is = &is, .standing = &said };
    struct instance_view got;
    struct reason why = REASON_NONE;
    struct reply reply;

    buffer_clear(&ends->line);
    reply_begin(&ends->line, &(struct proto_seq){ NULL, 0 });
    buffer_text(&ends->line, ",\"instances\":[");
    encode_instance_view(&ends->line, &view, NULL);
    buffer_text(&ends->line, "]");
    reply_end(&ends->line);
    read_reply(ends, &reply);
    assert_int_equal(reply_instance(ends->client, 0, &got, &why), ROLLCALL_OK);
    assert_non_null(got.standing);
    assert_string_equal(got.standing->word, said.word);
    assert_int_equal(got.standing->effective, said.effective);
    assert_true(got.standing->drain_since == said.drain_since);
    assert_int_equal(got.standing->drain_safe_in, said.drain_safe_in);
    assert_int_equal(got.standing->drain_by, said.drain_by);
    assert_string_equal(got.standing->override, said.override);
    assert_true(got.standing->override_until == said.override_until);
    assert_string_equal(got.standing->override_reason, said.override_reason);
    assert_true(got.standing->damped_until == said.damped_until);
    assert_int_equal(got.standing->penalty, said.penalty);
    assert_true(got.standing->held_since == said.held_since);
    assert_true(got.standing->frozen_since == said.frozen_since);
}

static void an_instance_of_defaults_is_short(void **state)
{
    struct ends *ends = *state;
    const struct rollcall_address address = { 4, { 10, 0, 0, 1 } };
    struct request request = { .op = PROTO_REGISTER };
    struct request got;

    instance_defaults(&request.reg.instance);
    request.reg.instance.service = "web";
    request.reg.instance.addresses = &address;
    request.reg.instance.address_count = 1;
    buffer_clear(&ends->line);
    encode_request(&ends->line, &request);
    assert_string_equal(ends->line.data, "{\"op\":\"register\",\"service\":\"web\","
                                         "\"address\":\"10.0.0.1\"}\n");
    over(ends, &request, &got);
    assert_string_equal(got.reg.instance.namespace_name, "default");
}

static void each_lease_comes_over(void **state)
{
    static const struct rollcall_lease leases[] = {
        { .kind = ROLLCALL_LEASE_TTL, .ms = 90000 },
        { .kind = ROLLCALL_LEASE_PID, .pid = 4711 },
        { .kind = ROLLCALL_LEASE_CONNECTION, .ms = 0 },
        { .kind = ROLLCALL_LEASE_NONE },
    };
    struct request request = { .op = PROTO_REGISTER };
    struct request got;

    for (unsigned i = 0; i < sizeof leases / sizeof leases[0]; i++) {
        request.reg.instance = sample();
        request.reg.instance.lease = leases[i];
        over(*state, &request, &got);
        assert_int_equal(got.reg.instance.lease.kind, leases[i].kind);
        assert_int_equal(got.reg.instance.lease.ms, leases[i].ms);
        assert_int_equal(got.reg.instance.lease.pid, leases[i].pid);
    }
}

static void the_other_requests_come_over(void **state)
{
    struct request got;

    over(*state, &(struct request){ .op = PROTO_HELLO, .hello = { .client = "c" } },
         &got);
    assert_string_equal(got.hello.client, "c");
    over(*state, &(struct request){ .op = PROTO_DEREGISTER, .id = "a b" }, &got);
    assert_string_equal(got.id, "a b");
    over(*state,
         &(struct request){ .op = PROTO_RENEW,
                            .renew = { .id = "a",
                                       .has_status = true,
                                       .status = ROLLCALL_CRITICAL,
                                       .output = "o" } },
         &got);
    assert_int_equal(got.renew.status, ROLLCALL_CRITICAL);
    assert_string_equal(got.renew.output, "o");
    over(*state,
         &(struct request){ .op = PROTO_GET,
                            .get = { .service = "web", .all = true, .limit = 2 } },
         &got);
    assert_true(got.get.all);
    assert_int_equal(got.get.limit, 2);
    over(*state, &(struct request){ .op = PROTO_LIST, .list = { .prefix = "w" } }, &got);
    assert_string_equal(got.list.prefix, "w");
    over(*state,
         &(struct request){ .op = PROTO_WATCH,
                            .watch = { .has_since = true, .since = UINT32_MAX } },
         &got);
    assert_int_equal(got.watch.since, UINT32_MAX);
    over(*state, &(struct request){ .op = PROTO_STATS }, &got);
}

static void an_error_comes_over(void **state)
{
    struct ends *ends = *state;
    const struct proto_seq seq = { "12345678901234567890123", 23 };
    struct reason why = REASON_NONE;
    struct reply reply;

    reason_field(&why, "checks[0].path", "path: \"%s\" is not allowed", "\x01\\");
    reply_error(&ends->line, &seq, ROLLCALL_E_INVALID, &why);
    read_reply(ends, &reply);
    assert_false(reply.ok);
    assert_int_equal(reply.status, ROLLCALL_E_INVALID);
    assert_string_equal(reply.field, "checks[0].path");
    assert_string_equal(reply.message, why.text);
    assert_int_equal(reply.seq.length, 23);
    assert_memory_equal(reply.seq.text, "12345678901234567890123", 23);
}

static void a_reply_of_a_later_version_is_understood_as_far_as_known(void **state)
{
    struct ends *ends = *state;
    struct reply reply;

    buffer_text(&ends->line,
                "{\"ok\":false,\"new\":[{}],\"error\":{\"code\":\"brand_new\","
                "\"message\":\"m\"}}");
    read_reply(ends, &reply);
    assert_int_equal(reply.status, ROLLCALL_E_INTERNAL);
    assert_string_equal(reply.message, "m");
}

static void what_is_no_reply_is_bad_json(void **state)
{
    static const char *const lines[] = { "", "{}", "[]", "{\"ok\":true", "{\"ok\":1}" };
    struct ends *ends = *state;
    struct reason why;
    struct reply reply;

    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        buffer_clear(&ends->line);
        buffer_text(&ends->line, lines[i]);
        assert_int_not_equal(
            reply_decode(ends->client, ends->line.data, ends->line.length, &reply, &why),
            ROLLCALL_OK);
    }
}

static void instances_come_over_with_what_the_daemon_knows(void **state)
{
    struct ends *ends = *state;
    const struct rollcall_instance is = sample();
    const struct check_view check = {
        .known = true, .health = ROLLCALL_CRITICAL, .output = "HTTP 503", .since = 17
    };
    const struct instance_view view = { .is = &is,
                                        .revision = 9,
                                        .health = ROLLCALL_CRITICAL,
                                        .state = "failing",
                                        .label = "web-1",
                                        .created = 5,
                                        .owner = 1000,
                                        .checks = &check };
    struct instance_view got;
    struct reason why = REASON_NONE;
    struct reply reply;

    reply_begin(&ends->line, &no_seq);
    member_number(&ends->line, PROTO_REVISION, 10);
    buffer_text(&ends->line, ",\"instances\":[");
    encode_instance_view(&ends->line, &view, schemas);
    buffer_char(&ends->line, ',');
    encode_instance_view(&ends->line, &view, NULL);
    buffer_char(&ends->line, ']');
    reply_end(&ends->line);
    assert_non_null(strstr(ends->line.data, "\"skip_verify\":true"));
    assert_non_null(strstr(ends->line.data, "\"size\":7"));
    read_reply(ends, &reply);
    assert_true(reply.ok);
    assert_int_equal(reply.revision, 10);
    assert_int_equal(reply.instance_count, 2);
    for (size_t i = 0; i < 2; i++) {
        if (reply_instance(ends->client, i, &got, &why) != ROLLCALL_OK)
            fail_msg("%s", why.text);
        assert_true(instance_equal(got.is, &is));
        assert_int_equal(got.revision, 9);
        assert_int_equal(got.health, ROLLCALL_CRITICAL);
        assert_string_equal(got.state, "failing");
        assert_string_equal(got.label, "web-1");
        assert_int_equal(got.owner, 1000);
        assert_true(got.checks[0].known);
        assert_string_equal(got.checks[0].output, "HTTP 503");
        assert_int_equal(got.checks[0].since, 17);
    }
    assert_int_equal(reply_instance(ends->client, 2, &got, &why), ROLLCALL_E_NOTFOUND);
}

static void an_event_comes_over(void **state)
{
    struct ends *ends = *state;
    const struct rollcall_instance is = sample();
    const struct event_view event = {
        .revision = 7, .health = ROLLCALL_PASSING, .cause = "request", .instance = &is
    };
    const struct proto_seq seq = { "1", 1 };
    struct instance_view got;
    struct reason why = REASON_NONE;
    struct buffer tail;
    struct reply reply;

    buffer_init(&tail, 1 << 20);
    encode_event_tail(&tail, &event, schemas);
    encode_event(&ends->line, &seq, PROTO_EVENT_REGISTER, &tail);
    buffer_deinit(&tail);
    read_reply(ends, &reply);
    assert_string_equal(reply.event, "register");
    assert_string_equal(reply.service, "web");
    assert_string_equal(reply.namespace_name, "prod");
    assert_string_equal(reply.id, "web/1");
    assert_string_equal(reply.cause, "request");
    assert_string_equal(reply.health_word, "passing");
    assert_int_equal(reply.instance_count, 1);
    assert_int_equal(reply_instance(ends->client, 0, &got, &why), ROLLCALL_OK);
    assert_true(instance_equal(got.is, &is));
}

static void services_and_counters_are_listed(void **state)
{
    struct ends *ends = *state;
    struct service_view service;
    const char *area;
    const char *name;
    uint64_t value;
    size_t at = 0;
    struct reply reply;

    buffer_text(&ends->line,
                "{\"ok\":true,\"services\":[{\"name\":\"web\",\"namespace\":\"n\","
                "\"instances\":3,\"healthy\":2}],\"counters\":{\"a\":{\"x\":1,\"y\":2},"
                "\"e\":{},\"b\":{\"z\":3}},\"zones\":[\"z.\"],\"uptime\":\"2s\","
                "\"instances\":4,\"expires_in\":\"1s\"}");
    read_reply(ends, &reply);
    assert_int_equal(reply.service_count, 1);
    assert_int_equal(reply.uptime, 2000);
    assert_int_equal(reply.instance_total, 4);
    assert_true(reply.has_expires_in);
    assert_true(reply_service(ends->client, 0, &service));
    assert_string_equal(service.namespace_name, "n");
    assert_int_equal(service.healthy, 2);
    assert_false(reply_service(ends->client, 1, &service));
    assert_string_equal(reply_text(ends->client, PROTO_ZONES, 0), "z.");
    assert_null(reply_text(ends->client, PROTO_ZONES, 1));
    for (uint64_t i = 1; i <= 3; i++) {
        assert_true(reply_counter(ends->client, &at, &area, &name, &value));
        assert_int_equal(value, i);
        assert_string_equal(area, i < 3 ? "a" : "b");
    }
    assert_false(reply_counter(ends->client, &at, &area, &name, &value));
}

static void text_is_escaped_and_made_utf8(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        { "", "\"\"" },
        { "plain", "\"plain\"" },
        { "\"\\\b\f\n\r\t\x01\x1f", "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"" },
        { "\x7f", "\"\x7f\"" },
        { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
          "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
        { "a\xff", "\"a\xef\xbf\xbd\"" },
        { "\xc3", "\"\xef\xbf\xbd\"" },                                 /* cut off */
        { "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },                 /* overlong */
        { "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" }, /* surrogate */
        { "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
    };
    struct ends *ends = *state;

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer_clear(&ends->line);
        encode_text(&ends->line, cases[i].text);
        assert_string_equal(ends->line.data, cases[i].json);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_full_instance_comes_over_unchanged),
        TEST(drain_and_override_come_over),
        TEST(what_keeps_it_in_or_out_comes_over),
        TEST(an_instance_of_defaults_is_short),
        TEST(each_lease_comes_over),
        TEST(the_other_requests_come_over),
        TEST(an_error_comes_over),
        TEST(a_reply_of_a_later_version_is_understood_as_far_as_known),
        TEST(what_is_no_reply_is_bad_json),
        TEST(instances_come_over_with_what_the_daemon_knows),
        TEST(an_event_comes_over),
        TEST(services_and_counters_are_listed),
        TEST(text_is_escaped_and_made_utf8),
    };
#undef TEST
    return cmocka_run_group_tests_name("proto/encode", tests, NULL, NULL);
}

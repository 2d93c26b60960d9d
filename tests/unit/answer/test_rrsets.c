/* What the rules of zones and services make of a name, seen in the index itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "answer/members.h"
#include "answer/zone.h"
#include "base/bytes.h"
#include "dns/wire.h"
#include "support/sample.h"
#include "support/town.h"

enum { HOUR_MS = 3600 * 1000 };

struct fixture {
    struct town town;
    struct config_service said;
};

static struct rollcall_pair meta[] = { { "alpn", "h2, http/1.1" },
                                       { "grpc_config", "{\"a\":1}" } };

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    town_zone(&f->town, "z.");
    f->said = (struct config_service){ .name = (char *)"web",
                                       .namespace_name = (char *)"default",
                                       .ttl = ROLLCALL_TTL_UNSET,
                                       .max_answers = CONFIG_AS_ZONE,
                                       .min_healthy = CONFIG_AS_ZONE };
    f->town.config.services = &f->said;
    f->town.config.service_count = 1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    town_close(&f->town);
    free(f);
    return 0;
}

static void open_town(struct fixture *f)
{
    struct reason why = REASON_NONE;

    assert_int_equal(town_open(&f->town, &why), ROLLCALL_OK);
    answer_flush(f->town.answer);
}

static void put(struct fixture *f, const char *id, enum rollcall_health health)
{
    struct rollcall_address address = { 4, { 10, 0, 0, (uint8_t)id[1] } };
    struct rollcall_port port = { "http", 80, ROLLCALL_TCP };
    struct rollcall_instance is = sample_bare(id, "web");

    is.addresses = &address;
    is.address_count = 1;
    is.ports = &port;
    is.port_count = 1;
    is.weight = 10;
    town_put(&f->town, &is, health);
}

static void health(struct fixture *f, const char *id, enum rollcall_health to,
                   int64_t now)
{
    answer_run_due(f->town.answer, now);
    town_health(&f->town, "web", id, to);
    answer_flush(f->town.answer);
}

static struct answer_name *find(struct fixture *f, const char *text)
{
    struct dns_name name;

    assert_true(dns_name_parse(text, &name));
    return answer_index_find(&f->town.answer->index, &name);
}

static const struct answer_set *set_of(struct fixture *f, const char *text)
{
    const struct answer_name *name = find(f, text);

    return name == NULL ? NULL : answer_content_set(answer_name_content(name));
}

static const struct answer_rrset *rrset(struct fixture *f, const char *text,
                                        uint16_t type)
{
    const struct answer_set *set = set_of(f, text);

    for (unsigned i = 0; set != NULL && i < set->count; i++)
        if (set->entry[i].type == type)
            return answer_set_rrset(set, &set->entry[i]);
    return NULL;
}

static uint32_t count(struct fixture *f, const char *text, uint16_t type)
{
    const struct answer_rrset *of = rrset(f, text, type);

    return of == NULL ? 0 : of->count;
}

static uint32_t ttl(struct fixture *f, const char *text, uint16_t type)
{
    return bytes_get32(answer_rrset_wire(rrset(f, text, type)) + 6);
}

static void without_healthy_ones_a_name_keeps_a_marker_and_a_note(void **state)
{
    struct fixture *f = *state;

    open_town(f);
    put(f, "w1", ROLLCALL_CRITICAL);
    put(f, "w2", ROLLCALL_CRITICAL);
    town_find(town_service(&f->town, "web"), "w1")->state = STARTING;
    town_find(town_service(&f->town, "web"), "w2")->state = FAILING;
    answer_flush(f->town.answer);
    const struct answer_set *set = set_of(f, "web.z.");
    assert_int_equal(set->count, 1);
    assert_int_equal(count(f, "web.z.", DNS_TYPE_MARKER), 1);
    assert_string_equal(answer_set_note(set)->text,
                        "no healthy instance of 2: 1 critical, 1 starting");
    health(f, "w1", ROLLCALL_PASSING, 0);
    assert_int_equal(count(f, "web.z.", DNS_TYPE_MARKER), 0);
    assert_null(answer_set_note(set_of(f, "web.z.")));
}

static void nxdomain_takes_the_name_and_all_below_it_away(void **state)
{
    struct fixture *f = *state;

    f->said.no_healthy = 1 + CONFIG_NO_HEALTHY_NXDOMAIN;
    open_town(f);
    put(f, "w1", ROLLCALL_PASSING);
    put(f, "w2", ROLLCALL_CRITICAL);
    answer_flush(f->town.answer);
    assert_non_null(find(f, "web.z."));
    assert_non_null(find(f, "w2.web.z."));
    health(f, "w1", ROLLCALL_CRITICAL, 0);
    assert_null(find(f, "web.z."));
    assert_null(find(f, "_http._tcp.web.z."));
    assert_null(find(f, "_web._tcp.z."));
    assert_null(find(f, "w1.web.z."));
    assert_null(find(f, "w2.web.z."));
    health(f, "w2", ROLLCALL_PASSING, 0);
    assert_int_equal(count(f, "web.z.", DNS_TYPE_A), 1);
    assert_non_null(find(f, "w1.web.z."));
}

static void names_of_instances_may_follow_their_health(void **state)
{
    struct fixture *f = *state;

    f->town.zone[0].instance_names = 2;
    open_town(f);
    put(f, "w1", ROLLCALL_PASSING);
    put(f, "w2", ROLLCALL_CRITICAL);
    answer_flush(f->town.answer);
    assert_non_null(find(f, "w1.web.z."));
    assert_null(find(f, "w2.web.z."));
    health(f, "w2", ROLLCALL_PASSING, 0);
    health(f, "w1", ROLLCALL_CRITICAL, 0);
    assert_null(find(f, "w1.web.z."));
    assert_non_null(find(f, "w2.web.z."));
}

static void the_last_healthy_ones_stay_for_an_hour_and_no_longer(void **state)
{
    struct fixture *f = *state;

    f->said.no_healthy = 1 + CONFIG_NO_HEALTHY_LAST;
    open_town(f);
    put(f, "w1", ROLLCALL_PASSING);
    put(f, "w2", ROLLCALL_PASSING);
    answer_flush(f->town.answer);
    health(f, "w1", ROLLCALL_CRITICAL, 1000);
    assert_true(answer_next_due(f->town.answer) == INT64_MAX);
    health(f, "w2", ROLLCALL_CRITICAL, 2000);
    assert_int_equal(count(f, "web.z.", DNS_TYPE_A), 1);
    assert_int_equal(answer_rrset_wire(rrset(f, "web.z.", DNS_TYPE_A))[15], '2');
    assert_true(answer_next_due(f->town.answer) == 2000 + HOUR_MS);
    answer_run_due(f->town.answer, 1999 + HOUR_MS);
    answer_flush(f->town.answer);
    assert_int_equal(count(f, "web.z.", DNS_TYPE_A), 1);
    /* The registry of a town is made by hand, so the service is marked by hand too. */
    answer_run_due(f->town.answer, 2000 + HOUR_MS);
    publisher_mark(f->town.answer, town_service(&f->town, "web"));
    answer_flush(f->town.answer);
    assert_int_equal(count(f, "web.z.", DNS_TYPE_A), 0);
}

static void a_root_target_says_that_nobody_is_there(void **state)
{
    struct fixture *f = *state;

    f->town.zone[0].srv_unavailable = 1;
    open_town(f);
    put(f, "w1", ROLLCALL_CRITICAL);
    answer_flush(f->town.answer);
    const struct answer_rrset *srv = rrset(f, "web.z.", DNS_TYPE_SRV);
    assert_int_equal(srv->count, 1);
    assert_int_equal(srv->extra_length, 0);
    assert_memory_equal(answer_rrset_wire(srv) + 12, "\0\0\0\0\0\0\0", 7);
    health(f, "w1", ROLLCALL_PASSING, 0);
    assert_int_equal(rrset(f, "web.z.", DNS_TYPE_SRV)->extra_count, 1);
}

static void the_ttl_is_halved_while_one_is_down(void **state)
{
    static struct rollcall_pair ttls[] = { { "w*", "9s" } };
    struct fixture *f = *state;

    f->town.zone[0].ttls = ttls;
    f->town.zone[0].ttls_count = 1;
    f->town.zone[0].ttl_unhealthy_halve = true;
    open_town(f);
    put(f, "w1", ROLLCALL_PASSING);
    put(f, "w2", ROLLCALL_PASSING);
    answer_flush(f->town.answer);
    assert_int_equal(ttl(f, "web.z.", DNS_TYPE_A), 9);
    health(f, "w2", ROLLCALL_CRITICAL, 0);
    assert_int_equal(ttl(f, "web.z.", DNS_TYPE_A), 4);
}

static void a_warning_keeps_its_share_of_the_weight(void **state)
{
    struct fixture *f = *state;

    f->town.zone[0].warning_weight = 300;
    open_town(f);
    put(f, "w1", ROLLCALL_WARNING);
    answer_flush(f->town.answer);
    assert_int_equal(
        bytes_get16(answer_rrset_wire(rrset(f, "web.z.", DNS_TYPE_SRV)) + 14), 3);
}

static void alpn_makes_svcb_and_https_with_port_and_hints(void **state)
{
    static const uint8_t rdata[] = { 0,   1,   2,   'w', '1', 3,   'w', 'e', 'b',
                                     1,   'z', 0,   0,   1,   0,   12,  2,   'h',
                                     '2', 8,   'h', 't', 't', 'p', '/', '1', '.',
                                     '1', 0,   3,   0,   2,   0,   80,  0,   4,
                                     0,   4,   10,  0,   0,   '1' };
    struct fixture *f = *state;

    f->said.meta = meta;
    f->said.meta_count = 1;
    open_town(f);
    put(f, "w1", ROLLCALL_PASSING);
    answer_flush(f->town.answer);
    const struct answer_rrset *https = rrset(f, "web.z.", DNS_TYPE_HTTPS);
    assert_int_equal(https->count, 1);
    assert_int_equal(https->length, 12 + sizeof rdata);
    assert_memory_equal(answer_rrset_wire(https) + 12, rdata, sizeof rdata);
    assert_int_equal(https->extra_count, 1);
    assert_int_equal(count(f, "web.z.", DNS_TYPE_SVCB), 1);
    assert_int_equal(count(f, "_http._tcp.web.z.", DNS_TYPE_SVCB), 1);
    assert_int_equal(count(f, "_http._tcp.web.z.", DNS_TYPE_HTTPS), 0);
}

static void the_configuration_of_grpc_is_a_text_of_its_own(void **state)
{
    struct fixture *f = *state;

    f->said.meta = meta + 1;
    f->said.meta_count = 1;
    open_town(f);
    town_declare(&f->town, "web");
    answer_flush(f->town.answer);
    const struct answer_rrset *txt = rrset(f, "_grpc_config.web.z.", DNS_TYPE_TXT);
    assert_non_null(txt);
    assert_memory_equal(answer_rrset_wire(txt) + 12, "\23grpc_config={\"a\":1}", 20);
}

static void a_limit_of_a_service_goes_before_that_of_its_type(void **state)
{
    static struct rollcall_pair types[] = { { "A", "2" } };
    struct fixture *f = *state;

    f->town.zone[0].max_answers = 1;
    f->town.zone[0].type_answers = types;
    f->town.zone[0].type_answer_count = 1;
    open_town(f);
    put(f, "w1", ROLLCALL_PASSING);
    put(f, "w2", ROLLCALL_PASSING);
    put(f, "w3", ROLLCALL_PASSING);
    answer_flush(f->town.answer);
    assert_int_equal(rrset(f, "web.z.", DNS_TYPE_A)->limit, 2);
    assert_int_equal(rrset(f, "web.z.", DNS_TYPE_SRV)->limit, 1);
}

static void put_tagged(struct fixture *f, const char *id, const char *tag,
                       const char *port, enum rollcall_health to)
{
    struct rollcall_address address = { 4, { 10, 0, 0, (uint8_t)id[1] } };
    struct rollcall_port ports = { port, 80, ROLLCALL_UDP };
    struct rollcall_instance is = sample_bare(id, "web");

    is.addresses = &address;
    is.address_count = 1;
    is.ports = &ports;
    is.port_count = port != NULL;
    is.tags = &tag;
    is.tag_count = tag != NULL;
    town_put(&f->town, &is, to);
}

/* How many the function itself lets in. */
static uint32_t chosen(struct fixture *f, const struct members_filter *filter)
{
    const struct service *service = town_service(&f->town, "web");
    const struct members_rules rules = { .no_healthy = CONFIG_NO_HEALTHY_NODATA };
    struct candidate candidates[8];

    for (uint32_t i = 0; i < service->count; i++)
        candidates[i] = (struct candidate){ .entry = service->entries[i] };
    return members_choose(&rules, filter, candidates, service->count, 0).in;
}

static void a_name_has_those_that_the_filter_of_its_meaning_lets_in(void **state)
{
    static const struct {
        const char *name;
        uint16_t type;
        struct members_filter filter;
        uint32_t count;
    } cases[] = {
        { "web.z.", DNS_TYPE_A, { .type = DNS_TYPE_A }, 4 },
        { "web.z.", DNS_TYPE_SRV, { .type = DNS_TYPE_SRV }, 3 },
        { "v1.web.z.", DNS_TYPE_A, { .tag = "v1", .type = DNS_TYPE_A }, 2 },
        { "v2.web.z.", DNS_TYPE_A, { .tag = "v2", .type = DNS_TYPE_A }, 1 },
        { "_http._udp.web.z.",
          DNS_TYPE_SRV,
          { .port = "http", .protocol = ROLLCALL_UDP, .type = DNS_TYPE_SRV },
          2 },
        { "_http._udp.v1.web.z.",
          DNS_TYPE_SRV,
          { .tag = "v1", .port = "http", .protocol = ROLLCALL_UDP, .type = DNS_TYPE_SRV },
          1 },
        { "_web._udp.z.",
          DNS_TYPE_SRV,
          { .by_protocol = true, .protocol = ROLLCALL_UDP, .type = DNS_TYPE_SRV },
          3 },
    };
    struct fixture *f = *state;

    open_town(f);
    put_tagged(f, "w1", "v1", "http", ROLLCALL_PASSING);
    put_tagged(f, "w2", "v1", "admin", ROLLCALL_WARNING);
    put_tagged(f, "w3", "v2", "http", ROLLCALL_PASSING);
    put_tagged(f, "w4", "v2", "http", ROLLCALL_CRITICAL);
    put_tagged(f, "w5", NULL, NULL, ROLLCALL_PASSING);
    answer_flush(f->town.answer);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(count(f, cases[i].name, cases[i].type), cases[i].count);
        assert_int_equal(chosen(f, &cases[i].filter), cases[i].count);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_healthy_ones_a_name_keeps_a_marker_and_a_note),
        TEST(nxdomain_takes_the_name_and_all_below_it_away),
        TEST(names_of_instances_may_follow_their_health),
        TEST(the_last_healthy_ones_stay_for_an_hour_and_no_longer),
        TEST(a_root_target_says_that_nobody_is_there),
        TEST(the_ttl_is_halved_while_one_is_down),
        TEST(a_warning_keeps_its_share_of_the_weight),
        TEST(alpn_makes_svcb_and_https_with_port_and_hints),
        TEST(the_configuration_of_grpc_is_a_text_of_its_own),
        TEST(a_limit_of_a_service_goes_before_that_of_its_type),
        TEST(a_name_has_those_that_the_filter_of_its_meaning_lets_in),
    };
    return cmocka_run_group_tests_name("answer/rrsets", tests, NULL, NULL);
}

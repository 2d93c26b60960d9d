/* Paths with parameters: which row a request finds, and what is allowed there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/router.h"

static void run(struct exchange *exchange)
{
    (void)exchange;
}

static const struct route rows[] = {
    { .path = "/v1/kv/{key...}", .run = run },
    { .path = "/v1/kv/{key...}", .method = HTTP_PUT, .run = run },
    { .path = "/v1/kv/{key...}", .method = HTTP_DELETE, .run = run },
    { .path = "/v1/agent/service/{id...}", .run = run },
    { .path = "/v1/agent/service/register", .method = HTTP_PUT, .run = run },
    { .path = "/v1/agent/service/maintenance/{id...}", .method = HTTP_PUT, .run = run },
    { .path = "/x/{name}/instances", .run = run },
    { .path = "/x/{name}", .run = run },
    { .path = "/x/{name...}", .method = HTTP_PUT, .run = run },
    { .path = "/a/{b}/c/{d}", .run = run },
    { 0 },
};

struct fixture {
    struct http_table tables[1];
    struct http_route_counts counts[16];
    struct http_route_counts *of[1];
    struct router router;
};

static void build(struct fixture *fixture)
{
    struct reason why = REASON_NONE;

    memset(fixture, 0, sizeof *fixture);
    fixture->tables[0].routes = rows;
    fixture->of[0] = fixture->counts;
    assert_int_equal(
        router_build(fixture->tables, 1, fixture->of, &fixture->router, &why),
        ROLLCALL_OK);
}

static const struct place *find(struct fixture *fixture, enum http_method method,
                                const char *path, struct path_match *match)
{
    return router_find(&fixture->router, method, path, strlen(path), match);
}

static void assert_found(struct fixture *fixture, enum http_method method,
                         const char *path, const char *row)
{
    struct path_match match;
    const struct place *place = find(fixture, method, path, &match);

    assert_non_null(place);
    assert_string_equal(place->path, row);
}

static void a_literal_path_goes_first(void **state)
{
    struct fixture fixture;

    (void)state;
    build(&fixture);
    assert_found(&fixture, HTTP_PUT, "/v1/agent/service/register",
                 "/v1/agent/service/register");
    assert_found(&fixture, HTTP_GET, "/v1/agent/service/registers",
                 "/v1/agent/service/{id...}");
    assert_found(&fixture, HTTP_PUT, "/v1/agent/service/maintenance/web",
                 "/v1/agent/service/maintenance/{id...}");
    router_deinit(&fixture.router);
}

static void parameters_are_the_octets_that_were_sent(void **state)
{
    struct fixture fixture;
    struct path_match match;

    (void)state;
    build(&fixture);
    assert_non_null(find(&fixture, HTTP_GET, "/v1/kv/a%2Fb/c", &match));
    assert_int_equal(match.count, 1);
    assert_int_equal(match.parameters[0].name_length, 3);
    assert_memory_equal(match.parameters[0].name, "key", 3);
    assert_int_equal(match.parameters[0].length, 7);
    assert_memory_equal(match.parameters[0].text, "a%2Fb/c", 7);
    assert_non_null(find(&fixture, HTTP_GET, "/a/1/c/22", &match));
    assert_int_equal(match.count, 2);
    assert_memory_equal(match.parameters[1].text, "22", 2);
    router_deinit(&fixture.router);
}

static void the_rest_may_be_empty_and_a_segment_may_not(void **state)
{
    struct fixture fixture;
    struct path_match match;

    (void)state;
    build(&fixture);
    assert_non_null(find(&fixture, HTTP_GET, "/v1/kv/", &match));
    assert_int_equal(match.parameters[0].length, 0);
    assert_null(find(&fixture, HTTP_GET, "/v1/kv", &match));
    assert_null(find(&fixture, HTTP_GET, "/a//c/x", &match));
    assert_null(find(&fixture, HTTP_GET, "/a/x/c/", &match));
    assert_null(find(&fixture, HTTP_GET, "/nothing", &match));
    router_deinit(&fixture.router);
}

static void a_row_with_the_method_is_preferred(void **state)
{
    struct fixture fixture;

    (void)state;
    build(&fixture);
    assert_found(&fixture, HTTP_GET, "/x/web", "/x/{name}");
    assert_found(&fixture, HTTP_PUT, "/x/web", "/x/{name...}");
    assert_found(&fixture, HTTP_GET, "/x/web/instances", "/x/{name}/instances");
    assert_found(&fixture, HTTP_DELETE, "/x/web", "/x/{name}");
    router_deinit(&fixture.router);
}

static void what_is_allowed_is_listed(void **state)
{
    struct fixture fixture;
    struct path_match match;

    (void)state;
    build(&fixture);
    assert_string_equal(find(&fixture, HTTP_GET, "/v1/kv/x", &match)->allow,
                        "OPTIONS,GET,PUT,DELETE");
    router_deinit(&fixture.router);
}

static void a_row_that_cannot_be_is_an_error(void **state)
{
    static const struct route twice[] = { { .path = "/a", .run = run },
                                          { .path = "/a", .run = run },
                                          { 0 } };
    static const char *const bad[] = {
        "a", "/{", "/x{id}", "/{id...}/x", "/{}", "/{a}x"
    };
    struct http_route_counts counts[3];
    struct http_route_counts *const of[] = { counts };
    struct reason why = REASON_NONE;
    struct router router;

    (void)state;
    struct http_table table = { .routes = twice };
    assert_int_equal(router_build(&table, 1, of, &router, &why), ROLLCALL_E_INVALID);
    router_deinit(&router);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct route row[] = { { .path = bad[i], .run = run }, { 0 } };
        table.routes = row;
        assert_int_equal(router_build(&table, 1, of, &router, &why), ROLLCALL_E_INVALID);
        router_deinit(&router);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_literal_path_goes_first),
        cmocka_unit_test(parameters_are_the_octets_that_were_sent),
        cmocka_unit_test(the_rest_may_be_empty_and_a_segment_may_not),
        cmocka_unit_test(a_row_with_the_method_is_preferred),
        cmocka_unit_test(what_is_allowed_is_listed),
        cmocka_unit_test(a_row_that_cannot_be_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every operation of the registration socket has a row, and every row is well-formed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/own.h"
#include "api/routes.h"
#include "health/kinds.h"

static void every_operation_has_a_row(void **state)
{
    bool has[PROTO_OP_COUNT] = { 0 };
    const struct route *table;
    const char *title;

    (void)state;
    for (size_t i = 0; (table = api_routes_table(i, &title)) != NULL; i++)
        for (; table->path != NULL; table++)
            if (table->with != NULL && strncmp(table->path, "/v1/rollcall/", 13) == 0)
                has[((const struct own *)table->with)->op] = true;
    for (unsigned op = 0; op < PROTO_OP_COUNT; op++)
        if (!has[op])
            fail_msg("%s has no end point", proto_op_word((enum proto_op)op));
}

static void what_changes_something_needs_a_right_to_change(void **state)
{
    const struct route *table;
    const char *title;

    (void)state;
    for (size_t i = 0; (table = api_routes_table(i, &title)) != NULL; i++)
        for (; table->path != NULL; table++)
            if (table->method != HTTP_GET && table->right < RIGHT_REGISTER)
                fail_msg("%s", table->path);
}

static void a_body_has_a_bound_a_schema_and_an_example(void **state)
{
    size_t length;

    (void)state;
    for (const struct route *row = api_own_routes; row->path != NULL; row++) {
        const struct own *own = row->with;
        assert_true((row->takes != NULL) == (row->body_max > 0));
        assert_true((row->takes != NULL) == (own->example != NULL));
        if (row->takes != NULL)
            assert_non_null(document_schema(row->takes, &length));
        assert_non_null(document_schema(row->returns, &length));
    }
}

static void no_two_rows_are_the_same(void **state)
{
    struct route *all = api_routes_collect();

    (void)state;
    assert_non_null(all);
    for (size_t i = 0; all[i].path != NULL; i++)
        for (size_t other = 0; other < i; other++)
            assert_false(all[i].method == all[other].method &&
                         strcmp(all[i].path, all[other].path) == 0);
    free(all);
}

static void the_document_has_every_kind_of_check(void **state)
{
    struct buffer out;
    char name[64];

    (void)state;
    buffer_init(&out, DOCUMENT_MAX);
    document_openapi(&out, check_schemas());
    assert_false(out.failed);
    for (const struct check_schema *const *at = check_schemas(); *at != NULL; at++) {
        snprintf(name, sizeof name, "\"Check_%s\":{", (*at)->kind);
        assert_non_null(strstr(out.data, name));
    }
    buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_row),
        cmocka_unit_test(what_changes_something_needs_a_right_to_change),
        cmocka_unit_test(a_body_has_a_bound_a_schema_and_an_example),
        cmocka_unit_test(no_two_rows_are_the_same),
        cmocka_unit_test(the_document_has_every_kind_of_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

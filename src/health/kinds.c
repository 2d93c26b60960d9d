#include "health/kinds.h"

#include <string.h>

#include "health/check_rows.h"

/* Every kind of check. To add one: write health/check_<name>.c, add its row. */
#define CHECK_KIND_LIST(X)                                                               \
    X(check_tcp)   /* a connection opens */                                              \
    X(check_http)  /* a request is answered as expected */                               \
    X(check_https) /* the same over TLS */                                               \
    X(check_grpc)  /* grpc.health.v1 says SERVING */                                     \
    X(check_exec)  /* a command exits with 0 */                                          \
    X(check_udp)   /* a datagram is answered, or at least not refused */                 \
    X(check_dns)   /* a question is answered */                                          \
    X(check_alias) /* another instance is well */                                        \
    X(check_ttl)   /* the service reports by itself */

static const struct check_kind *const kinds[] = {
#define X(row) &row,
    CHECK_KIND_LIST(X)
#undef X
        NULL,
};

static const struct check_schema *const schemas[] = {
#define X(row) &row.schema,
    CHECK_KIND_LIST(X)
#undef X
        NULL,
};

const struct check_kind *check_kind_find(const char *name)
{
    for (const struct check_kind *const *kind = kinds; *kind != NULL; kind++)
        if (strcmp((*kind)->schema.kind, name) == 0)
            return *kind;
    return NULL;
}

const struct check_kind *const *check_kinds(void)
{
    return kinds;
}

_Static_assert(sizeof kinds / sizeof *kinds <= CHECK_KINDS_MAX, "more than counted");

unsigned check_kind_place(const struct check_kind *kind)
{
    unsigned place = 0;

    while (kinds[place] != NULL && kinds[place] != kind)
        place++;
    return place;
}

const char *check_kind_word(unsigned place)
{
    const unsigned count = sizeof kinds / sizeof *kinds - 1;

    return place < count ? kinds[place]->schema.kind : "";
}

const struct check_schema *const *check_schemas(void)
{
    return schemas;
}

/* Which row a path finds: rows of every shape, paths of anybody. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/router.h"

static void run(struct exchange *exchange)
{
    (void)exchange;
}

static const struct route rows[] = {
    { .path = "/v1/kv/{key...}", .run = run },
    { .path = "/v1/kv/{key...}", .method = HTTP_PUT, .run = run },
    { .path = "/v1/agent/service/{id...}", .run = run },
    { .path = "/v1/agent/service/register", .method = HTTP_PUT, .run = run },
    { .path = "/v1/agent/service/maintenance/{id...}", .method = HTTP_PUT, .run = run },
    { .path = "/x/{name}/instances", .run = run },
    { .path = "/x/{name}", .method = HTTP_DELETE, .run = run },
    { .path = "/a/{b}/{c}/{d}/{e...}", .run = run },
    { .path = "/", .run = run },
    { 0 },
};

/* The row written with what its parameters took is the path again. */
static void write_again(const struct place *place, const struct path_match *match,
                        const char *path, size_t length)
{
    const char *row = place->path;
    size_t at = 0;

    for (unsigned i = 0; *row != '\0';) {
        if (*row != '{') {
            FUZZ_REQUIRE(at < length && path[at++] == *row++);
            continue;
        }
        FUZZ_REQUIRE(i < match->count && match->parameters[i].text == path + at);
        at += match->parameters[i++].length;
        row = strchr(row, '}') + 1;
    }
    FUZZ_REQUIRE(at == length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct http_table table = { .routes = rows };
    struct http_route_counts counts[sizeof rows / sizeof *rows];
    struct http_route_counts *const of[] = { counts };
    struct path_match match;
    struct reason why;
    struct router router;

    if (size < 1)
        return 0;
    FUZZ_REQUIRE(router_build(&table, 1, of, &router, &why) == ROLLCALL_OK);
    enum http_method method = (enum http_method)(data[0] % (HTTP_METHODS + 1));
    char *path = malloc(size);
    if (path == NULL)
        abort();
    memcpy(path, data + 1, size - 1);
    const struct place *place = router_find(&router, method, path, size - 1, &match);
    if (place != NULL && method < HTTP_METHODS && place->by_method[method].route != NULL)
        write_again(place, &match, path, size - 1);
    free(path);
    router_deinit(&router);
    return 0;
}

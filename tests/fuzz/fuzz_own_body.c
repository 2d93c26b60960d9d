/* The body of a request of our own API: what becomes a line is one that the decoder of
 * lines takes for the operation that was asked, or refuses with words. The first octet
 * chooses the operation. */
#include <string.h>

#include "api/line.h"
#include "api/reply.h"
#include "fuzz/fuzz.h"
#include "health/kinds.h"
#include "proto/decode.h"

static const char *path_of(const void *owner, const char *name, size_t *length)
{
    (void)owner;
    *length = strcmp(name, "id") == 0 ? 1 : 0;
    return strcmp(name, "id") == 0 ? "x" : NULL;
}

/* What follows the body is a value for the one query parameter. */
static const char *query_of(const void *owner, const char *name, unsigned nth)
{
    const char *text = owner;

    return strcmp(name, "limit") == 0 && nth == 0 && *text != '\0' ? text : NULL;
}

static const struct route_parameter parameters[] = { { "limit", "integer", "", false },
                                                     { 0 } };
static const struct route route = { .path = "/v1/rollcall/instances/{id}",
                                    .parameters = parameters };

static bool all_but_web(const void *owner, const char *namespace_name,
                        const char *service)
{
    (void)owner;
    (void)namespace_name;
    return strcmp(service, "web") != 0;
}

static void decode(struct buffer *line, enum proto_op op)
{
    struct decoder *decoder = decoder_create(check_schemas());
    struct reason why = REASON_NONE;
    struct request request;

    FUZZ_REQUIRE(decoder != NULL && line->length < PROTO_LINE_MAX);
    FUZZ_REQUIRE(memchr(line->data, '\n', line->length) == NULL);
    request_scan(line->data, line->length, &request);
    FUZZ_REQUIRE(request.op == op);
    if (request_decode(decoder, line->data, line->length, &request, &why) != ROLLCALL_OK)
        FUZZ_REQUIRE(why.text[0] != '\0');
    decoder_destroy(decoder);
}

static void compose(char *text, size_t size, enum proto_op op)
{
    const struct line_source source = { .route = &route,
                                        .path = path_of,
                                        .query = query_of,
                                        .owner =
                                            text + strlen(text) + (strlen(text) < size),
                                        .uri = "/",
                                        .body = text,
                                        .body_length = strlen(text) };
    struct line_subject subject;
    struct reason why = REASON_NONE;
    struct buffer line;

    buffer_init(&line, PROTO_LINE_MAX + 1);
    if (line_compose(&source, op, &line, &subject, &why) == ROLLCALL_OK)
        decode(&line, op);
    buffer_deinit(&line);
}

static void sift(const char *text, size_t size)
{
    struct buffer out;

    buffer_init(&out, 1024 * 1024);
    if (reply_sift(&out, text, size, all_but_web, NULL))
        FUZZ_REQUIRE(out.length > 0);
    buffer_clear(&out);
    unsigned status = reply_convert(&out, text, size);
    FUZZ_REQUIRE(status >= 200 && status < 600);
    buffer_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > PROTO_LINE_MAX)
        return 0;
    char *text = malloc(size + 1);
    FUZZ_REQUIRE(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    text[size] = '\0';
    compose(text, size - 1, (enum proto_op)(data[0] % PROTO_OP_COUNT));
    sift(text, size - 1);
    free(text);
    return 0;
}

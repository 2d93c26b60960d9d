/* A line on the registration socket or over TCP, and a line from the daemon. What decodes
 * as a request must encode to one that decodes again. A line for who may not see all has
 * nothing of what they may not see, and its seq as it was. */
#include <string.h>

#include "base/buffer.h"
#include "fuzz/fuzz.h"
#include "health/kinds.h"
#include "proto/decode.h"
#include "proto/encode.h"
#include "proto/sift.h"

/* A copy, because decoding changes the line. */
static char *copy_of(const uint8_t *data, size_t size)
{
    char *line = malloc(size == 0 ? 1 : size);

    FUZZ_REQUIRE(line != NULL);
    memcpy(line, data, size);
    return line;
}

static void try_again(struct decoder *decoder, struct request *request)
{
    struct buffer text;
    struct request again;
    struct reason why = REASON_NONE;

    buffer_init(&text, 16 * PROTO_LINE_MAX);
    encode_request(&text, request);
    if (!text.failed && text.length <= PROTO_LINE_MAX) {
        request_scan(text.data, text.length, &again);
        if (request_decode(decoder, text.data, text.length, &again, &why) !=
            ROLLCALL_OK) {
            fprintf(stderr, "%s: %s\n", why.field, why.text);
            abort();
        }
    }
    buffer_deinit(&text);
}

static void try_request(const uint8_t *data, size_t size)
{
    const struct rollcall_address from = { .family = 4, .bytes = { 10, 0, 0, 9 } };
    struct decoder *decoder = decoder_create(check_schemas());
    struct request request;
    struct reason why = REASON_NONE;
    char *line = copy_of(data, size);

    FUZZ_REQUIRE(decoder != NULL);
    decoder_from(decoder, &from);
    request_scan(line, size, &request);
    FUZZ_REQUIRE(request.op <= PROTO_OP_COUNT);
    if (request_decode(decoder, line, size, &request, &why) == ROLLCALL_OK)
        try_again(decoder, &request);
    else
        FUZZ_REQUIRE(why.text[0] != '\0');
    free(line);
    decoder_destroy(decoder);
}

static void try_reply(const uint8_t *data, size_t size)
{
    struct decoder *decoder = decoder_create(NULL);
    struct reply reply;
    struct reason why = REASON_NONE;
    char *line = copy_of(data, size);

    FUZZ_REQUIRE(decoder != NULL);
    if (reply_decode(decoder, line, size, &reply, &why) == ROLLCALL_OK) {
        struct instance_view view;
        const char *area, *name;
        uint64_t value;
        size_t at = 0;
        for (size_t i = 0; i < 4; i++)
            (void)reply_instance(decoder, i, &view, &why);
        while (reply_counter(decoder, &at, &area, &name, &value))
            FUZZ_REQUIRE(area != NULL && name != NULL);
    }
    free(line);
    decoder_destroy(decoder);
}

static bool nothing(const void *owner, const char *namespace_name, const char *service)
{
    (void)owner;
    FUZZ_REQUIRE(namespace_name[0] != '\0' && service[0] != '\0');
    return false;
}

/* Sifting what was sifted changes nothing. */
static void try_sift(const uint8_t *data, size_t size)
{
    char *line = copy_of(data, size);
    struct buffer once;
    struct buffer twice;

    buffer_init(&once, 16 * PROTO_LINE_MAX);
    buffer_init(&twice, 16 * PROTO_LINE_MAX);
    if (reply_sift_line(&once, line, size, nothing, NULL) && once.length > 0) {
        FUZZ_REQUIRE(reply_sift_line(&twice, once.data, once.length, nothing, NULL));
        FUZZ_REQUIRE(once.length == twice.length &&
                     memcmp(once.data, twice.data, once.length) == 0);
    }
    buffer_deinit(&once);
    buffer_deinit(&twice);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > PROTO_LINE_MAX)
        return 0;
    try_request(data, size);
    try_reply(data, size);
    try_sift(data, size);
    return 0;
}

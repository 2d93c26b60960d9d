/* The reply of any server that an HTTP check asks, whole and in pieces. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "health/http_response.h"

enum { BODY_MAX = 256 };

static void read_in_pieces(struct http_response *response, const uint8_t *data,
                           size_t size, size_t piece, bool head_request)
{
    http_response_init(response, head_request, BODY_MAX);
    for (size_t at = 0; at < size; at += piece)
        http_response_feed(response, data + at, size - at < piece ? size - at : piece);
    http_response_end(response);
    FUZZ_REQUIRE(response->body.length <= BODY_MAX && !response->body.failed);
    FUZZ_REQUIRE(strlen(response->phrase) < sizeof response->phrase);
    FUZZ_REQUIRE((response->phase == HTTP_MALFORMED) == (response->fault != NULL));
}

/* However the octets arrive, the reply is the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_response whole;
    struct http_response pieces;

    if (size < 1)
        return 0;
    bool head_request = data[0] & 1;
    size_t piece = 1 + (size_t)(data[0] >> 1);
    read_in_pieces(&whole, data + 1, size - 1, size, head_request);
    read_in_pieces(&pieces, data + 1, size - 1, piece, head_request);
    FUZZ_REQUIRE(whole.phase == pieces.phase);
    FUZZ_REQUIRE(whole.status == pieces.status);
    FUZZ_REQUIRE(whole.body.length == pieces.body.length);
    FUZZ_REQUIRE(whole.body.length == 0 ||
                 memcmp(whole.body.data, pieces.body.data, whole.body.length) == 0);
    http_response_deinit(&whole);
    http_response_deinit(&pieces);
    return 0;
}

/* The reply of any server that a gRPC check asks: its message, status and words. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "health/grpc_message.h"

static void words(const uint8_t *data, size_t size)
{
    char text[300];
    char out[64];
    unsigned status = 0;

    if (size >= sizeof text)
        size = sizeof text - 1;
    memcpy(text, data, size);
    text[size] = '\0';
    grpc_print_message(text, out, sizeof out);
    for (const char *at = out; *at != '\0'; at++)
        FUZZ_REQUIRE(*at >= 0x20 && *at < 0x7f);
    if (grpc_parse_status(text, &status))
        FUZZ_REQUIRE(status <= 999 && grpc_status_word(status)[0] != '\0');
}

/* Either a fault or a number, and a number only from a frame that is exactly as long as
 * it says. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint64_t untouched = UINT64_C(0x1234567812345678);
    uint64_t serving = untouched;
    const char *fault = grpc_read_response(data, size, &serving);

    if (fault == NULL) {
        FUZZ_REQUIRE(size >= 5 && data[0] == 0);
        FUZZ_REQUIRE(((size_t)data[1] << 24 | (size_t)data[2] << 16 |
                      (size_t)data[3] << 8 | data[4]) == size - 5);
        FUZZ_REQUIRE(grpc_serving_word(serving)[0] != '\0');
    } else {
        FUZZ_REQUIRE(serving == untouched);
    }
    words(data, size);
    return 0;
}

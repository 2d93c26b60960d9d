/* The target of a request of whoever can connect. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/uri.h"

/* The room is exact: an octet too many is found by the address sanitizer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct uri uri;
    size_t length;

    if (size > 65536 || memchr(data, 0, size) != NULL)
        return 0;
    char *text = malloc(size + 1);
    char *part = malloc(size + 1);
    void *room;

    if (text == NULL || part == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    room = malloc(uri_room(text, size));
    if (room == NULL)
        abort();
    if (uri_parse(text, size, room, &uri) == NULL) {
        FUZZ_REQUIRE(uri.path >= text && uri.path + uri.path_length <= text + size);
        FUZZ_REQUIRE(uri.path[0] == '/' || size == 0 || text[0] == '*');
        FUZZ_REQUIRE(uri.pair_count <= URI_PAIRS_MAX);
        for (size_t i = 0; i < uri.pair_count; i++) {
            const char *name = uri.pairs[i].name;
            FUZZ_REQUIRE(uri_query(&uri, name, 0) != NULL);
            FUZZ_REQUIRE(strlen(name) + strlen(uri.pairs[i].value) <= size);
        }
        if (uri_decode_path(uri.path, uri.path_length, part, &length))
            FUZZ_REQUIRE(length <= uri.path_length && strlen(part) == length);
    }
    free(room);
    free(part);
    free(text);
    return 0;
}

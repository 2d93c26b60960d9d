/* Where a server that is checked sends us: a URL, then the location seen from it. */
#include <string.h>
#include <strings.h>

#include "fuzz/fuzz.h"
#include "health/naming.h"
#include "health/redirect.h"

static void look_at(const struct web_place *place)
{
    FUZZ_REQUIRE(place->port != 0);
    FUZZ_REQUIRE(place->host[0] != '\0' && strlen(place->host) < sizeof place->host);
    FUZZ_REQUIRE(place->path[0] == '/' && strlen(place->path) < sizeof place->path);
    FUZZ_REQUIRE(strpbrk(place->host, "/@?# \\\r\n") == NULL);
    FUZZ_REQUIRE(strpbrk(place->path, " \r\n#") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct web_place base, place;

    if (size > 8192)
        return 0;
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    char *location = strchr(text, '\n');
    if (location != NULL)
        *location++ = '\0';
    if (!redirect_parse(text, &base))
        FUZZ_REQUIRE(redirect_parse("http://web.example/a/b?c", &base));
    look_at(&base);
    if (location != NULL && redirect_join(&base, location, &place)) {
        look_at(&place);
        if (strncasecmp(location, "http", 4) != 0 && strncmp(location, "//", 2) != 0)
            FUZZ_REQUIRE(redirect_same_server(&base, &place));
    }
    (void)naming_parse(text, NULL, NULL);
    free(text);
    return 0;
}

/* The body of a prepared query. What is kept of it is whole, and read again it is the
 * same. */
#include <string.h>

#include "consul/prepared.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reason why = REASON_NONE;

    if (size > PREPARED_BODY_MAX)
        return 0;
    json_t *made = prepared_parse((const char *)data, size, &why);
    if (made == NULL) {
        FUZZ_REQUIRE(why.text[0] != '\0');
        return 0;
    }
    const json_t *service = json_object_get(made, "Service");
    FUZZ_REQUIRE(json_string_length(json_object_get(service, "Service")) > 0);
    char *text = json_dumps(made, JSON_COMPACT);
    FUZZ_REQUIRE(text != NULL);
    json_t *again = prepared_parse(text, strlen(text), &why);
    FUZZ_REQUIRE(again != NULL && json_equal(made, again));
    json_decref(again);
    json_decref(made);
    free(text);
    return 0;
}

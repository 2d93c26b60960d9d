/* A configuration file. What is accepted must show as YAML that reads back. */
#include <string.h>

#include "config/config.h"
#include "fuzz/fuzz.h"

static void require_reads_back(const struct config *config)
{
    char *text = NULL;
    size_t length = 0;
    struct config *again = NULL;
    struct reason why = REASON_NONE;
    FILE *out = open_memstream(&text, &length);

    FUZZ_REQUIRE(out != NULL);
    config_show(config, out);
    fclose(out);
    if (config_parse(text, length, "shown", NULL, 0, NULL, &again, &why) != ROLLCALL_OK) {
        fprintf(stderr, "%s\n%s", why.text, text);
        abort();
    }
    config_destroy(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config *config = NULL;
    struct reason why = REASON_NONE;

    if (size > 65536)
        return 0;
    if (config_parse((const char *)data, size, "fuzz", NULL, 0, NULL, &config, &why) !=
        ROLLCALL_OK) {
        FUZZ_REQUIRE(why.text[0] != '\0');
        return 0;
    }
    require_reads_back(config);
    config_destroy(config);
    return 0;
}

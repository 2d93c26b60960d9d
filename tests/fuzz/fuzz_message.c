/* A reply from any server, read by `rollcall query`. */
#include <string.h>

#include "dns/message.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_message message;
    struct dns_record record;
    char name[DNS_NAME_TEXT], text[2048];

    if (!dns_message_open(&message, data, size))
        return 0;
    FUZZ_REQUIRE(strlen(message.ede_text) < sizeof message.ede_text);
    while (dns_message_next(&message, &record) > 0) {
        FUZZ_REQUIRE(record.rdata + (size_t)record.rdata_length <= size);
        dns_name_print(record.owner.wire, record.owner.length, name, sizeof name);
        struct dns_name back;
        FUZZ_REQUIRE(dns_name_parse(name, &back));
        FUZZ_REQUIRE(back.length == record.owner.length);
        FUZZ_REQUIRE(memcmp(back.wire, record.owner.wire, back.length) == 0);
        dns_message_rdata(&message, &record, text, sizeof text);
        FUZZ_REQUIRE(strlen(text) < sizeof text);
    }
    return 0;
}

/* A datagram or a TCP message from anyone. */
#include <string.h>

#include "dns/query.h"
#include "fuzz/fuzz.h"

static void require_sound(const uint8_t *data, size_t size, const struct dns_query *query)
{
    uint8_t lower[DNS_NAME_MAX];
    size_t padded = (query->name_length + 7u) / 8 * 8;

    FUZZ_REQUIRE(query->name_length >= 1);
    FUZZ_REQUIRE(query->question_end == DNS_HEADER_SIZE + query->name_length + 4);
    FUZZ_REQUIRE(query->question_end <= size);
    FUZZ_REQUIRE(query->udp_size >= DNS_UDP_CLASSIC);
    dns_name_lower(data + DNS_HEADER_SIZE, query->name_length, lower);
    FUZZ_REQUIRE(memcmp(lower, query->name, query->name_length) == 0);
    for (size_t i = query->name_length; i < padded; i++)
        FUZZ_REQUIRE(query->name[i] == 0);
    if (query->cookie != NULL) {
        FUZZ_REQUIRE(query->cookie > data + query->question_end);
        FUZZ_REQUIRE(query->cookie + query->cookie_length <= data + size);
        FUZZ_REQUIRE(query->cookie_length == 8 ||
                     (query->cookie_length >= 16 && query->cookie_length <= 40));
    }
    if (query->subnet != NULL) {
        FUZZ_REQUIRE(query->subnet > data + query->question_end);
        FUZZ_REQUIRE(query->subnet + query->subnet_length <= data + size);
        FUZZ_REQUIRE(query->subnet_length >= 4 && query->subnet_length <= 20);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > DNS_MESSAGE_MAX)
        return 0;
    for (int tcp = 0; tcp < 2; tcp++) {
        struct dns_query query;
        enum dns_query_verdict verdict = dns_query_parse(data, size, tcp != 0, &query);
        FUZZ_REQUIRE(verdict <= DNS_QUERY_COOKIE);
        if (size < DNS_HEADER_SIZE || (data[2] & 0x80) != 0)
            FUZZ_REQUIRE(verdict == DNS_QUERY_DROP);
        if (verdict == DNS_QUERY_BADVERS)
            FUZZ_REQUIRE(query.has_opt);
        if (verdict == DNS_QUERY_COOKIE)
            FUZZ_REQUIRE(query.has_opt && query.cookie != NULL && query.name_length == 0);
        if (verdict == DNS_QUERY_OK || verdict == DNS_QUERY_BADVERS)
            require_sound(data, size, &query);
    }
    return 0;
}

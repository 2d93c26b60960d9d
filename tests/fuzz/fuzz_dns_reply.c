/* The reply of any server that a DNS check asks: judged whole, by UDP and by TCP. The
 * first octets of the question's id are those of the input, so that replies are ours. */
#include <string.h>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "health/dns_question.h"

static void judge(const struct dns_question *question, const char *expected, bool tcp,
                  const uint8_t *data, size_t size)
{
    uint8_t asked[DNS_QUESTION_MAX];
    enum check_outcome outcome = OUTCOME_NONE;
    char detail[80] = "";
    uint16_t id = size >= 2 ? bytes_get16(data) : 0;
    size_t length = dns_question_write(question, id, asked);
    enum dns_reply_kind kind =
        dns_reply_judge(question, asked, length, expected, tcp, data, size, &outcome,
                        detail, sizeof detail);

    FUZZ_REQUIRE(memchr(detail, '\0', sizeof detail) != NULL);
    FUZZ_REQUIRE(!tcp || kind == DNS_REPLY_JUDGED);
    if (kind == DNS_REPLY_JUDGED)
        FUZZ_REQUIRE(outcome != OUTCOME_NONE && detail[0] != '\0');
    else
        FUZZ_REQUIRE(outcome != OUTCOME_PASSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rollcall_pair options[] = { { "query", "web.test ANY" } };
    static const struct rollcall_check check = { .options = options, .option_count = 1 };
    struct dns_question question = { 0 };

    FUZZ_REQUIRE(dns_question_read(&check, "", &question, NULL) == ROLLCALL_OK);
    judge(&question, NULL, false, data, size);
    judge(&question, "any", true, data, size);
    judge(&question, "192.0.2.1", false, data, size);
    return 0;
}

/* A master file written by a person, or by a program that went wrong. */
#include <string.h>

#include "base/log.h"
#include "dns/zonefile.h"
#include "fuzz/fuzz.h"

/* ldns 1.8.3 leaks a few octets for some kinds of bad RDATA ("a CERT 0 2 3 AAAA"). The
 * program that reads such a file ends with an error; what we hold ourselves of ldns is
 * watched by the unit tests, which run with the leak checker too. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:libldns.so\n";
}

static void require_sorted(const struct zonefile *file, const struct dns_name *apex)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct zonefile_record *record = &file->records[i];
        FUZZ_REQUIRE(dns_name_below(record->owner.wire, record->owner.length, apex->wire,
                                    apex->length) >= 0);
        FUZZ_REQUIRE(record->ttl <= 0x7fffffff);
        if (i == 0)
            continue;
        const struct zonefile_record *last = &file->records[i - 1];
        if (dns_name_equal(last->owner.wire, last->owner.length, record->owner.wire,
                           record->owner.length))
            FUZZ_REQUIRE(last->type < record->type ||
                         (last->type == record->type && last->ttl == record->ttl));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_name apex;
    struct zonefile file;
    struct reason why = REASON_NONE;

    if (size > 65536)
        return 0;
    log_set_level(LOG_LEVEL_ERROR);
    FUZZ_REQUIRE(dns_name_parse("service.local.", &apex));
    if (zonefile_parse((const char *)data, size, "fuzz", &apex, 5, &file, &why) !=
        ROLLCALL_OK) {
        FUZZ_REQUIRE(why.text[0] != '\0');
        return 0;
    }
    require_sorted(&file, &apex);
    zonefile_deinit(&file);
    return 0;
}

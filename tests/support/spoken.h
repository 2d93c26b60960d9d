/* tests/support/spoken.h - a reply as one string, so that a test can say what it expects.
 *
 * "NOERROR aa | web.service.local. 5 A 10.0.0.1 | - | web-1... 30 A 10.0.0.1": rcode and
 * flags, answer, authority, additional; records joined by "; ", "-" where there are none.
 * An OPT is left out of the additional section and said as "opt" among the flags.
 * Threads: pure.
 */
#ifndef SUPPORT_SPOKEN_H
#define SUPPORT_SPOKEN_H

#include <stdio.h>
#include <string.h>

#include "dns/message.h"
#include "dns/types.h"

static inline void spoken_flags(const struct dns_message *message, bool opt, char *out,
                                size_t size)
{
    static const struct {
        uint16_t bit;
        const char *word;
    } flags[] = { { DNS_FLAG_AA, " aa" }, { DNS_FLAG_TC, " tc" }, { DNS_FLAG_RD, " rd" },
                  { DNS_FLAG_RA, " ra" }, { DNS_FLAG_AD, " ad" }, { DNS_FLAG_CD, " cd" },
                  { 0x0040, " z" } };
    char rcode[32];

    dns_rcode_print(message->rcode, rcode, sizeof rcode);
    int used = snprintf(out, size, "%s", rcode);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if ((message->flags & flags[i].bit) != 0)
            used += snprintf(out + used, size - (size_t)used, "%s", flags[i].word);
    if (opt)
        used += snprintf(out + used, size - (size_t)used, " opt");
    if (message->ede >= 0)
        snprintf(out + used, size - (size_t)used, " ede%d", message->ede);
}

/* `out` holds at least 16 kB. Returns `out`; "broken" when it cannot be read to its end.
 */
static inline const char *spoken(const uint8_t *bytes, size_t length, char *out,
                                 size_t size)
{
    static char sections[3][65536];
    struct dns_message message;
    struct dns_record record;
    bool opt = false;
    int more;

    if (!dns_message_open(&message, bytes, length))
        return "broken";
    memset(sections, 0, sizeof sections);
    while ((more = dns_message_next(&message, &record)) == 1) {
        char owner[DNS_NAME_TEXT], type[16], rdata[4096];
        if (record.type == DNS_TYPE_OPT) {
            opt = true;
            continue;
        }
        char *section = sections[record.section - 1];
        size_t used = strlen(section);
        dns_name_print(record.owner.wire, record.owner.length, owner, sizeof owner);
        dns_type_print(record.type, type, sizeof type);
        if (!dns_message_rdata(&message, &record, rdata, sizeof rdata))
            return "broken rdata";
        snprintf(section + used, sizeof sections[0] - used, "%s%s %u %s %s",
                 used > 0 ? "; " : "", owner, record.ttl, type, rdata);
    }
    if (more < 0)
        return "broken";
    char flags[64];
    spoken_flags(&message, opt, flags, sizeof flags);
    int wrote = snprintf(
        out, size, "%s | %s | %s | %s", flags, sections[0][0] ? sections[0] : "-",
        sections[1][0] ? sections[1] : "-", sections[2][0] ? sections[2] : "-");
    return wrote >= 0 && (size_t)wrote < size ? out : "longer than there is room";
}

#endif

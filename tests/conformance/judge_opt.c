#include "conformance/judge_opt.h"

#include <string.h>

#include "base/bytes.h"
#include "dns/wire.h"

enum { EDE_TEXT_MAX = 96 };

static bool option_matches(const struct case_option *wanted, uint16_t code,
                           const uint8_t *data, size_t length)
{
    return wanted->code == code && wanted->length == length &&
           memcmp(wanted->data, data, length) == 0;
}

static bool option_is_wanted(const struct case_reply *wanted, uint16_t code,
                             const uint8_t *data, size_t length)
{
    if (code == DNS_OPTION_EDE && wanted->ede >= 0)
        return length >= 2 && length <= 2 + EDE_TEXT_MAX &&
               bytes_get16(data) == wanted->ede;
    for (unsigned i = 0; i < wanted->option_count; i++)
        if (option_matches(&wanted->options[i], code, data, length))
            return true;
    return false;
}

static bool judge_options(const struct trial *trial, const ldns_pkt *packet,
                          struct reason *why)
{
    const struct case_reply *wanted = &trial->block->reply;
    const ldns_rdf *options = ldns_pkt_edns_data(packet);
    size_t size = options == NULL ? 0 : ldns_rdf_size(options);
    const uint8_t *data = options == NULL ? NULL : ldns_rdf_data(options);
    unsigned found = 0, expected = wanted->option_count + (wanted->ede >= 0 ? 1 : 0);

    for (size_t at = 0; at + 4 <= size; found++) {
        uint16_t code = bytes_get16(data + at);
        size_t length = bytes_get16(data + at + 2);
        if (!option_is_wanted(wanted, code, data + at + 4, length)) {
            reason_set(why, "option %u of %zu octets is not expected", code, length);
            return false;
        }
        at += 4 + length;
    }
    if (found != expected)
        reason_set(why, "%u options in OPT, not %u", found, expected);
    return found == expected;
}

static bool opt_is_wanted(const struct trial *trial)
{
    const struct case_reply *wanted = &trial->block->reply;

    return wanted->opt_given ? wanted->opt : trial->ask->opt;
}

static bool do_is_wanted(const struct trial *trial)
{
    const struct case_reply *wanted = &trial->block->reply;

    return wanted->opt_given ? wanted->opt_do : (trial->ask->opt_flags & 0x8000) != 0;
}

/* The error of a TSIG; one without a MAC is all that a case can foresee. */
static bool judge_tsig(const struct trial *trial, const ldns_pkt *packet,
                       struct reason *why)
{
    int wanted = trial->block->reply.tsig_error;
    const ldns_rr *tsig = ldns_pkt_tsig(packet);

    if ((tsig != NULL) != (wanted >= 0)) {
        reason_set(why, tsig == NULL ? "no TSIG" : "a TSIG is not expected");
        return false;
    }
    if (tsig == NULL)
        return true;
    if (ldns_rr_rd_count(tsig) < 7 || ldns_rdf_size(ldns_rr_rdf(tsig, 3)) != 2 ||
        ldns_rdf2native_int16(ldns_rr_rdf(tsig, 5)) != wanted) {
        reason_set(why, "the TSIG is signed, or its error is not %d", wanted);
        return false;
    }
    return true;
}

bool judge_opt(const struct trial *trial, const uint8_t *reply, const ldns_pkt *packet,
               struct reason *why)
{
    bool wanted = opt_is_wanted(trial);
    size_t others = ldns_rr_list_rr_count(ldns_pkt_additional(packet));
    size_t opts =
        bytes_get16(reply + 10) - others - (ldns_pkt_tsig(packet) != NULL ? 1 : 0);

    if (!judge_tsig(trial, packet, why))
        return false;
    if (opts != (wanted ? 1 : 0))
        reason_set(why, "%zu OPT records, not %d", opts, wanted ? 1 : 0);
    else if (!wanted)
        return true;
    else if (ldns_pkt_edns_version(packet) != 0)
        reason_set(why, "OPT of version %u", ldns_pkt_edns_version(packet));
    else if (ldns_pkt_edns_udp_size(packet) != DNS_UDP_ADVERTISED)
        reason_set(why, "OPT with size %u, not %d", ldns_pkt_edns_udp_size(packet),
                   DNS_UDP_ADVERTISED);
    else if (ldns_pkt_edns_do(packet) != do_is_wanted(trial))
        reason_set(why, "DO is %d", ldns_pkt_edns_do(packet));
    else if ((ldns_pkt_edns_z(packet) & 0x7fff) != 0)
        reason_set(why, "flags beside DO in OPT: 0x%04x", ldns_pkt_edns_z(packet));
    else
        return judge_options(trial, packet, why);
    return false;
}

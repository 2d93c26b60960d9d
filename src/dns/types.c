#include "dns/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct word {
    uint16_t number;
    const char *word;
};

/* IANA "Resource Record (RR) TYPEs". */
static const struct word types[] = {
    { 1, "A" },         { 2, "NS" },      { 3, "MD" },          { 4, "MF" },
    { 5, "CNAME" },     { 6, "SOA" },     { 7, "MB" },          { 8, "MG" },
    { 9, "MR" },        { 10, "NULL" },   { 11, "WKS" },        { 12, "PTR" },
    { 13, "HINFO" },    { 14, "MINFO" },  { 15, "MX" },         { 16, "TXT" },
    { 17, "RP" },       { 18, "AFSDB" },  { 19, "X25" },        { 20, "ISDN" },
    { 21, "RT" },       { 22, "NSAP" },   { 23, "NSAP-PTR" },   { 24, "SIG" },
    { 25, "KEY" },      { 26, "PX" },     { 27, "GPOS" },       { 28, "AAAA" },
    { 29, "LOC" },      { 30, "NXT" },    { 31, "EID" },        { 32, "NIMLOC" },
    { 33, "SRV" },      { 34, "ATMA" },   { 35, "NAPTR" },      { 36, "KX" },
    { 37, "CERT" },     { 38, "A6" },     { 39, "DNAME" },      { 40, "SINK" },
    { 41, "OPT" },      { 42, "APL" },    { 43, "DS" },         { 44, "SSHFP" },
    { 45, "IPSECKEY" }, { 46, "RRSIG" },  { 47, "NSEC" },       { 48, "DNSKEY" },
    { 49, "DHCID" },    { 50, "NSEC3" },  { 51, "NSEC3PARAM" }, { 52, "TLSA" },
    { 53, "SMIMEA" },   { 55, "HIP" },    { 56, "NINFO" },      { 57, "RKEY" },
    { 58, "TALINK" },   { 59, "CDS" },    { 60, "CDNSKEY" },    { 61, "OPENPGPKEY" },
    { 62, "CSYNC" },    { 63, "ZONEMD" }, { 64, "SVCB" },       { 65, "HTTPS" },
    { 99, "SPF" },      { 104, "NID" },   { 105, "L32" },       { 106, "L64" },
    { 107, "LP" },      { 108, "EUI48" }, { 109, "EUI64" },     { 249, "TKEY" },
    { 250, "TSIG" },    { 251, "IXFR" },  { 252, "AXFR" },      { 253, "MAILB" },
    { 254, "MAILA" },   { 255, "ANY" },   { 256, "URI" },       { 257, "CAA" },
    { 258, "AVC" },     { 259, "DOA" },   { 260, "AMTRELAY" },  { 32768, "TA" },
    { 32769, "DLV" },
};

/* IANA "DNS RCODEs". */
static const struct word rcodes[] = {
    { 0, "NOERROR" },  { 1, "FORMERR" }, { 2, "SERVFAIL" },  { 3, "NXDOMAIN" },
    { 4, "NOTIMP" },   { 5, "REFUSED" }, { 6, "YXDOMAIN" },  { 7, "YXRRSET" },
    { 8, "NXRRSET" },  { 9, "NOTAUTH" }, { 10, "NOTZONE" },  { 11, "DSOTYPENI" },
    { 16, "BADVERS" }, { 17, "BADKEY" }, { 18, "BADTIME" },  { 19, "BADMODE" },
    { 20, "BADNAME" }, { 21, "BADALG" }, { 22, "BADTRUNC" }, { 23, "BADCOOKIE" },
};

static const char *find_word(const struct word *words, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++)
        if (words[i].number == number)
            return words[i].word;
    return NULL;
}

bool dns_type_parse(const char *word, uint16_t *type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcasecmp(word, types[i].word) == 0) {
            *type = types[i].number;
            return true;
        }
    }
    if (strncasecmp(word, "TYPE", 4) != 0 || word[4] == '\0')
        return false;
    uint32_t number = 0;
    for (const char *digit = word + 4; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9' || digit == word + 9)
            return false;
        number = number * 10 + (uint32_t)(*digit - '0');
    }
    if (number > UINT16_MAX)
        return false;
    *type = (uint16_t)number;
    return true;
}

void dns_type_print(uint16_t type, char *out, size_t size)
{
    const char *word = find_word(types, sizeof types / sizeof types[0], type);

    if (word != NULL)
        snprintf(out, size, "%s", word);
    else
        snprintf(out, size, "TYPE%u", type);
}

void dns_rcode_print(unsigned rcode, char *out, size_t size)
{
    const char *word = find_word(rcodes, sizeof rcodes / sizeof rcodes[0], rcode);

    if (word != NULL)
        snprintf(out, size, "%s", word);
    else
        snprintf(out, size, "RCODE%u", rcode);
}

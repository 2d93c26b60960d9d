#include "dns/edns.h"

#include <string.h>

#include "base/bytes.h"
#include "dns/wire.h"

enum { OPTION_HEADER = 4, RDLENGTH_AT = 9, EDE_CODE = 2 };

size_t dns_opt_add(uint8_t *opt, size_t opt_length, size_t room, uint16_t code,
                   const void *data, uint16_t length)
{
    size_t end = opt_length + OPTION_HEADER + length;

    if (end > room || end - DNS_OPT_SIZE > UINT16_MAX)
        return opt_length;
    bytes_put16(opt + opt_length, code);
    bytes_put16(opt + opt_length + 2, length);
    if (length > 0)
        memcpy(opt + opt_length + OPTION_HEADER, data, length);
    bytes_put16(opt + RDLENGTH_AT, (uint16_t)(end - DNS_OPT_SIZE));
    return end;
}

size_t dns_opt_add_ede(uint8_t *opt, size_t opt_length, size_t room, int ede,
                       const char *text)
{
    uint8_t option[EDE_CODE + DNS_EDE_TEXT_MAX];
    size_t text_length = text == NULL ? 0 : strnlen(text, DNS_EDE_TEXT_MAX);

    bytes_put16(option, (uint16_t)ede);
    if (text_length > 0)
        memcpy(option + EDE_CODE, text, text_length);
    if (opt_length + OPTION_HEADER + EDE_CODE + text_length > room)
        text_length = 0;
    return dns_opt_add(opt, opt_length, room, DNS_OPTION_EDE, option,
                       (uint16_t)(EDE_CODE + text_length));
}

size_t dns_opt_write(uint8_t *out, size_t room, uint16_t udp_size,
                     unsigned extended_rcode, bool do_bit, int ede, const char *ede_text)
{
    if (room < DNS_OPT_SIZE)
        return 0;
    out[0] = 0;
    bytes_put16(out + 1, DNS_TYPE_OPT);
    bytes_put16(out + 3, udp_size);
    out[5] = (uint8_t)(extended_rcode >> 4);
    out[6] = 0;
    bytes_put16(out + 7, do_bit ? 0x8000 : 0);
    bytes_put16(out + RDLENGTH_AT, 0);
    return ede < 0 ? DNS_OPT_SIZE
                   : dns_opt_add_ede(out, DNS_OPT_SIZE, room, ede, ede_text);
}

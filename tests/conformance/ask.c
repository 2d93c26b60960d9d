#include "conformance/ask.h"

#include <string.h>

#include "base/bytes.h"
#include "dns/name.h"
#include "dns/wire.h"

/* OPT version, flags and options as the case has them, right or wrong. */
static size_t write_opt(const struct case_ask *ask, uint8_t *out, size_t size)
{
    size_t end = DNS_OPT_SIZE;

    if (size < end)
        return 0;
    memset(out, 0, DNS_OPT_SIZE);
    bytes_put16(out + 1, DNS_TYPE_OPT);
    bytes_put16(out + 3, ask->opt_size);
    out[6] = ask->opt_version;
    bytes_put16(out + 7, ask->opt_flags);
    for (unsigned i = 0; i < ask->option_count; i++) {
        const struct case_option *option = &ask->options[i];
        if (end + 4 + option->length > size)
            return 0;
        bytes_put16(out + end, option->code);
        bytes_put16(out + end + 2, option->length);
        memcpy(out + end + 4, option->data, option->length);
        end += 4 + (size_t)option->length;
    }
    bytes_put16(out + 9, (uint16_t)(end - DNS_OPT_SIZE));
    return end;
}

size_t ask_write(const struct case_ask *ask, unsigned name, unsigned type, uint8_t *out,
                 size_t size)
{
    struct dns_name wire;
    size_t end = DNS_HEADER_SIZE;

    if (ask->raw) {
        if (ask->length > size)
            return 0;
        memcpy(out, ask->bytes, ask->length);
        return ask->length;
    }
    memset(out, 0, DNS_HEADER_SIZE);
    bytes_put16(out, (uint16_t)(0x1200 + ask->line));
    bytes_put16(out + 2, ask->flags);
    if (!ask->header_only) {
        if (!dns_name_parse(ask->names[name], &wire) || end + wire.length + 4 > size)
            return 0;
        bytes_put16(out + 4, 1);
        memcpy(out + end, wire.wire, wire.length);
        end += wire.length;
        bytes_put16(out + end, ask->types[type]);
        bytes_put16(out + end + 2, ask->class_);
        end += 4;
    }
    if (ask->opt) {
        size_t opt = write_opt(ask, out + end, size - end);
        if (opt == 0)
            return 0;
        bytes_put16(out + 10, 1);
        end += opt;
    }
    return end;
}

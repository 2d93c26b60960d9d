/* _grpc_config.NAME: the service config that gRPC clients ask for (gRFC A2): one text
 * that begins with grpc_config=, in as many strings as it needs. */
#include <string.h>

#include "answer/records.h"
#include "dns/wire.h"

enum { STRING_MAX = 255, TEXT_MAX = 4096 };

static const char prefix[] = "grpc_config=";

static void grpc_write(struct record_writer *out, const struct member *member,
                       uint32_t ttl)
{
    const char *config = member_meta(member, "grpc_config");
    size_t skip = sizeof prefix - 1, length = config == NULL ? 0 : strlen(config);
    size_t total = skip + length, strings = (total + STRING_MAX - 1) / STRING_MAX;

    if (length == 0 || total > TEXT_MAX)
        return;
    uint8_t *at = record_begin(out, DNS_TYPE_TXT, ttl, total + strings);
    for (size_t done = 0; at != NULL && done < total;) {
        size_t piece = total - done < STRING_MAX ? total - done : STRING_MAX;
        *at++ = (uint8_t)piece;
        for (; piece > 0; piece--, done++)
            *at++ = (uint8_t)(done < skip ? prefix[done] : config[done - skip]);
    }
}

const struct record_kind record_grpc = {
    .type = DNS_TYPE_TXT,
    .where = RECORD_AT_CONFIG,
    .write = grpc_write,
};

/* unit/proto/kinds.h - kinds of checks that have every type of field. */
#ifndef UNIT_PROTO_KINDS_H
#define UNIT_PROTO_KINDS_H

#include "model/check_schema.h"

static const struct check_field http_fields[] = {
    { "path", CHECK_FIELD_TEXT, 1, 100, "/", "Path." },
    { "headers", CHECK_FIELD_MAP, 0, 100, NULL, "Headers." },
    { "expect_status", CHECK_FIELD_STATUS, 0, 0, "200-399", "Accepted." },
    { "size", CHECK_FIELD_INT, 1, 10, NULL, "A number." },
    { "command", CHECK_FIELD_LIST, 1, 100, NULL, "A list." },
    { "tls.skip_verify", CHECK_FIELD_BOOL, 0, 0, "false", "Trust all." },
    { "tls.server_name", CHECK_FIELD_TEXT, 1, 255, NULL, "Name." },
    { 0 },
};
static const struct check_schema http_schema = { .kind = "http",
                                                 .fields = http_fields,
                                                 .default_failure_threshold = 3 };
static const struct check_schema ttl_schema = { .kind = "ttl",
                                                .default_failure_threshold = 1 };

#endif

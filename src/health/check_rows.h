/* health/check_rows.h - the kinds of checks, each defined at the end of its file.
 * Threads  constants only.
 */
#ifndef HEALTH_CHECK_ROWS_H
#define HEALTH_CHECK_ROWS_H

#include "health/check.h"

extern const struct check_kind check_tcp;
extern const struct check_kind check_http;
extern const struct check_kind check_https;
extern const struct check_kind check_grpc;
extern const struct check_kind check_exec;
extern const struct check_kind check_udp;
extern const struct check_kind check_dns;
extern const struct check_kind check_alias;
extern const struct check_kind check_ttl;

#endif

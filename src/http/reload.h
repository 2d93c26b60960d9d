/* http/reload.h - what a reload of the configuration changes in the server.
 *
 * First everything that may fail is prepared; then the configuration and the tokens are
 * replaced; then what was prepared is taken, which cannot fail.
 * Threads  control.
 */
#ifndef HTTP_RELOAD_H
#define HTTP_RELOAD_H

#include "base/reason.h"
#include "config/reload.h"
#include "http/server.h"
#include "rollcall/status.h"

struct tls_set;

/* Zeroed: nothing. */
struct http_reload {
    struct tls_set *set; /* held; NULL: without TLS */
};

/* Reads the files of `next`; adds to the report those whose content alone differs. E_IO,
 * E_CONFIG: they are not good, and nothing was changed. */
enum rollcall_status http_reload_prepare(const struct http *http,
                                         const struct config_api *next,
                                         struct config_report *report,
                                         struct http_reload *out, struct reason *why);
/* The configuration that the server borrows has its new values. New handshakes have the
 * new certificate; who waits with a token that is gone is answered with 403, its streams
 * end. */
void http_reload_take(struct http *http, struct http_reload *reload);
void http_reload_drop(struct http_reload *reload);

/* Says in the log when the certificate has ended, or will within 14 days. At the start,
 * after a reload, once a day. */
void http_warn_certificate(const struct http *http, int64_t wall_ms);

#endif

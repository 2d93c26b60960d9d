/* http/tls.h - certificate and key for TLS, and whether a client showed a good one.
 * Threads  control.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <stdbool.h>

#include "base/reason.h"
#include "config/config.h"
#include "rollcall/status.h"

/* What TLS 1.0 and 1.1 were taken out of. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* Contents of the files, PEM. */
struct tls_files {
    char *cert; /* owned, as are all */
    char *key;
    char *client_ca; /* NULL: none */
};

/* Reads them and checks that they fit: what is wrong shows at the start, not at the first
 * client. */
enum rollcall_status tls_load(const struct config_tls *config, struct tls_files **out,
                              struct reason *why);
void tls_free(struct tls_files *files); /* NULL is allowed */

/* Did the client of this session (a gnutls_session_t) show a certificate of one of the
 * authorities? */
bool tls_client_is_verified(void *session);

#endif

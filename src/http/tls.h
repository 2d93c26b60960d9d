/* http/tls.h - certificate, key and authorities for TLS, as sets that replace each other.
 *
 * A set is made whole or not at all, and never changes. A connection holds the set that
 * its handshake began with, so a handshake under way is never between two of them.
 * Threads  control.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "config/config.h"
#include "rollcall/status.h"

/* What TLS 1.0 and 1.1 were taken out of. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct tls_set;

enum tls_file { TLS_CERT, TLS_KEY, TLS_CLIENT_CA, TLS_FILES };

/* Reads the files and checks that they fit: what is wrong shows now, not at the first
 * client. The caller holds it. */
enum rollcall_status tls_load(const struct config_tls *config, struct tls_set **out,
                              struct reason *why);
struct tls_set *tls_hold(struct tls_set *set);
void tls_release(struct tls_set *set); /* NULL is allowed */

/* Had both the same content in this file? */
bool tls_file_equal(const struct tls_set *set, const struct tls_set *other,
                    enum tls_file file);
/* When the first certificate of its chain ends: seconds since 1970. */
int64_t tls_ends(const struct tls_set *set);
bool tls_has_authorities(const struct tls_set *set);

/* A session (a gnutls_session_t) before its handshake: this certificate, and clients are
 * asked for theirs where there are authorities. The set is held until the session ends.
 */
bool tls_begin(const struct tls_set *set, void *session);
/* Did the client of this session show a certificate of one of the authorities of `judge`?
 * `begun` is the set of tls_begin(). */
bool tls_client_is_verified(void *session, const struct tls_set *begun,
                            const struct tls_set *judge);

/* For libmicrohttpd (MHD_OPTION_HTTPS_CERT_CALLBACK): it has no certificate of its own,
 * so a session without a set ends in its handshake. */
void *tls_no_certificate(void);

#endif

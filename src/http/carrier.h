/* http/carrier.h - libmicrohttpd on our loop: bytes to exchanges, responses to bytes.
 *
 * Only carrier*.c knows it. Its epoll set is watched by one uv_poll_t; because that set
 * is edge-triggered inside, MHD_get_timeout() is asked after each turn of it. Threads
 * control.
 */
#ifndef HTTP_CARRIER_H
#define HTTP_CARRIER_H

#include <sys/socket.h>

#include "http/internal.h"

struct carrier;

/* `encrypted`: with http->tls_set, which may be replaced: new handshakes have it then. */
enum rollcall_status carrier_open(struct http *http, bool encrypted, struct carrier **out,
                                  struct reason *why);
/* Takes the descriptor, also when it fails. */
bool carrier_take(struct carrier *carrier, int fd, const struct sockaddr *address,
                  socklen_t length);
/* Work off what is ready. */
void carrier_run(struct carrier *carrier);
/* The same before the end: what can be sent at once is. */
void carrier_finish(struct carrier *carrier);
/* Every connection ends now; none may be suspended. Its handles close. */
void carrier_close(struct carrier *carrier);

/* Did its client show a certificate of the authorities that hold now? After the
 * handshake. */
bool carrier_is_verified(struct connection *connection);
/* The connection of this exchange goes on where it was suspended. */
void carrier_resume(struct exchange *exchange);
/* NULL: no such header. */
const char *carrier_header(const struct exchange *exchange, const char *name);

struct MHD_Connection;
/* carrier_headers.c: why another server might read these headers another way, a constant;
 * NULL: none would. */
const char *carrier_headers_fault(struct MHD_Connection *carried);

/* carrier_response.c: of what was collected in the exchange. NULL: no memory. */
struct MHD_Response *carrier_response(struct exchange *exchange, const char *type,
                                      struct buffer *body);
struct MHD_Response *carrier_constant(struct exchange *exchange, const char *type,
                                      const void *bytes, size_t length);
struct MHD_Response *carrier_stream(struct exchange *exchange, const char *type,
                                    struct stream *stream);
/* Are there not too many large answers already that nobody takes? */
bool carrier_has_room(const struct http *http, const struct buffer *body);
void carrier_release(struct MHD_Response *response);

#endif

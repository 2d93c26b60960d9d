/* rollcall/http.h - where the daemon serves HTTP.
 *
 * Everything else is as in rollcall/client.h.
 * Threads   one thread at a time for one client.
 */
#ifndef ROLLCALL_HTTP_H
#define ROLLCALL_HTTP_H

#include "rollcall/client.h"

/* Of the last rollcall_hello(): "http://127.0.0.1:8500", "unix:/run/rollcall/api.sock";
 * NULL: the end. */
ROLLCALL_API const char *rollcall_http(const struct rollcall_client *client,
                                       size_t index);
/* Why it is served nowhere, and what to do; NULL: it is, or the daemon does not say. */
ROLLCALL_API const char *rollcall_http_off(const struct rollcall_client *client);

#endif

/* http/auth.h - tokens: where a request carries them, and which one it has.
 * Threads  control.
 */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

struct exchange;

/* "Bearer TOKEN", the first word in any case: the token; NULL: another scheme. */
const char *auth_bearer(const char *header);
/* Tells what one token may see from what another may; 0: no token. */
unsigned auth_number(const struct exchange *exchange);

#endif

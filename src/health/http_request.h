/* health/http_request.h - the options of an HTTP check: are they allowed, the request
 * they make, and the statuses they expect. Pure.
 *
 * Source   RFC 9110 §5 (fields), §9 (methods), §15 (status codes); RFC 9112 §3.
 * Threads  pure functions, any thread.
 */
#ifndef HEALTH_HTTP_REQUEST_H
#define HEALTH_HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/reason.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

/* Method, path, headers, body and expect_status: E_INVALID with the field and what is
 * allowed. No line break gets through: nobody can smuggle a second request. */
enum rollcall_status http_request_validate(const struct rollcall_check *check,
                                           struct reason *why);

/* Append the whole request; look at out->failed. */
void http_request_write(const struct rollcall_check *check, const struct address *target,
                        struct buffer *out);

bool http_request_is_head(const struct rollcall_check *check);

/* Is `status` one that `check` expects? "200-299,404"; 200 to 399 when it says nothing.
 */
bool http_status_expected(const struct rollcall_check *check, uint16_t status);

#endif

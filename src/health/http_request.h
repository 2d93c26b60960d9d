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

/* The fields of a check that make the request and judge the reply: rows of a table of
 * check fields (model/check_schema.h). */
#define HTTP_REQUEST_FIELDS                                                              \
    CHECK_FIELD_ROW("target", TEXT, 1, 260, NULL,                                        \
                    "Address or host name, and port, to ask, in place of the "           \
                    "instance's own."),                                                  \
        CHECK_FIELD_ROW("path", TEXT, 1, 2048, "/", "Path and query of the request."),   \
        CHECK_FIELD_ROW("method", TEXT, 1, 16, "GET", "Method of the request."),         \
        CHECK_FIELD_ROW(                                                                 \
            "headers", MAP, 0, 1024, NULL,                                               \
            "Headers of the request; Host, User-Agent and the like replace ours."),      \
        CHECK_FIELD_ROW("body", LINES, 0, 16384, NULL, "Body of the request."),          \
        CHECK_FIELD_ROW("expect_status", STATUS, 100, 599, "200-399",                    \
                        "Statuses that pass: 200, \"200-399\" or a list of those."),     \
        CHECK_FIELD_ROW("warning_status", STATUS, 100, 599, NULL,                        \
                        "Statuses that are a warning, whatever expect_status says."),    \
        CHECK_FIELD_ROW("redirects", INT, 0, 10, "0",                                    \
                        "How many redirects to follow to the reply that counts."),       \
        CHECK_FIELD_ROW("expect_body", LINES, 1, 1024, NULL,                             \
                        "Text that must be in the first 64 KiB of the reply's body.")

/* Method, path, headers, body and expect_status: E_INVALID with the field and what is
 * allowed. No line break gets through: nobody can smuggle a second request. */
enum rollcall_status http_request_validate(const struct rollcall_check *check,
                                           struct reason *why);

/* Append the whole request; look at out->failed. */
void http_request_write(const struct rollcall_check *check, const struct address *target,
                        struct buffer *out);

/* What is sent where the check has no header of its own: servers may refuse a body that
 * has no type, and what a check sends is JSON or a word. */
#define HTTP_ACCEPT "text/plain, text/*, */*"
const char *http_body_type(const char *body);

/* "X-Token" of the option "headers.X-Token"; NULL: it is no header. */
const char *http_header_name(const struct rollcall_pair *option);

bool http_request_is_head(const struct rollcall_check *check);
/* How many redirects it follows. */
unsigned http_redirects(const struct rollcall_check *check);

/* Is `status` one that `check` warns of? */
bool http_status_warns(const struct rollcall_check *check, uint16_t status);
/* Is `status` one that `check` expects? "200-299,404"; 200 to 399 when it says nothing.
 */
bool http_status_expected(const struct rollcall_check *check, uint16_t status);

#endif

/* health/web.h - what the checks that go through libcurl share: https, grpc, and http
 * where it keeps its connection open.
 *
 * Threads  control.
 */
#ifndef HEALTH_WEB_H
#define HEALTH_WEB_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/address.h"
#include "base/buffer.h"
#include "health/check.h"
#include "health/redirect.h"
#include "loop/curl_bridge.h"

/* Rows of a table of check fields. */
#define WEB_TLS_FIELDS                                                                   \
    CHECK_FIELD_ROW("tls.skip_verify", BOOL, 0, 0, "false",                              \
                    "Take any certificate, whoever it is for and whoever signed it."),   \
        CHECK_FIELD_ROW(                                                                 \
            "tls.server_name", TEXT, 1, 253, NULL,                                       \
            "Name to ask for, and to find in the certificate in place of the "           \
            "address."),                                                                 \
        CHECK_FIELD_ROW(                                                                 \
            "tls.ca", TEXT, 1, 4000, NULL,                                               \
            "PEM file of the authorities to trust in place of the system's."),           \
        CHECK_FIELD_ROW("tls.cert", TEXT, 1, 4000, NULL,                                 \
                        "PEM file of the certificate to show to the server."),           \
        CHECK_FIELD_ROW("tls.key", TEXT, 1, 4000, NULL,                                  \
                        "PEM file of its private key, without a pass phrase.")
#define WEB_TLS_ENABLE_FIELD                                                             \
    CHECK_FIELD_ROW("tls.enable", BOOL, 0, 0, NULL,                                      \
                    "Over TLS; true by itself where another tls option is given.")
#define WEB_REUSE_FIELD                                                                  \
    CHECK_FIELD_ROW("reuse", BOOL, 0, 0, "false",                                        \
                    "Keep the connection open for the next run; whether the server "     \
                    "still takes new ones is then not seen.")

/* The tls options: names and paths that can be right. The files are not opened. */
enum rollcall_status web_validate_tls(const struct rollcall_check *check,
                                      struct reason *why);
/* The same where TLS is a choice (tls.enable). */
enum rollcall_status web_validate_optional_tls(const struct rollcall_check *check,
                                               struct reason *why);
bool web_wants_tls(const struct rollcall_check *check);
/* May `asker` name those files, and are they what they should be? A check_schema.admit.
 */
enum rollcall_status web_admit_files(const struct rollcall_check *check,
                                     const struct check_asker *asker, struct reason *why);

/* A fetch being made: web_prepare(), more of `is`, web_start(), web_deinit(). */
struct web_request {
    struct fetch_request is;
    struct address target;
    struct buffer url;
    struct buffer ca, cert, key;
    struct rollcall_pair headers[80]; /* those of the definition and a few of ours */
    char host[ADDRESS_TEXT];
};

/* Everything that the options say about where and how: scheme, host, path, TLS, reuse.
 * Anything but OUTCOME_PASSED ends the run, `why` says more. */
enum check_outcome web_prepare(const struct check *check, bool tls, const char *path,
                               struct web_request *out, struct reason *why);
/* The same at `place`, which a redirect leads to, whose host is at `target`. A
 * certificate of ours is shown to the check's own server only: where `own` is true. */
enum check_outcome web_prepare_at(const struct check *check,
                                  const struct web_place *place,
                                  const struct address *target, bool own,
                                  struct web_request *out, struct reason *why);
/* Where the check itself goes. False: nowhere, or its URL is too long. */
bool web_own_place(const struct check *check, bool tls, const char *path,
                   struct web_place *out);
void web_deinit(struct web_request *request);
void web_add_header(struct web_request *request, const char *name, const char *value);

/* One call of a check. Owned by check->run; freed before `on_reply`, which must end in
 * check_finish(). Only a whole reply (FETCH_DONE) is shown: other ends finish the run. */
void web_start(struct check *check, const struct web_request *request,
               void (*on_reply)(struct check *check, const struct fetch_result *result));
void web_cancel(struct check *check);

/* One run of a check with the options of HTTP: the request, the fetch, redirects, the
 * judgement. */
void web_run_http(struct check *check, bool tls);

#endif

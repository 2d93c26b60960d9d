/* A check of kind "https": a request over TLS is answered as expected, by a server whose
 * certificate is good. One connection and one full handshake a run, unless `reuse`. */
#include "health/check.h"
#include "health/check_rows.h"
#include "health/http_request.h"
#include "health/probe.h"
#include "health/web.h"

static void https_start(struct check *check)
{
    web_run_http(check, true);
}

static enum rollcall_status https_validate(const struct rollcall_check *check,
                                           const struct rollcall_instance *instance,
                                           struct reason *why)
{
    enum rollcall_status status = probe_validate_target(check, why);

    (void)instance;
    if (status == ROLLCALL_OK)
        status = http_request_validate(check, why);
    return status == ROLLCALL_OK ? web_validate_tls(check, why) : status;
}

static const struct check_field https_fields[] = {
    HTTP_REQUEST_FIELDS,
    WEB_REUSE_FIELD,
    WEB_TLS_FIELDS,
    { 0 },
};

const struct check_kind check_https = {
    .schema = { .kind = "https",
                .summary = "an HTTP request over TLS is answered as expected",
                .fields = https_fields,
                .default_failure_threshold = 3,
                .needs_target = true,
                .validate = https_validate,
                .admit = web_admit_files },
    .start = https_start,
    .cancel = web_cancel,
};

/* A check of kind "grpc": grpc.health.v1.Health/Check answers SERVING, over HTTP/2 in
 * clear (prior knowledge) or over TLS. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "health/check.h"
#include "health/check_rows.h"
#include "health/grpc_message.h"
#include "health/probe.h"
#include "health/said.h"
#include "health/web.h"
#include "model/instance.h"
#include "rollcall/version.h"

enum {
    REPLY_MAX = 16 * 1024, /* a health reply has seven octets */
    /* grpc-timeout has eight digits at most; longer patience is given in seconds. */
    TIMEOUT_MS_MAX = 99999999
};

/* A call that did not end with OK; `text` is its grpc-message. */
static void finish_with_error(struct check *check, unsigned status, const char *text)
{
    enum check_outcome outcome = status == GRPC_NOT_FOUND       ? OUTCOME_UNKNOWN_SERVICE
                                 : status == GRPC_UNIMPLEMENTED ? OUTCOME_UNIMPLEMENTED
                                 : status == GRPC_DEADLINE_EXCEEDED ? OUTCOME_TIMED_OUT
                                                                    : OUTCOME_GRPC_ERROR;
    char message[128];
    char detail[200];

    grpc_print_message(text, message, sizeof message);
    snprintf(detail, sizeof detail, "grpc-status %u %s%s%s", status,
             grpc_status_word(status), message[0] != '\0' ? ": " : "", message);
    check_finish(check, outcome, detail);
}

static void finish_serving(struct check *check, const char *detail)
{
    const char *service = check_option(check->spec, "service", 0);
    char where[320], said[SAID_MAX];

    said_where(check, where, sizeof where);
    snprintf(said, sizeof said, "gRPC check %s%s%s: success", where,
             service != NULL && service[0] != '\0' ? "/" : "",
             service != NULL ? service : "");
    check_finish_said(check, OUTCOME_PASSED, detail, said);
}

static void finish_with_message(struct check *check, const struct fetch_result *result)
{
    uint64_t serving;
    char detail[64];
    const char *fault = grpc_read_response(result->body, result->body_length, &serving);

    if (fault != NULL) {
        check_finish(check, OUTCOME_MALFORMED, fault);
        return;
    }
    snprintf(detail, sizeof detail, "%s (%llu)", grpc_serving_word(serving),
             (unsigned long long)serving);
    if (serving <= GRPC_SERVICE_UNKNOWN)
        snprintf(detail, sizeof detail, "%s", grpc_serving_word(serving));
    if (serving == GRPC_SERVING && check->spec->keep_output)
        finish_serving(check, detail);
    else
        check_finish(check,
                     serving == GRPC_SERVING ? OUTCOME_PASSED : OUTCOME_NOT_SERVING,
                     detail);
}

/* Is this a reply of gRPC at all? A proxy or a web server may answer for it. NULL: it is.
 */
static const char *fault_of(const struct fetch_result *result, char *detail, size_t size)
{
    char type[64] = "";

    if (result->http != 2)
        return "it answered with HTTP/1, gRPC needs HTTP/2";
    fetch_field(result, "content-type", type, sizeof type);
    if (strncasecmp(type, "application/grpc", 16) == 0)
        return NULL;
    snprintf(detail, size, "it is not gRPC: its content-type is \"%s\"", type);
    return detail;
}

/* The status stands in the trailers, or, without a message, in the head. */
static void on_reply(struct check *check, const struct fetch_result *result)
{
    char detail[128];
    char text[256] = "";
    unsigned status;
    const char *fault;

    if (result->http == 2 && result->status != 200) {
        snprintf(detail, sizeof detail, "HTTP %u", (unsigned)result->status);
        check_finish(check, OUTCOME_WRONG_STATUS, detail);
    } else if ((fault = fault_of(result, detail, sizeof detail)) != NULL) {
        check_finish(check, OUTCOME_MALFORMED, fault);
    } else if (result->cut) {
        check_finish(check, OUTCOME_MALFORMED, "its reply is longer than 16 KiB");
    } else if (!fetch_field(result, "grpc-status", text, sizeof text) ||
               !grpc_parse_status(text, &status)) {
        check_finish(check, OUTCOME_MALFORMED, "its reply has no grpc-status");
    } else if (status != GRPC_OK) {
        text[0] = '\0';
        fetch_field(result, "grpc-message", text, sizeof text);
        finish_with_error(check, status, text);
    } else {
        finish_with_message(check, result);
    }
}

static void print_timeout(uint32_t ms, char *out, size_t size)
{
    if (ms <= TIMEOUT_MS_MAX)
        snprintf(out, size, "%um", (unsigned)ms);
    else
        snprintf(out, size, "%uS", (unsigned)(ms / 1000));
}

static void grpc_start(struct check *check)
{
    const char *service = check_option(check->spec, "service", 0);
    uint8_t message[GRPC_REQUEST_MAX];
    char patience[16];
    struct web_request request;
    struct reason why = REASON_NONE;
    enum check_outcome outcome =
        web_prepare(check, web_wants_tls(check->spec), "/grpc.health.v1.Health/Check",
                    &request, &why);

    if (outcome == OUTCOME_PASSED) {
        print_timeout(check->spec->timeout_ms, patience, sizeof patience);
        web_add_header(&request, "content-type", "application/grpc+proto");
        web_add_header(&request, "te", "trailers");
        web_add_header(&request, "grpc-timeout", patience);
        web_add_header(&request, "user-agent", "rollcall/" ROLLCALL_VERSION);
        request.is.method = "POST";
        request.is.http = FETCH_HTTP_2;
        request.is.body = message;
        request.is.body_length =
            grpc_write_request(service != NULL ? service : "", message);
        request.is.keep_max = REPLY_MAX;
        request.is.read_max = REPLY_MAX;
        web_start(check, &request, on_reply);
    } else {
        check_finish(check, outcome, why.text[0] != '\0' ? why.text : NULL);
    }
    web_deinit(&request);
}

static enum rollcall_status grpc_validate(const struct rollcall_check *check,
                                          const struct rollcall_instance *instance,
                                          struct reason *why)
{
    enum rollcall_status status = probe_validate_target(check, why);

    (void)instance;
    return status == ROLLCALL_OK ? web_validate_optional_tls(check, why) : status;
}

static const struct check_field grpc_fields[] = {
    { "target", CHECK_FIELD_TEXT, 1, 260, NULL,
      "Address or host name, and port, to ask, in place of the instance's own." },
    { "service", CHECK_FIELD_TEXT, 0, GRPC_SERVICE_MAX, NULL,
      "Name of the gRPC service to ask about; without it, the server as a whole." },
    WEB_REUSE_FIELD,
    WEB_TLS_ENABLE_FIELD,
    WEB_TLS_FIELDS,
    { 0 },
};

const struct check_kind check_grpc = {
    .schema = { .kind = "grpc",
                .summary = "the gRPC health service says that it is serving",
                .fields = grpc_fields,
                .default_failure_threshold = 3,
                .needs_target = true,
                .validate = grpc_validate,
                .admit = web_admit_files },
    .start = grpc_start,
    .cancel = web_cancel,
};

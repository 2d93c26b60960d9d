/* One run of an HTTP check by libcurl; what kind "http" does by itself, with the same
 * options and the same judgement. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "health/http_request.h"
#include "health/said.h"
#include "health/web.h"
#include "model/instance.h"
#include "rollcall/version.h"

enum {
    BODY_MAX = 64 * 1024,    /* where expect_body is looked for */
    REPLY_MAX = 2 * BODY_MAX /* of the body; what is longer is judged by this */
};

static bool body_has(const struct fetch_result *result, const char *text)
{
    size_t length = result->body_length < BODY_MAX ? result->body_length : BODY_MAX;

    return length > 0 && memmem(result->body, length, text, strlen(text)) != NULL;
}

static void on_reply(struct check *check, const struct fetch_result *result)
{
    const char *text = check_option(check->spec, "expect_body", 0);
    bool tls = strcmp(check->spec->kind, "https") == 0;
    const struct said_reply reply = { .scheme = tls ? "https" : "http",
                                      .status = result->status,
                                      .phrase = result->phrase,
                                      .body = result->body,
                                      .length = result->body_length };
    char detail[64], said[SAID_MAX];
    const char *kept = said_reply(check, &reply, said);

    snprintf(detail, sizeof detail, "HTTP %u%s%s", (unsigned)result->status,
             result->phrase[0] != '\0' ? " " : "", result->phrase);
    if (!http_status_expected(check->spec, result->status))
        check_finish_said(check, OUTCOME_WRONG_STATUS, detail, kept);
    else if (text != NULL && !body_has(result, text))
        check_finish_said(check, OUTCOME_BODY_MISMATCH,
                          "the text of expect_body is not in the body", kept);
    else
        check_finish_said(check, OUTCOME_PASSED, detail, kept);
}

static void add_headers(const struct rollcall_check *spec, struct web_request *request)
{
    bool has_agent = false;

    for (unsigned i = 0; i < spec->option_count; i++) {
        const char *name = http_header_name(&spec->options[i]);
        if (name == NULL)
            continue;
        has_agent |= strcasecmp(name, "User-Agent") == 0;
        web_add_header(request, name, spec->options[i].value);
    }
    if (!has_agent)
        web_add_header(request, "User-Agent", "rollcall/" ROLLCALL_VERSION);
}

void web_run_http(struct check *check, bool tls)
{
    const struct rollcall_check *spec = check->spec;
    const char *path = check_option(spec, "path", 0);
    const char *body = check_option(spec, "body", 0);
    struct web_request request;
    struct reason why = REASON_NONE;
    enum check_outcome outcome =
        web_prepare(check, tls, path != NULL ? path : "/", &request, &why);

    if (outcome == OUTCOME_PASSED) {
        add_headers(spec, &request);
        request.is.method = check_option(spec, "method", 0);
        if (request.is.method == NULL)
            request.is.method = "GET";
        request.is.body = body;
        request.is.body_length = body != NULL ? strlen(body) : 0;
        request.is.keep_max = spec->keep_output                              ? REPLY_MAX
                              : check_option(spec, "expect_body", 0) != NULL ? BODY_MAX
                                                                             : 0;
        request.is.read_max = REPLY_MAX;
        web_start(check, &request, on_reply);
    } else {
        check_finish(check, outcome, why.text[0] != '\0' ? why.text : NULL);
    }
    web_deinit(&request);
}

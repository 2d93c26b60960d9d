/* One run of an HTTP check by libcurl; what kind "http" does by itself, with the same
 * options and the same judgement, and redirects for both: each hop is a fetch of its own,
 * to an address that we looked up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "health/engine.h"
#include "health/http_request.h"
#include "health/naming.h"
#include "health/said.h"
#include "health/web.h"
#include "model/instance.h"
#include "rollcall/version.h"

enum {
    BODY_MAX = 64 * 1024,     /* where expect_body is looked for */
    REPLY_MAX = 2 * BODY_MAX, /* of the body; what is longer is judged by this */
    LOCATION_MAX = 2100
};

/* Where the redirects of a run have led to. Owned by the memory of its check. */
struct hops {
    struct web_place first, at;
    unsigned left;
    bool under_way; /* of this run */
    bool get;       /* the method is GET from here on */
};

static void start_fetch(struct check *check, struct web_request *request, bool own,
                        bool get);

static struct hops *hops_of(const struct check *check)
{
    return check->memory == NULL ? NULL : check->memory->hops;
}

static bool is_tls(const struct check *check)
{
    return strcmp(check->spec->kind, "https") == 0;
}

static const char *option_or(const struct check *check, const char *key,
                             const char *fallback)
{
    const char *value = check_option(check->spec, key, 0);

    return value != NULL ? value : fallback;
}

/* --- Redirects. */

/* NULL: no memory, or the check has no URL. */
static struct hops *begin_hops(struct check *check)
{
    struct check_memory *memory = check_memory_of(check);

    if (memory == NULL)
        return NULL;
    if (memory->hops == NULL)
        memory->hops = calloc(1, sizeof *memory->hops);
    struct hops *hops = memory->hops;
    if (hops == NULL || hops->under_way)
        return hops;
    if (!web_own_place(check, is_tls(check), option_or(check, "path", "/"), &hops->first))
        return NULL;
    hops->at = hops->first;
    hops->left = http_redirects(check->spec);
    hops->get = false;
    hops->under_way = true;
    return hops;
}

/* naming_ask() and literals lead here. */
static void fetch_hop(struct check *check)
{
    const struct hops *hops = hops_of(check);
    bool own = redirect_same_server(&hops->first, &hops->at);
    struct rollcall_address ip;
    struct web_request request;
    struct address target;
    struct reason why = REASON_NONE;

    if (address_parse_ip(hops->at.host, &ip)) {
        address_from_ip(&ip, hops->at.port, &target);
    } else if (!naming_address(check, &target)) {
        check_finish(check, OUTCOME_NO_ADDRESS, NULL);
        return;
    }
    enum check_outcome outcome =
        web_prepare_at(check, &hops->at, &target, own, &request, &why);
    if (outcome == OUTCOME_PASSED)
        start_fetch(check, &request, own, hops->get);
    else
        check_finish(check, outcome, why.text[0] != '\0' ? why.text : NULL);
    web_deinit(&request);
}

static bool turns_to_get(const struct check *check, uint16_t status)
{
    const char *method = option_or(check, "method", "GET");

    return (status == 303 && strcmp(method, "HEAD") != 0) ||
           (status <= 302 && strcmp(method, "POST") == 0);
}

static void follow(struct check *check, uint16_t status, const char *location)
{
    struct hops *hops = begin_hops(check);
    struct rollcall_address ip;
    struct web_place next;
    char detail[80];

    if (hops == NULL) {
        check_finish(check, OUTCOME_NO_RESOURCES, NULL);
    } else if (hops->left == 0) {
        snprintf(detail, sizeof detail, "HTTP %u, after %u redirects", (unsigned)status,
                 http_redirects(check->spec));
        check_finish(check, OUTCOME_WRONG_STATUS, detail);
    } else if (!redirect_join(&hops->at, location, &next)) {
        check_finish(check, OUTCOME_MALFORMED,
                     "it redirects to what is no http or https URL");
    } else {
        hops->left--;
        hops->get = hops->get || turns_to_get(check, status);
        hops->at = next;
        if (address_parse_ip(next.host, &ip))
            fetch_hop(check);
        else
            naming_ask(check, next.host, next.port, fetch_hop);
    }
}

/* --- The reply that counts. */

static bool body_has(const struct fetch_result *result, const char *text)
{
    size_t length = result->body_length < BODY_MAX ? result->body_length : BODY_MAX;

    return length > 0 && memmem(result->body, length, text, strlen(text)) != NULL;
}

static void judge(struct check *check, const struct fetch_result *result)
{
    const char *text = check_option(check->spec, "expect_body", 0);
    const struct said_reply reply = { .scheme = is_tls(check) ? "https" : "http",
                                      .status = result->status,
                                      .phrase = result->phrase,
                                      .body = result->body,
                                      .length = result->body_length };
    char detail[64], said[SAID_MAX];
    const char *kept = said_reply(check, &reply, said);

    snprintf(detail, sizeof detail, "HTTP %u%s%s", (unsigned)result->status,
             result->phrase[0] != '\0' ? " " : "", result->phrase);
    if (http_status_warns(check->spec, result->status))
        check_finish_said(check, OUTCOME_WARNING_STATUS, detail, kept);
    else if (!http_status_expected(check->spec, result->status))
        check_finish_said(check, OUTCOME_WRONG_STATUS, detail, kept);
    else if (text != NULL && !body_has(result, text))
        check_finish_said(check, OUTCOME_BODY_MISMATCH,
                          "the text of expect_body is not in the body", kept);
    else
        check_finish_said(check, OUTCOME_PASSED, detail, kept);
}

static void on_reply(struct check *check, const struct fetch_result *result)
{
    char location[LOCATION_MAX];

    if (http_redirects(check->spec) > 0 && redirect_status(result->status) &&
        fetch_field(result, "location", location, sizeof location))
        follow(check, result->status, location);
    else
        judge(check, result);
}

/* --- The request. */

static void add_headers(const struct rollcall_check *spec, bool own, const char *body,
                        struct web_request *request)
{
    bool has_agent = false, has_accept = false, has_type = body == NULL;

    for (unsigned i = 0; own && i < spec->option_count; i++) {
        const char *name = http_header_name(&spec->options[i]);
        if (name == NULL)
            continue;
        has_agent |= strcasecmp(name, "User-Agent") == 0;
        has_accept |= strcasecmp(name, "Accept") == 0;
        has_type |= strcasecmp(name, "Content-Type") == 0;
        web_add_header(request, name, spec->options[i].value);
    }
    if (!has_agent)
        web_add_header(request, "User-Agent", "rollcall/" ROLLCALL_VERSION);
    if (!has_accept)
        web_add_header(request, "Accept", HTTP_ACCEPT);
    if (!has_type)
        web_add_header(request, "Content-Type", http_body_type(body));
}

/* What the definition says to others than its `own` server is nothing: a header may be a
 * secret. */
static void start_fetch(struct check *check, struct web_request *request, bool own,
                        bool get)
{
    const struct rollcall_check *spec = check->spec;
    const char *body = get ? NULL : check_option(spec, "body", 0);

    add_headers(spec, own, body, request);
    request->is.method = get ? "GET" : option_or(check, "method", "GET");
    request->is.body = body;
    request->is.body_length = body != NULL ? strlen(body) : 0;
    if (spec->keep_output)
        request->is.keep_max = REPLY_MAX;
    else if (check_option(spec, "expect_body", 0) != NULL)
        request->is.keep_max = BODY_MAX;
    request->is.read_max = REPLY_MAX;
    web_start(check, request, on_reply);
}

void web_run_http(struct check *check, bool tls)
{
    struct hops *hops = hops_of(check);
    struct web_request request;
    struct reason why = REASON_NONE;

    if (hops != NULL)
        hops->under_way = false;
    enum check_outcome outcome =
        web_prepare(check, tls, option_or(check, "path", "/"), &request, &why);
    if (outcome == OUTCOME_PASSED)
        start_fetch(check, &request, true, false);
    else
        check_finish(check, outcome, why.text[0] != '\0' ? why.text : NULL);
    web_deinit(&request);
}

#include "health/web.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "health/http_request.h"
#include "health/pem_file.h"
#include "health/probe.h"
#include "model/instance.h"
#include "model/rules.h"
#include "registry/catalogue.h"

enum { URL_MAX = 4096 };

/* One call under way. Owned by check->run. */
struct web_call {
    struct check *check; /* borrowed */
    struct fetch *fetch; /* owned by the bridge */
    void (*on_reply)(struct check *check, const struct fetch_result *result);
};

static bool is_true(const struct rollcall_check *check, const char *key)
{
    const char *value = check_option(check, key, 0);

    return value != NULL && strcmp(value, "true") == 0;
}

static const struct {
    const char *key;
    const char *label;
} files[] = {
    { "tls.ca", PEM_CERTIFICATE },
    { "tls.cert", PEM_CERTIFICATE },
    { "tls.key", PEM_KEY },
};
enum { FILES = sizeof files / sizeof files[0] };

static enum rollcall_status validate_server_name(const char *name, struct reason *why)
{
    struct rollcall_address ip;

    if (name == NULL || address_parse_ip(name, &ip))
        return ROLLCALL_OK;
    return rule_host("tls.server_name", name, why);
}

enum rollcall_status web_validate_tls(const struct rollcall_check *check,
                                      struct reason *why)
{
    enum rollcall_status status =
        validate_server_name(check_option(check, "tls.server_name", 0), why);
    if (status != ROLLCALL_OK)
        return status;
    for (int i = 0; i < FILES; i++) {
        const char *path = check_option(check, files[i].key, 0);
        if (path == NULL || path[0] == '/')
            continue;
        reason_field(why, files[i].key,
                     "\"%.200s\" is not an absolute path; it begins with \"/\"", path);
        return ROLLCALL_E_INVALID;
    }
    bool has_cert = check_option(check, "tls.cert", 0) != NULL;
    bool has_key = check_option(check, "tls.key", 0) != NULL;
    if (has_cert != has_key) {
        const char *missing = has_cert ? "tls.key" : "tls.cert";
        reason_field(why, missing,
                     "%s is missing; a certificate and its private key belong together",
                     missing);
        return ROLLCALL_E_MISSING_FIELD;
    }
    if (is_true(check, "tls.skip_verify") && check_option(check, "tls.ca", 0) != NULL) {
        reason_field(why, "tls.ca",
                     "tls.ca says whom to trust, tls.skip_verify to trust anybody; leave "
                     "one of them out");
        return ROLLCALL_E_INVALID;
    }
    return ROLLCALL_OK;
}

/* One that means TLS, beside the one that says so. */
static bool has_tls_option(const struct rollcall_check *check)
{
    for (unsigned i = 0; i < check->option_count; i++) {
        const char *key = check->options[i].key;
        if (strncmp(key, "tls.", 4) == 0 && strcmp(key, "tls.enable") != 0)
            return true;
    }
    return false;
}

bool web_wants_tls(const struct rollcall_check *check)
{
    const char *enable = check_option(check, "tls.enable", 0);

    return enable != NULL ? strcmp(enable, "true") == 0 : has_tls_option(check);
}

enum rollcall_status web_validate_optional_tls(const struct rollcall_check *check,
                                               struct reason *why)
{
    enum rollcall_status status = web_validate_tls(check, why);

    if (status != ROLLCALL_OK || web_wants_tls(check) || !has_tls_option(check))
        return status;
    reason_field(why, "tls.enable",
                 "tls.enable is false, so the other tls options have no meaning; leave "
                 "them or tls.enable out");
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status read_file(const struct rollcall_check *check, int file,
                                      uid_t uid, struct buffer *out, struct reason *why)
{
    const char *path = check_option(check, files[file].key, 0);
    struct reason inner = REASON_NONE;

    if (path == NULL)
        return ROLLCALL_OK;
    enum rollcall_status status =
        pem_file_read(path, files[file].label, uid, out, &inner);
    if (status != ROLLCALL_OK)
        reason_field(why, files[file].key, "%s",
                     reason_text(&inner, "the file cannot be read"));
    return status;
}

enum rollcall_status web_admit_files(const struct rollcall_check *check,
                                     const struct check_asker *asker, struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;

    for (int i = 0; i < FILES && status == ROLLCALL_OK; i++) {
        struct buffer content;
        if (!asker->local && check_option(check, files[i].key, 0) != NULL) {
            reason_field(why, files[i].key,
                         "files of this machine may be named over the Unix socket only");
            return ROLLCALL_E_UNAUTHORIZED;
        }
        buffer_init(&content, PEM_FILE_MAX);
        status = read_file(check, i, asker->uid, &content, why);
        buffer_deinit(&content);
    }
    return status;
}

static enum check_outcome outcome_of(enum fetch_end end)
{
    static const enum check_outcome outcomes[FETCH_END_COUNT] = {
        [FETCH_DONE] = OUTCOME_PASSED,
        [FETCH_REFUSED] = OUTCOME_REFUSED,
        [FETCH_RESET] = OUTCOME_RESET,
        [FETCH_CLOSED] = OUTCOME_CLOSED,
        [FETCH_TIMED_OUT] = OUTCOME_TIMED_OUT,
        [FETCH_UNREACHABLE] = OUTCOME_UNREACHABLE,
        [FETCH_FORBIDDEN] = OUTCOME_FORBIDDEN,
        [FETCH_NO_NAME] = OUTCOME_UNREACHABLE,
        [FETCH_MALFORMED] = OUTCOME_MALFORMED,
        [FETCH_TLS_FAILED] = OUTCOME_TLS_FAILED,
        [FETCH_BAD_CERTIFICATE] = OUTCOME_BAD_CERTIFICATE,
        [FETCH_CERTIFICATE_EXPIRED] = OUTCOME_CERTIFICATE_EXPIRED,
        [FETCH_WRONG_NAME] = OUTCOME_CERTIFICATE_NAME,
        [FETCH_UNKNOWN_AUTHORITY] = OUTCOME_UNKNOWN_AUTHORITY,
        [FETCH_TLS_FILE] = OUTCOME_CANNOT_ASK,
        [FETCH_BAD_URL] = OUTCOME_CANNOT_ASK,
        [FETCH_NO_RESOURCES] = OUTCOME_NO_RESOURCES,
    };

    return outcomes[end];
}

static void init(struct web_request *out)
{
    out->is = (struct fetch_request){ .headers = out->headers };
    buffer_init(&out->url, URL_MAX);
    buffer_init(&out->ca, PEM_FILE_MAX);
    buffer_init(&out->cert, PEM_FILE_MAX);
    buffer_init(&out->key, PEM_FILE_MAX);
}

void web_deinit(struct web_request *request)
{
    buffer_deinit(&request->url);
    buffer_deinit(&request->ca);
    buffer_deinit(&request->cert);
    buffer_deinit(&request->key);
}

/* The name of the server stands in the URL, so that it is asked for, found in the
 * certificate and sent as Host; the address stands in connect_to. */
static void write_url(const struct check *check, bool tls, const char *path,
                      struct web_request *out)
{
    const char *name = tls ? check_option(check->spec, "tls.server_name", 0) : NULL;
    char address[ADDRESS_TEXT];

    out->is.connect_to = &out->target;
    buffer_text(&out->url, tls ? "https://" : "http://");
    if (name == NULL && check->named) {
        buffer_text(&out->url, check_option(check->spec, "target", 0));
    } else if (name == NULL) {
        address_print(&out->target, address, sizeof address);
        buffer_text(&out->url, address);
    } else {
        bool is_v6 = strchr(name, ':') != NULL;
        buffer_format(&out->url, is_v6 ? "[%s]:%u" : "%s:%u", name,
                      (unsigned)address_port(&out->target));
    }
    buffer_text(&out->url, path);
    out->is.url = out->url.data;
}

static struct fetch_pem pem_of(const struct buffer *content)
{
    return (struct fetch_pem){ .data = content->data, .length = content->length };
}

static enum check_outcome read_files(const struct check *check, struct web_request *out,
                                     struct reason *why)
{
    struct buffer *const contents[FILES] = { &out->ca, &out->cert, &out->key };
    enum rollcall_status status = ROLLCALL_OK;

    for (int i = 0; i < FILES && status == ROLLCALL_OK; i++)
        status = read_file(check->spec, i, check->entry->owner, contents[i], why);
    out->is.tls.skip_verify = is_true(check->spec, "tls.skip_verify");
    out->is.tls.ca = pem_of(&out->ca);
    out->is.tls.cert = pem_of(&out->cert);
    out->is.tls.key = pem_of(&out->key);
    if (status == ROLLCALL_OK)
        return OUTCOME_PASSED;
    return status == ROLLCALL_E_INVALID ? OUTCOME_CANNOT_ASK : OUTCOME_NO_RESOURCES;
}

enum check_outcome web_prepare(const struct check *check, bool tls, const char *path,
                               struct web_request *out, struct reason *why)
{
    init(out);
    if (!check_target(check, &out->target))
        return OUTCOME_NO_ADDRESS;
    write_url(check, tls, path, out);
    out->is.forbidden = probe_forbidden;
    out->is.reuse = is_true(check->spec, "reuse");
    out->is.reset_on_close = true;
    if (out->url.failed)
        return OUTCOME_NO_RESOURCES;
    return tls ? read_files(check, out, why) : OUTCOME_PASSED;
}

bool web_own_place(const struct check *check, bool tls, const char *path,
                   struct web_place *out)
{
    struct web_request request;
    bool good;

    init(&request);
    good = check_target(check, &request.target);
    if (good)
        write_url(check, tls, path, &request);
    good = good && !request.url.failed && redirect_parse(request.url.data, out);
    web_deinit(&request);
    return good;
}

enum check_outcome web_prepare_at(const struct check *check,
                                  const struct web_place *place,
                                  const struct address *target, bool own,
                                  struct web_request *out, struct reason *why)
{
    bool is_v6 = strchr(place->host, ':') != NULL;

    init(out);
    out->target = *target;
    out->is.connect_to = &out->target;
    out->is.forbidden = probe_forbidden;
    out->is.reset_on_close = true;
    buffer_format(&out->url, is_v6 ? "%s://[%s]:%u" : "%s://%s:%u",
                  place->tls ? "https" : "http", place->host, (unsigned)place->port);
    buffer_text(&out->url, place->path);
    out->is.url = out->url.data;
    if (out->url.failed)
        return OUTCOME_NO_RESOURCES;
    enum check_outcome outcome =
        place->tls ? read_files(check, out, why) : OUTCOME_PASSED;
    if (!own)
        out->is.tls.cert = out->is.tls.key = (struct fetch_pem){ .data = NULL };
    return outcome;
}

void web_add_header(struct web_request *request, const char *name, const char *value)
{
    assert(request->is.header_count < sizeof request->headers / sizeof *request->headers);
    request->headers[request->is.header_count++] = (struct rollcall_pair){ name, value };
}

static void on_end(void *owner, const struct fetch_result *result)
{
    struct web_call *call = owner;
    struct check *check = call->check;
    void (*on_reply)(struct check *, const struct fetch_result *) = call->on_reply;

    check->run = NULL;
    check->fetching = false;
    free(call);
    if (result->end == FETCH_DONE)
        on_reply(check, result);
    else
        check_finish(check, outcome_of(result->end),
                     result->detail[0] != '\0' ? result->detail : NULL);
}

void web_start(struct check *check, const struct web_request *request,
               void (*on_reply)(struct check *check, const struct fetch_result *result))
{
    struct web_call *call = malloc(sizeof *call);
    struct reason why = REASON_NONE;
    enum rollcall_status status = ROLLCALL_E_NOMEM;

    if (call != NULL) {
        *call = (struct web_call){ .check = check, .on_reply = on_reply };
        status = fetch_start(check_bridge(check), &request->is, on_end, call,
                             &call->fetch, &why);
    }
    if (status == ROLLCALL_OK) {
        check->run = call;
        check->fetching = true;
        return;
    }
    free(call);
    check_finish(check,
                 status == ROLLCALL_E_NOMEM ? OUTCOME_NO_RESOURCES : OUTCOME_CANNOT_ASK,
                 why.text[0] != '\0' ? why.text : NULL);
}

void web_cancel(struct check *check)
{
    struct web_call *call = check->run;

    assert(call != NULL);
    fetch_cancel(call->fetch);
    check->run = NULL;
    check->fetching = false;
    free(call);
}

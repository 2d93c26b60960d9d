#include "health/http_request.h"

#include <string.h>
#include <strings.h>

#include "base/units.h"
#include "health/naming.h"
#include "model/instance.h"
#include "rollcall/version.h"

#define HEADERS "headers."

static bool is_token(const char *text)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

const char *http_header_name(const struct rollcall_pair *option)
{
    size_t length = sizeof HEADERS - 1;

    return strncmp(option->key, HEADERS, length) == 0 ? option->key + length : NULL;
}

static enum rollcall_status validate_path(const char *path, struct reason *why)
{
    if (path == NULL || (path[0] == '/' && !has_control(path) && !strchr(path, ' ') &&
                         !strchr(path, '#')))
        return ROLLCALL_OK;
    reason_field(why, "path",
                 "\"%s\" is not a path; it begins with \"/\" and has no blank, no \"#\" "
                 "and no control character (write a blank as %%20)",
                 path);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status validate_method(const char *method, struct reason *why)
{
    if (method == NULL || (is_token(method) && strcmp(method, "CONNECT") != 0))
        return ROLLCALL_OK;
    reason_field(why, "method",
                 "\"%s\" is not a method; write GET, HEAD, POST or the "
                 "like",
                 method);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status validate_header(const struct rollcall_pair *option,
                                            struct reason *why)
{
    static const char *const ours[] = { "Connection", "Content-Length",
                                        "Transfer-Encoding", "Expect", "Upgrade" };
    const char *name = http_header_name(option);

    if (!is_token(name) || has_control(option->value)) {
        reason_field(why, option->key,
                     "a header has a name of letters, digits and hyphens, and a value "
                     "without line breaks");
        return ROLLCALL_E_INVALID;
    }
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcasecmp(name, ours[i]) == 0) {
            reason_field(why, option->key,
                         "the header %s is set by the check itself; leave it out",
                         ours[i]);
            return ROLLCALL_E_INVALID;
        }
    return ROLLCALL_OK;
}

static bool read_status(const char **at, unsigned *status)
{
    unsigned number = 0;
    int digits = 0;

    for (; **at >= '0' && **at <= '9' && digits < 4; (*at)++, digits++)
        number = number * 10 + (unsigned)(**at - '0');
    *status = number;
    return digits == 3 && number >= 100 && number <= 599;
}

/* Takes one "404" or "200-299" and the comma behind it. */
static bool read_range(const char **at, unsigned *first, unsigned *last)
{
    if (!read_status(at, first))
        return false;
    *last = *first;
    if (**at == '-') {
        (*at)++;
        if (!read_status(at, last) || *last < *first)
            return false;
    }
    if (**at == ',')
        return *++(*at) != '\0';
    return **at == '\0';
}

static enum rollcall_status validate_ranges(const char *key, const char *ranges,
                                            struct reason *why)
{
    unsigned first;
    unsigned last;

    if (ranges == NULL)
        return ROLLCALL_OK;
    const char *at = ranges;
    do {
        if (!read_range(&at, &first, &last)) {
            reason_field(why, key,
                         "\"%s\" is not a list of statuses from 100 to 599; write 200, "
                         "\"200-399\" or a list of those",
                         ranges);
            return ROLLCALL_E_INVALID;
        }
    } while (*at != '\0');
    return ROLLCALL_OK;
}

enum rollcall_status http_request_validate(const struct rollcall_check *check,
                                           struct reason *why)
{
    enum rollcall_status status = validate_path(check_option(check, "path", 0), why);

    if (status == ROLLCALL_OK)
        status = validate_method(check_option(check, "method", 0), why);
    for (unsigned i = 0; i < check->option_count && status == ROLLCALL_OK; i++)
        if (http_header_name(&check->options[i]) != NULL)
            status = validate_header(&check->options[i], why);
    for (unsigned i = 0; i < check->option_count && status == ROLLCALL_OK; i++) {
        const struct rollcall_pair *option = &check->options[i];
        if (strcmp(option->key, "expect_status") == 0 ||
            strcmp(option->key, "warning_status") == 0)
            status = validate_ranges(option->key, option->value, why);
    }
    return status;
}

static const char *option_or(const struct rollcall_check *check, const char *key,
                             const char *fallback)
{
    const char *value = check_option(check, key, 0);

    return value != NULL ? value : fallback;
}

static void field(struct buffer *out, const char *name, const char *value)
{
    buffer_text(out, name);
    buffer_text(out, ": ");
    buffer_text(out, value);
    buffer_text(out, "\r\n");
}

/* Which of ours were registered otherwise. */
struct registered {
    bool host, agent, accept, type;
};

/* The headers as registered. */
static void write_headers(const struct rollcall_check *check, struct buffer *out,
                          struct registered *has)
{
    for (unsigned i = 0; i < check->option_count; i++) {
        const char *name = http_header_name(&check->options[i]);
        if (name == NULL)
            continue;
        has->host |= strcasecmp(name, "Host") == 0;
        has->agent |= strcasecmp(name, "User-Agent") == 0;
        has->accept |= strcasecmp(name, "Accept") == 0;
        has->type |= strcasecmp(name, "Content-Type") == 0;
        field(out, name, check->options[i].value);
    }
}

const char *http_body_type(const char *body)
{
    return body[0] == '{' || body[0] == '[' ? "application/json"
                                            : "text/plain; charset=utf-8";
}

void http_request_write(const struct rollcall_check *check, const struct address *target,
                        struct buffer *out)
{
    const char *body = option_or(check, "body", "");
    struct registered has = { .host = false };
    char host[ADDRESS_TEXT];

    buffer_reserve(out, 256 + strlen(body));
    buffer_text(out, option_or(check, "method", "GET"));
    buffer_char(out, ' ');
    buffer_text(out, option_or(check, "path", "/"));
    buffer_text(out, " HTTP/1.1\r\n");
    write_headers(check, out, &has);
    if (!has.host) {
        const char *text = check_option(check, "target", 0);
        address_print(target, host, sizeof host);
        field(out, "Host", naming_parse(text, NULL, NULL) ? text : host);
    }
    if (!has.agent)
        field(out, "User-Agent", "rollcall/" ROLLCALL_VERSION);
    if (!has.accept)
        field(out, "Accept", HTTP_ACCEPT);
    if (body[0] != '\0' && !has.type)
        field(out, "Content-Type", http_body_type(body));
    if (body[0] != '\0')
        buffer_format(out, "Content-Length: %zu\r\n", strlen(body));
    buffer_text(out, "Connection: close\r\n\r\n");
    buffer_text(out, body);
}

bool http_request_is_head(const struct rollcall_check *check)
{
    return strcmp(option_or(check, "method", "GET"), "HEAD") == 0;
}

unsigned http_redirects(const struct rollcall_check *check)
{
    uint64_t number = 0;

    (void)units_parse_u64(option_or(check, "redirects", "0"), UINT16_MAX, &number);
    return (unsigned)number;
}

static bool in_ranges(const char *ranges, uint16_t status)
{
    unsigned first;
    unsigned last;

    while (*ranges != '\0' && read_range(&ranges, &first, &last))
        if (status >= first && status <= last)
            return true;
    return false;
}

static bool is_listed(const struct rollcall_check *check, const char *key,
                      uint16_t status)
{
    const char *ranges;

    for (unsigned i = 0; (ranges = check_option(check, key, i)) != NULL; i++)
        if (in_ranges(ranges, status))
            return true;
    return false;
}

bool http_status_warns(const struct rollcall_check *check, uint16_t status)
{
    return is_listed(check, "warning_status", status);
}

bool http_status_expected(const struct rollcall_check *check, uint16_t status)
{
    if (check_option(check, "expect_status", 0) == NULL)
        return status >= 200 && status <= 399;
    return is_listed(check, "expect_status", status);
}

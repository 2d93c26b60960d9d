/* Headers that two servers might read in two ways: with a proxy before us, what one of
 * them takes for a body is a request for the other (RFC 9112 section 11.2). */
#include <microhttpd.h>
#include <string.h>
#include <strings.h>

#include "http/carrier.h"

struct headers {
    unsigned lengths; /* Content-Length */
    unsigned codings; /* Transfer-Encoding */
    unsigned hosts;
    const char *fault;
};

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text, size_t length)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool is_alnum =
            (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!is_alnum && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return length > 0;
}

static bool has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
            return true;
    return false;
}

static bool is_called(const char *wanted, const char *name, size_t length)
{
    return strlen(wanted) == length && strncasecmp(wanted, name, length) == 0;
}

static enum MHD_Result look(void *owner, enum MHD_ValueKind kind, const char *name,
                            size_t name_length, const char *value, size_t value_length)
{
    struct headers *headers = owner;

    (void)kind;
    if (!is_token(name, name_length))
        headers->fault = "a header has a name that is none";
    else if (value == NULL || has_control(value, value_length))
        headers->fault = "a header holds a control character";
    else if (is_called("Host", name, name_length))
        headers->hosts++;
    else if (is_called("Content-Length", name, name_length))
        headers->lengths++;
    else if (is_called("Transfer-Encoding", name, name_length)) {
        headers->codings++;
        if (!is_called("chunked", value, value_length))
            headers->fault = "the only Transfer-Encoding here is chunked";
    }
    return headers->fault == NULL ? MHD_YES : MHD_NO;
}

const char *carrier_headers_fault(struct MHD_Connection *carried)
{
    struct headers headers = { .fault = NULL };

    MHD_get_connection_values_n(carried, MHD_HEADER_KIND, look, &headers);
    if (headers.fault != NULL)
        return headers.fault;
    if (headers.lengths > 0 && headers.codings > 0)
        return "Content-Length and Transfer-Encoding exclude each other";
    if (headers.lengths > 1 || headers.codings > 1)
        return "the length of the body is given twice";
    return headers.hosts > 1 ? "Host is given twice" : NULL;
}

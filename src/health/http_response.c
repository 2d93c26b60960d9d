#include "health/http_response.h"

#include <string.h>
#include <strings.h>

enum { HEAD_MAX = 16 * 1024, LINE_MAX_OCTETS = 8 * 1024 };

void http_response_init(struct http_response *response, bool head_request,
                        size_t body_max)
{
    *response = (struct http_response){ .head_request = head_request };
    buffer_init(&response->body, body_max);
    buffer_init(&response->line, LINE_MAX_OCTETS);
}

void http_response_deinit(struct http_response *response)
{
    buffer_deinit(&response->body);
    buffer_deinit(&response->line);
}

static void malformed(struct http_response *response, const char *fault)
{
    response->phase = HTTP_MALFORMED;
    response->fault = fault;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9110 §5.6.2. */
static bool is_token_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static void copy_phrase(struct http_response *response, const char *from, size_t length)
{
    if (length >= sizeof response->phrase)
        length = sizeof response->phrase - 1;
    for (size_t i = 0; i < length; i++)
        response->phrase[i] = from[i] >= 0x20 && from[i] < 0x7f ? from[i] : '?';
    response->phrase[length] = '\0';
}

/* "HTTP/1.1 200 OK"; the phrase and the space before it may be missing. */
static void take_status_line(struct http_response *response, const char *line,
                             size_t length)
{
    if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) ||
        line[8] != ' ') {
        malformed(response, "the first line is not an HTTP/1 status line");
        return;
    }
    if (line[9] < '1' || line[9] > '9' || !is_digit(line[10]) || !is_digit(line[11]) ||
        (length > 12 && line[12] != ' ')) {
        malformed(response, "the status is not a number of three digits");
        return;
    }
    response->status =
        (uint16_t)((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
    copy_phrase(response, line + 13, length > 13 ? length - 13 : 0);
    response->phase = HTTP_FIELDS;
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && ((*text)[*length - 1] == ' ' || (*text)[*length - 1] == '\t'))
        (*length)--;
}

/* The same length twice is one length; two different ones are an attack or a mistake
 * (RFC 9112 §6.3). */
static void take_content_length(struct http_response *response, const char *value,
                                size_t length)
{
    uint64_t number = 0;

    if (length == 0 || length > 18) {
        malformed(response, "the Content-Length is not a number");
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(value[i])) {
            malformed(response, "the Content-Length is not a number");
            return;
        }
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    if (response->has_length && response->left != number) {
        malformed(response, "there are two different Content-Lengths");
        return;
    }
    response->has_length = true;
    response->left = number;
}

/* Only the last coding frames the message: chunked, or until the peer closes. */
static void take_transfer_encoding(struct http_response *response, const char *value,
                                   size_t length)
{
    size_t start = length;

    while (start > 0 && value[start - 1] != ',')
        start--;
    value += start;
    length -= start;
    trim(&value, &length);
    response->transfer_coded = true;
    response->framing = length == 7 && strncasecmp(value, "chunked", 7) == 0
                            ? HTTP_CHUNKED
                            : HTTP_UNTIL_CLOSE;
}

static bool name_is(const char *line, size_t length, const char *name)
{
    return length == strlen(name) && strncasecmp(line, name, length) == 0;
}

static bool has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
            return true;
    return false;
}

static void take_field(struct http_response *response, const char *line, size_t length)
{
    size_t name = 0;

    if (line[0] == ' ' || line[0] == '\t')
        return; /* the rest of a folded field: none that we read may be folded */
    while (name < length && is_token_char(line[name]))
        name++;
    if (name == 0 || name == length || line[name] != ':') {
        malformed(response, "a header line has no name or no colon");
        return;
    }
    const char *value = line + name + 1;
    size_t value_length = length - name - 1;
    trim(&value, &value_length);
    if (has_control(value, value_length))
        malformed(response, "a header has a control character");
    else if (name_is(line, name, "content-length"))
        take_content_length(response, value, value_length);
    else if (name_is(line, name, "transfer-encoding"))
        take_transfer_encoding(response, value, value_length);
}

static void forget_framing(struct http_response *response)
{
    response->has_length = false;
    response->transfer_coded = false;
    response->framing = HTTP_UNTIL_CLOSE;
    response->left = 0;
}

/* How the body ends, RFC 9112 §6.3. */
static void end_head(struct http_response *response)
{
    uint16_t status = response->status;

    if (status < 200 && status != 101) {
        forget_framing(response);
        response->phase = HTTP_STATUS_LINE;
        return;
    }
    response->phase = HTTP_BODY;
    if (!response->transfer_coded && response->has_length)
        response->framing = HTTP_LENGTH;
    if (status == 101 || status == 204 || status == 304 || response->head_request ||
        (response->framing == HTTP_LENGTH && response->left == 0))
        response->phase = HTTP_COMPLETE;
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "1a;extension": RFC 9112 §7.1. */
static void take_chunk_size(struct http_response *response, const char *line,
                            size_t length)
{
    uint64_t size = 0;
    size_t at = 0;

    for (; at < length && hex_digit(line[at]) >= 0; at++)
        size = size << 4 | (uint64_t)hex_digit(line[at]);
    bool ended = at == length || line[at] == ';' || line[at] == ' ' || line[at] == '\t';
    if (at == 0 || at > 15 || !ended) {
        malformed(response, "the size of a chunk is not a hexadecimal number");
        return;
    }
    response->left = size;
    response->chunk = size == 0 ? HTTP_TRAILER : HTTP_CHUNK_DATA;
}

static void take_chunk_line(struct http_response *response, const char *line,
                            size_t length)
{
    switch (response->chunk) {
    case HTTP_CHUNK_SIZE:
        take_chunk_size(response, line, length);
        break;
    case HTTP_CHUNK_END:
        if (length > 0)
            malformed(response, "a chunk is longer than it said");
        response->chunk = HTTP_CHUNK_SIZE;
        break;
    case HTTP_TRAILER:
        if (length == 0)
            response->phase = HTTP_COMPLETE;
        break;
    case HTTP_CHUNK_DATA:
        break;
    }
}

static void take_line(struct http_response *response, const char *line, size_t length)
{
    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (response->phase == HTTP_STATUS_LINE)
        take_status_line(response, line, length);
    else if (response->phase == HTTP_BODY)
        take_chunk_line(response, line, length);
    else if (length == 0)
        end_head(response);
    else
        take_field(response, line, length);
}

/* Takes up to the end of the line. A line that came in pieces is put together first. */
static size_t feed_line(struct http_response *response, const char *bytes, size_t length)
{
    const char *newline = memchr(bytes, '\n', length);
    size_t part = newline != NULL ? (size_t)(newline - bytes) : length;

    if (response->phase != HTTP_BODY) {
        response->head_octets += (uint32_t)(part < HEAD_MAX ? part + 1 : HEAD_MAX);
        if (response->head_octets > HEAD_MAX)
            malformed(response, "the head is longer than 16 KiB");
    }
    if (part > LINE_MAX_OCTETS - response->line.length)
        malformed(response, "a line is longer than 8 KiB");
    if (response->phase == HTTP_MALFORMED)
        return length;
    if (newline == NULL || response->line.length > 0)
        buffer_append(&response->line, bytes, part);
    if (newline == NULL || response->line.failed)
        return length;
    if (response->line.length > 0)
        take_line(response, response->line.data, response->line.length);
    else
        take_line(response, bytes, part);
    buffer_deinit(&response->line);
    return part + 1;
}

static void keep_body(struct http_response *response, const char *bytes, size_t length)
{
    size_t room = response->body.bound - response->body.length;

    if (room > 0)
        buffer_append(&response->body, bytes, length < room ? length : room);
}

static size_t feed_data(struct http_response *response, const char *bytes, size_t length)
{
    if (response->framing != HTTP_UNTIL_CLOSE) {
        if (length > response->left)
            length = (size_t)response->left;
        response->left -= length;
    }
    keep_body(response, bytes, length);
    if (response->left == 0 && response->framing == HTTP_LENGTH)
        response->phase = HTTP_COMPLETE;
    if (response->left == 0 && response->framing == HTTP_CHUNKED)
        response->chunk = HTTP_CHUNK_END;
    return length;
}

void http_response_feed(struct http_response *response, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0 && response->phase != HTTP_COMPLETE &&
           response->phase != HTTP_MALFORMED) {
        bool is_data =
            response->phase == HTTP_BODY &&
            (response->framing != HTTP_CHUNKED || response->chunk == HTTP_CHUNK_DATA);
        size_t taken =
            is_data ? feed_data(response, at, length) : feed_line(response, at, length);
        at += taken;
        length -= taken;
    }
}

void http_response_end(struct http_response *response)
{
    if (response->phase == HTTP_BODY && response->framing == HTTP_UNTIL_CLOSE)
        response->phase = HTTP_COMPLETE;
}

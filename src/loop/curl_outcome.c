/* What libcurl says about the end of a transfer, as an end and a line for people. */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>

#include "loop/curl_fetch.h"

/* CURLINFO_SSL_VERIFYRESULT: numbers of OpenSSL (x509_vfy.h), which this room need not
 * know otherwise. */
enum {
    VERIFY_OK = 0,
    VERIFY_OPEN = 1, /* libcurl's, until the name was compared */
    VERIFY_NO_ISSUER = 2,
    VERIFY_NOT_YET_VALID = 9,
    VERIFY_EXPIRED = 10,
    VERIFY_SELF_SIGNED = 18,
    VERIFY_SELF_SIGNED_ROOT = 19,
    VERIFY_NO_LOCAL_ISSUER = 20,
    VERIFY_NO_FIRST = 21
};

static long info(const struct fetch *fetch, CURLINFO what)
{
    long value = 0;

    fetch->curl->curl_easy_getinfo(fetch->easy, what, &value);
    return value;
}

/* An errno of ours or of a connection. */
static enum fetch_end end_of_errno(int error, enum fetch_end otherwise)
{
    switch (error) {
    case 0:
        return otherwise;
    case ECONNREFUSED:
        return FETCH_REFUSED;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
        return FETCH_RESET;
    case ETIMEDOUT:
        return FETCH_TIMED_OUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
    case EAGAIN:
        return FETCH_NO_RESOURCES;
    default:
        return FETCH_UNREACHABLE;
    }
}

static enum fetch_end end_of_connect(const struct fetch *fetch)
{
    if (fetch->was_forbidden)
        return FETCH_FORBIDDEN;
    if (fetch->socket_error != 0)
        return fetch->socket_error == EAFNOSUPPORT
                   ? FETCH_UNREACHABLE
                   : end_of_errno(fetch->socket_error, FETCH_NO_RESOURCES);
    return end_of_errno((int)info(fetch, CURLINFO_OS_ERRNO), FETCH_UNREACHABLE);
}

/* libcurl compares the name itself, after OpenSSL found the chain good. */
static enum fetch_end end_of_verification(const struct fetch *fetch)
{
    switch (info(fetch, CURLINFO_SSL_VERIFYRESULT)) {
    case VERIFY_OK:
    case VERIFY_OPEN:
        return strstr(fetch->error, "subject name") != NULL ? FETCH_WRONG_NAME
                                                            : FETCH_BAD_CERTIFICATE;
    case VERIFY_EXPIRED:
        return FETCH_CERTIFICATE_EXPIRED;
    case VERIFY_NO_ISSUER:
    case VERIFY_SELF_SIGNED:
    case VERIFY_SELF_SIGNED_ROOT:
    case VERIFY_NO_LOCAL_ISSUER:
    case VERIFY_NO_FIRST:
        return FETCH_UNKNOWN_AUTHORITY;
    case VERIFY_NOT_YET_VALID:
    default:
        return FETCH_BAD_CERTIFICATE;
    }
}

static bool has_status(const struct fetch *fetch)
{
    return info(fetch, CURLINFO_RESPONSE_CODE) != 0;
}

/* Sending or receiving went wrong: the socket, TLS (an alert after the handshake is how a
 * server of TLS 1.3 refuses a client certificate; an end without a goodbye), or what was
 * received. */
static enum fetch_end end_of_transport(const struct fetch *fetch)
{
    int error = (int)info(fetch, CURLINFO_OS_ERRNO);

    if (strstr(fetch->error, "alert") != NULL)
        return FETCH_TLS_FAILED;
    if (error != 0)
        return end_of_errno(error, FETCH_CLOSED);
    if (strstr(fetch->error, "eof") == NULL && fetch->error[0] != '\0')
        return FETCH_MALFORMED;
    return has_status(fetch) ? FETCH_MALFORMED : FETCH_CLOSED;
}

/* Nothing came that libcurl would call a reply. With HTTP/2 it says no more than that,
 * also of a reset and of frames that make no sense; what TCP was at says it. (Over TLS a
 * peer that closed may answer our goodbye with a reset, so that says nothing.) */
static enum fetch_end end_of_nothing(const struct fetch *fetch)
{
    if (fetch->in_clear && fetch->last_state == TCP_CLOSE)
        return FETCH_RESET;
    return fetch->wants_http2 && fetch->last_state == TCP_ESTABLISHED ? FETCH_MALFORMED
                                                                      : FETCH_CLOSED;
}

static enum fetch_end end_of_handshake(const struct fetch *fetch)
{
    int error = (int)info(fetch, CURLINFO_OS_ERRNO);

    return error == ECONNRESET || error == EPIPE ? FETCH_RESET : FETCH_TLS_FAILED;
}

static enum fetch_end end_of(const struct fetch *fetch, CURLcode code)
{
    if (fetch->body.failed || fetch->fields.failed)
        return FETCH_NO_RESOURCES;
    if (fetch->fault != NULL)
        return FETCH_MALFORMED;
    if (fetch->not_http2 && code != CURLE_OK)
        return FETCH_MALFORMED;
    switch (code) {
    case CURLE_OK:
        return FETCH_DONE;
    case CURLE_WRITE_ERROR:
        return fetch->cut ? FETCH_DONE : FETCH_NO_RESOURCES;
    case CURLE_COULDNT_CONNECT:
        return end_of_connect(fetch);
    case CURLE_OPERATION_TIMEDOUT:
        return FETCH_TIMED_OUT;
    case CURLE_COULDNT_RESOLVE_HOST:
        return FETCH_NO_NAME;
    case CURLE_URL_MALFORMAT:
        return FETCH_BAD_URL;
    case CURLE_PEER_FAILED_VERIFICATION:
        return end_of_verification(fetch);
    case CURLE_SSL_CONNECT_ERROR:
        return end_of_handshake(fetch);
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return FETCH_TLS_FILE;
    case CURLE_GOT_NOTHING:
        return end_of_nothing(fetch);
    case CURLE_PARTIAL_FILE:
        return has_status(fetch) ? FETCH_MALFORMED : end_of_nothing(fetch);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return end_of_transport(fetch);
    case CURLE_OUT_OF_MEMORY:
        return FETCH_NO_RESOURCES;
    default: /* what it sent makes no sense: HTTP/0.9, HTTP/2, the length of the body */
        return FETCH_MALFORMED;
    }
}

/* The buffer may hold octets of the peer. */
static const char *printable(char *text)
{
    for (char *at = text; *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7f)
            *at = '?';
    return text;
}

/* libcurl names the file that it wanted, after a colon. */
static const char *no_authorities(struct fetch *fetch)
{
    char path[120];
    const char *colon = strstr(fetch->error, ": ");

    snprintf(path, sizeof path, "%s", colon != NULL ? colon + 2 : "the system's file");
    snprintf(fetch->error, sizeof fetch->error,
             "trusted authorities cannot be read from %s; install ca-certificates, or "
             "name a file in tls.ca",
             path);
    return printable(fetch->error);
}

static const char *detail_of(struct fetch *fetch, enum fetch_end end, CURLcode code)
{
    /* Of these libcurl knows no more than their phrase says. */
    if (end == FETCH_DONE || end == FETCH_REFUSED || end == FETCH_CLOSED)
        return "";
    if (end == FETCH_RESET && strstr(fetch->error, "SSL") == NULL)
        return "";
    if (fetch->fault != NULL)
        return fetch->fault;
    if (end == FETCH_MALFORMED && has_status(fetch) &&
        (code == CURLE_PARTIAL_FILE || strstr(fetch->error, "unexpected eof") != NULL))
        return "it closed in the middle of the body";
    if (fetch->not_http2)
        return "it does not speak HTTP/2";
    if (end == FETCH_MALFORMED && !has_status(fetch) && fetch->wants_http2 &&
        (code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE))
        return "its frames break HTTP/2";
    if (code == CURLE_SSL_CACERT_BADFILE && strstr(fetch->error, "certificate file"))
        return no_authorities(fetch);
    if (fetch->error[0] != '\0')
        return printable(fetch->error);
    return code == CURLE_WRITE_ERROR ? "out of memory"
                                     : fetch->curl->curl_easy_strerror(code);
}

void fetch_tell(struct fetch *fetch, CURLcode code)
{
    enum fetch_end end = end_of(fetch, code);
    long version = info(fetch, CURLINFO_HTTP_VERSION);
    struct fetch_result result = {
        .end = end,
        .detail = detail_of(fetch, end, code),
        .status = (uint16_t)info(fetch, CURLINFO_RESPONSE_CODE),
        .http = version == 0                       ? 0
                : version >= CURL_HTTP_VERSION_2_0 ? 2
                                                   : 1,
        .phrase = fetch->phrase,
        .body = fetch->body.data != NULL ? fetch->body.data : "",
        .body_length = fetch->body.length,
        .cut = fetch->cut,
        .fields = fetch->fields.data != NULL ? fetch->fields.data : "",
    };

    fetch->on_end(fetch->owner, &result);
}

const char *fetch_end_phrase(enum fetch_end end)
{
    static const char *const phrases[FETCH_END_COUNT] = {
#define X(name, phrase) [FETCH_##name] = (phrase),
        FETCH_END_LIST(X)
#undef X
    };

    return (unsigned)end < FETCH_END_COUNT ? phrases[end] : "ended in an unknown way";
}

static size_t copy_value(const char *value, size_t length, char *out, size_t size)
{
    while (length > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        length--;
    }
    while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t' ||
                          value[length - 1] == '\r'))
        length--;
    if (length >= size)
        length = size - 1;
    memcpy(out, value, length);
    out[length] = '\0';
    return length;
}

bool fetch_field(const struct fetch_result *result, const char *name, char *out,
                 size_t size)
{
    size_t name_length = strlen(name);
    bool found = false;

    for (const char *line = result->fields; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (length > name_length && line[name_length] == ':' &&
            strncasecmp(line, name, name_length) == 0) {
            copy_value(line + name_length + 1, length - name_length - 1, out, size);
            found = true;
        }
        line += length + (line[length] == '\n');
    }
    return found;
}

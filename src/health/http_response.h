/* health/http_response.h - read an HTTP/1.x response, byte by byte if need be.
 *
 * Pure: bytes in, phase out; no socket, no time. Strict where a sloppy reading could take
 * nonsense for health, lenient where RFC 9112 asks for it (bare LF, folded fields, no
 * reason phrase). Responses 100 to 199 except 101 are read over.
 * Bounds   the head 16 KiB, one line 8 KiB, what is kept of the body `body_max`.
 * Source   RFC 9112 §2.2 (lines), §4 (status line), §5 (fields), §6 and §7 (body).
 * Threads  one owner.
 */
#ifndef HEALTH_HTTP_RESPONSE_H
#define HEALTH_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum http_phase {
    HTTP_STATUS_LINE, /* not even the status is known */
    HTTP_FIELDS,      /* the status is known, the head goes on */
    HTTP_BODY,        /* the head is complete and good */
    HTTP_COMPLETE,    /* all of it was read */
    HTTP_MALFORMED    /* this is not HTTP: `fault` says why */
};

enum http_framing { HTTP_UNTIL_CLOSE, HTTP_LENGTH, HTTP_CHUNKED };
enum http_chunk { HTTP_CHUNK_SIZE, HTTP_CHUNK_DATA, HTTP_CHUNK_END, HTTP_TRAILER };

struct http_response {
    enum http_phase phase;
    uint16_t status;
    char phrase[40];    /* the reason phrase, printable ASCII only, cut */
    const char *fault;  /* MALFORMED: a constant sentence */
    struct buffer body; /* the first `body_max` octets, without the chunk framing */

    bool head_request; /* the answer to HEAD: no body follows (RFC 9112 §6.3) */
    bool has_length;
    bool transfer_coded;
    enum http_framing framing;
    enum http_chunk chunk;
    uint32_t head_octets;
    uint64_t left;      /* octets of the body or of the chunk still to come */
    struct buffer line; /* the beginning of a line that is not whole yet */
};

void http_response_init(struct http_response *response, bool head_request,
                        size_t body_max);
void http_response_deinit(struct http_response *response);

/* Take what arrived. Look at `phase` afterwards; after COMPLETE and MALFORMED nothing
 * more is taken. Memory running out shows as response->body.failed or line.failed. */
void http_response_feed(struct http_response *response, const void *bytes, size_t length);

/* The peer closed: COMPLETE if that is how this body ends, else the phase stays. */
void http_response_end(struct http_response *response);

#endif

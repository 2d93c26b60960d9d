/* http/exchange.h - one request over HTTP and its response, as endpoints see it.
 *
 * Text of the request is borrowed until the exchange is answered. An exchange is
 * answered exactly once, by exchange_reply() or one of its kin, at once or later: one
 * that was deferred stays alive until then, even if its client has gone. A handler that
 * returns without having answered, deferred or waited is an error of ours: 500.
 *
 * When it leaves: an answer given inside `run` leaves at once; one given later leaves
 * with http_flush(), after DNS workers can see what it promises.
 * Threads  control.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/list.h"
#include "base/reason.h"
#include "http/route.h"
#include "registry/registry.h"

struct exchange;
struct http;

#define HTTP_JSON "application/json"
#define HTTP_TEXT "text/plain; charset=utf-8"

/* --- The request. */

const struct route *exchange_route(const struct exchange *exchange);
/* What the owner of the route's table gave with it (server.h). */
void *exchange_owner(const struct exchange *exchange);
/* A parameter of the path, decoded, with its length (it may hold any octet but NUL is
 * refused before). NULL: the path of the row has no such parameter. */
const char *exchange_path(const struct exchange *exchange, const char *name,
                          size_t *length);
/* The nth value of a query parameter, decoded ('+' is a space); "" for a bare name.
 * NULL: absent. */
const char *exchange_query(const struct exchange *exchange, const char *name,
                           unsigned nth);
/* The query and the path as they were sent, for keys and log lines. */
const char *exchange_uri(const struct exchange *exchange);
/* NULL: no such header. `name` without regard to case. */
const char *exchange_header(const struct exchange *exchange, const char *name);
/* NUL-terminated; "" when there was none. */
const char *exchange_body(const struct exchange *exchange, size_t *length);
/* The client's address, "127.0.0.1", or "unix". */
const char *exchange_peer(const struct exchange *exchange);

/* --- Who asks. */

/* For the registry: owner of what is registered by it. `holder` is NULL. */
struct requester exchange_requester(const struct exchange *exchange);
/* May it do that to (or see) this service? Namespace NULL: "default". */
bool exchange_may(const struct exchange *exchange, enum token_right right,
                  const char *namespace_name, const char *service);
/* ... to all services (the daemon, the node). */
bool exchange_may_all(const struct exchange *exchange, enum token_right right);
/* ... to a key of the key/value store: by the same prefixes, as "kv/KEY". */
bool exchange_may_key(const struct exchange *exchange, enum token_right right,
                      const char *key, size_t length);
/* ... to every key that begins so, those to come included. */
bool exchange_may_keys(const struct exchange *exchange, enum token_right right,
                       const char *prefix, size_t length);
/* ... to what else has a name: a session, an event, a node. */
bool exchange_may_name(const struct exchange *exchange, enum token_right right,
                       enum pattern_kind kind, const char *name);
/* Who asks, to be kept with what it makes: TOKEN_OCTETS, all zero without a token. */
void exchange_maker(const struct exchange *exchange, uint8_t out[TOKEN_OCTETS]);
/* Did it make that, by the same token? */
bool exchange_made(const struct exchange *exchange, const uint8_t maker[TOKEN_OCTETS]);
/* Has what is made a maker to whom it belongs? Not where it was made without a token, nor
 * where none are configured any more. */
bool exchange_is_owned(const struct exchange *exchange,
                       const uint8_t maker[TOKEN_OCTETS]);
/* The name of its token; "" without one. */
const char *exchange_token_name(const struct exchange *exchange);

/* --- The response. */

/* The body is collected here; empty at first. Encoders of proto/encode.h write to it. */
struct buffer *exchange_out(struct exchange *exchange);
/* Copied. Before the reply; the same name again replaces. */
void exchange_set_header(struct exchange *exchange, const char *name, const char *value);
/* Answer with what was collected. `type` NULL: no Content-Type. JSON is indented where
 * the query has `pretty`. */
void exchange_reply(struct exchange *exchange, unsigned status, const char *type);
/* Answer with one line of text; what was collected is dropped. */
void exchange_text(struct exchange *exchange, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "Permission denied: ..." with 403: says which right of which service is missing. */
void exchange_forbid(struct exchange *exchange, enum token_right right,
                     const char *service);
/* Answer with a constant that outlives the server (an embedded file). */
void exchange_constant(struct exchange *exchange, unsigned status, const char *type,
                       const void *bytes, size_t length);

/* --- Later. */

/* Somebody will answer: a change is under way. Only inside `run`. */
void exchange_defer(struct exchange *exchange);

/* A place where exchanges wait for something to change; zeroed memory after topic_init()
 * has none. Whoever owns it must topic_wake() it before its memory goes. */
struct topic {
    struct list waiting;                                /* of exchanges */
    void (*on_empty)(struct topic *topic, void *owner); /* may be NULL: the last one left,
                                                  not called from inside topic_wake() */
    void *owner;
};
void topic_init(struct topic *topic);
/* Something changed: all that wait will run again, from the start, within the next
 * http_flush(). Safe inside an event of the registry. */
void topic_wake(struct topic *topic);

/* Wait at the topic until it is woken or `due` (monotonic ms); then `run` of the route is
 * called again. Only inside `run`. The client is watched: when it goes, so does this. */
void exchange_wait(struct exchange *exchange, struct topic *topic, int64_t due);
/* When the first wait of this exchange ends: false before the first one. Has it passed,
 * the handler must answer. */
bool exchange_waited(const struct exchange *exchange, int64_t *due);

/* Many wait for the same: after the first has answered with exchange_reply(), the rest of
 * this flush may have the same response. `key` says what it is for (path, query, rights);
 * `version` what it was made from. True: answered. */
bool exchange_reply_shared(struct exchange *exchange, const char *key, uint64_t version);
/* The response given next by exchange_reply() is kept under this key until the end of the
 * flush. */
void exchange_share(struct exchange *exchange, const char *key, uint64_t version);

/* --- Large answers: made when the small ones of a turn are done. */

/* The answer will list so many things. True: return; `run` is called again when it may be
 * made. Only inside `run`, before anything was collected. */
bool exchange_put_off(struct exchange *exchange, size_t number);
bool exchange_was_put_off(const struct exchange *exchange);
/* A large answer may be made in pieces: number `next` of what it lists is where to go on
 * now, 0 at first. Meanwhile `index` of what it lists may have moved; then what was
 * collected is dropped, and it is made in one piece from the beginning. `version` is what
 * exchange_share() will be given. */
size_t exchange_resume(struct exchange *exchange, uint64_t index, uint64_t version);
/* Is it time for others? True: return; what was collected stays, and the next piece
 * begins with number `next` and has `kept`, whatever that is to the handler. */
bool exchange_pause(struct exchange *exchange, size_t next, uint32_t kept);
/* Of the piece before; only where exchange_resume() was not 0. */
uint32_t exchange_kept(const struct exchange *exchange);

/* --- A stream without end (text/event-stream). */

struct stream;
struct stream_callbacks {
    void (*on_closed)(void *owner);  /* the client has gone, or the server stops; the
                                      * stream is gone with it. Exactly once */
    void (*on_drained)(void *owner); /* may be NULL: all that was written has been sent */
};
/* Answers with 200, the type and the headers set; the body comes with stream_write().
 * NULL: no memory, and the exchange is answered with 503. */
struct stream *exchange_stream(struct exchange *exchange, const char *type,
                               const struct stream_callbacks *callbacks, void *owner);
/* Sent with the next http_flush(), in chunks. Copied. */
void stream_write(struct stream *stream, const void *bytes, size_t length);
/* Octets that were written and not sent. */
size_t stream_waiting(const struct stream *stream);
/* End it from this side: what was written is sent first. on_closed() follows. */
void stream_end(struct stream *stream);

#endif

/* http/parts.h - what the files of this room do for each other.
 * Threads  control.
 */
#ifndef HTTP_PARTS_H
#define HTTP_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "http/route.h"
#include "rollcall/status.h"

struct connection;
struct exchange;
struct http;
struct peer;
struct shared;
struct stream;

/* exchange.c */
/* For a request whose first line says `raw`. NULL: no memory. */
struct exchange *exchange_create(struct connection *connection, const char *raw);
void exchange_destroy(struct exchange *exchange);
/* The headers are there: find its row. */
void exchange_begin(struct exchange *exchange, const char *method);
/* False: more than is allowed, even to throw away. */
bool exchange_take_body(struct exchange *exchange, const char *bytes, size_t length);
/* Nobody reads it any more. */
void exchange_drop_body(struct exchange *exchange);
/* The whole request is there. */
void exchange_complete(struct exchange *exchange);
/* Call the handler. */
void exchange_run(struct exchange *exchange);
/* Again, unless it has lost its right meanwhile. */
void exchange_rerun(struct exchange *exchange);

/* auth.c */
/* What those without a token may, from the configuration. */
void auth_open(struct http *http);
/* May it do anything of that kind at all? Else it is answered. */
bool auth_admit(struct exchange *exchange);
/* Are its token and its rights gone since? */
bool auth_lost(const struct exchange *exchange);
/* Might it still come in? Asks its certificate again where authorities have changed. */
bool auth_stays(const struct exchange *exchange);
/* Answers one that does not stay. */
void auth_refuse(struct exchange *exchange);

/* respond.c */
extern const struct route respond_lost_route;
/* What a request without a row gets: 400, 404, 405, OPTIONS, 413. */
bool respond_refused(struct exchange *exchange);
/* The spare memory for the answer, and back. */
void respond_lend(struct exchange *exchange);
void respond_return(struct exchange *exchange);
/* It has a response: it leaves now, or with the next flush. */
void respond_answered(struct exchange *exchange, unsigned status);

/* share.c */
void share_keep(struct exchange *exchange);
void share_release(struct shared *shared);
void shares_clear(struct http *http);

/* wait.c */
enum rollcall_status wait_open(struct http *http, struct reason *why);
void wait_close(struct http *http);
/* Take it out of wherever it waits; its topic may then be empty. */
void wait_leave(struct exchange *exchange);
/* The connection is about to go. */
void wait_forget(struct connection *connection);
/* Watch whether the client goes. */
void wait_watch(struct connection *connection);
/* Run the flush again soon. */
void wait_again(struct http *http);
void wait_run_woken(struct http *http);
/* ... at this time, monotonic ms. */
void wait_until(struct http *http, int64_t due);
/* Its client has gone: the connection wakes up only to be closed. */
void wait_abandon(struct exchange *exchange);

/* large.c */
/* Make what there is time for in this turn. */
void large_run(struct http *http);
/* A client has taken a large answer, or will never. */
void large_taken(struct http *http);
/* Was all of its answer made from this version? Always, if it was made at once. */
bool large_is_of(const struct exchange *exchange, uint64_t version);
/* No piece of its answer is made yet. */
void large_restart(struct exchange *exchange);
/* Those whose rights are gone hear of it with the next flush. */
void waits_revisit(struct http *http);

/* stream.c */
/* Those whose rights are gone end, and what they have not sent is dropped. */
void streams_revisit(struct http *http);
/* How many octets of the stream go to `out`: 0, none now; -1, it has ended. */
int64_t stream_read(struct stream *stream, char *out, size_t size);
/* Its exchange is over; tells the owner. */
void stream_closed(struct stream *stream);
void streams_flush(struct http *http);
void streams_stop(struct http *http);

/* patience.c: how long clients may take. */
enum rollcall_status patience_open(struct http *http, struct reason *why);
void patience_close(struct http *http);
void patience_idle(struct connection *connection);
void patience_receiving(struct connection *connection);
/* What takes long now is ours. */
void patience_none(struct connection *connection);

/* accept.c */
enum rollcall_status accept_open(struct http *http, struct reason *why);
void accept_start(struct http *http);
void accept_close(struct http *http);
/* Is there any door? */
bool accept_any(const struct http *http);

/* limits.c: everybody who comes from one address. */
/* How many connections there may be. */
void peers_open(struct http *http);
/* One more connection from there; NULL: no memory. */
struct peer *peer_take(struct http *http, const char *text, bool is_limited);
void peer_release(struct http *http, struct peer *peer);
/* Has it, or have all, too many connections? */
bool peer_is_crowded(const struct http *http, const struct peer *peer);
/* May it ask now? Else it is answered with 429. */
bool pace_admit(struct exchange *exchange);
/* Give memory back to the system after many have gone. Once per flush. */
void peers_tidy(struct http *http);
void peers_free(struct http *http);

/* origin.c: false: it is answered, for it comes from a page of another site. */
bool origin_admit(struct exchange *exchange);

#endif

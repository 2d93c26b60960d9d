#include "http/carrier.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/tls.h"

#define NO_DUE INT64_MAX

enum {
    LAST_TURNS = 16,
    /* Of handlers in one turn; what comes after has the next one. */
    TURN_US = 10 * 1000,
    /* Of a large answer the kernel takes no more at once (twice this), so that a turn in
     * which many clients can take more of theirs is not long. */
    SEND_MAX = 128 * 1024
};

struct carrier {
    struct http *http;         /* borrowed */
    struct MHD_Daemon *daemon; /* owned */
    uv_poll_t poll;
    struct ticker *ticker; /* owned: what MHD_get_timeout() says */
    int64_t due;
    int64_t turn_ends; /* monotonic us */
    bool encrypted;
    bool in_run;
    bool polling; /* the handle is open */
};

/* --- What libmicrohttpd calls. */

/* Nothing is decoded here: %2F in a path would become a slash. */
static size_t keep_escapes(void *owner, struct MHD_Connection *connection, char *text)
{
    (void)owner;
    (void)connection;
    return strlen(text);
}

static struct connection *connection_of(struct MHD_Connection *carried)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(carried, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

static void *session_of(const struct connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->carried, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    return info == NULL ? NULL : info->tls_session;
}

/* Its handshake has not begun. */
static void begin_tls(struct connection *connection)
{
    struct tls_set *set = connection->http->tls_set;

    if (tls_begin(set, session_of(connection)))
        connection->begun = tls_hold(set);
}

static void connection_started(struct carrier *carrier, struct MHD_Connection *carried,
                               void **context)
{
    struct http *http = carrier->http;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(carried, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = calloc(1, sizeof *connection);

    if (connection == NULL)
        return; /* each of its requests will be refused */
    connection->http = http;
    connection->peer = http->accepting;
    http->accepting = NULL;
    connection->carried = carried;
    connection->encrypted = carrier->encrypted;
    connection->fd = info->connect_fd;
    list_init(&connection->timed);
    if (carrier->encrypted)
        begin_tls(connection);
    patience_receiving(connection);
    *context = connection;
}

/* libmicrohttpd says nothing of a request that it gave up before its headers were read.
 */
static void drop_unheard(struct connection *connection)
{
    if (connection->exchange != NULL)
        exchange_destroy(connection->exchange);
    connection->exchange = NULL;
}

static void connection_closed(struct connection *connection)
{
    struct http *http = connection->http;

    drop_unheard(connection);
    wait_forget(connection);
    list_remove(&connection->timed);
    peer_release(http, connection->peer);
    tls_release(connection->begun);
    tls_release(connection->judge);
    free(connection);
}

static void on_connection(void *owner, struct MHD_Connection *carried, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_started(owner, carried, context);
    else if (*context != NULL)
        connection_closed(*context);
}

/* The first line of a request is there. What is returned here is the exchange in
 * on_request(). */
static void *on_target(void *owner, const char *raw, struct MHD_Connection *carried)
{
    struct connection *connection = connection_of(carried);

    (void)owner;
    if (connection == NULL)
        return NULL;
    patience_receiving(connection);
    drop_unheard(connection);
    connection->exchange = exchange_create(connection, raw);
    return connection->exchange;
}

static void on_completed(void *owner, struct MHD_Connection *carried, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *context;

    (void)owner;
    (void)carried;
    (void)code;
    *context = NULL;
    if (exchange == NULL)
        return;
    if (exchange->connection != NULL) {
        exchange->connection->exchange = NULL;
        patience_idle(exchange->connection);
    }
    exchange->connection = NULL;
    if (exchange->state == EXCHANGE_DEFERRED)
        list_append(&exchange->http->orphans, &exchange->node);
    else
        exchange_destroy(exchange);
}

/* Once for a connection. */
static void send_in_pieces(struct connection *connection)
{
    const int size = SEND_MAX;

    if (!connection->narrow)
        setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    connection->narrow = true;
}

static enum MHD_Result send_response(struct exchange *exchange,
                                     struct MHD_Connection *carried)
{
    struct MHD_Response *response =
        exchange->shared != NULL ? exchange->shared->response : exchange->response;

    if (exchange->length > SEND_MAX)
        send_in_pieces(exchange->connection);
    enum MHD_Result result = MHD_queue_response(carried, exchange->status, response);

    if (exchange->response != NULL)
        MHD_destroy_response(exchange->response);
    exchange->response = NULL;
    share_release(exchange->shared);
    exchange->shared = NULL;
    return result;
}

static bool wants_to_hear_first(struct MHD_Connection *carried)
{
    const char *expect = MHD_lookup_connection_value(carried, MHD_HEADER_KIND, "Expect");

    return expect != NULL && strcasecmp(expect, "100-continue") == 0;
}

/* A body that is known to be too large is refused before it is sent, where the client
 * waits for that or it is huge; others are read and thrown away, so that they hear us. */
static enum MHD_Result begin(struct exchange *exchange, struct MHD_Connection *carried,
                             const char *method)
{
    const char *text =
        MHD_lookup_connection_value(carried, MHD_HEADER_KIND, "Content-Length");
    unsigned long long length = text == NULL ? 0 : strtoull(text, NULL, 10);
    bool at_once = length > DRAIN_MAX || wants_to_hear_first(carried);

    exchange_begin(exchange, method);
    const char *fault = carrier_headers_fault(carried);
    if (fault != NULL) { /* where its body ends is not known */
        exchange->refusal = fault;
        exchange_set_header(exchange, "Connection", "close");
        at_once = true;
    }
    if (at_once && length > exchange->routed->route->body_max)
        exchange->body_seen = length;
    if (at_once && respond_refused(exchange))
        return send_response(exchange, carried);
    return MHD_YES;
}

/* Once for a connection and each set that it lives to see: its handshake is over. */
bool carrier_is_verified(struct connection *connection)
{
    struct tls_set *now = connection->http->tls_set;

    if (connection->begun == NULL || connection->judge == now)
        return connection->verified;
    tls_release(connection->judge);
    connection->judge = tls_hold(now);
    connection->verified =
        tls_client_is_verified(session_of(connection), connection->begun, now);
    return connection->verified;
}

/* The loop has other things to do than the questions of all clients that ask at once. */
static bool is_late(const struct carrier *carrier, const struct exchange *exchange)
{
    return exchange->state == EXCHANGE_RECEIVING && !carrier->http->stopped &&
           clock_monotonic_us() > carrier->turn_ends;
}

static void put_off(struct exchange *exchange, struct MHD_Connection *carried)
{
    patience_none(exchange->connection);
    exchange->suspended = true;
    list_append(&exchange->http->ready, &exchange->node);
    wait_again(exchange->http);
    MHD_suspend_connection(carried);
}

/* The first call has the headers, the next ones pieces of the body, the last none. After
 * a suspension it is called again as if for the last time. */
static enum MHD_Result on_request(void *owner, struct MHD_Connection *carried,
                                  const char *url, const char *method,
                                  const char *version, const char *upload,
                                  size_t *upload_size, void **context)
{
    struct exchange *exchange = *context;

    (void)url;
    (void)version;
    if (exchange == NULL || exchange->abandoned)
        return MHD_NO;
    exchange->suspended = false;
    if (exchange->state == EXCHANGE_NEW)
        return begin(exchange, carried, method);
    if (*upload_size > 0) {
        bool taken = exchange_take_body(exchange, upload, *upload_size);
        *upload_size = 0;
        return taken ? MHD_YES : MHD_NO;
    }
    if (is_late(owner, exchange)) {
        put_off(exchange, carried);
        return MHD_YES;
    }
    if (exchange->state == EXCHANGE_RECEIVING) {
        patience_none(exchange->connection);
        exchange_complete(exchange);
    }
    if (exchange->state == EXCHANGE_ANSWERED)
        return send_response(exchange, carried);
    if (exchange->abandoned)
        return MHD_NO;
    exchange->suspended = true;
    MHD_suspend_connection(carried);
    return MHD_YES;
}

/* --- On the loop. */

/* libmicrohttpd wants to be called again at this time, whatever happens. */
static void set_timer(struct carrier *carrier)
{
    MHD_UNSIGNED_LONG_LONG wait;
    int64_t now = clock_monotonic_ms();
    int64_t due = NO_DUE;

    if (MHD_get_timeout(carrier->daemon, &wait) == MHD_YES)
        due = now + (int64_t)wait;
    /* Being called too early harms nothing, and the timer need not move each time. */
    if (carrier->due != NO_DUE && carrier->due > now && due >= carrier->due)
        return;
    if (due == carrier->due)
        return;
    carrier->due = due;
    ticker_set(carrier->ticker, due);
}

void carrier_run(struct carrier *carrier)
{
    if (carrier == NULL || carrier->in_run)
        return;
    carrier->in_run = true;
    carrier->turn_ends = clock_monotonic_us() + TURN_US;
    MHD_run(carrier->daemon);
    carrier->in_run = false;
    set_timer(carrier);
}

void carrier_finish(struct carrier *carrier)
{
    MHD_UNSIGNED_LONG_LONG wait = 0;

    for (int i = 0; carrier != NULL && i < LAST_TURNS && wait == 0; i++) {
        MHD_run(carrier->daemon);
        if (MHD_get_timeout(carrier->daemon, &wait) != MHD_YES)
            break;
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    carrier_run(poll->data);
}

static void on_due(void *owner, int64_t now)
{
    struct carrier *carrier = owner;

    (void)now;
    carrier->due = NO_DUE;
    carrier_run(carrier);
}

bool carrier_take(struct carrier *carrier, int fd, const struct sockaddr *address,
                  socklen_t length)
{
    return MHD_add_connection(carrier->daemon, fd, address, length) == MHD_YES;
}

static void log_line(void *owner, const char *format, va_list arguments)
{
    char line[512];

    (void)owner;
    if (!log_enabled(LOG_LEVEL_DEBUG))
        return;
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    log_debug("http", "libmicrohttpd: %s", line);
}

/* The rest of the options: those of TLS, or none. */
static unsigned tls_options(bool encrypted, struct MHD_OptionItem *out)
{
    unsigned count = 0;

    if (encrypted) {
        out[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
                                                tls_no_certificate() };
        out[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0,
                                                (void *)(uintptr_t)TLS_PRIORITIES };
    }
    out[count] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
    return encrypted ? MHD_USE_TLS : 0;
}

static struct MHD_Daemon *start_daemon(struct carrier *carrier)
{
    struct MHD_OptionItem options[4];
    unsigned flags = tls_options(carrier->encrypted, options);
    const struct config_api *config = carrier->http->config;
    /* Ours are first: this one is for a client that takes nothing of its answer. */
    unsigned patience = (unsigned)((config->idle_timeout_ms + 999) / 1000 + 1);

    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET |
            MHD_USE_ERROR_LOG | flags,
        0, NULL, NULL, on_request, carrier, MHD_OPTION_EXTERNAL_LOGGER, log_line, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
        keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, carrier,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)config->max_headers,
        MHD_OPTION_CONNECTION_LIMIT, carrier->http->most + 16,
        MHD_OPTION_CONNECTION_TIMEOUT, patience, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

enum rollcall_status carrier_open(struct http *http, bool encrypted, struct carrier **out,
                                  struct reason *why)
{
    struct carrier *carrier = calloc(1, sizeof *carrier);
    const union MHD_DaemonInfo *info;
    int error;

    if (carrier == NULL)
        return ROLLCALL_E_NOMEM;
    *out = carrier; /* carrier_close() takes half-built ones */
    carrier->http = http;
    carrier->due = NO_DUE;
    carrier->poll.data = carrier;
    carrier->encrypted = encrypted;
    carrier->daemon = start_daemon(carrier);
    if (carrier->daemon == NULL) {
        reason_set(why, "libmicrohttpd does not start; are there descriptors left?");
        return ROLLCALL_E_IO;
    }
    info = MHD_get_daemon_info(carrier->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    error = info == NULL ? UV_EINVAL
                         : uv_poll_init(http->loop, &carrier->poll, info->epoll_fd);
    if (error != 0) {
        reason_set(why, "cannot watch libmicrohttpd: %s", uv_strerror(error));
        return ROLLCALL_E_IO;
    }
    carrier->polling = true;
    if (ticker_open(http->loop, on_due, carrier, &carrier->ticker) != ROLLCALL_OK)
        return ROLLCALL_E_NOMEM;
    uv_poll_start(&carrier->poll, UV_READABLE, on_readable);
    return ROLLCALL_OK;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct carrier *carrier = handle->data;

    if (carrier->daemon != NULL)
        MHD_stop_daemon(carrier->daemon);
    free(carrier);
}

void carrier_close(struct carrier *carrier)
{
    if (carrier == NULL)
        return;
    ticker_close(carrier->ticker);
    carrier->ticker = NULL;
    if (carrier->polling) {
        uv_poll_stop(&carrier->poll);
        uv_close((uv_handle_t *)&carrier->poll, on_poll_closed);
    } else {
        on_poll_closed((uv_handle_t *)&carrier->poll);
    }
}

void carrier_resume(struct exchange *exchange)
{
    if (exchange->connection != NULL && exchange->suspended)
        MHD_resume_connection(exchange->connection->carried);
    exchange->suspended = false;
}

const char *carrier_header(const struct exchange *exchange, const char *name)
{
    return exchange->connection == NULL
               ? NULL
               : MHD_lookup_connection_value(exchange->connection->carried,
                                             MHD_HEADER_KIND, name);
}

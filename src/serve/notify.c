#include "serve/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "dns/types.h"
#include "dns/wire.h"
#include "serve/keys.h"
#include "serve/transfers_state.h"

/* Sent once and repeated five times: soon after the first, which a secondary that is just
 * starting may miss, then after 15 s and twice as long each time (RFC 1996 §3.6). */
static const uint32_t delays_ms[] = { 1000, 15000, 30000, 60000, 120000, 240000 };

enum {
    TRIES = sizeof delays_ms / sizeof delays_ms[0],
    SILENT_MS = 466000, /* all of them: one who has said nothing by then is lost */
    NOTICE_MAX = 1232
};

/* One secondary that is being told. */
struct notice {
    struct list node;
    struct transfers *transfers;
    const struct answer_zone *zone;
    const struct address *target; /* borrowed: of the configuration */
    const struct tsig_key *key;   /* borrowed; NULL: not signed */
    struct watch *watch;          /* owned; with its own connected socket */
    struct tsig tsig;
    int64_t since; /* monotonic ms: it has not answered */
    uint32_t tries;
    uint16_t id;
};

static const char *target_text(const struct notice *notice, char *out)
{
    address_print(notice->target, out, ADDRESS_TEXT);
    return out;
}

static size_t make_message(struct notice *notice, uint8_t *out)
{
    const struct answer_zone *zone = notice->zone;
    size_t at = DNS_HEADER_SIZE;

    memset(out, 0, DNS_HEADER_SIZE);
    bytes_put16(out, notice->id);
    bytes_put16(out + 2, DNS_OPCODE_NOTIFY << DNS_OPCODE_SHIFT | DNS_FLAG_AA);
    bytes_put16(out + 4, 1);
    bytes_put16(out + 6, 1);
    memcpy(out + at, zone->apex.wire, zone->apex.length);
    at += zone->apex.length;
    bytes_put16(out + at, DNS_TYPE_SOA);
    bytes_put16(out + at + 2, DNS_CLASS_IN);
    at += 4;
    at += answer_zone_soa_write(zone, out + at, DNS_HEADER_SIZE, false);
    if (notice->key == NULL)
        return at;
    tsig_begin(&notice->tsig, notice->key, notice->id);
    return tsig_sign(&notice->tsig, out, at, (uint64_t)(clock_wall_ms() / 1000));
}

/* What cannot be sent now is sent when the time of this try is over. */
static void send_now(struct notice *notice)
{
    uint8_t message[NOTICE_MAX];
    size_t length = make_message(notice, message);

    if (length > 0)
        (void)send(watch_fd(notice->watch), message, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    counter_add(&notice->transfers->counters.notify_sent, 1);
    watch_events(notice->watch, UV_READABLE); /* an error may have ended that */
    watch_timeout(notice->watch, delays_ms[notice->tries++]);
}

static void on_closed(void *owner)
{
    free(owner);
}

static void end(struct notice *notice)
{
    list_remove(&notice->node);
    watch_close(notice->watch);
}

static void tell_silence(struct notice *notice)
{
    char text[ADDRESS_TEXT];

    counter_add(&notice->transfers->counters.notify_given_up, 1);
    log_warning("transfers",
                "zone %s: %s has answered no notification for %d s: does it run?",
                notice->zone->config->apex, target_text(notice, text), SILENT_MS / 1000);
}

static void on_timeout(void *owner)
{
    struct notice *notice = owner;

    if (notice->tries < TRIES) {
        send_now(notice);
        return;
    }
    tell_silence(notice);
    end(notice);
}

/* A zone that changes all the time begins anew each time, and would never come to the
 * end of its tries. */
static void begin_anew(struct notice *notice, int64_t now)
{
    if (now - notice->since >= SILENT_MS) {
        tell_silence(notice);
        notice->since = now;
    }
    notice->id = (uint16_t)random_seed();
    notice->tries = 0;
    send_now(notice);
}

/* The reply to the last one that was sent (RFC 1996 §4.8). */
static bool is_reply(struct notice *notice, const uint8_t *message, size_t length)
{
    unsigned flags;

    if (length < DNS_HEADER_SIZE || bytes_get16(message) != notice->id)
        return false;
    flags = bytes_get16(message + 2);
    return (flags & DNS_FLAG_QR) != 0 &&
           (flags & (unsigned)DNS_OPCODE_MASK) >> DNS_OPCODE_SHIFT == DNS_OPCODE_NOTIFY;
}

/* An unsigned "yes" to a signed notification proves nothing and costs nothing: it is
 * waited for a signed one, and asked again. A "no" counts either way. */
static bool is_believed(struct notice *notice, const uint8_t *message, size_t length)
{
    if (notice->key == NULL || (bytes_get16(message + 2) & 15) != DNS_RCODE_NOERROR)
        return true;
    struct tsig tsig = notice->tsig;
    return tsig_check_reply(&tsig, message, length, (uint64_t)(clock_wall_ms() / 1000));
}

static void take_reply(struct notice *notice, const uint8_t *message)
{
    struct transfer_counters *counters = &notice->transfers->counters;
    unsigned rcode = bytes_get16(message + 2) & 15u;
    char text[ADDRESS_TEXT], word[32];

    if (rcode == DNS_RCODE_NOERROR) {
        counter_add(&counters->notify_answered, 1);
    } else {
        counter_add(&counters->notify_refused, 1);
        dns_rcode_print(rcode, word, sizeof word);
        log_limited(&notice->transfers->refusals, clock_monotonic_ms(), LOG_LEVEL_WARNING,
                    "transfers",
                    "zone %s: %s answers a notification with %s: does it know us as a "
                    "primary, and the key?",
                    notice->zone->config->apex, target_text(notice, text), word);
    }
    end(notice);
}

static void on_ready(void *owner, int events)
{
    struct notice *notice = owner;
    uint8_t message[NOTICE_MAX];

    (void)events;
    for (;;) {
        ssize_t got =
            recv(watch_fd(notice->watch), message, sizeof message, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return; /* nothing, or an error that the next try will meet again */
        if (!is_reply(notice, message, (size_t)got) ||
            !is_believed(notice, message, (size_t)got))
            continue;
        take_reply(notice, message);
        return;
    }
}

static int connect_to(const struct address *target)
{
    int fd = socket(target->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, &target->any, target->length) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static const struct watch_callbacks callbacks = { on_ready, on_timeout, on_closed };

static struct notice *notice_open(struct transfers *transfers,
                                  const struct answer_zone *zone,
                                  const struct address *target)
{
    struct notice *notice = calloc(1, sizeof *notice);
    int fd = notice == NULL ? -1 : connect_to(target);
    int error = errno;
    char text[ADDRESS_TEXT];

    if (fd < 0 || watch_open(transfers->loop, fd, &callbacks, notice, &notice->watch) !=
                      ROLLCALL_OK) {
        address_print(target, text, sizeof text);
        log_limited(&transfers->refusals, clock_monotonic_ms(), LOG_LEVEL_WARNING,
                    "transfers", "zone %s: cannot notify %s: %s", zone->config->apex,
                    text, strerror(error));
        if (fd >= 0)
            close(fd);
        free(notice);
        return NULL;
    }
    notice->transfers = transfers;
    notice->zone = zone;
    notice->target = target;
    notice->since = clock_monotonic_ms();
    notice->key = keys_find(&transfers->keys, zone->config->notify_key);
    list_append(&transfers->notices, &notice->node);
    return notice;
}

static struct notice *notice_of(struct transfers *transfers,
                                const struct answer_zone *zone,
                                const struct address *target)
{
    list_for_each (at, &transfers->notices) {
        struct notice *notice = list_entry(at, struct notice, node);
        if (notice->zone == zone && notice->target == target)
            return notice;
    }
    return notice_open(transfers, zone, target);
}

void notify_zone(struct transfers *transfers, const struct answer_zone *zone)
{
    const struct config_zone *config = zone->config;

    for (uint32_t i = 0; i < config->notify_count; i++) {
        struct notice *notice = notice_of(transfers, zone, &config->notify[i]);
        if (notice != NULL)
            begin_anew(notice, clock_monotonic_ms());
    }
}

void notify_stop(struct transfers *transfers)
{
    while (!list_empty(&transfers->notices))
        end(list_entry(transfers->notices.next, struct notice, node));
}

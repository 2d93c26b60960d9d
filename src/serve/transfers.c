#include "serve/transfers.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/transfer.h"
#include "base/clock.h"
#include "serve/keys.h"
#include "serve/transfers_state.h"

enum { WAITING_MAX = 256 };

/* A connection on its way from a worker, and until it can be served. */
struct arrival {
    struct mail mail;
    struct list node;
    struct address peer;
    int fd;
    size_t length;
    uint8_t octets[];
};

#define ROW(member, ...) COUNTER(struct transfer_counters, member, __VA_ARGS__)

static const struct counter_row rows[] = {
    ROW(full, "Zones sent as a whole (AXFR)."),
    ROW(incremental, "Zones sent as changes (IXFR)."),
    ROW(current, "Secondaries that had the newest serial already."),
    ROW(broken, "Transfers that broke off."),
    ROW(over_limit, "Connections closed because too many waited for a transfer."),
    ROW(open, "Connections of secondaries now.", IS_GAUGE),
    ROW(waiting, "Connections that wait until another one ends, now.", IS_GAUGE),
    ROW(notify_sent, "Notifications sent, repetitions too."),
    ROW(notify_answered, "Notifications that were answered with NOERROR."),
    ROW(notify_refused, "Notifications that were answered with another rcode."),
    ROW(notify_given_up, "Notifications that were never answered."),
    COUNTER_END,
};

const struct counter_group transfers_counter_group = { .area = "transfers",
                                                       .rows = rows };

static void serve(struct transfers *transfers, struct arrival *arrival)
{
    transfer_connection_open(transfers, arrival->fd, &arrival->peer, arrival->octets,
                             arrival->length);
    free(arrival);
}

static void drop(struct arrival *arrival)
{
    close(arrival->fd);
    free(arrival);
}

static bool is_full(const struct transfers *transfers)
{
    return transfers->connection_count >= transfers->config->transfers.max_running;
}

/* A secondary that is sent away comes back when its refresh is due, which may be much
 * later than the next transfer ends. So it waits, and costs a descriptor. */
static void wait_for_another(struct transfers *transfers, struct arrival *arrival)
{
    char text[ADDRESS_TEXT];
    bool room = transfers->waiting_count < WAITING_MAX;

    address_print(&arrival->peer, text, sizeof text);
    log_limited(&transfers->refusals, clock_monotonic_ms(), LOG_LEVEL_WARNING,
                "transfers", "%u transfers run already; %s %s (transfers.max_running)",
                transfers->connection_count, text,
                room ? "waits" : "must come back later");
    if (!room) {
        counter_add(&transfers->counters.over_limit, 1);
        drop(arrival);
        return;
    }
    list_append(&transfers->waiting, &arrival->node);
    counter_set(&transfers->counters.waiting, ++transfers->waiting_count);
}

static void on_arrival(void *owner, struct mail *mail)
{
    struct transfers *transfers = owner;
    struct arrival *arrival = list_entry(mail, struct arrival, mail);

    if (is_full(transfers))
        transfer_connections_close_idle(transfers);
    if (!is_full(transfers) && transfers->waiting_count == 0)
        serve(transfers, arrival);
    else
        wait_for_another(transfers, arrival);
}

static struct arrival *take_waiting(struct transfers *transfers)
{
    struct arrival *arrival = list_entry(transfers->waiting.next, struct arrival, node);

    list_remove(&arrival->node);
    counter_set(&transfers->counters.waiting, --transfers->waiting_count);
    return arrival;
}

void transfers_next(struct transfers *transfers)
{
    while (transfers->waiting_count > 0 && !is_full(transfers))
        serve(transfers, take_waiting(transfers));
}

bool transfers_hand_over(struct transfers *transfers, int fd, const struct address *peer,
                         const uint8_t *octets, size_t length)
{
    struct arrival *arrival = malloc(sizeof *arrival + length);
    int own = arrival == NULL ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);

    if (own < 0) {
        free(arrival);
        return false;
    }
    arrival->peer = *peer;
    arrival->fd = own;
    arrival->length = length;
    memcpy(arrival->octets, octets, length);
    mailbox_post(transfers->arrivals, &arrival->mail);
    return true;
}

static void on_serial(void *owner, const struct answer_zone *zone)
{
    notify_zone(owner, zone);
}

static enum rollcall_status build(struct transfers *transfers, struct reason *why)
{
    enum rollcall_status status = keys_init(transfers->config, &transfers->keys, why);

    if (status != ROLLCALL_OK)
        return status;
    transfers->pipeline =
        pipeline_create(answer_index(transfers->answer), &transfers->config->dns);
    if (transfers->pipeline == NULL ||
        mailbox_open(transfers->loop, on_arrival, transfers, &transfers->arrivals) !=
            ROLLCALL_OK) {
        reason_set(why, "no memory for transfers");
        return ROLLCALL_E_NOMEM;
    }
    pipeline_use_keys(transfers->pipeline, &transfers->keys, false);
    answer_on_serial(transfers->answer, on_serial, transfers);
    return ROLLCALL_OK;
}

enum rollcall_status transfers_create(uv_loop_t *loop, struct answer *answer,
                                      const struct config *config, struct transfers **out,
                                      struct reason *why)
{
    struct transfers *transfers = calloc(1, sizeof *transfers);

    if (transfers == NULL) {
        reason_set(why, "no memory for transfers");
        return ROLLCALL_E_NOMEM;
    }
    transfers->loop = loop;
    transfers->answer = answer;
    transfers->config = config;
    list_init(&transfers->connections);
    list_init(&transfers->waiting);
    list_init(&transfers->notices);
    transfers->blocks[0] = &transfers->counters;
    transfers->group = transfers_counter_group;
    transfers->group.blocks = transfers->blocks;
    transfers->group.block_count = 1;
    *out = transfers; /* transfers_stop() undoes the half of it too */
    return build(transfers, why);
}

void transfers_stop(struct transfers *transfers)
{
    if (transfers == NULL)
        return;
    answer_on_serial(transfers->answer, NULL, NULL);
    notify_stop(transfers);
    if (transfers->arrivals != NULL) {
        mailbox_drain(transfers->arrivals);
        mailbox_close(transfers->arrivals);
        transfers->arrivals = NULL;
    }
    while (transfers->waiting_count > 0)
        drop(take_waiting(transfers));
    transfer_connections_close(transfers);
}

void transfers_destroy(struct transfers *transfers)
{
    if (transfers == NULL)
        return;
    pipeline_destroy(transfers->pipeline);
    keys_deinit(&transfers->keys);
    free(transfers);
}

const struct tsig_keys *transfers_keys(const struct transfers *transfers)
{
    return &transfers->keys;
}

const struct counter_group *transfers_counters(const struct transfers *transfers)
{
    return &transfers->group;
}

#include "serve/transfers.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/transfer.h"
#include "serve/keys.h"
#include "serve/transfers_state.h"

/* A connection on its way from a worker. */
struct arrival {
    struct mail mail;
    struct address peer;
    int fd;
    size_t length;
    uint8_t octets[];
};

#define ROW(name, help)                                                                  \
    {                                                                                    \
#name, help, offsetof(struct transfer_counters, name)                            \
    }

static const struct counter_row rows[] = {
    ROW(full, "Zones sent as a whole (AXFR)."),
    ROW(incremental, "Zones sent as changes (IXFR)."),
    ROW(current, "Secondaries that had the newest serial already."),
    ROW(broken, "Transfers that broke off."),
    ROW(over_limit, "Connections closed because too many transfers ran."),
    ROW(open, "Connections of secondaries now."),
    ROW(notify_sent, "Notifications sent, repetitions too."),
    ROW(notify_answered, "Notifications that were answered with NOERROR."),
    ROW(notify_refused, "Notifications that were answered with another rcode."),
    ROW(notify_given_up, "Notifications that were never answered."),
    { NULL, NULL, 0 },
};

static void on_arrival(void *owner, struct mail *mail)
{
    struct arrival *arrival = list_entry(mail, struct arrival, mail);

    transfer_connection_open(owner, arrival->fd, &arrival->peer, arrival->octets,
                             arrival->length);
    free(arrival);
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
    list_init(&transfers->notices);
    transfers->blocks[0] = &transfers->counters;
    transfers->group = (struct counter_group){
        .area = "transfers", .rows = rows, .blocks = transfers->blocks, .block_count = 1
    };
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

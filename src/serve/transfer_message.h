/* serve/transfer_message.h - the messages of one zone transfer (RFC 5936 §2.2).
 *
 * Each has the question and as many records as fit into 16 KiB, so that every name stays
 * within reach of a pointer; an OPT goes into the first if the asker sent one. A message
 * is signed if the request was (RFC 8945 §5.3.1).
 * Threads  control.
 */
#ifndef SERVE_TRANSFER_MESSAGE_H
#define SERVE_TRANSFER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/transfer.h"
#include "dns/query.h"
#include "dns/tsig.h"

enum {
    TRANSFER_MESSAGE = 16384, /* octets aimed at; a single longer record has its own */
    TRANSFER_QUESTION = DNS_HEADER_SIZE + DNS_NAME_MAX + 4
};

struct transfer_reply {
    const struct answer_zone *zone; /* borrowed */
    struct transfer *transfer;      /* owned; NULL: an error is all there is to say */
    struct tsig tsig;
    bool is_signed;
    bool has_opt; /* and it is not sent yet */
    bool do_bit;
    bool done; /* the last message was made */
    uint16_t rcode;
    uint16_t question_end;
    uint8_t question[TRANSFER_QUESTION]; /* the beginning of the query */
};

/* Read the request: the transfer is opened where the asker may have it. False: it is no
 * transfer of a zone of ours that is ready; let the pipeline answer. */
bool transfer_reply_begin(struct transfer_reply *reply, const struct answer_index *index,
                          const struct tsig_keys *keys, const struct sockaddr *from,
                          const uint8_t *query, size_t length, uint64_t now);
void transfer_reply_end(struct transfer_reply *reply);

/* The next message into `out`, of DNS_MESSAGE_MAX octets. 0: it cannot be made, the
 * connection must be closed. */
size_t transfer_reply_next(struct transfer_reply *reply, uint8_t *out, uint64_t now);

#endif

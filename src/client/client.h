/* client/client.h - what the files of this room share behind rollcall/client.h.
 * Threads  one thread at a time for one client.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/reason.h"
#include "client/connection.h"
#include "proto/decode.h"
#include "proto/values.h"
#include "rollcall/client.h"

struct rollcall_client {
    char *path; /* owned */
    unsigned timeout_ms;
    struct connection connection;
    struct buffer request; /* the one being sent */
    struct buffer text;    /* the last line, as it came */
    struct buffer work;    /* the same, for the decoder to write in */
    struct buffer held;    /* events that came before a reply: lines, with newlines */
    size_t held_at;
    struct decoder *decoder;   /* owned */
    struct reply reply;        /* of the last line; borrows from `decoder` and `work` */
    struct instance_view view; /* of the last rollcall_instance() */
};

/* Fill `error` (may be NULL) and pass `status` on. */
enum rollcall_status client_fail(struct rollcall_error *error,
                                 enum rollcall_status status, const struct reason *why);

/* Read the next line, event or reply, into `text` and `reply`. */
enum rollcall_status client_take_line(struct rollcall_client *client, int64_t deadline,
                                      struct reason *why);
/* Take a line that is in memory already. */
enum rollcall_status client_use_line(struct rollcall_client *client, const char *line,
                                     size_t length, struct reason *why);

/* Send and wait for the reply. OK only if the reply is ok. */
enum rollcall_status client_exchange(struct rollcall_client *client,
                                     const struct request *request,
                                     struct rollcall_error *error);

int64_t client_deadline(const struct rollcall_client *client);

#endif

/* loop/curl_fetch.h - one transfer as libcurl sees it. Inside loop only.
 * Threads  the thread of the loop.
 */
#ifndef LOOP_CURL_FETCH_H
#define LOOP_CURL_FETCH_H

#include "base/buffer.h"
#include "base/list.h"
#include "loop/curl_bridge.h"
#include "loop/curl_library.h"

struct fetch {
    struct list among; /* in bridge->fetches */
    struct curl_bridge *bridge;
    const struct curl_library *curl; /* borrowed: the bridge's */
    void (*on_end)(void *owner, const struct fetch_result *result);
    void *owner;
    CURL *easy;                 /* owned */
    struct curl_slist *headers; /* owned */
    struct curl_slist *connect; /* owned: the pair of connect_to */
    struct buffer body;
    struct buffer fields;
    size_t read;
    size_t read_max;
    bool (*forbidden)(const struct rollcall_address *ip);
    int socket_error;  /* errno of the socket that could not be opened, 0: none */
    const char *fault; /* a limit of ours that the reply broke; NULL: none */
    bool cut;          /* enough was read */
    bool was_forbidden;
    char phrase[40];
    char error[CURL_ERROR_SIZE]; /* written by libcurl */
};

/* Everything but the bridge's part. NULL: `*status` and `why` say it. */
struct fetch *fetch_create(const struct curl_library *curl,
                           const struct fetch_request *request,
                           enum rollcall_status *status, struct reason *why);
void fetch_destroy(struct fetch *fetch);

/* Tell the owner how it ended. The fetch lives on. */
void fetch_tell(struct fetch *fetch, CURLcode code);

#endif

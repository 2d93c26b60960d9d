/* api/internal.h - what the files of this room share; nobody else includes it.
 * Threads  control.
 */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/api.h"

struct streams;

struct api_counts {
    counter requests; /* passed on to the registration socket */
    counter errors;
    counter streams; /* open now */
    counter events;
    counter resyncs;
};

struct api {
    uv_loop_t *loop; /* borrowed */
    struct api_settings settings;
    struct http *http;       /* borrowed; NULL before api_attach() */
    struct route *routes;    /* owned */
    struct streams *streams; /* owned; of events */
    struct api_counts counts;
    const void *blocks[1];
    struct counter_group group;
};

#endif

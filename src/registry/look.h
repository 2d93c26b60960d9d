/* registry/look.h - what a run of a check said that somebody asked for.
 *
 * The health room runs it, the intake room asks for it; neither knows the other.
 * Threads  control.
 */
#ifndef REGISTRY_LOOK_H
#define REGISTRY_LOOK_H

#include <stdint.h>

#include "model/instance.h"
#include "registry/registry.h"

/* One result. Everything is borrowed for the call. */
struct look_result {
    const char *check; /* its name; NULL: all have answered, the last call */
    const char *kind;
    const char *target;          /* what was asked, in short */
    const char *outcome;         /* "timed_out" */
    const char *words;           /* goes on from the instance: "did not answer in time" */
    const char *said;            /* what is kept of it where keep_output is; else NULL */
    enum rollcall_health health; /* what one such result says */
    int64_t latency_us;
};

/* For each result, later, and once more at the end. */
typedef void (*look_done)(void *context, const struct look_result *result);

/* What may be asked of whoever judges. On a status other than OK nothing happens. */
struct judge {
    void *owner; /* borrowed: of the functions */
    /* Let the held instances of a service go, or keep them; how many there are. */
    enum rollcall_status (*brake)(void *owner, const char *namespace_name,
                                  const char *service, bool confirm,
                                  const struct requester *who, uint32_t *held,
                                  struct reason *why);
    /* Run one check of an instance now; NULL: all that ask by themselves. */
    enum rollcall_status (*check_now)(void *owner, const char *id, const char *check,
                                      const struct requester *who, look_done done,
                                      void *context, struct reason *why);
    /* Run the checks of a definition that nobody registered. */
    enum rollcall_status (*check_try)(void *owner, struct instance *instance,
                                      const struct requester *who, look_done done,
                                      void *context, struct reason *why);
};

#endif

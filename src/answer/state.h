/* answer/state.h - the inside of struct answer, for the files of this room.
 * Threads: control.
 */
#ifndef ANSWER_STATE_H
#define ANSWER_STATE_H

#include "answer/answer.h"
#include "answer/compile.h"
#include "answer/hosts.h"
#include "answer/index.h"
#include "base/list.h"

struct answer_counts {
    counter compiled, unchanged, published, serials, serials_refused;
    counter names, services;
    counter panics, panicking;
};

struct answer {
    const struct config *config; /* borrowed */
    struct registry *registry;   /* borrowed; NULL before answer_attach() */
    struct answer_index index;
    struct compiler compiler;
    struct listener listener;
    struct list changed; /* of struct service, by `changed`: to be compiled */
    struct list marks;   /* of struct answer_mark */
    struct answer_watch watch;
    struct hosts hosts;  /* flatten.c */
    int64_t now;         /* monotonic ms, as told last */
    int64_t due;         /* monotonic ms: when an answer changes by itself */
    int64_t next_serial; /* monotonic ms: when a serial may be due; 0: look now */
    void (*on_serial)(void *owner, const struct answer_zone *zone); /* NULL: nobody */
    void *on_serial_owner;
    struct answer_counts counts;
    const void *blocks[1];
    struct counter_group group;
};

/* What the answer room keeps of one service: a unit for every zone that has it. */
struct answer_mark {
    struct list all;           /* in answer->marks */
    struct service *service;   /* borrowed */
    struct answer_unit *units; /* owned */
};

/* Serials (serial.c). */
void serial_changed(struct answer *answer, struct answer_zone *zone);
/* Of all zones, for metrics. */
void serial_gauges(void *owner, struct metrics *metrics);
/* What follows `published` when the wall clock says `wall` ms (docs/dns.md §2.8). */
uint32_t serial_next(uint32_t published, int64_t wall);

/* Events and turns (publisher.c). */
void publisher_on_event(void *owner, const struct event *event);
/* Compile this service before the next flush ends. */
void publisher_mark(struct answer *answer, struct service *service);
void publisher_flush(struct answer *answer);
/* Mark the services whose answers change by themselves now. */
void publisher_run_due(struct answer *answer);
/* Begin or end to hand out all instances (panic.c); before the unit is compiled. */
void panic_follow(struct answer *answer, struct answer_unit *unit,
                  const struct service *service);
/* Free the units; their blocks too: no reader may be left. */
void publisher_deinit(struct answer *answer);

/* Names of single instances (instances.c). */
enum rollcall_status instances_publish(struct answer *answer, struct answer_zone *zone,
                                       const struct service *service,
                                       const struct entry *entry, bool *changed);
/* In every zone where it does not wait for the flush (publisher.c). */
void publisher_publish_instance(struct answer *answer, struct service *service,
                                const struct entry *entry);
/* The same with the service by its name: it may be another than the entry's. */
bool instances_withdraw(struct answer *answer, struct answer_zone *zone,
                        const char *namespace_name, const char *service,
                        const char *datacenter, const char *label);

/* Publish or withdraw them as the settings of the unit want (follow.c). False: memory is
 * short. */
bool instances_follow(struct answer *answer, const struct answer_unit *unit,
                      const struct service *service);

/* Host names that are looked up (flatten.c): hold those of instances, ask, publish. */
void flatten_on_event(struct answer *answer, const struct event *event);
void flatten_run(struct answer *answer);
/* The instance as it stands in the zone, with a reference for the caller: itself, or a
 * copy with the addresses of its host. NULL: no memory. */
struct instance *flatten_instance(const struct answer *answer,
                                  const struct answer_zone *zone,
                                  const struct entry *entry);

#endif

/* consul/node_check.h - one check of our node: what is saved of it, and its running. For
 * the files of consul/node_checks.
 * Threads  control.
 */
#ifndef CONSUL_NODE_CHECK_H
#define CONSUL_NODE_CHECK_H

#include "consul/node_checks.h"
#include "health/verdict.h"
#include "loop/ticker.h"
#include "model/instance.h"

#define NODE_MAINTENANCE "_node_maintenance"

struct node_check;

struct node_checks {
    struct consul *consul; /* borrowed */
    struct shelf shelf;
    struct table by_id; /* of struct node_check */
    bool started;
    bool stopped;
};

/* What is saved: never changes. */
struct node_check_saved {
    struct version is;
    json_t *definition;        /* owned; NULL: maintenance */
    struct instance *instance; /* owned; with that one check; NULL: maintenance */
    char *output;              /* owned; of maintenance its reason; NULL: none */
    enum rollcall_health health;
    uint64_t create, modify;
};

struct node_check {
    struct cell cell;
    struct node_checks *all; /* borrowed */
    struct ticker *ticker;   /* owned; the next run, or the end of a TTL; NULL: none */
    struct verdict verdict;
    char *output;                    /* owned; newer than what is saved; NULL: none */
    const struct instance *followed; /* borrowed; what it runs by; NULL: nothing */
    bool running;
    bool gone; /* freed when its run ends */
    char id[];
};

/* Versions. NULL: no memory, or (of bytes) damaged. `definition` and `instance` are
 * shared: references are taken. */
struct node_check_saved *node_check_make(json_t *definition, struct instance *instance,
                                         enum rollcall_health health, const char *output);
struct node_check_saved *node_check_unpack(const struct consul *consul, const char *bytes,
                                           size_t length);
void node_check_pack(const struct version *version, struct buffer *out);
/* The definition as an instance with that check alone. */
enum rollcall_status node_check_instance(const struct consul *consul, json_t *definition,
                                         struct instance **out, struct reason *why);

/* The committed version is another one: run by that; NULL: stop. */
void node_check_follow(struct node_check *check);
/* A report or a result came: its interval begins anew. */
void node_check_heard(struct node_check *check);
/* The latest version of `check` will be `next`, whose reference is taken over. */
enum rollcall_status node_check_save(struct node_check *check,
                                     struct node_check_saved *next, ledger_done done,
                                     void *context, struct reason *why);
const struct node_check_saved *node_check_committed(const struct node_check *check);
const struct node_check_saved *node_check_latest(const struct node_check *check);
bool node_check_takes_reports(const struct node_check_saved *saved);
void node_check_free(struct node_check *check);

#endif

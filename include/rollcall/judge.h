/* rollcall/judge.h - decide about held instances, and run checks now.
 *
 * Everything else is as in rollcall/client.h.
 * Threads   one thread at a time for one client.
 */
#ifndef ROLLCALL_JUDGE_H
#define ROLLCALL_JUDGE_H

#include "rollcall/client.h"

/* Too many instances of a service failed at once, and the brake holds the others in DNS.
 * `confirm`: they are right to leave; else they stay until they are well again. `held`
 * (may be NULL): how many are concerned. E_NOTFOUND: none is held. */
ROLLCALL_API enum rollcall_status rollcall_brake(struct rollcall_client *client,
                                                 const char *namespace_name,
                                                 const char *service, bool confirm,
                                                 uint64_t *held,
                                                 struct rollcall_error *error);

/* Run the checks of an instance now and wait for them (`check` NULL: all that ask by
 * themselves). Then rollcall_result() from 0 to `*count` - 1. */
ROLLCALL_API enum rollcall_status rollcall_check_now(struct rollcall_client *client,
                                                     const char *id, const char *check,
                                                     size_t *count,
                                                     struct rollcall_error *error);
/* The same with the checks of a definition that is not registered; nothing is kept. */
ROLLCALL_API enum rollcall_status rollcall_check_try(
    struct rollcall_client *client, const struct rollcall_registration *registration,
    size_t *count, struct rollcall_error *error);
/* And with the definition as JSON: an object, as in a request to register. */
ROLLCALL_API enum rollcall_status rollcall_check_try_json(struct rollcall_client *client,
                                                          const char *definition,
                                                          size_t *count,
                                                          struct rollcall_error *error);

struct rollcall_result {
    const char *check; /* its name */
    const char *kind;
    const char *target;          /* what was asked, in short */
    const char *outcome;         /* "timed_out" */
    const char *message;         /* goes on from the instance: "refused the connection" */
    enum rollcall_health health; /* what one such result says */
    uint64_t latency_us;
};
/* False: there is no such result. */
ROLLCALL_API bool rollcall_result(const struct rollcall_client *client, size_t index,
                                  struct rollcall_result *out);

#endif

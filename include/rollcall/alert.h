/* rollcall/alert.h - alerts, and the silences that keep them back.
 *
 *     rollcall_silence_add(client, &silence, &number, &error);
 *     rollcall_alerts(client, &error); while (rollcall_alert(client, i++, &alert)) …
 *
 * Everything else is as in rollcall/client.h.
 * Threads   one thread at a time for one client.
 */
#ifndef ROLLCALL_ALERT_H
#define ROLLCALL_ALERT_H

#include "rollcall/client.h"

struct rollcall_silence {
    uint64_t number;
    int64_t created, until; /* wall ms */
    uint64_t lasts;         /* adding: ms from now; 0: see `until` */
    uint32_t by;            /* uid */
    uint64_t silenced;      /* alerts that it kept back */
    const char *service;    /* NULL or "" any, as the next three; a star may end it */
    const char *namespace_name;
    const char *id;
    const char *tag;
    const char *reason; /* NULL or "" none */
};

struct rollcall_alert {
    const char *is;    /* "pending", "firing", "silenced" */
    const char *state; /* "critical", … */
    int64_t since;     /* wall ms */
    const char *rule;
    const char *namespace_name; /* "": all, as the next two */
    const char *service;
    const char *id;
    const char *output;
};

/* On OK it holds, and is on the disk. `number` may be NULL. */
ROLLCALL_API enum rollcall_status rollcall_silence_add(
    struct rollcall_client *client, const struct rollcall_silence *silence,
    uint64_t *number, struct rollcall_error *error);
ROLLCALL_API enum rollcall_status rollcall_silence_remove(struct rollcall_client *client,
                                                          uint64_t number,
                                                          struct rollcall_error *error);
/* Then each with rollcall_silence(); false: that was all. */
ROLLCALL_API enum rollcall_status rollcall_silences(struct rollcall_client *client,
                                                    struct rollcall_error *error);
ROLLCALL_API bool rollcall_silence(const struct rollcall_client *client, size_t index,
                                   struct rollcall_silence *out);
/* The same of what is pending or firing. */
ROLLCALL_API enum rollcall_status rollcall_alerts(struct rollcall_client *client,
                                                  struct rollcall_error *error);
ROLLCALL_API bool rollcall_alert(const struct rollcall_client *client, size_t index,
                                 struct rollcall_alert *out);
/* Send a test to a receiver of the configuration and wait for what becomes of it: `text`
 * completes "receiver ops ...". */
ROLLCALL_API enum rollcall_status rollcall_alert_test(struct rollcall_client *client,
                                                      const char *receiver,
                                                      bool *delivered, const char **text,
                                                      struct rollcall_error *error);

#endif

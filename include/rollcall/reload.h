/* rollcall/reload.h - let the daemon read its configuration again.
 *
 *     if (rollcall_reload(client, &error) == ROLLCALL_OK)
 *         for (size_t i = 0; (key = rollcall_reload_taken(client, i)) != NULL; i++)
 *             puts(key);
 *
 * Everything else is as in rollcall/client.h.
 * Threads   one thread at a time for one client.
 */
#ifndef ROLLCALL_RELOAD_H
#define ROLLCALL_RELOAD_H

#include "rollcall/client.h"

/* Only for root and the daemon's user. E_CONFIG: the configuration is not good, and
 * nothing was changed; the message names file, line, key, value and what is allowed. */
ROLLCALL_API enum rollcall_status rollcall_reload(struct rollcall_client *client,
                                                  struct rollcall_error *error);
/* Keys of the last reload, number `index`; NULL: that was all. Those that hold from now
 * on; those that differ and take a restart; those that a reload would have taken. */
ROLLCALL_API const char *rollcall_reload_taken(const struct rollcall_client *client,
                                               size_t index);
ROLLCALL_API const char *rollcall_reload_restart(const struct rollcall_client *client,
                                                 size_t index);
ROLLCALL_API const char *rollcall_reload_unchanged(const struct rollcall_client *client,
                                                   size_t index);

#endif

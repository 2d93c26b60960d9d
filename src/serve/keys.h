/* serve/keys.h - the keys of the configuration, and who may have a zone.
 * Threads  made by control; then read by any.
 */
#ifndef SERVE_KEYS_H
#define SERVE_KEYS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/reason.h"
#include "config/config.h"
#include "dns/tsig.h"
#include "rollcall/status.h"

/* `out->keys` is owned: keys_deinit(). */
enum rollcall_status keys_init(const struct config *config, struct tsig_keys *out,
                               struct reason *why);
void keys_deinit(struct tsig_keys *keys);
/* NULL: there is none of that name ("." always). */
const struct tsig_key *keys_find(const struct tsig_keys *keys, const char *name);

/* May `from` (NULL: this host itself), whose request was signed with `key` (NULL: not
 * signed), have the zone? With both networks and keys given, both are asked for; with
 * neither, nobody may. */
bool keys_allow_transfer(const struct config_zone *zone, const struct sockaddr *from,
                         const struct tsig_key *key);

#endif

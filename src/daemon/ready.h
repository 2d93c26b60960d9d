/* daemon/ready.h - what is said when everybody may ask.
 * Threads  control.
 */
#ifndef DAEMON_READY_H
#define DAEMON_READY_H

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "http/server.h"

/* One line in the log with every door, a warning about the certificate, and systemd is
 * told. `took` in ms. */
void ready_announce(const struct config *config, const struct http *http,
                    size_t instances, int64_t took);

#endif

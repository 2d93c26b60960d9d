/* intake/peer.h - who is on the other end of a Unix socket, and which processes are its
 * own.
 * Threads  control.
 */
#ifndef INTAKE_PEER_H
#define INTAKE_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/reason.h"
#include "rollcall/status.h"

/* The uid that opened the connection (SO_PEERCRED, unix(7)). */
enum rollcall_status peer_uid(int fd, uid_t *uid);
/* Has the peer closed both directions? Then nobody reads what is still to be written. */
bool peer_is_gone(int fd);

/* A descriptor that becomes readable when the process `pid` exits; -1 with errno. */
int process_open(int32_t pid);
/* When `pid` started (proc(5) stat, field 22) and its real uid. False: no such process.
 */
bool process_start(int32_t pid, uint64_t *start);
bool process_uid(int32_t pid, uid_t *uid);

/* May a peer with `uid` hang a lease on `pid`? Its own processes only, unless it is root.
 * `*start` tells the process from a later one with the same number. */
enum rollcall_status peer_check_process(uid_t uid, int32_t pid, uint64_t *start,
                                        struct reason *why);

#endif

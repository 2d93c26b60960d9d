/* daemon/limits.h - what the process may use: as many open files as allowed.
 * Threads  the start of the program, before any other thread.
 */
#ifndef DAEMON_LIMITS_H
#define DAEMON_LIMITS_H

/* As many open files as the hard limit allows: one for each client, check and lease. */
void limits_raise_files(void);

#endif

/* cli/session.h - reach the daemon, and say why not.
 * Threads  one.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/command.h"
#include "rollcall/client.h"

/* As rollcall_connect(), with the place and the token of the command line. A token file
 * is read each time, so that a new token is found when the connection is made again. */
enum rollcall_status session_connect(const struct invocation *invocation,
                                     struct rollcall_client **out,
                                     struct rollcall_error *error);
/* Is the place tcp://? */
bool session_is_remote(const struct invocation *invocation);
/* NULL: a sentence was printed; exit with EXIT_UNREACHABLE. */
struct rollcall_client *session_open(const struct invocation *invocation);

/* Print what went wrong; the exit code for it. With --json the daemon's own reply goes to
 * standard output too. */
int session_failed(const struct invocation *invocation,
                   const struct rollcall_client *client,
                   const struct rollcall_error *error);

/* Of the last hello: a line that says where HTTP is served, or why nowhere. Nothing of a
 * daemon that does not say it. */
void session_print_http(const struct rollcall_client *client);

/* The last reply, as it came, for --json. */
int session_print_reply(const struct rollcall_client *client);

#endif

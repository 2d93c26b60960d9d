/* intake/commands.h - the table of commands: one row per operation of the protocol.
 * Threads  control.
 */
#ifndef INTAKE_COMMANDS_H
#define INTAKE_COMMANDS_H

#include "intake/gate.h"
#include "intake/session.h"

struct command {
    /* Answers, now or later. On a status other than OK it has not, and the session
     * answers with the reason. */
    enum rollcall_status (*run)(struct session *session, const struct request *request,
                                struct reason *why);
    bool is_change; /* answered later; others wait for those before them */
    /* What a client over TCP needs, as over HTTP (api/endpoint_own.c). */
    enum gate_scope scope;
    enum token_right right;
};

const struct command *command_find(enum proto_op op); /* op < PROTO_OP_COUNT */
bool command_is_change(enum proto_op op);             /* false for PROTO_OP_COUNT */

/* command_register.c */
enum rollcall_status command_register(struct session *session,
                                      const struct request *request, struct reason *why);
enum rollcall_status command_deregister(struct session *session,
                                        const struct request *request,
                                        struct reason *why);
enum rollcall_status command_renew(struct session *session, const struct request *request,
                                   struct reason *why);
/* command_drain.c */
enum rollcall_status command_drain(struct session *session, const struct request *request,
                                   struct reason *why);
enum rollcall_status command_undrain(struct session *session,
                                     const struct request *request, struct reason *why);
enum rollcall_status command_override(struct session *session,
                                      const struct request *request, struct reason *why);
/* command_judge.c */
enum rollcall_status command_brake(struct session *session, const struct request *request,
                                   struct reason *why);
enum rollcall_status command_check_now(struct session *session,
                                       const struct request *request, struct reason *why);
enum rollcall_status command_check_try(struct session *session,
                                       const struct request *request, struct reason *why);
/* command_read.c */
enum rollcall_status command_hello(struct session *session, const struct request *request,
                                   struct reason *why);
enum rollcall_status command_get(struct session *session, const struct request *request,
                                 struct reason *why);
enum rollcall_status command_list(struct session *session, const struct request *request,
                                  struct reason *why);
enum rollcall_status command_stats(struct session *session, const struct request *request,
                                   struct reason *why);
/* command_past.c: history and query */
enum rollcall_status command_past(struct session *session, const struct request *request,
                                  struct reason *why);
/* command_alert.c */
enum rollcall_status command_silence(struct session *session,
                                     const struct request *request, struct reason *why);
enum rollcall_status command_unsilence(struct session *session,
                                       const struct request *request, struct reason *why);
enum rollcall_status command_silences(struct session *session,
                                      const struct request *request, struct reason *why);
enum rollcall_status command_alerts(struct session *session,
                                    const struct request *request, struct reason *why);
enum rollcall_status command_alert_test(struct session *session,
                                        const struct request *request,
                                        struct reason *why);
/* command_reload.c */
enum rollcall_status command_reload(struct session *session,
                                    const struct request *request, struct reason *why);
/* command_explain.c */
enum rollcall_status command_explain(struct session *session,
                                     const struct request *request, struct reason *why);
/* command_watch.c */
enum rollcall_status command_watch(struct session *session, const struct request *request,
                                   struct reason *why);

#endif

/* intake/command_watch.h - who watches what, and how events reach them.
 * Threads  control.
 */
#ifndef INTAKE_COMMAND_WATCH_H
#define INTAKE_COMMAND_WATCH_H

#include "intake/session.h"

/* One `watch` of one session. */
struct watch_request {
    struct list node;       /* in intake->watches */
    struct list of_session; /* in session->watches */
    struct session *session;
    struct proto_seq seq; /* the texts follow this struct */
    const char *service;  /* NULL: every one */
    const char *namespace_name;
};

/* To all who watch it. */
void watch_requests_tell(struct intake *intake, const struct event *event);
/* The session has read everything again: events are missing, and from here on none. */
void watch_requests_resync(struct session *session);
void watch_requests_end(struct session *session);

/* Tell all who watch what it is about. */
struct notice;
void watch_requests_notice(struct intake *intake, const struct notice *notice);

#endif

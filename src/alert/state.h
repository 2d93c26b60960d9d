/* alert/state.h - the states that rules can name, and what they are about.
 *
 * Numbers are stored: append, never renumber.
 * Threads  constants only.
 */
#ifndef ALERT_STATE_H
#define ALERT_STATE_H

#include <stdbool.h>

enum alert_about {
    ALERT_ABOUT_HEALTH,  /* of an instance */
    ALERT_ABOUT_DAMPING, /* of an instance */
    ALERT_ABOUT_PANIC,   /* of a service */
    ALERT_ABOUT_BRAKE,   /* of a service */
    ALERT_ABOUT_DOUBT    /* of the daemon */
};

/* A moment is told once and does not end. */
#define ALERT_STATE_LIST(X)                                                              \
    X(CRITICAL, "critical", ALERT_ABOUT_HEALTH, false)                                   \
    X(WARNING, "warning", ALERT_ABOUT_HEALTH, false)                                     \
    X(PASSING, "passing", ALERT_ABOUT_HEALTH, true)                                      \
    X(REMOVED, "removed", ALERT_ABOUT_HEALTH, true)                                      \
    X(PANIC, "panic", ALERT_ABOUT_PANIC, false)                                          \
    X(BRAKE, "brake", ALERT_ABOUT_BRAKE, false)                                          \
    X(DAMPED, "damped", ALERT_ABOUT_DAMPING, false)                                      \
    X(DOUBT, "self-doubt", ALERT_ABOUT_DOUBT, false)

enum alert_state {
#define X(name, word, about, moment) ALERT_##name,
    ALERT_STATE_LIST(X)
#undef X
        ALERT_STATES /* none of them: all is well */
};

const char *alert_state_word(enum alert_state state); /* "critical" */
enum alert_state alert_state_find(const char *word);  /* or ALERT_STATES */
enum alert_about alert_state_about(enum alert_state state);
bool alert_state_is_moment(enum alert_state state);

#endif

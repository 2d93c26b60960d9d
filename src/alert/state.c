#include "alert/state.h"

#include <string.h>

static const struct {
    const char *word;
    enum alert_about about;
    bool moment;
} states[ALERT_STATES] = {
#define X(name, word, about, moment) { word, about, moment },
    ALERT_STATE_LIST(X)
#undef X
};

const char *alert_state_word(enum alert_state state)
{
    return state < ALERT_STATES ? states[state].word : "well";
}

enum alert_state alert_state_find(const char *word)
{
    for (unsigned i = 0; i < ALERT_STATES; i++)
        if (strcmp(states[i].word, word) == 0)
            return (enum alert_state)i;
    return ALERT_STATES;
}

enum alert_about alert_state_about(enum alert_state state)
{
    return states[state].about;
}

bool alert_state_is_moment(enum alert_state state)
{
    return states[state].moment;
}

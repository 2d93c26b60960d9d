#include "travel/words.h"

#include <string.h>

#include "rollcall/service.h"

const char *words_health(uint8_t health)
{
    switch (health) {
    case ROLLCALL_PASSING:
        return "passing";
    case ROLLCALL_WARNING:
        return "warning";
    case ROLLCALL_CRITICAL:
        return "critical";
    default:
        return NULL;
    }
}

const char *words_event(const struct history_row *row)
{
    switch (row->part) {
    case TRANSITION_PUT:
        return row->known ? "change" : "register";
    case TRANSITION_REMOVE:
        return "deregister";
    case TRANSITION_HEALTH:
        return "health";
    case TRANSITION_DRAIN:
        return "drain";
    case TRANSITION_OVERRIDE:
        return "override";
    case TRANSITION_DAMPED:
        return "damped";
    case TRANSITION_JUDGED:
        return "judged";
    case TRANSITION_START:
        return "start";
    case TRANSITION_NODE:
        return "node";
    case TRANSITION_LOST:
        return "lost";
    default:
        return "unknown";
    }
}

static void say_health(struct buffer *out, const struct history_row *row)
{
    const char *word = words_health(row->after);

    buffer_text(out, word != NULL ? word : "unknown");
}

/* What is kept of a run often begins with the phrase of its outcome. */
static const char *beside(const char *output, const char *phrase)
{
    size_t length = phrase == NULL ? 0 : strlen(phrase);

    if (length == 0 || strncmp(output, phrase, length) != 0)
        return output;
    if (strncmp(output + length, ": ", 2) == 0)
        return output + length + 2;
    return output[length] == '\0' ? "" : output;
}

static void say_checked(struct buffer *out, const struct history_row *row,
                        words_outcome outcome)
{
    const char *word = NULL, *phrase = NULL;

    say_health(out, row);
    if (outcome == NULL || !outcome(row->outcome, &word, &phrase))
        phrase = NULL;
    if (phrase != NULL)
        buffer_format(out, ": %s", phrase);
    if (row->streak > 1)
        buffer_format(out, " (%u in a row)", (unsigned)row->streak);
    if (row->checked[0] != '\0')
        buffer_format(out, ", check %s", row->checked);
    const char *more = beside(row->output, phrase);
    if (more[0] != '\0')
        buffer_format(out, ", %s", more);
}

static void say_reported(struct buffer *out, const struct history_row *row)
{
    say_health(out, row);
    buffer_text(out, ": reported by itself");
}

static void say_gone(struct buffer *out, const struct history_row *row)
{
    if (strcmp(row->cause, "request") == 0)
        buffer_text(out, "deregistered");
    else
        buffer_format(out, "gone: %s", row->cause);
}

static void say_put(struct buffer *out, const struct history_row *row)
{
    buffer_text(out, row->known ? "changed its definition, " : "registered, ");
    say_health(out, row);
}

static void say_override(struct buffer *out, const struct history_row *row)
{
    if (strcmp(row->cause, "override expired") == 0)
        buffer_text(out, "its override has expired");
    else if (row->bytes == NULL)
        buffer_text(out, "its override was taken back");
    else
        buffer_format(out, "overridden %s",
                      row->after == ROLLCALL_CRITICAL ? "down" : "up");
    if (row->output[0] != '\0')
        buffer_format(out, ": %s", row->output);
}

static void say_damped(struct buffer *out, const struct history_row *row)
{
    buffer_text(out, row->bytes != NULL ? "damped: moved too often, out until it is calm"
                                        : "damped no more");
}

static void say_judged(struct buffer *out, const struct history_row *row)
{
    if (strcmp(row->cause, "held") == 0)
        buffer_text(out, "held: too many would leave at once, served as before");
    else if (strcmp(row->cause, "frozen") == 0)
        buffer_text(out, "frozen: the checks are in doubt, served as before");
    else
        buffer_text(out, "judged by its checks again");
}

/* Where DNS does not follow what the sentence says. */
static void say_effective(struct buffer *out, const struct history_row *row)
{
    const char *word = words_health(row->effective);

    if (row->part == TRANSITION_HEALTH && word != NULL && row->effective != row->after)
        buffer_format(out, "; DNS goes by %s", word);
}

void words_sentence(struct buffer *out, const struct history_row *row,
                    words_outcome outcome)
{
    switch (row->part) {
    case TRANSITION_PUT:
        say_put(out, row);
        break;
    case TRANSITION_REMOVE:
        say_gone(out, row);
        break;
    case TRANSITION_HEALTH:
        if (row->checked[0] != '\0')
            say_checked(out, row, outcome);
        else
            say_reported(out, row);
        break;
    case TRANSITION_DRAIN:
        buffer_text(out, row->bytes != NULL ? "drained" : "drains no more");
        break;
    case TRANSITION_OVERRIDE:
        say_override(out, row);
        break;
    case TRANSITION_DAMPED:
        say_damped(out, row);
        break;
    case TRANSITION_JUDGED:
        say_judged(out, row);
        break;
    case TRANSITION_START:
        buffer_text(out, "rollcalld started");
        break;
    case TRANSITION_NODE:
        buffer_text(out, strcmp(row->cause, "node down") == 0
                             ? "the node is down: all of its instances are out"
                             : "the node is up again");
        break;
    case TRANSITION_LOST:
        buffer_format(out, "%u transitions from here on could not be kept",
                      (unsigned)row->streak);
        break;
    default:
        buffer_text(out, "a transition that this version does not know");
    }
    say_effective(out, row);
}

#include "health/outcome.h"

struct outcome_row {
    const char *name;
    const char *phrase;
    enum outcome_grade grade;
};

static const struct outcome_row rows[OUTCOME_COUNT] = {
#define X(name, code, word, grade, phrase) [code] = { word, phrase, GRADE_##grade },
    CHECK_OUTCOME_LIST(X)
#undef X
};

/* A stored number may come from a newer version. */
static const struct outcome_row *row_of(enum check_outcome outcome)
{
    static const struct outcome_row unknown = { "unknown", "ended in an unknown way",
                                                GRADE_NONE };

    return (unsigned)outcome < OUTCOME_COUNT ? &rows[outcome] : &unknown;
}

const char *outcome_name(enum check_outcome outcome)
{
    return row_of(outcome)->name;
}

const char *outcome_phrase(enum check_outcome outcome)
{
    return row_of(outcome)->phrase;
}

enum outcome_grade outcome_grade(enum check_outcome outcome)
{
    return row_of(outcome)->grade;
}

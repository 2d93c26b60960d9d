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

enum rollcall_health grade_health(enum outcome_grade grade)
{
    switch (grade) {
    case GRADE_PASS:
        return ROLLCALL_PASSING;
    case GRADE_WARNING:
        return ROLLCALL_WARNING;
    case GRADE_FAIL:
    case GRADE_NONE:
        break;
    }
    return ROLLCALL_CRITICAL;
}

/* Those that are not listed may be our own trouble. */
bool outcome_is_answer(enum check_outcome outcome)
{
    switch (outcome) {
    case OUTCOME_REFUSED:
    case OUTCOME_WRONG_STATUS:
    case OUTCOME_MALFORMED:
    case OUTCOME_BODY_MISMATCH:
    case OUTCOME_NO_ADDRESS:
    case OUTCOME_FORBIDDEN:
    case OUTCOME_REPORTED_CRITICAL:
    case OUTCOME_OVERDUE:
    case OUTCOME_BAD_CERTIFICATE:
    case OUTCOME_CERTIFICATE_EXPIRED:
    case OUTCOME_CERTIFICATE_NAME:
    case OUTCOME_UNKNOWN_AUTHORITY:
    case OUTCOME_NOT_SERVING:
    case OUTCOME_UNKNOWN_SERVICE:
    case OUTCOME_UNIMPLEMENTED:
    case OUTCOME_GRPC_ERROR:
    case OUTCOME_ALIAS_CRITICAL:
    case OUTCOME_ALIAS_MISSING:
        return true;
    default:
        return false;
    }
}

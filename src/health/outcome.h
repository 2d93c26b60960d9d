/* health/outcome.h - every way in which one run of a check can end.
 *
 * The numbers are stored with the state of a check (registry/catalogue.h): append, never
 * renumber. The phrase completes a sentence that begins with the instance: "web-1
 * refused the connection". The grade says what the outcome does to the verdict.
 * Threads  constants and pure functions, any thread.
 */
#ifndef HEALTH_OUTCOME_H
#define HEALTH_OUTCOME_H

#include <stdbool.h>

#include "rollcall/service.h"

enum outcome_grade {
    GRADE_FAIL,
    GRADE_WARNING,
    GRADE_PASS,
    GRADE_NONE /* says nothing about the instance: the verdict stays as it is */
};

#define CHECK_OUTCOME_LIST(X)                                                            \
    X(NONE, 0, "none", NONE, "was not checked yet")                                      \
    X(PASSED, 1, "passed", PASS, "passed")                                               \
    X(REFUSED, 2, "refused", FAIL, "refused the connection")                             \
    X(RESET, 3, "reset", FAIL, "reset the connection")                                   \
    X(CLOSED, 4, "closed", FAIL, "closed the connection before it replied")              \
    X(TIMED_OUT, 5, "timed_out", FAIL, "did not answer in time")                         \
    X(UNREACHABLE, 6, "unreachable", FAIL, "cannot be reached")                          \
    X(TOO_SLOW, 7, "too_slow", WARNING, "answered more slowly than max_latency allows")  \
    X(WRONG_STATUS, 8, "wrong_status", FAIL, "answered with an unexpected status")       \
    X(MALFORMED, 9, "malformed", FAIL, "sent a reply that breaks the protocol")          \
    X(BODY_MISMATCH, 10, "body_mismatch", FAIL, "answered without the expected text")    \
    X(NO_ADDRESS, 11, "no_address", FAIL, "has no address and port to check")            \
    X(FORBIDDEN, 12, "forbidden", FAIL, "is at an address that checks may not reach")    \
    X(REPORTED_PASSING, 13, "reported_passing", PASS, "reported itself passing")         \
    X(REPORTED_WARNING, 14, "reported_warning", WARNING, "reported itself in trouble")   \
    X(REPORTED_CRITICAL, 15, "reported_critical", FAIL, "reported itself critical")      \
    X(OVERDUE, 16, "overdue", FAIL, "did not report in time")                            \
    X(NO_RESOURCES, 17, "no_resources", NONE,                                            \
      "was not checked: the daemon is short of sockets or memory")                       \
    X(TLS_FAILED, 18, "tls_failed", FAIL, "failed the TLS handshake")                    \
    X(BAD_CERTIFICATE, 19, "bad_certificate", FAIL,                                      \
      "showed a certificate that is not valid")                                          \
    X(CERTIFICATE_EXPIRED, 20, "certificate_expired", FAIL,                              \
      "showed a certificate that has expired")                                           \
    X(CERTIFICATE_NAME, 21, "certificate_name", FAIL,                                    \
      "showed a certificate for another name")                                           \
    X(UNKNOWN_AUTHORITY, 22, "unknown_authority", FAIL,                                  \
      "showed a certificate of an authority that is not trusted")                        \
    X(CANNOT_ASK, 23, "cannot_ask", NONE,                                                \
      "was not checked: the daemon cannot do what the check says")                       \
    X(NOT_SERVING, 24, "not_serving", FAIL, "says that it is not serving")               \
    X(UNKNOWN_SERVICE, 25, "unknown_service", FAIL, "does not know that gRPC service")   \
    X(UNIMPLEMENTED, 26, "unimplemented", FAIL, "has no gRPC health service")            \
    X(GRPC_ERROR, 27, "grpc_error", FAIL, "answered with a gRPC error")                  \
    X(SLOWER, 28, "slower_than_usual", WARNING, "answered more slowly than it used to")  \
    X(EXIT_WARNING, 29, "exit_warning", WARNING, "has a check command that warns")       \
    X(EXIT_CRITICAL, 30, "exit_critical", FAIL, "has a check command that fails")        \
    X(KILLED, 31, "killed", FAIL, "has a check command that died")                       \
    X(NO_COMMAND, 32, "no_command", FAIL, "has a check command that does not exist")     \
    X(NOT_EXECUTABLE, 33, "not_executable", FAIL,                                        \
      "has a check command that cannot be run")                                          \
    X(WRONG_RCODE, 34, "wrong_rcode", FAIL, "answered with an unexpected DNS status")    \
    X(NO_ANSWER, 35, "no_answer", FAIL, "answered without the expected record")          \
    X(NO_NAME, 36, "no_name", FAIL, "has a name that cannot be looked up")               \
    X(WARNING_STATUS, 37, "warning_status", WARNING,                                     \
      "answered with a status that warns")                                               \
    X(ALIAS_WARNING, 38, "alias_warning", WARNING,                                       \
      "follows an instance that is in warning")                                          \
    X(ALIAS_CRITICAL, 39, "alias_critical", FAIL, "follows an instance that is out")     \
    X(ALIAS_MISSING, 40, "alias_missing", FAIL, "follows an instance that does not exist")

enum check_outcome {
#define X(name, code, word, grade, phrase) OUTCOME_##name = (code),
    CHECK_OUTCOME_LIST(X)
#undef X
        OUTCOME_COUNT
};

/* The word for programs ("wrong_status"). Never NULL, also not for unknown numbers. */
const char *outcome_name(enum check_outcome outcome);
/* The phrase for people. Never NULL. */
const char *outcome_phrase(enum check_outcome outcome);
enum outcome_grade outcome_grade(enum check_outcome outcome);
/* What such an outcome says alone, without thresholds. */
enum rollcall_health grade_health(enum outcome_grade grade);
/* A failure that shows that the instance, or its machine, was reached: it is not the
 * network between us. */
bool outcome_is_answer(enum check_outcome outcome);

#endif
